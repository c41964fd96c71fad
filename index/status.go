package index

import (
	"context"
	"errors"
	"io/fs"
	"slices"

	"sluice/index/arm"
	"sluice/index/blockfile"
)

// Status is the store at a glance.
type Status struct {
	Generation uint64
	Sources    []SourceStatus
	Size       map[string]int64 // bytes of the generation's files by part
	Disk       int64            // bytes of all files in the store's folder: older generations and a running sync's too
	Segments   int
	Degraded   []Degraded
	Scrubbed   Scrubbed
}

// SourceStatus is a source with what the store holds of it.
type SourceStatus struct {
	SourceState
	Documents, Passages, Bytes int64
	Coverage                   map[string]float64 // arm -> share of documents that it can see
}

// Status reads the newest generation and adds up.
func (s *Store) Status(ctx context.Context) (*Status, error) {
	sn, err := s.Snapshot(ctx)
	if err != nil {
		return nil, err
	}
	defer sn.Close()
	disk, err := s.disk()
	if err != nil {
		return nil, err
	}
	st := &Status{Disk: disk, Generation: sn.Generation(), Size: sn.sizes(), Segments: len(sn.segments), Degraded: sn.degraded}
	if st.Scrubbed, err = s.Scrubbed(); err != nil {
		st.Degraded = AddDegraded(slices.Clone(st.Degraded), Degraded{What: "the record of the scrubs (" + scrubFile + ")", Why: why(err)})
	}
	for _, src := range sn.sources {
		st.Sources = append(st.Sources, sn.sourceStatus(src))
	}
	return st, nil
}

// sourceStatus adds up the entries of one source. An arm covers what it has a usable file for.
func (sn *Snapshot) sourceStatus(src SourceState) SourceStatus {
	out := SourceStatus{SourceState: src, Coverage: map[string]float64{}}
	for _, e := range sn.m.Segments {
		if e.Label == src.Label {
			out.Documents += e.Documents
			out.Passages += e.Passages
			out.Bytes += e.Bytes
		}
	}
	for i, a := range sn.store.opts.Arms {
		out.Coverage[a.Facts().Kind.String()] = sn.covered(i, src.Label, out.Documents)
	}
	return out
}

// Coverage is the share of all documents that each arm can see.
func (sn *Snapshot) Coverage() map[string]float64 {
	var documents int64
	sum := map[string]float64{}
	for _, src := range sn.sources {
		st := sn.sourceStatus(src)
		documents += st.Documents
		for arm, share := range st.Coverage {
			sum[arm] += share * float64(st.Documents)
		}
	}
	for arm := range sum {
		if documents > 0 {
			sum[arm] /= float64(documents)
		} else {
			sum[arm] = 1
		}
	}
	return sum
}

// covered is the share of a source's documents that an arm can use: of each segment all, or the
// share of its passages that the arm's file speaks of.
func (sn *Snapshot) covered(arms int, label string, documents int64) float64 {
	if documents == 0 {
		return 1
	}
	var seen float64
	for _, seg := range sn.segments {
		if seg.Label() != label || seg.Lacks(arms) {
			continue
		}
		share := 1.0
		if some, ok := seg.arms[arms].(arm.Covering); ok && seg.Passages() > 0 {
			share = float64(some.Covered()) / float64(seg.Passages())
		}
		seen += share * float64(seg.entry.Documents)
	}
	return seen / float64(documents)
}

// sizes adds up the bytes of the generation's files by part.
func (sn *Snapshot) sizes() map[string]int64 {
	size := map[string]int64{}
	for _, seg := range sn.segments {
		for part, n := range seg.text.Sizes() {
			size[part] += n
		}
		for _, a := range sn.store.opts.Arms {
			size[a.Facts().Part] += seg.entry.Derived[a.Facts().Kind].Size
		}
		size["parity"] += seg.entry.Derived[blockfile.KindParity].Size
		for _, ref := range []*blockfile.Ref{seg.entry.Tombstones, seg.entry.Spare} {
			if ref != nil {
				size["tombstones"] += ref.Size
			}
		}
	}
	if sn.m.Sources != nil {
		size["sources"] += sn.m.Sources.Size
	}
	return size
}

// disk adds up all files in the store's folder.
func (s *Store) disk() (n int64, err error) {
	dirs := []string{"", filesDir, generationsDir, seenDir}
	pending, err := s.fs.List(pendingDir)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return 0, err
	}
	for _, e := range pending {
		dirs = append(dirs, pendingDir+"/"+e.Name)
	}
	for _, dir := range dirs {
		entries, err := s.fs.List(dir)
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return 0, err
		}
		for _, e := range entries {
			if !e.Dir {
				n += e.Size
			}
		}
	}
	return n, nil
}
