package index

import (
	"context"
	"errors"
	"io"
	"io/fs"
	"slices"
	"sync/atomic"

	"sluice/internal/vfs"
)

// Snapshot is one generation held open for reading. It never changes. Safe for concurrent use.
type Snapshot struct {
	newest   // what is damaged of the manifest is part of degraded
	store    *Store
	sources  []SourceState
	segments []*Segment
	degraded []Degraded
	lost     []Entry // segments whose files are damaged or missing
	lock     io.Closer
	refs     atomic.Int32
	followed atomic.Bool // it is not kept for the next question any more

	passages, documents int64
}

// snapshotTries bounds how often a reader starts again because the generation it read was replaced
// and removed before it held it.
const snapshotTries = 100

// Snapshot opens the newest generation, or shares the one that was opened last if it still is the
// newest. It waits for nobody. What is damaged or missing is left out, or read from an older copy,
// and named by Degraded; only a store without any readable generation is an error.
func (s *Store) Snapshot(ctx context.Context) (*Snapshot, error) {
	for range snapshotTries {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		n, err := readAgain(s.fs, s.recent.shows())
		if err != nil {
			return nil, err
		}
		s.ledger.named(n.named)
		if sn := s.recent.get(n); sn != nil {
			sn.Distrust() // it was verified for an earlier question
			return sn, nil
		}
		sn, err := s.trySnapshot(ctx, n)
		if err != nil {
			return nil, err
		}
		if sn != nil {
			s.recent.put(sn)
			return sn, nil
		}
	}
	return nil, errors.New("the store changes faster than it can be opened; try again")
}

// trySnapshot returns nil, nil when the generation was retired while it was being opened.
func (s *Store) trySnapshot(ctx context.Context, n newest) (*Snapshot, error) {
	m := n.m
	lock, err := s.holdGeneration(ctx, m)
	if lock == nil || err != nil {
		return nil, err
	}
	s.wounds.outlived(m.Generation)
	sn := &Snapshot{newest: n, store: s, lock: lock, degraded: slices.Clone(n.named)}
	sn.refs.Store(1)
	if sn.sources, err = s.readSources(m); err != nil {
		sn.sources = s.otherSources(m)
		sn.degraded = append(sn.degraded, Degraded{What: "table of sources", Why: why(err)})
	}
	if sn.openAll(); len(sn.missing()) > 0 {
		// Where locks do nothing a writer may have removed what this generation names, or another
		// one put it aside for a moment.
		if s.putBack(m) > 0 || !s.isCurrent(m) {
			return nil, sn.Close()
		}
		s.absent(m)
	}
	return sn, nil
}

// missing lists what is degraded because a file is not there.
func (sn *Snapshot) missing() (all []Degraded) {
	for _, d := range sn.degraded {
		if d.Why == whyMissing {
			all = append(all, d)
		}
	}
	return all
}

// holdGeneration takes the shared lock that keeps a generation's files. It returns nil, nil when
// the generation was retired meanwhile. A store that was copied without its locks gets this one
// back.
func (s *Store) holdGeneration(ctx context.Context, m *Manifest) (io.Closer, error) {
	if s.opts.NoLock {
		return noLock{}, nil
	}
	lock, err := s.fs.Lock(generationLock(m.Generation), vfs.Shared, 0, ctx)
	switch {
	case errors.Is(err, vfs.ErrNoLocks):
		return noLock{}, nil // it keeps nothing: what goes meanwhile is noticed
	case errors.Is(err, vfs.ErrLocked):
		return nil, nil // it is being retired
	case errors.Is(err, fs.ErrNotExist) && s.isCurrent(m):
		return nil, s.restoreGeneration(m)
	case errors.Is(err, fs.ErrNotExist):
		return nil, nil
	case err != nil:
		return nil, err
	}
	if _, err := s.fs.Stat(generationName(m.Generation)); err == nil || s.isCurrent(m) {
		return lock, nil
	}
	return nil, lock.Close()
}

