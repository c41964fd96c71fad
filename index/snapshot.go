package index

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"sync/atomic"

	"sluice/index/blockfile"
	"sluice/index/lexical"
	"sluice/index/text"
	"sluice/internal/vfs"
)

// Place is a passage of a snapshot: segment ordinal and passage number in it.
type Place struct{ Segment, Passage uint32 }

// Degraded is something of the store that a snapshot cannot see.
type Degraded struct {
	What      string // "segment 9f2c..", named by the first digits of its text file
	Why       string // "checksum", "missing", "newer format" or the error
	Documents int64  // how many documents that hides
}

// Snapshot is one generation held open for reading. It never changes. Safe for concurrent use.
type Snapshot struct {
	store    *Store
	m        *manifest
	hash     string
	sources  []SourceState
	segments []*Segment
	degraded []Degraded
	lock     io.Closer
	refs     atomic.Int32

	passages, documents int64
	length              uint64
}

// Segment is one segment of a snapshot. Its number in the snapshot is Place.Segment.
type Segment struct {
	*openSegment
	entry   segmentEntry
	dead    *dead        // never nil
	deleted lexical.Bits // dead.passages as the scan wants it; nil: none
}

// openSegment is a segment's open files. Snapshots of several generations share it.
type openSegment struct {
	key      string
	label    string
	textFile *blockfile.File
	lexFile  *blockfile.File
	text     *text.Reader
	lexical  *lexical.Reader
	refs     int // guarded by Store.mu
}

// snapshotTries bounds how often a reader starts again because the generation it read was replaced and
// removed before it held it.
const snapshotTries = 100

// Snapshot opens the newest generation, or shares the one that was opened last if it still is the newest.
// It waits for nobody. A segment whose files are damaged or missing is left out and named by Degraded;
// only an unreadable manifest or table of sources is an error.
func (s *Store) Snapshot(ctx context.Context) (*Snapshot, error) {
	for range snapshotTries {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		m, hash, err := readManifest(s.fs)
		if err != nil {
			return nil, err
		}
		if sn := s.recent.get(hash); sn != nil {
			return sn, nil
		}
		sn, err := s.trySnapshot(ctx, m, hash)
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
func (s *Store) trySnapshot(ctx context.Context, m *manifest, hash string) (*Snapshot, error) {
	lock, err := s.holdGeneration(ctx, m)
	if lock == nil || err != nil {
		return nil, err
	}
	sn := &Snapshot{store: s, m: m, hash: hash, lock: lock}
	sn.refs.Store(1)
	if sn.sources, err = s.readSources(m); err != nil {
		_ = lock.Close()
		return nil, err
	}
	sn.openAll()
	return sn, nil
}

// holdGeneration takes the shared lock that keeps a generation's files. It returns nil, nil when the
// generation was retired meanwhile. A store that was copied without its locks gets this one back.
func (s *Store) holdGeneration(ctx context.Context, m *manifest) (io.Closer, error) {
	lock, err := s.fs.Lock(generationLock(m.Generation), vfs.Shared, 0, ctx)
	switch {
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
func (s *Store) restoreGeneration(m *manifest) error {
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
func (s *Store) isCurrent(m *manifest) bool {
	now, _, err := readManifest(s.fs)
	return err == nil && now.Generation == m.Generation
}

// openAll opens every segment, and names those that cannot be.
func (sn *Snapshot) openAll() {
	for _, e := range sn.m.Segments {
		seg, err := sn.store.openSegment(e)
		if err != nil {
			sn.degraded = append(sn.degraded, Degraded{What: segmentName(e), Why: why(err), Documents: e.Documents})
			continue
		}
		sn.segments = append(sn.segments, seg)
		sn.documents += int64(seg.text.Documents()) - int64(seg.dead.documents.GetCardinality())
		sn.passages += int64(seg.text.Passages()) - int64(seg.dead.passages.GetCardinality())
		sn.length += seg.lexical.TotalLength() - seg.dead.length
	}
}

func segmentName(e segmentEntry) string { return fmt.Sprintf("segment %x", e.Text.Hash[:6]) }

// why puts an error in the few words that a response carries.
func why(err error) string {
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return "missing"
	case errors.As(err, new(*blockfile.NewerError)):
		return "newer format"
	case errors.Is(err, blockfile.ErrCorrupt):
		return "checksum"
	}
	return err.Error()
}

// openSegment opens a segment's files or shares them, and loads its dead file.
func (s *Store) openSegment(e segmentEntry) (*Segment, error) {
	open, err := s.share(e)
	if err != nil {
		return nil, err
	}
	seg := &Segment{openSegment: open, entry: e, dead: newDead()}
	if e.Dead == nil {
		return seg, nil
	}
	f, err := blockfile.Open(s.fs, filesDir, *e.Dead)
	if err == nil {
		seg.dead, err = readDead(f, open.text.Documents(), open.text.Passages())
		_ = f.Close()
	}
	if err != nil { // without it deleted passages would be served, so the segment is not
		s.release(open)
		return nil, err
	}
	seg.deleted = bitsOf(seg.dead.passages, open.text.Passages())
	return seg, nil
}

// share returns the open files of a segment, opening them if no snapshot has.
func (s *Store) share(e segmentEntry) (*openSegment, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	key := e.Text.Name() + e.Lexical.Name()
	if o := s.open[key]; o != nil {
		o.refs++
		return o, nil
	}
	o, err := s.openFiles(e)
	if err != nil {
		return nil, err
	}
	o.key, o.refs = key, 1
	s.open[key] = o
	return o, nil
}

func (s *Store) openFiles(e segmentEntry) (_ *openSegment, err error) {
	o := &openSegment{label: e.Label}
	defer func() {
		if err != nil {
			o.close()
		}
	}()
	if o.textFile, err = blockfile.Open(s.fs, filesDir, e.Text); err != nil {
		return nil, err
	}
	if o.text, err = text.Open(o.textFile); err != nil {
		return nil, err
	}
	if o.lexFile, err = blockfile.Open(s.fs, filesDir, e.Lexical); err != nil {
		return nil, err
	}
	if o.lexical, err = lexical.Open(o.lexFile); err != nil {
		return nil, err
	}
	if o.lexical.N() != o.text.Passages() {
		return nil, fmt.Errorf("postings of %d passages beside the text of %d: %w", o.lexical.N(), o.text.Passages(), blockfile.ErrCorrupt)
	}
	return o, nil
}

func (s *Store) release(o *openSegment) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if o.refs--; o.refs == 0 {
		delete(s.open, o.key)
		o.close()
	}
}

func (o *openSegment) close() {
	for _, f := range []*blockfile.File{o.textFile, o.lexFile} {
		if f != nil {
			_ = f.Close()
		}
	}
}

// Close lets the generation go. Views of the snapshot's data die with it.
func (sn *Snapshot) Close() error {
	if sn.refs.Add(-1) != 0 {
		return nil
	}
	for _, seg := range sn.segments {
		sn.store.release(seg.openSegment)
	}
	return sn.lock.Close()
}

// Generation is the number of the state that the snapshot shows.
func (sn *Snapshot) Generation() uint64 { return sn.m.Generation }

// Passages is the number of live passages.
func (sn *Snapshot) Passages() int64 { return sn.passages }

// Documents is the number of live documents.
func (sn *Snapshot) Documents() int64 { return sn.documents }

// AverageLength is the mean length of the live passages, in terms.
func (sn *Snapshot) AverageLength() float64 {
	if sn.passages == 0 {
		return 0
	}
	return float64(sn.length) / float64(sn.passages)
}

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
