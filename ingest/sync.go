package ingest

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"maps"
	"math"
	"slices"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"sluice/corpus"
	"sluice/corpus/secret"
	"sluice/index"
	"sluice/index/arm"
	"sluice/index/blockfile"
)

// known is what the store holds of one document of the source.
type known struct {
	segment int // in the snapshot that the sync started from
	doc     uint32
	hash    [32]byte
	secrets uint16 // that were cut out of it
	listed  bool   // by the walk
}

// syncer is one run of Sync.
type syncer struct {
	ingest  *Ingest
	src     corpus.Source
	opts    SyncOptions
	label   string
	dir     string
	state   index.SourceState
	base    *index.Snapshot
	known   map[string]*known
	seen    *index.Seen // of the documents when they were read last
	unnoted bool        // some of that could not be written down

	begun   time.Time
	removal *removal
	rules   bool            // all that the store holds of the source was read under the present rules
	listed  map[uint64]bool // by the walk: digests of paths
	gone    map[string]bool // listed by the walk, but no document when it was opened
	added   map[[32]byte]bool
	placed  map[blockfile.Hash]bool // text files that this sync has committed

	mu       sync.Mutex // guards what follows: the walk and the commits both count
	report   Report
	progress Progress
	leftOut  []*corpus.LeftOutError
	failures []corpus.Failure
	guessed  map[string]string // see index.SourceState
	reread   int64             // documents that were read and turned out to be what is stored
}

// Sync brings the source up to date: new and changed documents are read, cut and committed segment
// by segment, so that a sync that is killed goes on where it was; documents that the walk no longer
// lists are removed at the end. The source must have been added. A source whose root is missing
// (corpus.ErrRootGone) or that lost over half of its documents (ErrHalfGone) keeps what it had.
//
// Of a segment that turns out damaged where it must be read, to replace one of its documents or to
// merge it, what cannot be read is given up, and read again: the source is what brings it back.
func (in *Ingest) Sync(ctx context.Context, src corpus.Source, opts SyncOptions) (*Report, error) {
	if opts.Small {
		return in.sync(ctx, src, opts)
	}
	known, unmended := in.takeUp(ctx, src) // told at the end: it must not keep the source from being read
	rep, err := in.sync(ctx, src, opts)
	if rep != nil {
		rep.Mended = append(known, rep.Mended...)
	}
	return rep, errors.Join(err, unmended)
}

// sync is Sync without what other processes left to mend.
func (in *Ingest) sync(ctx context.Context, src corpus.Source, opts SyncOptions) (*Report, error) {
	label := src.Info().Label
	var unfinished error
	if !opts.Small {
		unfinished = in.goOn(ctx) // told at the end too
	}
	lock, err := in.store.LockSource(ctx, label)
	if err != nil {
		return nil, err
	}
	defer lock.Close()
	if opts.Fetch {
		unfinished = errors.Join(unfinished, corpus.Fetch(ctx, src, fetching(opts.Progress)))
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
	}
	begun := in.opts.Clock.Now()
	var mended []string
	if !opts.Small {
		if mended, err = in.unopened(ctx, src); err != nil {
			return nil, err
		}
	}
	for disturbed := 0; ; {
		rep, err := in.syncOnce(ctx, src, opts, begun)
		if rep != nil {
			rep.Mended = mended
		}
		bad := new(arm.SegmentError)
		damaged := errors.As(err, &bad)
		if !damaged && index.Disturbed(err) && disturbed < disturbedTries {
			disturbed++
			continue
		}
		if !damaged || len(mended) == mendTries {
			return rep, errors.Join(err, unfinished)
		}
		name, derr := in.salvage(ctx, src, label, bad.Text, index.Why(bad.Err))
		if name == "" && derr == nil {
			name, derr = in.giveUp(ctx, label, bad)
		}
		if derr != nil || name == "" {
			return rep, errors.Join(err, derr)
		}
		mended = append(mended, name)
	}
}

