package ingest

import (
	"context"
	"errors"
	"fmt"

	"sluice/index"
	"sluice/index/arm"
	"sluice/index/blockfile"
	"sluice/index/text"
)

// An arm's file hangs on one text file and can be made from it alone: when a store gets a new arm,
// and when a file is damaged or missing. The same text gives the same bytes.

// fieldsAt reads what the arms saw of a stored passage.
func fieldsAt(t *text.Reader, p uint32) (arm.Fields, error) {
	rec, err := t.Passage(p)
	if err != nil {
		return arm.Fields{}, err
	}
	doc, err := t.Document(rec.Doc)
	if err != nil {
		return arm.Fields{}, err
	}
	context, symbol, err := t.Context(p)
	if err != nil {
		return arm.Fields{}, err
	}
	body, err := t.Text(nil, p)
	return index.FieldsOf(&doc, &rec, p == doc.First, context, symbol, body), err
}

// derive builds an arm's file from a text file that is open.
func (in *Ingest) derive(ctx context.Context, dir string, a arm.Arm, t *text.Reader, ref blockfile.Ref) (blockfile.Ref, error) {
	b, err := index.Derive(ctx, a, t)
	if err != nil {
		return blockfile.Ref{}, err
	}
	return in.writeDerived(dir, a, ref, b.WriteTo)
}

// derivePending builds an arm's file from a text file that was written and not committed yet.
func (in *Ingest) derivePending(ctx context.Context, dir string, a arm.Arm, ref blockfile.Ref) (out blockfile.Ref, err error) {
	err = in.store.ReadPending(dir, ref, func(t *text.Reader) (err error) {
		out, err = in.derive(ctx, dir, a, t, ref)
		return err
	})
	return out, err
}

// writeDerived writes the file of an arm that hangs on a text file.
func (in *Ingest) writeDerived(dir string, a arm.Arm, ref blockfile.Ref, write func(*blockfile.Writer) error) (blockfile.Ref, error) {
	w := in.store.DerivedWriter(dir, a.Facts(), ref)
	if err := write(w); err != nil {
		w.Abort()
		return blockfile.Ref{}, err
	}
	return w.Finish()
}

// complete gives every segment of a source the parity, the copy of its tombstones and the files
// that the store's arms lack, and takes those of arms that the store no longer has.
func (in *Ingest) complete(ctx context.Context, label, dir string) error {
	sn, err := in.store.Snapshot(ctx)
	if err != nil {
		return err
	}
	defer sn.Close()
	for ord, seg := range sn.Segments() {
		if seg.Label() != label {
			continue
		}
		if err := in.completeOne(ctx, dir, sn, ord); err != nil {
			return fmt.Errorf("rebuild %s: %w", seg.Name(), err)
		}
	}
	return nil
}

// damagedText says of damage that it is in the text of a segment: its documents are read again
// then.
func damagedText(e index.Entry, ord int, err error) error {
	if !errors.Is(err, index.ErrCorrupt) {
		return err
	}
	return &arm.SegmentError{Segment: uint32(ord), Text: e.Text.Hash, Err: err}
}

// completeOne does so for one segment. Where tombstones hold no tally of an arm, its statistics
// cannot be made from the text alone, and the segment is rewritten without what is gone.
func (in *Ingest) completeOne(ctx context.Context, dir string, sn *index.Snapshot, ord int) error {
	seg := sn.Segments()[ord]
	e := seg.Entry()
	derived := map[blockfile.Kind]blockfile.Ref{}
	changed := false
	for i, a := range in.store.Arms() {
		kind := a.Facts().Kind
		if !seg.Lacks(i) {
			derived[kind] = e.Derived[kind]
			continue
		}
		if a.Facts().Later { // what there is cannot be used, and goes; nothing else hangs on it
			continue
		}
		if seg.LacksTally(i) {
			return in.merge(ctx, sn, dir, []int{ord})
		}
		err := seg.Read(func(t *text.Reader) error {
			ref, err := in.derive(ctx, dir, a, t, e.Text)
			derived[kind] = ref
			return err
		})
		if err != nil {
			return err
		}
		changed = true
	}
	if !in.store.LacksParity(e) {
		derived[blockfile.KindParity] = e.Derived[blockfile.KindParity]
	} else {
		ref, err := in.store.WriteParity(dir, e.Text)
		if err != nil {
			return damagedText(e, ord, err)
		}
		derived[blockfile.KindParity], changed = ref, true
	}
	if in.store.LacksSpare(e) {
		ref, err := in.store.WriteSpare(dir, *e.Tombstones)
		if err != nil {
			return damagedText(e, ord, err)
		}
		e.Spare, changed = &ref, true
	}
	if !changed && len(derived) == len(e.Derived) {
		return nil
	}
	return in.store.Commit(ctx, dir, func(m *index.Manifest) error {
		if i := m.Find(e.Text); i >= 0 && m.Same(e) {
			m.Segments[i].Derived, m.Segments[i].Spare = derived, e.Spare
		}
		return nil
	})
}
