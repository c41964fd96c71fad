package ingest

import (
	"cmp"
	"context"
	"errors"
	"fmt"

	"sluice/index"
	"sluice/index/blockfile"
	"sluice/index/text"
	"sluice/internal/defence"
)

// missingNamed bounds how many documents the manifest names that a damaged segment has lost.
const missingNamed = 100

// carve deals with a segment whose text is damaged beyond its parity, and returns its name. What
// can be read of it goes into a new segment. The old one stays, marked as lost, for the documents
// that cannot, until a sync has read these again. Where nothing can be told apart it does nothing,
// and the name is "". The source's lock is held.
func (in *Ingest) carve(ctx context.Context, label string, text blockfile.Hash, why string) (name string, err error) {
	old, ok, err := in.served(label, text)
	if err != nil || !ok || !defence.Stands(defence.Holes) {
		return "", err
	}
	dir, err := in.store.Pending(label)
	if err != nil {
		return "", err
	}
	defer in.store.DropPending(dir)
	if err := in.store.CheckSpace(old.Size()); err != nil {
		return "", err
	}
	lost := old
	lost.Lost = why
	var kept *index.Entry
	err = in.store.Salvage(ctx, old, func(left index.Left) error {
		lost.Missing = left.Missing[:min(len(left.Missing), missingNamed)]
		kept, err = in.carveFiles(ctx, dir, old, left)
		return err
	})
	if errors.Is(err, index.ErrCorrupt) {
		return "", nil
	}
	if err != nil {
		return "", err
	}
	lost.Documents, lost.Passages, lost.Bytes = old.Documents-kept.Documents, old.Passages-kept.Passages, old.Bytes-kept.Bytes
	if lost.Documents <= 0 { // it is not the text that is damaged
		return "", nil
	}
	return old.Name(), in.store.Commit(ctx, dir, func(m *index.Manifest) error {
		i := m.Find(old.Text)
		if i < 0 || !m.Same(old) {
			return fmt.Errorf("save what is left of %s: %w", old.Name(), index.ErrSourceChanged)
		}
		m.Segments[i] = lost
		if kept.Documents > 0 {
			m.Segments = append(m.Segments, *kept)
		}
		return nil
	})
}

// carveFiles writes the files of the new segment into dir.
func (in *Ingest) carveFiles(ctx context.Context, dir string, old index.Entry, left index.Left) (*index.Entry, error) {
	entry := &index.Entry{Label: old.Label, Derived: map[blockfile.Kind]blockfile.Ref{}}
	w := text.NewWriter(in.store.NewWriter(dir, blockfile.KindText, carvedID(old, left), text.FileBlockBytes), old.Label)
	for n := range uint32(left.Text.Documents()) {
		if !left.Document(n) {
			continue
		}
		if err := cmp.Or(ctx.Err(), carveDocument(w, left, n, entry)); err != nil {
			w.Abort()
			return nil, err
		}
	}
	var err error
	if entry.Text, err = w.Finish(); err != nil {
		return nil, err
	}
	for _, a := range in.store.Built() {
		if entry.Derived[a.Facts().Kind], err = in.derivePending(ctx, dir, a, entry.Text); err != nil {
			return nil, err
		}
	}
	entry.Derived[blockfile.KindParity], err = in.store.WriteParity(dir, entry.Text)
	return entry, err
}

// carveDocument copies what can be read of one document and counts it in entry.
func carveDocument(w *text.Writer, left index.Left, n uint32, entry *index.Entry) error {
	t := left.Text
	d, err := copyDocument(t, n, w, entry)
	if err != nil {
		return err
	}
	for i := d.First; i < d.First+d.Count; i++ {
		if !left.Passage(i) {
			continue
		}
		p, err := t.Passage(i)
		if err != nil {
			return err
		}
		context, symbol, err := t.Context(i)
		if err != nil {
			return err
		}
		body, err := t.Text(nil, i)
		if err != nil {
			return err
		}
		if err := w.AddPassage(p, context, symbol, body); err != nil {
			return err
		}
		entry.Passages++
	}
	return nil
}

// carvedID is the id of the text file that is left of a segment: it depends on what can be read.
func carvedID(old index.Entry, left index.Left) blockfile.ID {
	var read []byte
	for n := range uint32(left.Text.Documents()) {
		if left.Document(n) {
			read = fmt.Appendf(read, "%d ", n)
		}
	}
	ids := [][]byte{old.Text.Hash[:], read}
	if old.Tombstones != nil {
		ids = append(ids, old.Tombstones.Hash[:])
	}
	return blockfile.MakeID(blockfile.KindText, textBuilder, []byte("left"), ids...)
}
