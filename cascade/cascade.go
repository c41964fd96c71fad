// Package cascade is one search, from every passage to the window: gather, judge, pack. Each stage
// reads more of fewer passages than the one before, and accounts for every passage that it drops.
//
// A Cascade is a value, made of all that its stages work with: the index, the ranker with its
// weights, the encoder, the clock. What makes it decides; a test puts an index in that fails, or a
// clock that runs.
package cascade

import (
	"context"
	"fmt"
	"slices"
	"time"

	"sluice/cascade/flow"
	"sluice/cascade/gather"
	"sluice/cascade/judge"
	"sluice/cascade/pack"
	"sluice/index"
	"sluice/internal/clock"
	"sluice/internal/defence"
	"sluice/internal/invariants"
)

// Index is what the stages need of an index together. A snapshot is one.
type Index interface {
	gather.Index
	judge.Index
	pack.Index
	Degraded() []index.Degraded
	// Distrust begins a question: what was verified for the one before is verified again.
	Distrust()
}

// What stages take and those who put a cascade together need, under the cascade's name.
type (
	// Ranker scores passages by weights.
	Ranker = judge.Ranker
	// Encoder turns texts into vectors.
	Encoder = index.Encoder
)

// Parts is what a cascade is made of.
type Parts struct {
	Index   Index
	Ranker  *Ranker     // default: DefaultRanker
	Encoder Encoder     // nil: the arms rank by words
	Clock   clock.Clock // default: the machine's

	Readings *index.Readings // keeps what the encoder reads for a question; nil: nobody does
}

// DefaultRanker is the ranker of the weights that the program comes with.
func DefaultRanker() *Ranker { return judge.DefaultRanker() }

// Cascade answers questions from one index. It is safe for concurrent use as far as its parts are.
type Cascade struct {
	index  Index
	clock  clock.Clock
	gather gather.Stage
	judge  judge.Stage
	pack   pack.Stage
}

// New puts a cascade together.
func New(p Parts) *Cascade {
	if p.Clock == nil {
		p.Clock = clock.System{}
	}
	if p.Ranker == nil {
		p.Ranker = DefaultRanker()
	}
	return &Cascade{
		index: p.Index, clock: p.Clock,
		gather: gather.Stage{Index: p.Index, Encoder: p.Encoder, Clock: p.Clock},
		judge:  judge.Stage{Index: p.Index, Ranker: p.Ranker, Encoder: p.Encoder, Readings: p.Readings, Clock: p.Clock},
		pack:   pack.Stage{Index: p.Index, Clock: p.Clock},
	}
}

// Result is what a search found and how it got there. Results are made from each other and never
// changed.
type Result struct {
	Query    flow.Query
	Gathered flow.Gathered    // what gather let through, in its order
	Judged   []flow.Judged    // in judge's order
	Window   *flow.Window     // nil until it is packed
	Funnel   []flow.Stats     // one for each stage that ran
	Degraded []index.Degraded // what the index and the stages could not see
	Took     time.Duration
}

// noteRecovered says that memory had something wrong while a stage ran. The answer is right, and
// the machine wants looking at. Questions that are asked at the same time share the count.
func noteRecovered(stats *flow.Stats, before int64) {
	if n := index.Recovered() - before; n > 0 {
		stats.Note(fmt.Sprintf("memory was wrong %d times and was read again from the disk: have this machine's memory tested", n))
	}
}

// Gather runs the first stage alone.
func (c *Cascade) Gather(ctx context.Context, q flow.Query, o flow.Options) (*Result, error) {
	start := c.clock.Now()
	c.index.Distrust()
	before := index.Recovered()
	gathered, stats, err := c.gather.Run(ctx, q, o)
	if err != nil {
		return nil, err
	}
	noteRecovered(&stats, before)
	r := (&Result{Query: q, Gathered: gathered, Degraded: c.index.Degraded()}).book(stats)
	r.Took = c.clock.Now().Sub(start)
	return r, nil
}

// Search runs gather and judge.
func (c *Cascade) Search(ctx context.Context, q flow.Query, o flow.Options) (*Result, error) {
	start := c.clock.Now()
	r, err := c.Gather(ctx, q, o)
	if err != nil {
		return nil, err
	}
	before := index.Recovered()
	judged, stats, err := c.judge.Run(ctx, q, r.Gathered, o)
	if err != nil {
		return nil, err
	}
	noteRecovered(&stats, before)
	r = r.Narrow(judged, stats)
	r.Took = c.clock.Now().Sub(start)
	return r, nil
}

// Pack returns the result with the window that its judged passages fill.
func (c *Cascade) Pack(ctx context.Context, r *Result, o flow.Options) (*Result, error) {
	start := c.clock.Now()
	before := index.Recovered()
	window, stats, err := c.pack.Run(ctx, r.Query, r.Judged, o)
	if err != nil {
		return nil, err
	}
	noteRecovered(&stats, before)
	r = r.book(stats)
	r.Window = &window
	r.Took += c.clock.Now().Sub(start)
	return r, nil
}

// Context runs the whole cascade and leaves the packed window in the result.
func (c *Cascade) Context(ctx context.Context, q flow.Query, o flow.Options) (*Result, error) {
	r, err := c.Search(ctx, q, o)
	if err != nil {
		return nil, err
	}
	return c.Pack(ctx, r, o)
}

// NearCodes is how many bits the codes of near-duplicates differ in at most.
const NearCodes = pack.NearCodes

// NearDuplicate tells whether one says nearly what other says, and nothing of the question that
// other does not. Both have their texts.
func NearDuplicate(one, other *flow.Member) bool { return pack.NearDuplicate(one, other) }

// Why runs the whole cascade and tells, for each of the places, at which stage it was dropped; a
// place that came through has a step of the last stage without a reason.
func (c *Cascade) Why(ctx context.Context, q flow.Query, o flow.Options, places []index.Place) (*Result, []flow.Step, error) {
	o.Trace = &flow.Trace{Watch: make(map[index.Place]bool, len(places))}
	for _, p := range places {
		o.Trace.Watch[p] = true
	}
	r, err := c.Context(ctx, q, o)
	if err != nil {
		return nil, nil, err
	}
	return r, o.Trace.Steps, nil
}

// Narrow returns the result after one more stage: what that let through of r.Judged, and its
// account.
func (r *Result) Narrow(judged []flow.Judged, s flow.Stats) *Result {
	next := r.book(s)
	next.Judged = judged
	return next
}

// book returns the result with a stage's account in the funnel.
func (r *Result) book(s flow.Stats) *Result {
	err := s.Balance()
	invariants.Check(err == nil, "%v", err)
	next := *r
	next.Funnel = append(slices.Clip(r.Funnel), s)
	if defence.Stands(defence.DegradedOwner) {
		next.Degraded = index.AddDegraded(slices.Clone(r.Degraded), s.Degraded...)
	}
	return &next
}