// fetching tells of documents that are brought as of a part of the sync.
func fetching(tell func(Progress)) func(done, waiting int64) {
	if tell == nil {
		return nil
	}
	return func(done, waiting int64) {
		tell(Progress{Phase: "fetching", Files: done, Indexed: done, FilesTotal: done + waiting})
	}
}

// mendTries bounds how many damaged segments one sync gives up: a disk that damages what it is
// given would never come to an end.
const mendTries = 100

// disturbedTries bounds how often a sync begins again because another process works on its source
// and the locks do not keep the two apart.
const disturbedTries = 10

// unopened brings the segments back that cannot be opened, as far as the store can by itself, and
// names them. The documents of the others are read again. The source's lock is held.
func (in *Ingest) unopened(ctx context.Context, src corpus.Source) (mended []string, err error) {
	label := src.Info().Label
	sn, err := in.store.Snapshot(ctx)
	if err != nil {
		return nil, err
	}
	lost := sn.Lost()
	if err := sn.Close(); err != nil {
		return nil, err
	}
	for _, e := range lost {
		if e.Label != label {
			continue
		}
		name, err := in.salvage(ctx, src, label, e.Text.Hash, e.Lost)
		if err != nil {
			return mended, err
		}
		if name != "" {
			mended = append(mended, name)
		}
	}
	return mended, nil
}

// salvage brings a damaged segment back, or else keeps what can be read of it. It returns the
// segment's name; "" when neither is possible. The source, where it is at hand, still has what the
// segment lacks, or has changed. Its lock is held.
func (in *Ingest) salvage(ctx context.Context, src corpus.Source, label string, text blockfile.Hash, why string) (name string, err error) {
	name, err = in.fromSpares(ctx, label, text)
	if err == nil && name == "" {
		name, err = in.fromOriginal(ctx, src, label, text)
	}
	if err == nil && name == "" {
		name, err = in.carve(ctx, label, text, why)
	}
	return name, err
}

// fromSpares brings a damaged text back from its parity, and damaged tombstones from their copy. It
// returns the segment's name; "" when that is not possible, or when it is not these that are
// damaged. The source's lock is held.
func (in *Ingest) fromSpares(ctx context.Context, label string, text blockfile.Hash) (name string, err error) {
	e, ok, err := in.served(label, text)
	if err != nil || !ok {
		return "", err
	}
	dir, err := in.store.Pending(label)
	if err != nil {
		return "", err
	}
	defer in.store.DropPending(dir)
	mended, err := in.mendFromSpares(ctx, dir, e)
	if errors.Is(err, index.ErrCorrupt) || err == nil && !mended {
		return "", nil
	}
	if err != nil {
		return "", err
	}
	return e.Name(), in.store.Replace(ctx, dir, func(*index.Manifest) error { return nil })
}

// mendFromSpares writes what is damaged of a segment's text and tombstones into dir.
func (in *Ingest) mendFromSpares(ctx context.Context, dir string, e index.Entry) (mended bool, err error) {
	damaged, err := in.store.MendText(ctx, dir, e)
	mended = damaged > 0
	if err != nil || e.Tombstones == nil {
		return mended, err
	}
	bad, err := in.store.Damaged(ctx, *e.Tombstones)
	if err != nil || !bad {
		return mended, err
	}
	return true, in.store.MendTombstones(ctx, dir, e)
}

// served finds a segment of a source that was not given up.
func (in *Ingest) served(label string, text blockfile.Hash) (e index.Entry, ok bool, err error) {
	entries, err := in.store.Entries()
	i := slices.IndexFunc(entries, func(e index.Entry) bool { return e.Label == label && e.Text.Hash == text && e.Lost == "" })
	if err != nil || i < 0 {
		return e, false, err
	}
	return entries[i], true, nil
}

