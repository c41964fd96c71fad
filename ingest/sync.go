package index

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"sluice/corpus"
	"sluice/index/text"
	"sluice/internal/limits"
)

// SyncOptions tells how a source is brought up to date.
type SyncOptions struct {
	Progress func(Progress) // called often, from one goroutine at a time; may be nil
	Prune    bool           // believe the source even when it lost over half of its documents
	Whole    bool           // a passage is a whole document (labelled collections are ranked uncut)
}

// Progress is how far a sync has come. Totals are 0 while they are unknown.
type Progress struct {
	Phase                string // "reading", "merging"
	Files, Bytes         int64  // listed so far
	Indexed, BytesDone   int64  // of those, new or changed ones that are committed, or found unchanged
	Passages             int64
	FilesTotal, BytesAll int64
}

// SyncReport is what a sync did.
type SyncReport struct {
	Added, Changed, Removed, Same int64 // documents
	Bytes, Passages               int64 // of the added and changed ones
	Report                        *corpus.Report
	Took                          time.Duration
	Generation                    uint64
}

// ErrHalfGone says that a source lost over half of its documents at once, which is more often an unmounted
// disk than a decision: nothing was removed.
var ErrHalfGone = errors.New("over half of the source's documents are gone; nothing was removed (if that is right: `sluice sync --prune`)")

// racyWindow is how close to the start of a sync a file may have been changed for its modification time
// to prove nothing: a second change within the clock's step would look the same.
const racyWindow = 2 * time.Second

// known is what the store holds of one document of the source.
type known struct {
	segment int // in the snapshot that the sync started from
	doc     uint32
	size    int64
	modTime int64
	hash    [32]byte
	seen    bool // the walk listed it
}

// syncer is one run of Sync.
type syncer struct {
	store *Store
	src   corpus.Source
	opts  SyncOptions
	label string
	dir   string
	state SourceState
	base  *Snapshot
	known map[string]*known

	begun   time.Time
	removal *removal
	gone    map[string]bool // listed by the walk, but no document when it was opened
	added   map[[32]byte]bool

	mu       sync.Mutex // guards what follows: the walk and the commits both count
	report   SyncReport
	progress Progress
	leftOut  []*corpus.LeftOutError
	failures []corpus.Failure
	reread   int64 // documents that were read and turned out to be what is stored
}

// Sync brings the source up to date: new and changed documents are read, cut and committed segment by
// segment, so that a sync that is killed goes on where it was; documents that the walk no longer lists
// are removed at the end. The source must have been added. A source whose root is missing
// (corpus.ErrRootGone) or that lost over half of its documents (ErrHalfGone) keeps what it had.
func (s *Store) Sync(ctx context.Context, src corpus.Source, opts SyncOptions) (*SyncReport, error) {
	label := src.Info().Label
	lock, err := s.lockSource(ctx, label)
	if err != nil {
		return nil, err
	}
	defer lock.Close()
	y := &syncer{store: s, src: src, opts: opts, label: label, begun: s.opts.Clock.Now(), gone: map[string]bool{}, added: map[[32]byte]bool{}}
	if err := y.start(ctx); err != nil {
		return nil, err
	}
	defer y.base.Close()
	err = y.run(ctx)
	if err == nil {
		y.tell("merging")
		err = s.mergeSource(ctx, label, y.dir)
	}
	y.report.Took = s.opts.Clock.Now().Sub(y.begun)
	return &y.report, err
}

// start loads what the store knows of the source.
func (y *syncer) start(ctx context.Context) (err error) {
	if y.dir, err = y.store.clearPending(y.label); err != nil {
		return err
	}
	if y.base, err = y.store.Snapshot(ctx); err != nil {
		return err
	}
	state, ok := y.base.Source(y.label)
	if !ok {
		_ = y.base.Close()
		return fmt.Errorf("%w: %q", ErrNoSource, y.label)
	}
	y.state = state
	y.removal = newRemoval(y.base)
	y.known, err = y.base.knownOf(y.label)
	if err != nil {
		_ = y.base.Close()
	}
	return err
}

// knownOf lists the live documents of a source by path.
func (sn *Snapshot) knownOf(label string) (map[string]*known, error) {
	all := map[string]*known{}
	err := sn.EachDocument(label, func(seg int, doc uint32, d text.Document) error {
		all[d.Path] = &known{segment: seg, doc: doc, size: d.Size, modTime: d.ModTime, hash: d.Hash}
		return nil
	})
	return all, err
}

