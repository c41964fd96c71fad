package index

import (
	"cmp"
	"context"
	"fmt"
	"slices"

	"sluice/index/arm"
	"sluice/index/blockfile"
	"sluice/index/text"
	"sluice/internal/defence"
	"sluice/internal/vfs"
)

// Damage to a text that its parity does not bring back costs the documents that it hit. Who meets
// it finds out which ones these are: the text's holes. Snapshots that are opened from then on leave
// out the holes and name them, and everything else of the segment is found as before. The next sync
// or repair takes the rest into a new segment (Salvage) and reads the documents of the holes again.

// holes are what of a segment's text cannot be read.
type holes struct {
	entry               Entry
	why                 string
	generation          uint64          // at which they were found: the file may be mended by a later one
	image               *blockfile.File // what is left of a file that does not open; nil: the file opens
	documents, passages arm.Bits
	paths               map[uint32]string // of the documents whose names can be read
}

func (h *holes) count() int64 { return int64(h.documents.Count()) }

// hidesDocument and hidesPassage tell what is part of the segment's holes.
func (s *Segment) hidesDocument(n uint32) bool {
	return s.openFiles.holes != nil && s.openFiles.holes.documents.Has(n)
}

func (s *Segment) hidesPassage(p uint32) bool {
	return s.openFiles.holes != nil && s.openFiles.holes.passages.Has(p)
}

// hidden are how many documents and passages of the holes would be served.
func (s *Segment) hidden() (documents, passages int64) {
	if s.openFiles.holes == nil {
		return 0, 0
	}
	gone := s.gone.Load()
	return countLive(s.openFiles.holes.documents, gone.documents), countLive(s.openFiles.holes.passages, gone.passages)
}

// Hurt is the damage that the segment has holes for; nil when it has none. Who changes the segment
// deals with it first.
func (s *Segment) Hurt() error {
	if h := s.openFiles.holes; h != nil {
		return &arm.SegmentError{Segment: s.ordinal, Text: s.entry.Text.Hash, Err: fmt.Errorf("%w: %s", ErrCorrupt, h.why)}
	}
	return nil
}

// Hides tells whether a document of that path is known to be there and cannot be read.
func (sn *Snapshot) Hides(source, path string) bool {
	for _, e := range sn.lost {
		if e.Label == source && slices.Contains(e.Missing, path) {
			return true
		}
	}
	for _, seg := range sn.segments {
		if h := seg.openFiles.holes; h != nil && seg.Label() == source && slices.Contains(h.missing(seg.gone.Load().documents), path) {
			return true
		}
	}
	return false
}

// holesNamed bounds how many documents of a segment are named one by one.
const holesNamed = 20

// degradedHoles names the documents that a segment's holes hide.
func (s *Segment) degradedHoles() []Degraded {
	h := s.openFiles.holes
	if h == nil {
		return nil
	}
	documents, _ := s.hidden()
	return missingOf(s.entry, cmp.Or(h.why, whyChecksum), h.missing(s.gone.Load().documents), documents)
}

// missing lists the paths of the documents that cannot be read and are not gone.
func (h *holes) missing(gone arm.Bits) (paths []string) {
	for n, path := range h.paths {
		if !gone.Has(n) {
			paths = append(paths, path)
		}
	}
	slices.Sort(paths)
	return paths
}

// missingOf names documents of a segment that cannot be served: by their paths as far as these are
// known.
func missingOf(e Entry, why string, paths []string, documents int64) (out []Degraded) {
	for _, path := range paths[:min(len(paths), holesNamed)] {
		out = append(out, Degraded{What: fmt.Sprintf("%s of source %q", path, e.Label), Why: why, Documents: 1})
	}
	if rest := documents - int64(len(out)); rest > 0 {
		out = append(out, Degraded{What: e.Name(), Why: why, Documents: rest})
	}
	return out
}

// without takes a segment's holes out of what a filter lets in of it.
func (s *Segment) without(let arm.Bits) arm.Bits {
	h := s.openFiles.holes
	if h == nil {
		return let
	}
	out := make(arm.Bits, (s.Passages()+63)/64)
	for i := range out {
		out[i] = ^h.passages[i]
		if let != nil {
			out[i] &= let[i]
		}
	}
	if tail := s.Passages() % 64; tail > 0 {
		out[len(out)-1] &= 1<<tail - 1
	}
	return out
}

// survey finds the holes of a segment's text.
func (s *Store) survey(ctx context.Context, e Entry, why string) (*holes, error) {
	m, _, err := readManifest(s.fs)
	if err != nil {
		return nil, err
	}
	h := &holes{entry: e, why: why, generation: m.Generation, paths: map[uint32]string{}}
	file, err := s.openIn(s.fs, filesDir, e.Text)
	if err != nil {
		if file, err = s.imageOf(e); err != nil {
			return nil, err
		}
		h.image = file
		h.image.Retain()
	}
	err = readText(file, text.OpenLeft, func(t *text.Reader) error { return h.find(ctx, t) })
	if err != nil {
		h.close()
		return nil, err
	}
	return h, nil
}