// giveUp marks a damaged segment as lost and returns its name; "" when the source has no such
// segment. It leaves the store with the sync that has read all of its documents again. Taking it
// out here would lose them, with nothing to name them, if the process died before.
func (in *Ingest) giveUp(ctx context.Context, label string, bad *arm.SegmentError) (name string, err error) {
	err = in.store.Commit(ctx, "", func(m *index.Manifest) error {
		for i, e := range m.Segments {
			if e.Label == label && e.Text.Hash == bad.Text && e.Lost == "" {
				m.Segments[i].Lost, name = index.Why(bad.Err), e.Name()
			}
		}
		return nil
	})
	return name, err
}

// syncOnce is one try of Sync.
func (in *Ingest) syncOnce(ctx context.Context, src corpus.Source, opts SyncOptions, begun time.Time) (*Report, error) {
	y := &syncer{
		ingest: in, src: src, opts: opts, label: src.Info().Label, begun: begun,
		listed: map[uint64]bool{}, gone: map[string]bool{}, added: map[[32]byte]bool{}, placed: map[blockfile.Hash]bool{},
	}
	if err := y.start(ctx); err != nil {
		return nil, err
	}
	defer in.store.DropPending(y.dir)
	y.guessed = map[string]string{}
	maps.Copy(y.guessed, y.state.Guessed)
	state, told := corpus.StateOf(ctx, src)
	err := y.run(ctx)
	_ = y.base.Close() // while it is held its files stay
	if err == nil && opts.Committed != nil {
		opts.Committed()
	}
	if err == nil {
		y.tell("merging")
		err = in.tidy(ctx, y.label, y.dir, opts.Small)
	}
	if err == nil && !y.unnoted {
		if now, still := corpus.StateOf(ctx, src); !told || !still || now != state {
			state = 0 // it was being changed meanwhile
		}
		in.fit(ctx, y.label, y.seen, state)
	}
	y.report.Took = in.opts.Clock.Now().Sub(y.begun)
	return &y.report, err
}

// fit notes that what was seen of the source is all that the store holds of it, in the state that
// the source was in.
func (in *Ingest) fit(ctx context.Context, label string, seen *index.Seen, state uint64) {
	sn, err := in.store.Snapshot(ctx)
	if err != nil {
		return // it costs the next look some time
	}
	defer sn.Close()
	_ = in.store.Fit(seen, stateOf(sn, label), state)
}

// stateOf is a digest of the state that a source is in.
func stateOf(sn *index.Snapshot, label string) uint64 {
	return corpus.Digest([]byte(sn.Content(label)))
}

// tidy leaves the source's segments complete, few and without much of what is gone, and the disk
// without files of the generations before.
// Where somebody waits, only what is small is done.
func (in *Ingest) tidy(ctx context.Context, label, dir string, small bool) error {
	mergeMax := int64(smallMerge)
	if !small {
		mergeMax = math.MaxInt64
		if err := in.complete(ctx, label, dir); err != nil {
			return err
		}
	}
	if err := in.mergeSource(ctx, label, dir, mergeMax); err != nil {
		return err
	}
	return in.store.Settle(ctx)
}

// start loads what the store knows of the source.
func (y *syncer) start(ctx context.Context) (err error) {
	if y.dir, y.base, err = y.ingest.open(ctx, y.label); err != nil {
		return err
	}
	state, ok := y.base.Source(y.label)
	if !ok {
		_ = y.base.Close()
		return fmt.Errorf("%w: %q", index.ErrNoSource, y.label)
	}
	if y.opts.Opened != nil && !bytes.Equal(y.opts.Opened.Options, state.Options) {
		_ = y.base.Close()
		return fmt.Errorf("source %q: %w", y.label, ErrOptions)
	}
	for _, seg := range y.base.Segments() {
		if err := seg.Hurt(); err != nil && seg.Label() == y.label {
			_ = y.base.Close()
			return err
		}
	}
	y.state = state
	y.removal = newRemoval(y.base, y.ingest.store.Arms()).watch(y.label)
	y.seen = y.ingest.store.Seen(y.label)
	y.known, err = knownOf(y.base, y.label)
	for _, k := range y.known {
		y.secretsIn(k.secrets, 1)
	}
	if err != nil {
		_ = y.base.Close()
	}
	return err
}

