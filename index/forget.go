package index

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math"
	"slices"
	"strings"
	"time"

	"sluice/index/blockfile"
	"sluice/internal/defence"
	"sluice/internal/vfs"
)

// A forget is an order that the manifest keeps. The commit that takes out what it names records it,
// so from then on nobody is served it, whatever happens; then its segments are rewritten and the
// order is struck out. The watermark GoneBefore stays: what generations before it named has to
// leave the disk, and whoever next opens the store for writing sees to what a crash, a full disk or
// a reader kept from leaving.

// Order is a forget that is recorded and not carried out yet. Of paths and passages it names only
// the segments that hold them; a source that went whole is named until its traces are gone.
type Order struct {
	Label string           `json:"label"`
	Whole bool             `json:"whole,omitempty"` // the source went, with its line in the table
	Texts []blockfile.Hash `json:"texts,omitempty"` // segments to rewrite: they hold something of it, dead
}

// Record adds an order. It belongs into the change that takes out what the order is about.
func (m *Manifest) Record(o Order) {
	slices.SortFunc(o.Texts, func(a, b blockfile.Hash) int { return slices.Compare(a[:], b[:]) })
	m.Orders = append(m.Orders, o)
}

// Strike takes out orders that were carried out. From then on no generation before the next one may
// stay: they name files that hold what was forgotten.
func (m *Manifest) Strike(done []Order) {
	m.Orders = slices.DeleteFunc(m.Orders, func(o Order) bool {
		return slices.ContainsFunc(done, func(d Order) bool { return o.Label == d.Label && o.Whole == d.Whole && slices.Equal(o.Texts, d.Texts) })
	})
	if defence.Stands(defence.ForgetGone) {
		m.GoneBefore = m.Generation + 1
	}
}

// Remains tells why bytes of what was forgotten may still be in the store's files.
type Remains struct {
	Orders  []Order  // not carried out yet
	Readers []uint64 // generations from before that are still there: somebody reads them
	Left    bool     // files or slots that a crash or a full disk left behind
}

// Gone tells whether all bytes have left.
func (r *Remains) Gone() bool { return len(r.Orders)+len(r.Readers) == 0 && !r.Left }

// String says so in words.
func (r *Remains) String() string {
	switch {
	case r.Gone():
		return "gone"
	case len(r.Orders) > 0 || r.Left:
		return "not gone yet: the next sync, add, merge or forget goes on with it"
	}
	numbers := make([]string, len(r.Readers))
	for i, g := range r.Readers {
		numbers[i] = fmt.Sprint(g)
	}
	return "gone when the readers of generation " + strings.Join(numbers, ", ") + " end"
}

// Remains looks at what is left of what was forgotten. It waits for nobody.
func (s *Store) Remains() (*Remains, error) {
	r, orphans, err := s.remains()
	if err != nil || len(orphans) == 0 {
		return r, err
	}
	// A commit in progress has files that no generation names yet. What stays unnamed is left over.
	time.Sleep(commitMoment)
	r, again, err := s.remains()
	if err == nil && slices.ContainsFunc(again, func(name string) bool { return slices.Contains(orphans, name) }) {
		r.Left = true
	}
	return r, err
}

// commitMoment is longer than a commit takes to name the files that it has moved.
const commitMoment = 50 * time.Millisecond

// remains does not judge files that no generation names, but lists them.
func (s *Store) remains() (r *Remains, orphans []string, err error) {
	m, _, err := readManifest(s.fs)
	if err != nil {
		return nil, nil, err
	}
	r = &Remains{Orders: m.Orders}
	if m.GoneBefore == 0 {
		return r, nil, nil
	}
	if r.Left, err = s.stale(m.GoneBefore); err != nil {
		return nil, nil, err
	}
	named := map[string]bool{}
	name := func(ref blockfile.Ref) { named[ref.Name()] = true }
	m.files(name)
	for _, slot := range []string{slotName(0), slotName(1)} {
		if old, _, err := readSlot(s.fs, slot); err == nil {
			old.files(name)
		}
	}
	generations, err := s.generations()
	if err != nil {
		return nil, nil, err
	}
	for _, g := range generations {
		if old, _, err := readSlot(s.fs, generationName(g)); err == nil {
			old.files(name)
		}
	}
	if r.Readers, err = s.before(m); err != nil {
		return nil, nil, err
	}
	entries, err := s.fs.List(filesDir)
	for _, e := range entries {
		if !named[e.Name] {
			orphans = append(orphans, e.Name)
		}
	}
	return r, orphans, err
}

