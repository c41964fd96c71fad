package health

import (
	"context"
	"time"

	"sluice/health/canary"
	"sluice/internal/clock"
	"sluice/internal/pages"
	"sluice/internal/vfs"
)

// Watcher looks at a machine for as long as a process lives. Of all processes on one store one does
// so; the others wait until it ends.
type Watcher struct {
	Log    *Log
	System System
	Clock  clock.Waiter // default: the machine's
	// CanaryBytes is how much memory is watched; default CanaryDefault, below 0 none.
	CanaryBytes int
	// Every is the time between two looks; default Window, which is what ten-minute windows need.
	Every time.Duration
	// Budget is how long it may work in an hour; default a second. The counters are read in any
	// case, the memory while there is time left.
	Budget time.Duration

	spent budget
}

// CanaryDefault is the memory that a long-lived process watches. It is little: it says something of
// modules that are broken, and next to nothing of rare particles.
const CanaryDefault = 16 << 20

const budgetDefault = time.Second

// budget is work within the hour that began at a time.
type budget struct {
	began time.Time
	used  time.Duration
}

const watchLock = logDir + "/watching"

// Run watches until the context ends. That something cannot be recorded ends nothing: it is tried
// again at the next look.
func (w *Watcher) Run(ctx context.Context) error {
	w.defaults()
	var field *canary.Field
	for {
		lock, err := w.elected(ctx)
		if err == nil {
			if field == nil && w.CanaryBytes > 0 {
				memory, err := pages.New(w.CanaryBytes)
				if err == nil {
					defer memory.Close()
					field = canary.New(memory.Bytes())
				}
			}
			err = w.watch(ctx, field)
			_ = lock.Close()
			return err
		}
		if err := w.Clock.Wait(ctx, w.Every); err != nil {
			return nil
		}
	}
}

// elected makes this process the one that watches.
func (w *Watcher) elected(ctx context.Context) (interface{ Close() error }, error) {
	if err := w.Log.files.MkdirAll(logDir); err != nil {
		return nil, err
	}
	lock, err := w.Log.files.Lock(watchLock, vfs.Exclusive, 0, vfs.WithPurpose(ctx, "watching the machine's health"))
	if err != nil {
		return nil, err
	}
	return lock, nil
}

// watch is Run of the one process.
func (w *Watcher) watch(ctx context.Context, field *canary.Field) error {
	for ctx.Err() == nil {
		w.look(ctx, field)
		if w.Clock.Wait(ctx, w.Every) != nil {
			break
		}
	}
	// What was seen since the log was last told is told now, though the context has ended.
	_, err := w.Log.Sample(context.WithoutCancel(ctx), w.System, true)
	return err
}

// look reads the counters and, where there is time for it, the memory.
func (w *Watcher) look(ctx context.Context, field *canary.Field) {
	began := w.Clock.Now()
	if began.Sub(w.spent.began) >= time.Hour || began.Before(w.spent.began) {
		w.spent = budget{began: began}
	}
	_, _ = w.Log.Sample(ctx, w.System, false)
	if field != nil && w.spent.used < w.Budget {
		w.walk(ctx, field)
	}
	w.spent.used += w.Clock.Now().Sub(began)
}

// walk reads the canary pages within what is left of the budget and records what flipped.
func (w *Watcher) walk(ctx context.Context, field *canary.Field) {
	end := w.Clock.Now().Add(w.Budget - w.spent.used)
	found, _ := field.Walk(func() bool { return ctx.Err() == nil && !w.Clock.Now().After(end) })
	if len(found) > 0 {
		_ = w.Log.Record(context.WithoutCancel(ctx), FlipRecords(found, w.Clock.Now())...)
	}
}

// FlipRecords are what a log keeps of flips that were found in canary pages.
func FlipRecords(found []canary.Flip, at time.Time) (records []Record) {
	for _, b := range canary.Bursts(found) {
		records = append(records, flipRecord(b, at))
	}
	return records
}

func flipRecord(b canary.Burst, at time.Time) Record {
	return Record{Kind: Uncorrected, From: at, To: at, Count: int64(len(b.Flips)), Class: Memory, Device: "canary", What: string(b.Kind)}
}

func (w *Watcher) defaults() {
	if w.Clock == nil {
		w.Clock = clock.System{}
	}
	if w.CanaryBytes == 0 {
		w.CanaryBytes = CanaryDefault
	}
	if w.Every <= 0 {
		w.Every = Window
	}
	if w.Budget <= 0 {
		w.Budget = budgetDefault
	}
}