// restoreGeneration makes the lock file of the newest generation again; the caller tries once more.
func (s *Store) restoreGeneration(m *Manifest) error {
	if err := s.fs.MkdirAll(locksDir); err != nil {
		return err
	}
	f, err := s.fs.OpenRW(generationLock(m.Generation))
	if err != nil {
		return err
	}
	return f.Close()
}

// isCurrent tells whether m still is the newest generation.
func (s *Store) isCurrent(m *Manifest) bool {
	now, _, err := readManifest(s.fs)
	return err == nil && now.Generation == m.Generation
}

// openAll opens every segment, and names those that cannot be.
func (sn *Snapshot) openAll() {
	for _, e := range sn.m.Segments {
		if e.Lost != "" {
			sn.degraded = append(sn.degraded, missingOf(e, e.Lost, e.Missing, e.Documents)...)
			sn.lost = append(sn.lost, e)
			continue
		}
		seg, err := sn.store.openSegment(e)
		if err != nil {
			sn.degraded = append(sn.degraded, Degraded{What: e.Name(), Why: why(err), Documents: e.Documents})
			if errors.Is(err, ErrCorrupt) || errors.Is(err, fs.ErrNotExist) {
				e.Lost = why(err)
				sn.lost = append(sn.lost, e)
			}
			continue
		}
		seg.ordinal = uint32(len(sn.segments))
		sn.segments = append(sn.segments, seg)
		sn.degraded = append(sn.degraded, seg.degraded(sn.store.opts.Arms)...)
		hidden, _ := seg.hidden()
		sn.documents += int64(seg.Documents()) - seg.gone.Load().documentsN - hidden
		sn.passages += seg.Live()
	}
}

// Segments lists the segments that could be opened.
func (sn *Snapshot) Segments() []*Segment { return sn.segments }

// Content names all that the snapshot's generation holds of a source: see Manifest.Content.
func (sn *Snapshot) Content(label string) string { return sn.m.Content(label) }

// hurt tells whether damage was met in a segment, which may be mended by now.
func (sn *Snapshot) hurt() bool {
	return len(sn.lost) > 0 || slices.ContainsFunc(sn.segments, func(s *Segment) bool { return s.openFiles.bad.Load() })
}

// Lost lists the entries of segments whose files are damaged or missing, with why. Those of a newer
// format are not among them.
func (sn *Snapshot) Lost() []Entry { return sn.lost }

// Unopened lists the entries of all segments that could not be opened, for whatever reason.
func (sn *Snapshot) Unopened() []Entry {
	return slices.DeleteFunc(slices.Clone(sn.m.Segments), func(e Entry) bool {
		return slices.ContainsFunc(sn.segments, func(seg *Segment) bool { return seg.entry.Text == e.Text })
	})
}

// Close lets the generation go. Views of the snapshot's data die with it.
func (sn *Snapshot) Close() error {
	if sn.refs.Add(-1) != 0 {
		return nil
	}
	for _, seg := range sn.segments {
		sn.store.releaseTombstones(seg.tombstones)
		sn.store.release(seg.openFiles)
	}
	err := sn.lock.Close()
	if sn.followed.Load() {
		sn.store.lastReader(sn.m.Generation)
	}
	return err
}

// Generation is the number of the state that the snapshot shows.
func (sn *Snapshot) Generation() uint64 { return sn.m.Generation }

// Passages is the number of live passages.
func (sn *Snapshot) Passages() int64 { return sn.passages }

// Documents is the number of live documents.
func (sn *Snapshot) Documents() int64 { return sn.documents }

// Degraded lists what the snapshot cannot see.
func (sn *Snapshot) Degraded() []Degraded { return sn.degraded }

// Sources lists the sources of the generation, by label.
func (sn *Snapshot) Sources() []SourceState { return sn.sources }

// Source returns the source of that label.
func (sn *Snapshot) Source(label string) (SourceState, bool) {
	for _, s := range sn.sources {
		if s.Label == label {
			return s, true
		}
	}
	return SourceState{}, false
}
