package ingest

import (
	"errors"
	"fmt"
	"maps"
	"slices"

	"sluice/index"
	"sluice/index/arm"
	"sluice/index/blockfile"
	"sluice/index/text"
	"sluice/internal/defence"
)

// findings is where a source holds what is to be forgotten.
type findings struct {
	removal *removal
	paths   *paths
	ids     map[[10]byte]bool
	older   int64 // documents and passages that were dead already
	stale   map[blockfile.Hash]bool
	bad     []index.Entry // segments that may hold it and cannot be read

	// twins are the texts that go, by length and similarity code: an older version of a document,
	// or one that had another name, holds the same text in a passage that is dead.
	twins map[textKey]bool
	// edited are documents of which single passages go.
	edited map[string]bool
}

// textKey is the same for equal texts, and for few others.
type textKey struct {
	simHash uint64
	bytes   uint32
}

// find looks for all versions, live and dead, of what is named in a source. Live ones are entered
// in the removal.
func find(sn *index.Snapshot, arms []arm.Arm, label string, names []string, ids [][10]byte) (*findings, error) {
	f := &findings{
		removal: newRemoval(sn, arms).watch(label), paths: newPaths(names), ids: map[[10]byte]bool{},
		stale: map[blockfile.Hash]bool{}, twins: map[textKey]bool{}, edited: map[string]bool{},
	}
	for _, id := range ids {
		f.ids[id] = true
	}
	lost, err := unreadable(sn, label)
	if err != nil {
		return nil, err
	}
	f.bad = lost
	for _, look := range []func(int, *index.Segment) error{f.named, f.same} { // twins are known after the first
		for ord, seg := range sn.Segments() {
			if seg.Label() != label || f.isBad(seg) {
				continue
			}
			err := look(ord, seg)
			if errors.As(err, new(*arm.SegmentError)) {
				f.giveUp(ord, seg)
				continue
			}
			if err != nil {
				return nil, err
			}
		}
	}
	return f, nil
}

// unreadable lists the segments of a source that are damaged or missing. That one cannot be opened
// for another reason, too many open files for instance, does not say that it is lost.
func unreadable(sn *index.Snapshot, label string) (lost []index.Entry, err error) {
	for _, e := range sn.Unopened() {
		switch {
		case e.Label != label || e.Emptied:
		case slices.ContainsFunc(sn.Lost(), func(l index.Entry) bool { return l.Text == e.Text }):
			lost = append(lost, e)
		default:
			return nil, fmt.Errorf("%s of source %q cannot be opened, and may hold what is to be forgotten: `sluice status` says why", e.Name(), label)
		}
	}
	return lost, nil
}

func (f *findings) isBad(seg *index.Segment) bool {
	return slices.ContainsFunc(f.bad, func(e index.Entry) bool { return e.Text == seg.Entry().Text })
}

// giveUp lets a segment go as a whole.
func (f *findings) giveUp(ord int, seg *index.Segment) {
	f.bad = append(f.bad, seg.Entry())
	delete(f.stale, seg.Entry().Text.Hash)
	delete(f.removal.of, ord)
	delete(f.removal.pending, ord)
	delete(f.removal.bytes, ord)
}

// named finds documents by their paths and passages by their ids.
func (f *findings) named(ord int, seg *index.Segment) error {
	documents, passages := seg.Gone()
	return seg.Read(func(t *text.Reader) error {
		for n := range uint32(t.Documents()) {
			d, err := t.Document(n)
			if err != nil {
				return err
			}
			if !f.paths.name(d.Path) {
				continue
			}
			if err := f.document(ord, seg, t, n, d, documents.Contains(n)); err != nil {
				return err
			}
		}
		for id := range f.ids {
			p, ok, err := t.Find(id, nil)
			if err != nil {
				return err
			}
			if !ok {
				continue
			}
			if err := f.passage(ord, seg, t, p, passages.Contains(p)); err != nil {
				return err
			}
		}
		return nil
	})
}

// document takes out a document that is named.
func (f *findings) document(ord int, seg *index.Segment, t *text.Reader, n uint32, d text.Document, dead bool) error {
	for p := d.First; p < d.First+d.Count; p++ {
		if err := f.twin(t, p); err != nil {
			return err
		}
	}
	if !dead {
		f.stale[seg.Entry().Text.Hash] = true
		return f.removal.document(ord, n)
	}
	if defence.Stands(defence.ForgetDead) {
		f.older++
		f.stale[seg.Entry().Text.Hash] = true
	}
	return nil
}

// passage takes out a passage that is named.
func (f *findings) passage(ord int, seg *index.Segment, t *text.Reader, p uint32, dead bool) error {
	if err := f.twin(t, p); err != nil {
		return err
	}
	rec, err := t.Passage(p)
	if err != nil {
		return err
	}
	d, err := t.Document(rec.Doc)
	if err != nil {
		return err
	}
	f.edited[d.Path] = true
	if !dead {
		f.stale[seg.Entry().Text.Hash] = true
		return f.removal.passage(ord, p)
	}
	if defence.Stands(defence.ForgetDead) {
		f.older++
		f.stale[seg.Entry().Text.Hash] = true
	}
	return nil
}

func (f *findings) twin(t *text.Reader, p uint32) error {
	rec, err := t.Passage(p)
	if err == nil && rec.Bytes > 0 {
		f.twins[textKey{rec.SimHash, rec.Bytes}] = true
	}
	return err
}

// same finds dead passages that hold a text which goes, and dead ones of documents of which
// passages go: what was edited may still hold most of it.
func (f *findings) same(_ int, seg *index.Segment) error {
	_, passages := seg.Gone()
	if passages.IsEmpty() || len(f.twins)+len(f.edited)+len(f.bad) == 0 || !defence.Stands(defence.ForgetDead) {
		return nil
	}
	if len(f.bad) > 0 { // nobody knows what texts it held: whatever is dead may be one of them
		f.stale[seg.Entry().Text.Hash] = true
		return nil
	}
	return seg.Read(func(t *text.Reader) error {
		for it := passages.Iterator(); it.HasNext(); {
			rec, err := t.Passage(it.Next())
			if err != nil {
				return err
			}
			hit := f.twins[textKey{rec.SimHash, rec.Bytes}]
			if !hit && len(f.edited) > 0 {
				d, err := t.Document(rec.Doc)
				if err != nil {
					return err
				}
				hit = f.edited[d.Path]
			}
			if hit {
				f.stale[seg.Entry().Text.Hash] = true
				return nil
			}
		}
		return nil
	})
}

func (f *findings) any() bool { return len(f.stale)+len(f.bad) > 0 }

func (f *findings) texts() []blockfile.Hash { return slices.Collect(maps.Keys(f.stale)) }
