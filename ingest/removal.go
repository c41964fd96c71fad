package ingest

import (
	"context"

	"sluice/index"
	"sluice/index/arm"
	"sluice/index/text"
	"sluice/internal/defence"
)

// removal collects what a change takes out of the segments of a snapshot. It may be committed
// several times while it grows. The caller holds the lock of the source that it touches.
type removal struct {
	base    *index.Snapshot
	arms    []arm.Arm
	of      map[int]*index.Removal // by segment ordinal
	bytes   map[int]int64          // of documents that were removed since base
	pending map[int]bool           // changed since the last commit
	label   string                 // of the source that it watches; "": none
	content string                 // what the store held of it when that was last known
}

func newRemoval(base *index.Snapshot, arms []arm.Arm) *removal {
	return &removal{base: base, arms: arms, of: map[int]*index.Removal{}, bytes: map[int]int64{}, pending: map[int]bool{}}
}

// watch refuses to commit once somebody else has changed the source.
func (r *removal) watch(label string) *removal {
	r.label, r.content = label, r.base.Content(label)
	return r
}

// in returns what is removed of one segment so far.
func (r *removal) in(seg int) *index.Removal {
	if r.of[seg] == nil {
		documents, passages := r.base.Segments()[seg].Gone()
		one := &index.Removal{Documents: documents.Clone(), Passages: passages.Clone()}
		for _, a := range r.arms {
			one.Tallies = append(one.Tallies, a.NewTally())
		}
		r.of[seg] = one
	}
	return r.of[seg]
}

// document takes a whole document out.
func (r *removal) document(seg int, doc uint32) error {
	gone := r.in(seg)
	if gone.Documents.Contains(doc) {
		return nil
	}
	return r.base.Segments()[seg].Read(func(t *text.Reader) error {
		d, err := t.Document(doc)
		if err != nil {
			return err
		}
		for p := d.First; p < d.First+d.Count; p++ {
			if err := r.tally(gone, t, p); err != nil {
				return err
			}
		}
		gone.Documents.Add(doc)
		r.bytes[seg] += int64(d.Bytes)
		r.pending[seg] = true
		return nil
	})
}

// passage takes one passage out.
func (r *removal) passage(seg int, p uint32) error {
	return r.base.Segments()[seg].Read(func(t *text.Reader) error {
		r.pending[seg] = true
		return r.tally(r.in(seg), t, p)
	})
}

// tally removes a passage, and with it what it had added to the arms' statistics: its text is
// analysed again, which is exact because the analyser's version is part of the id of the arm's
// file.
func (r *removal) tally(gone *index.Removal, t *text.Reader, p uint32) error {
	if gone.Passages.Contains(p) {
		return nil
	}
	fields, err := fieldsAt(t, p)
	if err != nil {
		return err
	}
	for _, tally := range gone.Tallies {
		if tally != nil {
			tally.Add(fields)
		}
	}
	gone.Passages.Add(p)
	return nil
}

// commit writes the tombstones that changed and commits them together with edit.
func (in *Ingest) commit(ctx context.Context, dir string, r *removal, edit index.Change) error {
	entries := map[int]index.Entry{}
	for ord := range r.pending {
		e, err := in.tombstoned(dir, r, ord)
		if err != nil {
			return err
		}
		entries[ord] = e
	}
	var content string
	err := in.store.Commit(ctx, dir, func(m *index.Manifest) error {
		if r.label != "" && m.Content(r.label) != r.content && defence.Stands(defence.SourceUnchanged) {
			return index.ErrSourceChanged
		}
		for _, e := range entries {
			m.Put(e)
		}
		err := edit(m)
		content = m.Content(r.label)
		return err
	})
	if err == nil {
		r.content = content
		clear(r.pending)
	}
	return err
}

// tombstoned is the entry of a segment after the removal, with its tombstone file written.
func (in *Ingest) tombstoned(dir string, r *removal, ord int) (index.Entry, error) {
	seg, gone := r.base.Segments()[ord], r.of[ord]
	e := seg.Entry()
	e.Documents = int64(seg.Documents()) - int64(gone.Documents.GetCardinality())
	e.Passages = int64(seg.Passages()) - int64(gone.Passages.GetCardinality())
	e.Bytes -= r.bytes[ord]
	if e.Documents == 0 { // it leaves the store
		return e, nil
	}
	ref, err := in.store.WriteTombstones(dir, seg, gone)
	if err != nil {
		return e, err
	}
	spare, err := in.store.WriteSpare(dir, ref)
	e.Tombstones, e.Spare = &ref, &spare
	return e, err
}
