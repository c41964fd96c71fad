package unpack

import (
	"context"
	"errors"
	"fmt"
	"path"
	"strings"
	"sync"

	"sluice/corpus"
	"sluice/corpus/extract"
	"sluice/corpus/extract/formats"
)

// layer is an archive that is open. Its table never changes: an archive that changed is another
// layer.
type layer struct {
	key     layerKey
	path    string      // of the archive
	outer   corpus.Item // the archive at the source that it is, or lies in
	depth   int         // 1 for that one
	members map[string]*extract.Member
	order   []string       // their names, in bytewise order
	left    *corpus.Report // what of it is no document
	kept    *spool         // its bytes, where they are not those of a file at the source

	users int // guarded by layers.mu
	used  uint64
}

// layerKey tells one state of an archive from another.
type layerKey struct {
	path             string
	size             int64
	changed, modTime int64
	fileID           uint64
}

// item describes a document in the archive. Whatever changes about the archive changes what is told
// of the document.
func (l *layer) item(m *extract.Member) corpus.Item {
	o := l.outer
	it := corpus.Item{Path: l.path + "/" + m.Path, Size: max(0, m.Size), ModTime: o.ModTime, Changed: o.Changed, Time: m.Time}
	it.FileID = corpus.Digest(fmt.Appendf(nil, "%d %d %d %d", o.FileID, o.Size, o.Changed, o.ModTime.UnixNano()))
	it.How = how(it.Path)
	return it
}

// layers keeps archives open that may be asked for again, as documents are asked for one by one.
type layers struct {
	mu   sync.Mutex
	open map[layerKey]*layer
	turn uint64
}

const (
	// tablesMax is how many tables of archives are kept, and spoolsMax how many archives of which
	// a copy lies on the disk.
	tablesMax = 4096
	spoolsMax = 8
)

// take returns a layer that is open.
func (a *layers) take(key layerKey) *layer {
	a.mu.Lock()
	defer a.mu.Unlock()
	l := a.open[key]
	if l != nil {
		a.turn++
		l.users, l.used = l.users+1, a.turn
	}
	return l
}

// add keeps a layer, and lets the longest unused go. It returns the one that counts.
func (a *layers) add(l *layer) *layer {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.open == nil {
		a.open = map[layerKey]*layer{}
	}
	a.turn++
	if other := a.open[l.key]; other != nil { // somebody else was faster
		l.kept.Close()
		l = other
	}
	l.users, l.used = l.users+1, a.turn
	a.open[l.key] = l
	a.shrink()
	return l
}

// done says that a caller of take or add does not use the layer any more.
func (a *layers) done(l *layer) {
	a.mu.Lock()
	defer a.mu.Unlock()
	l.users--
	a.shrink()
}

// shrink lets go what is too much. The caller holds a.mu.
func (a *layers) shrink() {
	for {
		var oldest *layer
		spools := 0
		for _, l := range a.open {
			if l.kept != nil {
				spools++
			}
		}
		for _, l := range a.open {
			if l.users == 0 && (len(a.open) > tablesMax || l.kept != nil && spools > spoolsMax) && (oldest == nil || l.used < oldest.used) {
				oldest = l
			}
		}
		if oldest == nil {
			return
		}
		delete(a.open, oldest.key)
		oldest.kept.Close()
	}
}

func (a *layers) close() (err error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	for key, l := range a.open {
		if l.users == 0 {
			delete(a.open, key)
			err = errors.Join(err, l.kept.Close())
		}
	}
	return err
}

// enter opens an archive: one at the source where outer is nil, else one in that.
func (s *Source) enter(ctx context.Context, outer *layer, it corpus.Item) (*layer, error) {
	key := layerKey{it.Path, it.Size, it.Changed, it.ModTime.UnixNano(), it.FileID}
	if l := s.layers.take(key); l != nil {
		return l, nil
	}
	l := &layer{key: key, path: it.Path, outer: it, depth: 1}
	f := extract.File{Name: it.Path, Size: it.Size}
	if outer == nil {
		file, now, err := s.raw.OpenRaw(ctx, it.Path)
		if err != nil {
			return nil, err
		}
		defer file.Close()
		f.Size, f.ReaderAt = now.Size, file
	} else {
		l.outer, l.depth = outer.outer, outer.depth+1
		m := outer.members[strings.TrimPrefix(it.Path, outer.path+"/")]
		if m == nil {
			return nil, fmt.Errorf("%s: %w", it.Path, corpus.ErrGone)
		}
		kept, err := s.unpack(ctx, outer, m)
		if err != nil {
			return nil, err
		}
		l.kept = kept
		f.Size, f.ReaderAt = kept.size, kept
	}
	if err := s.table(ctx, l, f); err != nil {
		l.kept.Close()
		return nil, err
	}
	return s.layers.add(l), nil
}

