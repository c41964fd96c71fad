// Package cascade is one search, from every passage to the window: gather, judge, pack. Each stage reads
// more of fewer passages than the one before, and accounts for every passage that it drops.
package cascade

import (
	"context"
	"time"

	"sluice/cascade/flow"
	"sluice/cascade/gather"
	"sluice/cascade/judge"
	"sluice/cascade/pack"
	"sluice/index"
	"sluice/internal/invariants"
)

// Result is what a search found and how it got there.
type Result struct {
	Query    flow.Query
	Gathered flow.Gathered // what gather let through, in its order
	Judged   []flow.Judged // in judge's order
	Window   *flow.Window  // nil unless Context made it
	Funnel   []flow.Stats  // one for each stage that ran
	Degraded []flow.Degraded
	Took     time.Duration
}

// Search runs gather and judge.
func Search(ctx context.Context, sn *index.Snapshot, q flow.Query, lim flow.Limits) (*Result, error) {
	start := time.Now()
	r := &Result{Query: q}
	for _, d := range sn.Degraded() {
		r.Degraded = append(r.Degraded, flow.Degraded(d))
	}
	gathered, stats, degraded, err := gather.Run(ctx, sn, q, lim)
	if err != nil {
		return nil, err
	}
	r.book(stats)
	r.Gathered = gathered
	r.Degraded = append(r.Degraded, degraded...)
	judged, stats, err := judge.Run(ctx, sn, q, gathered, lim)
	if err != nil {
		return nil, err
	}
	r.book(stats)
	r.Judged = judged
	r.Took = time.Since(start)
	return r, nil
}

// Context runs the whole cascade and leaves the packed window in the result.
func Context(ctx context.Context, sn *index.Snapshot, q flow.Query, lim flow.Limits) (*Result, error) {
	start := time.Now()
	r, err := Search(ctx, sn, q, lim)
	if err != nil {
		return nil, err
	}
	if err := r.Pack(ctx, sn, lim); err != nil {
		return nil, err
	}
	r.Took = time.Since(start)
	return r, nil
}

// Pack adds the window to a search's result; who wants to leave passages out edits r.Judged first.
func (r *Result) Pack(ctx context.Context, sn *index.Snapshot, lim flow.Limits) error {
	window, stats, err := pack.Run(ctx, sn, r.Query, r.Judged, lim)
	if err != nil {
		return err
	}
	r.book(stats)
	r.Window = &window
	return nil
}

// Why runs the whole cascade and tells, for each of the places, at which stage it was dropped; a place
// that came through has a step of the last stage without a reason.
func Why(ctx context.Context, sn *index.Snapshot, q flow.Query, lim flow.Limits, places []flow.Place) (*Result, []flow.Step, error) {
	trace := &flow.Trace{Watch: map[flow.Place]bool{}}
	for _, p := range places {
		trace.Watch[p] = true
	}
	lim.Trace = trace
	r, err := Context(ctx, sn, q, lim)
	if err != nil {
		return nil, nil, err
	}
	return r, trace.Steps, nil
}

// book adds a stage's account to the funnel.
func (r *Result) book(s flow.Stats) {
	err := s.Balance()
	invariants.Check(err == nil, "%v", err)
	r.Funnel = append(r.Funnel, s)
}
