package index

import (
	"context"
	"fmt"
	"slices"

	"sluice/index/blockfile"
	"sluice/index/text"
)

// Forget says what to take out of the store and keep out.
type Forget struct {
	Sources []string            // whole sources, by label
	Paths   map[string][]string // label -> paths; one that ends in "/" names everything below it
	IDs     [][10]byte          // single passages
}

// ForgetReport counts what was taken out.
type ForgetReport struct{ Sources, Documents, Passages int64 }

// Forget removes what is named, in one commit a source. Paths must also be added to the options of their
// connectors by the caller, so that they stay out; passage ids are remembered here. What was removed is
// no longer served when Forget returns, and its bytes have left the disk unless a reader still holds an
// older generation: they go when it lets go.
func (s *Store) Forget(ctx context.Context, what Forget) (*ForgetReport, error) {
	var rep ForgetReport
	for _, label := range what.Sources {
		if err := s.forgetSource(ctx, label, &rep); err != nil {
			return &rep, err
		}
	}
	for label, paths := range what.Paths {
		err := s.inSource(ctx, label, func(dir string, sn *Snapshot) error {
			return s.forgetIn(ctx, label, dir, sn, &rep, func(r *removal) ([][10]byte, error) { return nil, r.paths(label, paths) })
		})
		if err != nil {
			return &rep, err
		}
	}
	byLabel, err := s.labelsOf(ctx, what.IDs)
	if err != nil {
		return &rep, err
	}
	for label, ids := range byLabel {
		err := s.inSource(ctx, label, func(dir string, sn *Snapshot) error {
			return s.forgetIn(ctx, label, dir, sn, &rep, func(r *removal) ([][10]byte, error) { return ids, r.ids(ids) })
		})
		if err != nil {
			return &rep, err
		}
	}
	// The slot of the generation before still names the old files; one more generation lets them go.
	return &rep, s.commit(ctx, "", func(*manifest) error { return nil })
}

// forgetSource drops the source with all of its segments.
func (s *Store) forgetSource(ctx context.Context, label string, rep *ForgetReport) error {
	lock, err := s.lockSource(ctx, label)
	if err != nil {
		return err
	}
	defer lock.Close()
	return s.commit(ctx, "", func(m *manifest) error {
		m.Segments = slices.DeleteFunc(m.Segments, func(e segmentEntry) bool {
			if e.Label == label {
				rep.Documents += e.Documents
				rep.Passages += e.Passages
			}
			return e.Label == label
		})
		return s.changeSources(m, func(all []SourceState) ([]SourceState, error) {
			i := slices.IndexFunc(all, func(x SourceState) bool { return x.Label == label })
			if i < 0 {
				return nil, fmt.Errorf("%w: %q", ErrNoSource, label)
			}
			rep.Sources++
			return slices.Delete(all, i, i+1), nil
		})
	})
}

// forgetIn removes documents or passages of one source and then rewrites the segments that held them, so
// that the bytes go too.
func (s *Store) forgetIn(ctx context.Context, label, dir string, sn *Snapshot, rep *ForgetReport, mark func(*removal) ([][10]byte, error)) error {
	r := newRemoval(sn)
	ids, err := mark(r)
	if err != nil {
		return err
	}
	rep.add(r)
	if len(r.pending) == 0 && len(ids) == 0 {
		return nil
	}
	touched := r.touched()
	err = s.commitRemoval(ctx, dir, r, func(m *manifest) error {
		if len(ids) == 0 {
			return nil
		}
		return s.changeSources(m, func(all []SourceState) ([]SourceState, error) { return remember(all, label, ids), nil })
	})
	if err != nil {
		return err
	}
	return s.rewrite(ctx, label, dir, touched)
}

// inSource runs do under the source's lock, with its pending folder emptied and the newest generation open.
func (s *Store) inSource(ctx context.Context, label string, do func(dir string, sn *Snapshot) error) error {
	lock, err := s.lockSource(ctx, label)
	if err != nil {
		return err
	}
	defer lock.Close()
	dir, err := s.clearPending(label)
	if err != nil {
		return err
	}
	sn, err := s.Snapshot(ctx)
	if err != nil {
		return err
	}
	defer sn.Close()
	return do(dir, sn)
}

func remember(all []SourceState, label string, ids [][10]byte) []SourceState {
	for i := range all {
		if all[i].Label != label {
			continue
		}
		for _, id := range ids {
			if name := text.FormatID(id); !slices.Contains(all[i].ForgottenIDs, name) {
				all[i].ForgottenIDs = append(all[i].ForgottenIDs, name)
			}
		}
	}
	return all
}

// add counts what r has newly marked.
func (rep *ForgetReport) add(r *removal) {
	for seg, d := range r.dead {
		rep.Documents += int64(d.documents.GetCardinality() - r.base.segments[seg].dead.documents.GetCardinality())
		rep.Passages += int64(d.passages.GetCardinality() - r.base.segments[seg].dead.passages.GetCardinality())
	}
}

// touched lists the text files of the segments that r changes.
func (r *removal) touched() map[blockfile.Hash]bool {
	set := map[blockfile.Hash]bool{}
	for seg := range r.pending {
		set[r.base.segments[seg].entry.Text.Hash] = true
	}
	return set
}

func (r *removal) paths(label string, paths []string) error {
	return r.base.EachDocument(label, func(seg int, doc uint32, d text.Document) error {
		for _, p := range paths {
			if pathNames(p, d.Path) {
				return r.document(seg, doc)
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
func (s *Store) labelsOf(ctx context.Context, ids [][10]byte) (map[string][][10]byte, error) {
	by := map[string][][10]byte{}
	if len(ids) == 0 {
		return by, nil
	}
	sn, err := s.Snapshot(ctx)
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
			label := sn.segments[place.Segment].label
			by[label] = append(by[label], id)
		}
	}
	return by, nil
}
