package health

import (
	"context"
	"time"

	"sluice/health/canary"
	"sluice/internal/clock"
	"sluice/internal/pages"
)

// MemoryFound is what watching memory on demand showed.
type MemoryFound struct {
	Bytes  int64
	Locked bool // the pages were kept in memory; else they may have been read from the disk
	Walks  int
	Took   time.Duration
	Found  int64 // flips; the bursts hold all but those beyond what is remembered
	Bursts []canary.Burst
}

// MemoryOptions says how memory is watched on demand.
type MemoryOptions struct {
	Bytes int
	For   time.Duration
	Clock clock.Waiter
	Walk  func(walks int) // told after each walk; may be nil
}

// walkPause is the rest between two walks: flips come with time and not with looks.
const walkPause = time.Second

// ExamineMemory watches memory for a while, at least until each bit has held both values twice, and
// until it is known of each flip whether it comes back. A context that ends is no error: what was
// found until then is told.
func ExamineMemory(ctx context.Context, o MemoryOptions) (*MemoryFound, error) {
	memory, err := pages.New(o.Bytes)
	if err != nil {
		return nil, err
	}
	defer memory.Close()
	began := o.Clock.Now()
	t := &MemoryFound{Locked: memory.Locked()}
	field := canary.New(memory.Bytes())
	until := canary.WalksToSettle
	for field.Walks() < until || o.Clock.Now().Sub(began) < o.For {
		found, whole := field.Walk(func() bool { return ctx.Err() == nil })
		if t.Found += int64(len(found)); len(found) > 0 {
			until = field.Walks() + canary.WalksToSettle
		}
		if !whole || o.Clock.Wait(ctx, min(walkPause, o.For)) != nil {
			break
		}
		if o.Walk != nil {
			o.Walk(field.Walks())
		}
	}
	t.Bytes, t.Walks, t.Bursts = field.Bytes(), field.Walks(), field.Bursts()
	t.Found += field.Beyond()
	t.Took = o.Clock.Now().Sub(began)
	return t, nil
}

// Records are what a log keeps of the test.
func (t *MemoryFound) Records(at time.Time) (records []Record) {
	for _, b := range t.Bursts {
		records = append(records, flipRecord(b, at))
	}
	return records
}

// Unkept is what a machine tells now, as a log that is kept nowhere.
func Unkept(reading Reading, now time.Time) *Journal {
	j := &Journal{Machine: nobody, Name: "-"}
	if len(reading.Counters) == 0 {
		return j
	}
	j.Records, _ = difference(nil, reading, now.UTC().Truncate(time.Second), true)
	for i := range j.Records {
		j.Records[i].Seq = uint64(i + 1)
	}
	return j
}

// nobody is the number of a machine that has none.
const nobody = "00000000000000000000000000000000"