// find fills in what of a text cannot be read.
func (h *holes) find(ctx context.Context, t *text.Reader) error {
	documents, passages, err := t.Unreadable(ctx)
	if err != nil {
		return err
	}
	h.documents, h.passages = bitsWhere(documents), bitsWhere(passages)
	for n, hit := range documents {
		if !hit {
			continue
		}
		if d, err := t.Document(uint32(n)); err == nil {
			h.paths[uint32(n)] = d.Path
		}
	}
	return nil
}

func bitsWhere(set []bool) arm.Bits {
	out := make(arm.Bits, (len(set)+63)/64)
	for i, is := range set {
		if is {
			out[i/64] |= 1 << (i % 64)
		}
	}
	return out
}

func (h *holes) close() {
	if h != nil && h.image != nil {
		_ = h.image.Close()
	}
}

// imageOf opens in memory what is left of a text file that does not open on the disk.
func (s *Store) imageOf(e Entry) (*blockfile.File, error) {
	ref := e.Text
	if s.opts.Rebuild < 0 || !s.wounds.room(ref.Size, s.opts.Rebuild) {
		return nil, fmt.Errorf("there is no room for what is left of it: %w", ErrCorrupt)
	}
	file, spare := s.openRaw(ref), s.openRaw(e.Derived[blockfile.KindParity])
	defer file.Close()
	defer spare.Close()
	b, err := readable(e, file, spare)
	if err != nil {
		return nil, err
	}
	memory := vfs.Mem()
	if err := writeFile(memory, ref.Name(), b); err != nil {
		return nil, err
	}
	return s.openIn(memory, "", ref)
}

// surveyed finds the holes of a text that cannot be made anew, and keeps them for the snapshots
// that are opened from now on. again tells whether there are other ones than before.
func (s *Store) surveyed(ctx context.Context, of wound) (again bool, err error) {
	if !defence.Stands(defence.Holes) {
		return false, ErrCorrupt
	}
	h, err := s.survey(ctx, of.entry, of.why)
	if err != nil {
		return false, err
	}
	return s.wounds.holed(h), nil
}

// holed keeps the holes of a text, and tells whether they are news.
func (w *wounds) holed(h *holes) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	name := h.entry.Text.Name()
	old := w.holes[name]
	if h.count() == 0 && h.image == nil || old != nil && slices.Equal(old.passages, h.passages) && slices.Equal(old.documents, h.documents) {
		h.close()
		w.beyond[name] = true
		return false
	}
	old.close()
	w.holes[name] = h
	return true
}

// holesOf are the known holes of a text, nil where there are none, with one user more of the image.
func (w *wounds) holesOf(ref blockfile.Ref) (h *holes, image *blockfile.File) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if h = w.holes[ref.Name()]; h != nil && h.image != nil {
		h.image.Retain()
		image = h.image
	}
	return h, image
}

// same tells whether h still are the known holes of a text.
func (w *wounds) same(ref blockfile.Ref, h *holes) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.holes[ref.Name()] == h
}

// outlived lets holes go that were found at an earlier generation: what came after may have mended
// the file.
func (w *wounds) outlived(generation uint64) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for name, h := range w.holes {
		if h.generation != generation {
			delete(w.holes, name)
			delete(w.beyond, name)
			h.close()
		}
	}
}

// Missing is how many documents of a segment cannot be read, although the others can.
func (s *Store) Missing(ctx context.Context, e Entry) (documents int64, err error) {
	err = s.Salvage(ctx, e, func(left Left) error {
		documents = e.Documents
		for n := range uint32(left.Text.Documents()) {
			if left.Document(n) {
				documents--
			}
		}
		return nil
	})
	return documents, err
}

// Left is what can be read of a segment whose text is damaged beyond its parity.
type Left struct {
	Text              *text.Reader
	Document, Passage func(n uint32) bool // whether it can be read and is not gone
	Missing           []string            // the paths of the documents that cannot be read, as far as they are known
	Hit               func(n uint32) bool // whether a document cannot be read, gone or not
}

// Salvage runs f on what is left of a segment. Where nothing is, or where nobody knows what of it
// is gone, the error matches ErrCorrupt.
func (s *Store) Salvage(ctx context.Context, e Entry, f func(Left) error) error {
	h, err := s.survey(ctx, e, "")
	if err != nil {
		return err
	}
	file := h.image
	if file == nil {
		if file, err = s.openFile(e.Text); err != nil {
			return err
		}
	}
	return readText(file, text.OpenLeft, func(t *text.Reader) error {
		dead, err := s.shareTombstones(e.Tombstones, &openFiles{text: t})
		if err != nil {
			return err
		}
		defer s.releaseTombstones(dead)
		gone := dead.gone.Load()
		return f(Left{
			Text:     t,
			Document: func(n uint32) bool { return !h.documents.Has(n) && !gone.documents.Has(n) },
			Passage:  func(p uint32) bool { return !h.passages.Has(p) && !gone.passages.Has(p) },
			Missing:  h.missing(gone.documents),
			Hit:      h.documents.Has,
		})
	})
}
