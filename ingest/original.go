package ingest

import (
	"cmp"
	"context"
	"errors"

	"sluice/corpus"
	"sluice/index"
	"sluice/index/blockfile"
	"sluice/index/text"
)

// errChanged says that a source does not have a document any more as the store had it.
var errChanged = errors.New("the source has another version")

// fromOriginal writes a text that is damaged beyond its parity as it was: of the documents that
// cannot be read the source still has that very version, and the rest is copied. The same bytes
// have the same hash, so what hangs on the text stays right. It returns the segment's name; "" when
// the source has changed since, or nothing tells which documents they were. The source's lock is
// held.
func (in *Ingest) fromOriginal(ctx context.Context, src corpus.Source, label string, hash blockfile.Hash) (name string, err error) {
	e, ok, err := in.served(label, hash)
	if err != nil || !ok || src == nil {
		return "", err
	}
	if damaged, err := in.store.Damaged(ctx, e.Text); err != nil || !damaged {
		return "", err
	}
	dir, err := in.store.Pending(label)
	if err != nil {
		return "", err
	}
	defer in.store.DropPending(dir)
	if err := in.store.CheckSpace(e.Text.Size); err != nil {
		return "", err
	}
	forgotten, err := in.forgottenOf(ctx, label)
	if err != nil {
		return "", err
	}
	var ref blockfile.Ref
	err = in.store.Salvage(ctx, e, func(left index.Left) error {
		ref, err = in.original(ctx, dir, src, e, left, forgotten)
		return err
	})
	if errors.Is(err, errChanged) || errors.Is(err, index.ErrCorrupt) || err == nil && ref != e.Text {
		return "", nil
	}
	if err != nil {
		return "", err
	}
	return e.Name(), in.store.Replace(ctx, dir, func(*index.Manifest) error { return nil })
}

// forgottenOf are the passages of a source that are to stay out.
func (in *Ingest) forgottenOf(ctx context.Context, label string) (map[[10]byte]bool, error) {
	sources, err := in.store.Sources(ctx)
	for _, st := range sources {
		if st.Label == label {
			return st.Forgotten(), err
		}
	}
	return nil, err
}

// original writes all documents of a segment into dir, in their order.
func (in *Ingest) original(ctx context.Context, dir string, src corpus.Source, e index.Entry, left index.Left, forgotten map[[10]byte]bool) (blockfile.Ref, error) {
	w := text.NewWriter(in.store.NewWriter(dir, blockfile.KindText, e.Text.ID, text.FileBlockBytes), e.Label)
	b := &builder{src: src, dir: dir, ingest: in, forgotten: forgotten, text: w}
	all := index.Left{Text: left.Text, Passage: func(uint32) bool { return true }}
	for n := range uint32(left.Text.Documents()) {
		err := ctx.Err()
		switch {
		case err != nil:
		case left.Hit(n):
			err = b.again(ctx, left.Text, n)
		default:
			err = carveDocument(w, all, n, new(index.Entry))
		}
		if err != nil {
			w.Abort()
			return blockfile.Ref{}, err
		}
	}
	return w.Finish()
}

// again writes a document that cannot be read as its source has it.
func (b *builder) again(ctx context.Context, t *text.Reader, n uint32) error {
	doc, err := t.Document(n)
	if err != nil {
		return err
	}
	x, err := b.read(ctx, corpus.Item{Path: doc.Path})
	if err != nil { // whatever keeps it from being read, the sync will tell
		return cmp.Or(ctx.Err(), errChanged)
	}
	if x.Version() != doc.Hash {
		return errChanged
	}
	return b.document(t.Label(), doc, x)
}
