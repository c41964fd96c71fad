package ingest

import (
	"context"
	"fmt"
	"slices"

	"sluice/index"
	"sluice/index/blockfile"
)

// Forget says what to take out of the store and keep out.
type Forget struct {
	Sources []string            // whole sources, by label
	Paths   map[string][]string // label -> paths; one that ends in "/" names everything below it
	IDs     [][10]byte          // single passages
}

// ForgetReport counts what was taken out.
type ForgetReport struct{ Sources, Documents, Passages int64 }

// Forget removes what is named, in one commit a source. Paths must also be added to the options of
// their connectors by the caller, so that they stay out; passage ids are remembered here. What was
// removed is no longer served when Forget returns, and its bytes have left the disk unless a reader
// still holds an older generation: they go when it lets go.
func (in *Ingest) Forget(ctx context.Context, what Forget) (*ForgetReport, error) {
	var rep ForgetReport
	for _, label := range what.Sources {
		if err := in.forgetSource(ctx, label, &rep); err != nil {
			return &rep, err
		}
	}
	for label, paths := range what.Paths {
		if err := in.forgetIn(ctx, label, &rep, nil, func(r *removal) error { return r.paths(label, paths) }); err != nil {
			return &rep, err
		}
	}
	byLabel, err := in.labelsOf(ctx, what.IDs)
	if err != nil {
		return &rep, err
	}
	for label, ids := range byLabel {
		if err := in.forgetIn(ctx, label, &rep, ids, func(r *removal) error { return r.ids(ids) }); err != nil {
			return &rep, err
		}
	}
	return &rep, in.store.Settle(ctx)
}

// forgetSource drops the source with all of its segments.
func (in *Ingest) forgetSource(ctx context.Context, label string, rep *ForgetReport) error {
	lock, err := in.store.LockSource(ctx, label)
	if err != nil {
		return err
	}
	defer lock.Close()
	return in.store.Commit(ctx, "", func(m *index.Manifest) error {
		m.Segments = slices.DeleteFunc(m.Segments, func(e index.Entry) bool {
			if e.Label == label {
				rep.Documents += e.Documents
				rep.Passages += e.Passages
			}
			return e.Label == label
		})
		return in.store.ChangeSources(m, func(all []index.SourceState) ([]index.SourceState, error) {
			i := slices.IndexFunc(all, func(x index.SourceState) bool { return x.Label == label })
			if i < 0 {
				return nil, fmt.Errorf("%w: %q", index.ErrNoSource, label)
			}
			rep.Sources++
			return slices.Delete(all, i, i+1), nil
		})
	})
}

// forgetIn removes what mark marks of one source, remembers the ids, and then rewrites the segments
// that held it, so that the bytes go too.
func (in *Ingest) forgetIn(ctx context.Context, label string, rep *ForgetReport, ids [][10]byte, mark func(*removal) error) error {
	return in.inSource(ctx, label, func(dir string, sn *index.Snapshot) error {
		r := newRemoval(sn, in.store.Arms())
		if err := mark(r); err != nil {
			return err
		}
		rep.add(r)
		if len(r.pending) == 0 && len(ids) == 0 {
			return nil
		}
		touched := r.touched()
		err := in.commit(ctx, dir, r, func(m *index.Manifest) error {
			if len(ids) == 0 {
				return nil
			}
			return in.store.ChangeSources(m, func(all []index.SourceState) ([]index.SourceState, error) { return remember(all, label, ids), nil })
		})
		if err != nil {
			return err
		}
		return in.rewrite(ctx, label, dir, touched)
	})
}

func remember(all []index.SourceState, label string, ids [][10]byte) []index.SourceState {
	for i := range all {
		if all[i].Label != label {
			continue
		}
		for _, id := range ids {
			if name := index.FormatID(id); !slices.Contains(all[i].ForgottenIDs, name) {
				all[i].ForgottenIDs = append(all[i].ForgottenIDs, name)
			}
		}
	}
	return all
}

// add counts what r has newly marked.
func (rep *ForgetReport) add(r *removal) {
	for seg, gone := range r.of {
		documents, passages := r.base.Segments()[seg].Gone()
		rep.Documents += int64(gone.Documents.GetCardinality() - documents.GetCardinality())
		rep.Passages += int64(gone.Passages.GetCardinality() - passages.GetCardinality())
	}
}

// touched lists the text files of the segments that r changes.
func (r *removal) touched() map[blockfile.Hash]bool {
	set := map[blockfile.Hash]bool{}
	for seg := range r.pending {
		set[r.base.Segments()[seg].Entry().Text.Hash] = true
	}
	return set
}

func (r *removal) paths(label string, paths []string) error {
	return r.base.EachDocument(label, func(d index.Document) error {
		for _, p := range paths {
			if index.PathNames(p, d.Path) {
				return r.document(d.Segment, d.Number)
			}
		}
		return nil
	})
}

func (r *removal) ids(ids [][10]byte) error {
	for _, id := range ids {
		place, live, _, err := r.base.Lookup(id)
		if err != nil {
			return err
		}
		if !live {
			continue
		}
		if err := r.passage(int(place.Segment), place.Passage); err != nil {
			return err
		}
	}
	return nil
}

// labelsOf groups passages by their source.
func (in *Ingest) labelsOf(ctx context.Context, ids [][10]byte) (map[string][][10]byte, error) {
	by := map[string][][10]byte{}
	if len(ids) == 0 {
		return by, nil
	}
	sn, err := in.store.Snapshot(ctx)
	if err != nil {
		return nil, err
	}
	defer sn.Close()
	for _, id := range ids {
		place, live, _, err := sn.Lookup(id)
		if err != nil {
			return nil, err
		}
		if live {
			label := sn.Segments()[place.Segment].Label()
			by[label] = append(by[label], id)
		}
	}
	return by, nil
}