// run walks the source, builds segments side by side and commits them in the order of the walk.
func (y *syncer) run(ctx context.Context) error {
	jobs, live := errgroup.WithContext(ctx) // live ends with the first failure, and with Wait: finish needs ctx
	workers := make(chan struct{}, y.store.opts.Jobs)
	queue := make(chan *batch, y.store.opts.Jobs) // bounds how far the walk runs ahead
	jobs.Go(func() error { return y.commitAll(live, queue) })

	var next batch
	send := func() error {
		b := next
		b.done = make(chan struct{})
		next = batch{}
		select {
		case workers <- struct{}{}:
		case <-live.Done():
			return live.Err()
		}
		jobs.Go(func() error {
			defer func() { <-workers; close(b.done) }()
			b.out, b.err = y.newBuilder(&b).build(live, b.items)
			return b.err
		})
		select {
		case queue <- &b:
		case <-live.Done():
			return live.Err()
		}
		return nil
	}
	report, err := y.src.Walk(live, func(item corpus.Item) error {
		if !y.wanted(item) {
			return nil
		}
		next.items, next.bytes = append(next.items, item), next.bytes+item.Size
		if next.bytes >= y.store.opts.SegmentBytes {
			return send()
		}
		return nil
	})
	if err == nil && len(next.items) > 0 {
		err = send()
	}
	close(queue)
	if werr := jobs.Wait(); werr != nil && (err == nil || errors.Is(err, context.Canceled)) {
		err = werr
	}
	if err != nil {
		return err
	}
	return y.finish(ctx, report)
}

// batch is a run of documents, in the order of the walk, that become one segment.
type batch struct {
	items []corpus.Item
	bytes int64
	done  chan struct{} // closed when out and err are set
	out   *built
	err   error
}

func (y *syncer) newBuilder(b *batch) *builder {
	return &builder{
		src: y.src, dir: y.dir, files: y.store, known: y.known, whole: y.opts.Whole,
		id: batchID(y.label, y.opts.Whole, b.items), forgotten: y.state.forgotten(),
	}
}

// wanted tells whether the listed document must be read.
func (y *syncer) wanted(item corpus.Item) bool {
	y.mu.Lock()
	defer y.mu.Unlock()
	y.progress.Files++
	y.progress.Bytes += item.Size
	k := y.known[item.Path]
	if k == nil {
		return true
	}
	k.seen = true
	if k.size != item.Size || k.modTime != unixNano(item.ModTime) || y.racy(item.ModTime) {
		return true
	}
	y.report.Same++
	y.progress.Indexed++
	y.progress.BytesDone += item.Size
	return false
}

// racy tells whether the file may have been changed again just after it was read.
func (y *syncer) racy(t time.Time) bool {
	return y.state.Started.IsZero() || t.After(y.state.Started.Add(-racyWindow))
}

func unixNano(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.UnixNano()
}

// commitAll commits the batches in the order of the walk.
func (y *syncer) commitAll(ctx context.Context, queue <-chan *batch) error {
	for b := range queue {
		select {
		case <-b.done:
		case <-ctx.Done():
			return ctx.Err()
		}
		if b.err != nil {
			return b.err
		}
		if err := y.commitBatch(ctx, b.out); err != nil {
			return err
		}
		y.tell("reading")
	}
	return nil
}

func (y *syncer) tell(phase string) {
	if y.opts.Progress == nil {
		return
	}
	y.mu.Lock()
	y.progress.Phase = phase
	p := y.progress
	y.mu.Unlock()
	y.opts.Progress(p)
}

// commitBatch makes a segment part of the store and the documents that it replaces dead, in one step.
func (y *syncer) commitBatch(ctx context.Context, out *built) error {
	y.account(out)
	if out.entry == nil {
		return nil
	}
	for _, d := range out.taken {
		y.added[d.hash] = true
		if k := y.known[d.path]; k != nil {
			if err := y.removal.document(k.segment, k.doc); err != nil {
				return fmt.Errorf("replace %s: %w", d.path, err)
			}
		}
	}
	return y.store.commitRemoval(ctx, y.dir, y.removal, func(m *manifest) error {
		m.Segments = append(m.Segments, *out.entry)
		return nil
	})
}