// knownOf lists the live documents of a source by path.
func knownOf(sn *index.Snapshot, label string) (map[string]*known, error) {
	all := map[string]*known{}
	err := sn.EachDocument(label, func(d index.Document) error {
		all[d.Path] = &known{segment: d.Segment, doc: d.Number, hash: d.Hash, secrets: d.Secrets}
		return nil
	})
	return all, err
}

// run walks the source, builds segments side by side and commits them in the order of the walk.
func (y *syncer) run(ctx context.Context) error {
	jobs, live := errgroup.WithContext(ctx) // live ends with the first failure, and with Wait: finish needs ctx
	workers := make(chan struct{}, y.ingest.opts.Jobs)
	queue := make(chan *batch, y.ingest.opts.Jobs) // bounds how far the walk runs ahead
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
		if !y.wanted(live, item) {
			return nil
		}
		next.items, next.bytes = append(next.items, item), next.bytes+item.Size
		if next.bytes >= y.ingest.opts.SegmentBytes {
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
		src: y.src, dir: y.dir, ingest: y.ingest, known: y.known, whole: y.opts.Whole,
		id: batchID(y.label, y.opts.Whole, b.items), forgotten: y.state.Forgotten(),
	}
}

// wanted tells whether the listed document must be read: unless it is proven that it is what was
// read last, and that the store still holds that.
func (y *syncer) wanted(ctx context.Context, item corpus.Item) bool {
	sight, ok := y.seen.Of(item.Path)
	proven := ok && sight.Stamp != 0 && sameRules(&y.state)
	if proven {
		stamp, err := corpus.StampOf(ctx, y.src, item)
		proven = err == nil && stamp == sight.Stamp
	}
	y.mu.Lock()
	defer y.mu.Unlock()
	y.listed[corpus.Digest([]byte(item.Path))] = true
	y.progress.Files++
	y.progress.Bytes += item.Size
	k := y.known[item.Path]
	if k == nil {
		why, ok := leftOut[sight.Version]
		if !proven || !ok {
			return true
		}
		y.leftOut = append(y.leftOut, &corpus.LeftOutError{Path: item.Path, Reason: why})
		return false
	}
	k.listed = true
	if !proven || sight.Version != index.Version(k.hash) {
		return true
	}
	y.report.Same++
	y.progress.Indexed++
	y.progress.BytesDone += item.Size
	return false
}

// sameRules tells whether all that the store holds of a source was read as it is to be read now, as
// far as stamps do not tell: options may have changed. Of a source that was never read to its end
// they do.
func sameRules(state *index.SourceState) bool {
	return state.Rules == secret.Version || state.Synced.IsZero()
}

// leftOut are the reasons for which a document is left out when it is opened, as a sight has them.
var leftOut = map[uint64]corpus.Reason{
	index.LeftOut(corpus.Binary): corpus.Binary, index.LeftOut(corpus.Secret): corpus.Secret, index.LeftOut(corpus.TooLarge): corpus.TooLarge,
	index.LeftOut(corpus.NoReader): corpus.NoReader, index.LeftOut(corpus.NoText): corpus.NoText,
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

// commitBatch makes a segment part of the store and the documents that it replaces dead, in one
// step.
func (y *syncer) commitBatch(ctx context.Context, out *built) error {
	y.account(out)
	if out.entry == nil {
		y.see(out)
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
	y.placed[out.entry.Text.Hash] = true
	err := y.ingest.commit(ctx, y.dir, y.removal, func(m *index.Manifest) error {
		y.markLost(m)
		if i := m.Find(out.entry.Text); i >= 0 { // its files were lost: the same documents, read again, take their place
			m.Segments[i] = *out.entry
			return nil
		}
		m.Segments = append(m.Segments, *out.entry)
		return nil
	})
	if err == nil {
		y.see(out)
	}
	return err
}

// see notes what was seen of the documents of a batch. What cannot be noted is read again.
func (y *syncer) see(out *built) {
	if y.ingest.store.See(y.seen, out.seen) != nil {
		y.unnoted = true
	}
}
