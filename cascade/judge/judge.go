// Package judge is stage 3 of Sluice: it orders what gather let through, first by what the store holds of
// every passage, then by the text of the best.
//
// Everything is ordered by pseudo-relevance feedback (RM3; Lavrenko and Croft, Relevance-based language
// models, SIGIR 2001; Abdul-Jaleel et al., UMass at TREC 2004) within what gather let through. The text of
// the best 256 is then read, and a linear scorer over what it says (proximity, coverage, exact forms,
// titles) decides the first places.
package judge

import (
	"cmp"
	"context"
	"slices"
	"time"

	"sluice/cascade/flow"
	"sluice/index"
)

// scored is a candidate on its way through judge.
type scored struct {
	flow.Candidate
	id        [10]byte
	tail      int64 // fixed point; orders what is not read, and what comes behind the head
	head      int64 // fixed point; 0 until it is read
	read      bool
	duplicate bool
	features  Features
}

// judging is one question's way through judge.
type judging struct {
	ctx   context.Context
	sn    *index.Snapshot
	q     flow.Query
	terms []flow.Term
	lim   flow.Limits
	stats flow.Stats
	all   []scored
	heads int // how many of the best have a head score; 0 until they are read
}

// Run orders the candidates and lets the best lim.Judge through. When the deadline passes it returns the
// best order so far. A passage that cannot be read is dropped as failed; it never fails the question.
func Run(ctx context.Context, sn *index.Snapshot, q flow.Query, in flow.Gathered, lim flow.Limits) ([]flow.Judged, flow.Stats, error) {
	start := time.Now()
	r := &judging{ctx: ctx, sn: sn, q: q, terms: in.Terms, lim: lim.WithDefaults(), stats: flow.NewStats("judge", int64(len(in.Candidates)))}
	r.load(in.Candidates)
	if err := r.order(); err != nil {
		return nil, r.stats, err
	}
	out := r.cut()
	r.stats.Out = int64(len(out))
	r.stats.Took = time.Since(start)
	return out, r.stats, nil
}

// order runs the steps, each of which leaves r.all in the best order known so far.
func (r *judging) order() error {
	if len(r.all) == 0 {
		return nil
	}
	r.storedFeatures()
	for _, step := range []struct {
		run  func() error
		must bool // also when time is up: what is not verified must not go out
	}{{r.feedback, false}, {r.verify, true}, {r.read, false}} {
		if !step.must && r.late() {
			r.outOfTime()
			continue
		}
		if err := step.run(); err != nil {
			return err
		}
	}
	r.join()
	return nil
}

// outOfTime notes, once, that steps were left out.
func (r *judging) outOfTime() {
	const note = "out of time: the order is the best so far"
	if !slices.Contains(r.stats.Notes, note) {
		r.stats.Notes = append(r.stats.Notes, note)
	}
}

func (r *judging) late() bool { return !r.lim.Deadline.IsZero() && time.Now().After(r.lim.Deadline) }

// load copies the candidates, which come in gather's order.
func (r *judging) load(in []flow.Candidate) {
	r.all = make([]scored, len(in))
	for i, c := range in {
		r.all[i].Candidate = c
	}
}

// sortTail orders by the tail score; equal ones keep gather's order, which is by score and passage id.
func sortTail(all []scored) {
	slices.SortStableFunc(all, func(a, b scored) int { return cmp.Compare(b.tail, a.tail) })
}

// join puts the best of the head in front of the tail.
func (r *judging) join() {
	n := r.heads
	head := r.all[:n]
	slices.SortStableFunc(head, func(a, b scored) int { return cmp.Compare(b.head, a.head) })
	if k := min(HeadPlaces, n); k < n {
		sortTail(r.all[k:])
	}
}

// cut lets the best through and accounts for the rest.
func (r *judging) cut() []flow.Judged {
	n := min(r.lim.Judge, len(r.all))
	out := make([]flow.Judged, 0, n)
	err := r.sn.Guard(func() error {
		for i := range r.all[:n] {
			s := &r.all[i]
			rec, err := r.sn.Record(index.Place(s.Place))
			if err != nil {
				r.stats.Drop(flow.Failed, 1)
				continue
			}
			s.id = rec.ID()
			out = append(out, r.judged(s, i))
		}
		return nil
	})
	if err != nil { // a page of the records could not be read: what was judged before it stands
		r.stats.Drop(flow.Failed, int64(n-len(out))-r.stats.Dropped[flow.Failed])
	}
	r.stats.Drop(flow.BelowCut, int64(len(r.all)-n))
	r.traceCut(n)
	return out
}

// judged is the form in which a passage leaves the stage.
func (r *judging) judged(s *scored, rank int) flow.Judged {
	raw := s.tail
	if s.read && rank < HeadPlaces {
		raw = s.head
	}
	j := flow.Judged{Candidate: s.Candidate, ID: s.id, Raw: float64(raw) / fixedOne, Prob: weights.probability(r.share(s), &s.features), BM25: float64(s.Score) * index.ScoreUnit}
	if s.duplicate {
		j.Flags = append(j.Flags, "near_duplicate")
	}
	if r.lim.Explain {
		j.Parts = s.features.parts()
		j.Parts["share"] = r.share(s)
	}
	return j
}

// share is the passage's BM25 as a share of what its question's terms could give at most.
func (r *judging) share(s *scored) float64 {
	var most float64
	for _, t := range r.terms {
		most += t.IDF * float64(t.Repeats)
	}
	if most == 0 {
		return 0
	}
	const k1 = 1.5 // of the arm: a term gives at most (k1+1) x idf
	return float64(s.Score) * index.ScoreUnit / (most * (k1 + 1))
}

// traceCut tells of the watched passages that stayed behind.
func (r *judging) traceCut(n int) {
	if r.lim.Trace == nil || n == 0 {
		return
	}
	last := float64(r.all[n-1].tail) / fixedOne
	for i := n; i < len(r.all); i++ {
		r.lim.Trace.Record(flow.Step{Place: r.all[i].Place, Stage: "judge", Reason: flow.BelowCut, Rank: i + 1, CutRank: n,
			Score: float64(r.all[i].tail) / fixedOne, CutScore: last})
	}
}
