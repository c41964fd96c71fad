package index

import (
	"context"
	"io"
	"strings"

	"sluice/index/blockfile"
	"sluice/internal/defence"
	"sluice/internal/vfs"
)

// Files are removed in two steps, because another process may be about to name one of them where
// locks do nothing. A file is first put aside under a name that is used once; then it is seen
// whether anybody claims a generation or has made one, and it goes back or goes. What a crash
// leaves aside goes back too if it is named: putBack.

// asidePrefix starts the name of a file that was put aside.
const asidePrefix = ".aside-"

// aside is a file that was put aside: the name it has now, and its own.
type aside struct{ now, name string }

func asideOf(entry string) (a aside, ok bool) {
	rest, ok := strings.CutPrefix(entry, asidePrefix)
	_, name, cut := strings.Cut(rest, "-")
	return aside{entry, name}, ok && cut
}

// collect removes generations that nobody reads and files that no remaining generation names. Where
// somebody claims the next generation nothing is removed: files enter files/ under a claim, and the
// next commit will see to it.
func (s *Store) collect(current *Manifest) error {
	entries, err := s.fs.List(filesDir) // first: what enters later is not among them
	if err != nil {
		return err
	}
	if ok, err := s.mayRemove(current); !ok {
		return err
	}
	keep, err := s.kept(current)
	if err != nil {
		return err
	}
	s.putBack(current)
	var out []aside
	for _, e := range entries {
		if a, ok := asideOf(e.Name); ok {
			out = append(out, a)
		} else if !keep[e.Name] {
			a := aside{asidePrefix + vfs.Nonce() + "-" + e.Name, e.Name}
			if s.fs.Rename(filesDir+"/"+a.name, filesDir+"/"+a.now) == nil { // on Windows a mapped file stays until the next commit
				out = append(out, a)
			}
		}
	}
	if ok, err := s.mayRemove(current); !ok && defence.Stands(defence.CollectLast) {
		if newest, _, merr := readManifest(s.fs); merr == nil {
			s.putBack(newest)
		}
		return err
	}
	for _, a := range out {
		_ = s.fs.Remove(filesDir + "/" + a.now)
	}
	return nil
}

// mayRemove tells whether current is the newest generation and nobody claims another one.
func (s *Store) mayRemove(current *Manifest) (bool, error) {
	claims, err := listClaims(s.fs)
	if err != nil || len(claims) > 0 {
		return false, err
	}
	m, _, err := readManifest(s.fs)
	return err == nil && m.Generation == current.Generation, err
}

// kept are the files that stay: those of the newest generation, of the slots and of the generations
// that somebody reads. The others are retired.
func (s *Store) kept(current *Manifest) (map[string]bool, error) {
	keep := current.names()
	for _, slot := range []string{slotName(0), slotName(1)} { // the fallback generation
		if m, _, err := readSlot(s.fs, slot); err == nil {
			m.files(func(r blockfile.Ref) { keep[r.Name()] = true })
		}
	}
	generations, err := s.generations()
	if err != nil {
		return nil, err
	}
	for _, g := range generations {
		if g < current.Generation {
			s.retire(g, keep)
		}
	}
	return keep, nil
}

// retire removes a generation's file, or, when a reader holds it, adds what it names to keep. Where
// nothing can be locked a reader cannot hold it: it finds the newer generation and starts again.
func (s *Store) retire(g uint64, keep map[string]bool) {
	var lock io.Closer = noLock{}
	if !s.opts.NoLock {
		held, err := s.fs.Lock(generationLock(g), vfs.Exclusive, 0, context.Background())
		if err != nil {
			if m, _, err := readSlot(s.fs, generationName(g)); err == nil {
				m.files(func(r blockfile.Ref) { keep[r.Name()] = true })
			}
			return
		}
		lock = held
	}
	_ = s.fs.Remove(generationName(g))
	_ = lock.Close()
	_ = s.fs.Remove(generationLock(g))
}

// putBack gives files that were put aside and that m names their names again, and counts them.
func (s *Store) putBack(m *Manifest) (n int) {
	entries, err := s.fs.List(filesDir)
	if err != nil {
		return 0
	}
	there := map[string]bool{}
	for _, e := range entries {
		there[e.Name] = true
	}
	named := m.names()
	for _, e := range entries {
		a, ok := asideOf(e.Name)
		if ok && named[a.name] && !there[a.name] && s.fs.Rename(filesDir+"/"+a.now, filesDir+"/"+a.name) == nil {
			there[a.name] = true
			n++
		}
	}
	return n
}