// table reads which files an archive holds. One that has no table is flattened first.
func (s *Source) table(ctx context.Context, l *layer, f extract.File) error {
	if !formats.HasTable(l.path) {
		flat := &spool{}
		if err := errors.Join(extract.Flatten(ctx, s.by, f, flat), flat.err); err != nil {
			flat.Close()
			return err
		}
		l.kept.Close()
		l.kept = flat
		f = extract.File{Name: flatName, Size: flat.size, ReaderAt: flat}
	}
	all, err := extract.List(ctx, s.by, f)
	if err != nil {
		return err
	}
	l.members = make(map[string]*extract.Member, len(all))
	l.left = &corpus.Report{}
	for i := range all {
		m := &all[i]
		if m.Left == "" {
			m.Path = cleanPath(m.Path)
			m.Left = leftOf(m.Path, l.members[m.Path] != nil)
		}
		if m.Left != "" {
			l.left.LeaveOut(m.Left, max(0, m.Size))
			continue
		}
		l.members[m.Path] = m
		l.order = append(l.order, m.Path)
	}
	return nil
}

// leftOf says why a file of an archive is none that is read.
func leftOf(clean string, another bool) corpus.Reason {
	switch {
	case clean == "":
		return corpus.Unread
	case another:
		return corpus.Duplicate
	}
	return ""
}

// flatName is the name of an archive that was flattened.
const flatName = "flat.tar"

// cleanPath is the path in an archive as it was told; "" where it is none. It comes from a process
// that read what a stranger wrote.
func cleanPath(p string) string {
	if p == "" || p != path.Clean(p) || strings.HasPrefix(p, "/") || p == ".." || strings.HasPrefix(p, "../") || p == "." || strings.ContainsRune(p, 0) {
		return ""
	}
	return p
}

// unpack gives the bytes of a file in an archive.
func (s *Source) unpack(ctx context.Context, l *layer, m *extract.Member) (*spool, error) {
	f := extract.File{Name: l.path}
	if l.kept != nil {
		f.Size, f.ReaderAt = l.kept.size, l.kept
	} else {
		file, it, err := s.raw.OpenRaw(ctx, l.path)
		if err != nil {
			return nil, err
		}
		defer file.Close()
		if it.Size != l.key.size || it.ModTime.UnixNano() != l.key.modTime { // its files lie elsewhere now
			return nil, fmt.Errorf("%s: it changed while it was read: it is read again by the next sync", l.path)
		}
		f.Size, f.ReaderAt = it.Size, file
	}
	out := &spool{}
	err := extract.CopyMember(ctx, s.by, f, *m, out)
	if err = errors.Join(out.err, err); err != nil {
		out.Close()
		return nil, err
	}
	return out, nil
}

// descend opens the innermost archive on a path in the archive top. name is what remains.
func (s *Source) descend(ctx context.Context, top corpus.Item, rest string) (l *layer, name string, err error) {
	if l, err = s.enter(ctx, nil, top); err != nil {
		return nil, "", reasonOf(err)
	}
	for {
		inner := ""
		for at := 0; inner == "" && l.depth < depthMax; at++ {
			i := strings.IndexByte(rest[at:], '/')
			if i < 0 {
				break
			}
			if at += i; formats.IsArchive(rest[:at]) && l.members[rest[:at]] != nil {
				inner = rest[:at]
			}
		}
		if inner == "" {
			return l, rest, nil
		}
		below, err := s.enter(ctx, l, l.item(l.members[inner]))
		s.layers.done(l)
		if err != nil {
			return nil, "", reasonOf(err)
		}
		l, rest = below, rest[len(inner)+1:]
	}
}