// account adds a batch's outcome to the report.
func (y *syncer) account(out *built) {
	y.mu.Lock()
	defer y.mu.Unlock()
	for _, d := range out.taken {
		if y.known[d.path] != nil {
			y.report.Changed++
		} else {
			y.report.Added++
		}
	}
	for _, path := range out.gone {
		y.gone[path] = true
	}
	for _, l := range out.leftOut {
		y.gone[l.Path] = true // a text that became binary is no longer a document
	}
	y.leftOut = append(y.leftOut, out.leftOut...)
	y.failures = append(y.failures, out.failures...)
	y.report.Same += int64(len(out.same))
	y.reread += int64(len(out.same))
	y.report.Bytes += out.bytes
	y.report.Passages += out.passages
	y.progress.Indexed += int64(len(out.taken) + len(out.same))
	y.progress.BytesDone += out.bytes
	y.progress.Passages += out.passages
}

// finish removes what the walk no longer listed and writes down what the sync saw.
func (y *syncer) finish(ctx context.Context, walk *corpus.Report) error {
	lost := y.lost(ctx, walk.FailureN > 0)
	var half error
	if y.halfGone(lost) {
		half, lost = ErrHalfGone, nil
	}
	for _, k := range lost {
		if err := y.removal.document(k.segment, k.doc); err != nil {
			return err
		}
	}
	y.report.Removed = int64(len(lost))
	y.report.Report = y.merged(walk)
	if half == nil && y.nothingNew() {
		return nil
	}
	err := y.store.commitRemoval(ctx, y.dir, y.removal, func(m *manifest) error {
		return y.store.changeSources(m, func(all []SourceState) ([]SourceState, error) { return y.noted(all, half) })
	})
	return errors.Join(half, err)
}

// syncedSlack is how old the noted time of the last sync may grow while nothing changes: a folder that is
// asked often need not get a new generation with each question.
const syncedSlack = time.Minute

// nothingNew tells whether the store already says all that this sync found. Documents that were read again
// and found the same count as news, because noting the sync's time spares the next one from reading them.
func (y *syncer) nothingNew() bool {
	r := &y.report
	return r.Added+r.Changed+r.Removed+y.reread == 0 && y.begun.Sub(y.state.Synced) < syncedSlack &&
		r.Report.FailureN == y.state.FailureN && maps.EqualFunc(r.Report.LeftOut, y.state.LeftOut, func(a, b *corpus.Count) bool { return *a == *b })
}

// lost lists the documents that the source no longer has, in a stable order. A walk that could not read
// everything proves nothing about what it did not list, so then the source is asked for each.
func (y *syncer) lost(ctx context.Context, ask bool) []*known {
	var lost []*known
	for path, k := range y.known {
		if k.seen && !y.gone[path] {
			continue
		}
		if ask && !y.gone[path] {
			if _, err := y.src.Stat(ctx, path); !errors.Is(err, corpus.ErrGone) {
				continue
			}
		}
		lost = append(lost, k)
	}
	slices.SortFunc(lost, func(a, b *known) int {
		return cmp.Or(cmp.Compare(a.segment, b.segment), cmp.Compare(a.doc, b.doc))
	})
	return lost
}

// halfGone tells whether so much is gone that it must be asked for. A document that came back under
// another name was moved, not lost.
func (y *syncer) halfGone(lost []*known) bool {
	if y.opts.Prune {
		return false
	}
	n := 0
	for _, k := range lost {
		if !y.added[k.hash] {
			n++
		}
	}
	return 2*n > len(y.known)
}

// merged is the walk's report with what came to light when documents were opened.
func (y *syncer) merged(walk *corpus.Report) *corpus.Report {
	r := *walk
	for _, l := range y.leftOut {
		if r.LeftOut == nil {
			r.LeftOut = map[corpus.Reason]*corpus.Count{}
		}
		if r.LeftOut[l.Reason] == nil {
			r.LeftOut[l.Reason] = &corpus.Count{}
		}
		r.LeftOut[l.Reason].Add(0)
	}
	r.Failures = append(r.Failures, y.failures...)
	r.FailureN += len(y.failures)
	r.Failures = r.Failures[:min(len(r.Failures), limits.FailuresKept)]
	return &r
}

// noted updates the source's line in the table. A sync that held deletions back is not complete.
func (y *syncer) noted(all []SourceState, half error) ([]SourceState, error) {
	for i := range all {
		if all[i].Label != y.label {
			continue
		}
		all[i].Started = y.begun
		if half == nil {
			all[i].Synced = y.begun
		}
		all[i].LeftOut = y.report.Report.LeftOut
		all[i].Failures, all[i].FailureN = y.report.Report.Failures, y.report.Report.FailureN
		return all, nil
	}
	return nil, fmt.Errorf("%w: %q was removed while it was synced", ErrNoSource, y.label)
}