// stale tells whether a slot shows a generation before the watermark, or what a longer one left
// behind its end.
func (s *Store) stale(before uint64) (bool, error) {
	for _, name := range []string{slotName(0), slotName(1)} {
		m, _, err := readSlot(s.fs, name)
		switch {
		case errors.Is(err, fs.ErrNotExist):
			continue
		case err != nil: // nobody can tell what of which generation it spells
			return true, nil //nolint:nilerr // so it must go
		case m.Generation < before:
			return true, nil
		}
		if longer, err := s.longer(name); err != nil || longer {
			return longer, err
		}
	}
	return false, nil
}

// longer tells whether a slot has bytes behind its end.
func (s *Store) longer(name string) (bool, error) {
	f, err := s.fs.Open(name)
	if err != nil {
		return false, err
	}
	defer f.Close()
	var head [manifestHeadBytes]byte
	if _, err := f.ReadAt(head[:], 0); err != nil {
		return false, err
	}
	size, err := f.Size()
	return size > int64(manifestHeadBytes)+int64(binary.LittleEndian.Uint32(head[12:]))+sha256.Size, err
}

// before lists the generations that must not stay and are still there.
func (s *Store) before(m *Manifest) (old []uint64, err error) {
	if m.GoneBefore == 0 {
		return nil, nil
	}
	all, err := s.generations()
	for _, g := range all {
		if g < m.GoneBefore {
			old = append(old, g)
		}
	}
	return old, err
}

// Purge lets go of all that generations before the watermark named and nobody reads any more, and
// tells what is left.
func (s *Store) Purge(ctx context.Context) (*Remains, error) {
	if err := s.Settle(ctx); err != nil {
		return nil, err
	}
	lock, err := s.lockCommits(ctx)
	if err != nil {
		return nil, err
	}
	defer lock.Close()
	r, orphans, err := s.remains()
	if err != nil {
		return nil, err
	}
	r.Left = r.Left || len(orphans) > 0 || !s.allHeld(r.Readers)
	return r, s.syncAll()
}

// syncAll makes what was removed and overwritten stay so: what a power cut brings back is not gone.
// A process that was killed may have left it unsynced.
func (s *Store) syncAll() error {
	for _, name := range []string{slotName(0), slotName(1)} {
		if err := s.syncSlot(name); err != nil {
			return err
		}
	}
	for _, dir := range []string{"", filesDir, generationsDir} {
		if err := s.fs.SyncDir(dir); err != nil {
			return err
		}
	}
	return nil
}

// allHeld tells whether each of the generations has a reader: one that has none should have gone.
func (s *Store) allHeld(generations []uint64) bool {
	for _, g := range generations {
		lock, err := s.fs.Lock(generationLock(g), vfs.Exclusive, 0, context.Background())
		if err == nil {
			_ = lock.Close()
			return false
		}
	}
	return true
}

// LeaveNoTrace removes what names a source that the store no longer has, its pending folder and its
// lock, and what its connector kept. The lock is held and given up. A source that was added again
// meanwhile keeps them.
func (s *Store) LeaveNoTrace(label string, lock io.Closer) error {
	defer lock.Close()
	m, _, err := readManifest(s.fs)
	if err != nil {
		return err
	}
	sources, err := s.readSources(m)
	if err != nil || slices.ContainsFunc(sources, func(x SourceState) bool { return x.Label == label }) {
		return err
	}
	if err := s.emptyTree(StateFolder(label)); err != nil {
		return err
	}
	s.dropAbandoned(pendingOf(label), math.MaxUint64)
	dir, err := s.Pending(label)
	if err == nil {
		err = s.fs.Remove(dir)
	}
	if err != nil {
		return err
	}
	// Where an open file cannot be removed, it goes once it is closed, unless others have it open.
	name := sourceLock(label)
	if s.fs.Remove(name) != nil {
		_ = lock.Close()
		if err := s.fs.Remove(name); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
	}
	return errors.Join(s.fs.SyncDir(pendingDir), s.fs.SyncDir(locksDir))
}

// emptyTree removes a folder of the store with all that lies in it.
func (s *Store) emptyTree(dir string) error {
	entries, err := s.fs.List(dir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	for _, e := range entries {
		name := dir + "/" + e.Name
		if e.Dir {
			err = errors.Join(err, s.emptyTree(name))
		} else {
			err = errors.Join(err, s.fs.Remove(name))
		}
	}
	return errors.Join(err, s.fs.Remove(dir))
}
