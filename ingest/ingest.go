// Package ingest is stage 1 of Sluice: documents become segments, and segments enter the store.
//
// A sync reads what is new or changed at a source, cuts it into passages, builds segments side by
// side and commits them one by one, so that a sync that is killed goes on where it was. What is
// replaced or gone is removed by tombstones. Segments are merged, and what was forgotten is
// rewritten away.
//
//	ingest.go    what a store is brought up to date with
//	sync.go      one sync: walk, batches, commits
//	look.go      what has changed, without reading it
//	account.go   what a sync found out, and what of it is written down
//	build.go     documents -> one segment
//	derive.go    an arm's file from the text file that it hangs on
//	removal.go   what a change takes out of segments
//	merge.go     several segments -> one
//	repair.go    what is damaged, made anew
//	writeback.go what a question had made anew in memory
//	forget.go    take out, and keep out
//	find.go      where a source holds what is to be forgotten, live and dead
//
// Readers are never blocked: they hold the generation that they opened.
package ingest

import (
	"context"
	"errors"
	"runtime"
	"time"

	"sluice/corpus"
	"sluice/index"
	"sluice/internal/clock"
)

// Options tells how a store is brought up to date. The zero value is usable.
type Options struct {
	Clock clock.Clock // default: the machine's
	Jobs  int         // segments that are built at once; default: the processors, at most 4
	// SegmentBytes is how much text one segment holds when it is first written; default 32 MiB. It
	// bounds the memory of a sync and how much of it a crash may undo.
	SegmentBytes int64
	// ReadersWait is how long a forget waits for the readers of older generations to end; default:
	// not at all.
	ReadersWait time.Duration
}

const (
	segmentBytesDefault = 32 << 20
	jobsMax             = 4
)

func (o Options) withDefaults() Options {
	if o.Clock == nil {
		o.Clock = clock.System{}
	}
	if o.Jobs <= 0 {
		o.Jobs = min(runtime.GOMAXPROCS(0), jobsMax)
	}
	if o.SegmentBytes <= 0 {
		o.SegmentBytes = segmentBytesDefault
	}
	return o
}

// Ingest changes what a store holds. It is safe for concurrent use; the store's locks keep several
// of them apart, in this process and in others.
type Ingest struct {
	store *index.Store
	opts  Options
}

// New returns an Ingest of the store.
func New(store *index.Store, opts Options) *Ingest {
	return &Ingest{store: store, opts: opts.withDefaults()}
}

// SyncOptions tells how a source is brought up to date.
type SyncOptions struct {
	Progress func(Progress) // called often, from one goroutine at a time; may be nil
	Prune    bool           // believe the source even when it lost over half of its documents
	Whole    bool           // a passage is a whole document (labelled collections are ranked uncut)
	// Committed is called when the store holds what the source does, and tidying is left; may be
	// nil.
	Committed func()
	// Small leaves what can wait to another sync: somebody waits for this one.
	Small bool
	// Fetch has a source that lies elsewhere bring what is new first. A sync that a question asks
	// for does not: nobody else is to learn of questions, or to keep them waiting.
	Fetch bool
	// Opened is the configuration that the source was opened with. Where the store has other
	// options by now, because something was forgotten meanwhile, the sync is refused with
	// ErrOptions. nil: any will do.
	Opened *index.SourceConfig
}

// Progress is how far a sync has come. Totals are 0 while they are unknown.
type Progress struct {
	Phase                string // "fetching", "reading", "merging"
	Files, Bytes         int64  // listed so far
	Indexed, BytesDone   int64  // of those, new or changed ones that are committed, or found unchanged
	Passages             int64
	FilesTotal, BytesAll int64
}

// Report is what a sync did.
type Report struct {
	Added, Changed, Removed, Same int64 // documents
	Bytes, Passages               int64 // of the added and changed ones
	Secrets, SecretDocuments      int64 // that are cut out of the source's documents, and of how many
	BadMarks                      int64 // of documents that were read: see corpus.MarksOf
	Report                        *corpus.Report
	Mended                        []string // damaged segments that came back from their parity or from the source
	Took                          time.Duration
}

// ErrOptions says that a source was opened with options that are not the store's any more.
var ErrOptions = errors.New("the source's options have changed meanwhile; try again")

// ErrHalfGone says that a source lost over half of its documents at once, which is more often an
// unmounted disk than a decision: nothing was removed.
var ErrHalfGone = errors.New("over half of the source's documents are gone; nothing was removed (if that is right: `sluice sync --prune`)")

// inSource runs do under the source's lock, with its pending folder emptied and the newest
// generation open.
func (in *Ingest) inSource(ctx context.Context, label string, do func(dir string, sn *index.Snapshot) error) error {
	lock, err := in.store.LockSource(ctx, label)
	if err != nil {
		return err
	}
	defer lock.Close()
	dir, sn, err := in.open(ctx, label)
	if err != nil {
		return err
	}
	defer in.store.DropPending(dir)
	defer sn.Close()
	return do(dir, sn)
}

// open empties a source's pending folder and opens the newest generation. The source's lock is
// held.
func (in *Ingest) open(ctx context.Context, label string) (dir string, sn *index.Snapshot, err error) {
	if dir, err = in.store.Pending(label); err != nil {
		return "", nil, err
	}
	sn, err = in.store.Snapshot(ctx)
	return dir, sn, err
}
