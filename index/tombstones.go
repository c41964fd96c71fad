package index

import (
	"bytes"
	"fmt"
	"sync/atomic"

	"github.com/RoaringBitmap/roaring/v2"

	"sluice/index/arm"
	"sluice/index/blockfile"
)

// Format history of the tombstone file, newest last.
//
//	1  first: bitmaps, and a table of counts that was read whole
//	2  bitmaps, and sections that the arms write and read where they lie
const tombstonesBuilder = 2

// tombstones is what of a segment is gone: documents, passages, and what the passages had added to
// the arms' statistics. Snapshots share it; it never changes.
type tombstones struct {
	gone    atomic.Pointer[gone]
	bad     atomic.Pointer[error] // why what is gone is not known any more
	removed []arm.Removed         // as the store lists its arms; nil: nothing
	lacks   []error               // why an arm's tally cannot be read: then the arm cannot use the segment

	name string
	file *blockfile.File // the arms' sections are views of it; nil when nothing is gone
	refs int             // guarded by Store.mu
}

// Removal is what a change takes out of one segment.
type Removal struct {
	Documents, Passages *roaring.Bitmap // all that will be gone, from the start of the segment
	Tallies             []arm.Tally     // of the passages that were there before, as the store lists its arms
}

// WriteTombstones writes the tombstone file of a segment into dir. The same sets give the same
// bytes.
func (s *Store) WriteTombstones(dir string, seg *Segment, r *Removal) (blockfile.Ref, error) {
	documents, err := portable(r.Documents)
	if err != nil {
		return blockfile.Ref{}, err
	}
	passages, err := portable(r.Passages)
	if err != nil {
		return blockfile.Ref{}, err
	}
	textID := seg.entry.Text.ID
	id := blockfile.MakeID(blockfile.KindTombstones, tombstonesBuilder, s.armsConfig(), textID[:], documents, passages)
	w := blockfile.NewWriter(s.fs, dir, blockfile.KindTombstones, id, blockfile.BlockBytesRandom)
	w.Section("documents")
	w.Bytes(documents)
	w.Section("passages")
	w.Bytes(passages)
	for i, t := range r.Tallies {
		if t == nil || seg.tombstones.lacks[i] != nil { // a count without its beginning would be wrong
			continue
		}
		if err := blockfile.Guard(func() error { return t.WriteTo(w, seg.removed[i]) }); err != nil {
			w.Abort()
			return blockfile.Ref{}, seg.blame(err)
		}
	}
	return w.Finish()
}

// armsConfig names the arms whose sections a tombstone file holds.
func (s *Store) armsConfig() (config []byte) {
	for _, a := range s.opts.Arms {
		if a.Facts().Later { // it has no tally
			continue
		}
		config = fmt.Appendf(config, "%s %d\n", a.Facts().Kind, a.Facts().Version)
	}
	return config
}

func portable(b *roaring.Bitmap) ([]byte, error) {
	b.RunOptimize()
	var buf bytes.Buffer
	_, err := b.WriteTo(&buf)
	return buf.Bytes(), err
}

// shareTombstones returns the tombstones of a segment, opening their file if no snapshot has.
func (s *Store) shareTombstones(ref *blockfile.Ref, of *openFiles) (*tombstones, error) {
	if ref == nil {
		none := &tombstones{}
		none.gone.Store(newGone(roaring.New(), roaring.New(), 0, 0))
		none.removed, none.lacks = make([]arm.Removed, len(s.opts.Arms)), make([]error, len(s.opts.Arms))
		return none, nil
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if t := s.gone[ref.Name()]; t != nil {
		t.refs++
		return t, nil
	}
	t, err := s.openTombstones(*ref, of)
	if err != nil {
		return nil, err
	}
	s.gone[t.name] = t
	return t, nil
}

// openTombstones reads the bitmaps and opens the arms' tallies.
func (s *Store) openTombstones(ref blockfile.Ref, of *openFiles) (*tombstones, error) {
	f, err := s.openFile(ref)
	if err != nil {
		return nil, err
	}
	t := &tombstones{name: ref.Name(), file: f, refs: 1}
	sets, err := t.readGone(of.text.Documents(), of.text.Passages())
	if err == nil {
		t.gone.Store(sets)
		err = blockfile.Guard(func() error { return t.openTallies(s) })
	}
	if err != nil {
		_ = f.Close()
		return nil, err
	}
	return t, nil
}

func (t *tombstones) openTallies(s *Store) error {
	for _, a := range s.opts.Arms {
		r, err := a.OpenTally(t.file)
		t.removed, t.lacks = append(t.removed, r), append(t.lacks, err)
	}
	return nil
}

func (s *Store) releaseTombstones(t *tombstones) {
	if t.file == nil {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if t.refs--; t.refs == 0 {
		if s.gone[t.name] == t { // or it was made anew meanwhile
			delete(s.gone, t.name)
		}
		_ = t.file.Close()
	}
}

func corruptTombstones(what string) error {
	return fmt.Errorf("tombstone file: %s: %w", what, blockfile.ErrCorrupt)
}
