// Package judge is stage 3 of Sluice: it orders what gather let through, first by what the store
// holds of every passage, then by the text of the best.
//
// The best thousand are ordered by pseudo-relevance feedback (RM3; Lavrenko and Croft,
// Relevance-based language models, SIGIR 2001; Abdul-Jaleel et al., UMass at TREC 2004); the others
// keep gather's order behind them. The text of the best 256 is then read, and a linear scorer over
// what it says (proximity, coverage, exact forms, titles) decides the first places.
package judge

import (
	"context"

	"sluice/cascade/flow"
	"sluice/index"
	"sluice/internal/clock"
)

// Index is what judge needs of an index.
type Index interface {
	Passages() int64
	DF(key []byte) (int64, []index.Degraded)
	Score(ctx context.Context, q *index.Question, places []index.Place, out []uint32) ([]index.Degraded, error)
	Mark(ctx context.Context, keys [][]byte, places []index.Place, hit func(key, i int)) ([]index.Degraded, error)
	Passage(p index.Place) (index.Passage, error)
	Records(ctx context.Context, places []index.Place, visit func(k int, r *index.Record) error, failed func(k int, why index.Degraded)) error
	Texts(ctx context.Context, places []index.Place, visit func(k int, body []byte) error, failed func(k int, why index.Degraded)) error
	Beside(p index.Place, n int) (before, after []byte, err error)
	Near(ctx context.Context, q *index.Question, places []index.Place, out []float32) ([]index.Degraded, error)
	Vectors(ctx context.Context, space index.Space, places []index.Place) ([][]float32, []index.Degraded, error)
	Levels(ctx context.Context, space index.Space, places []index.Place) ([]index.Level, []index.Degraded, error)
}

// Stage is judge with what it works on.
type Stage struct {
	Index    Index
	Ranker   *Ranker
	Encoder  index.Encoder   // reads what the store has no vector of; nil: nobody does
	Readings *index.Readings // what was read so; nil: it is not kept
	Clock    clock.Clock
}

// scored is a passage on its way through judge.
type scored struct {
	index.Hit
	near      float32  // as in flow.Judged
	tail      int64    // fixed point; the order of all, but for the places that the head decides
	head      int64    // fixed point; 0 until the text is read
	inHead    bool     // it has its place by its head score
	rank      nameRank // what it is to the identifier that the question is
	duplicate bool
	features  Features
}

// judging is one question's way through judge. Each of its steps takes the best order known so far
// and returns a better one.
type judging struct {
	Stage
	q     flow.Query
	terms []index.Term
	asked *index.Question           // its vector alone; nil: there is none
	words *scale                    // of the candidates' scores by words; nil: not measured yet
	fresh map[index.Place][]float32 // what was read for this question
	met   bool                      // what the question demands is verified
	o     flow.Options
	stats *flow.Stats
	best  float64 // BM25 of the passage that has most
}

// lexical is the place of the lexical arm's score in a hit: the index lists that arm first.
const lexical = 0

// Run orders the hits and lets the best o.Judge through. When the deadline passes it returns the
// best order so far. A passage that cannot be read is dropped as failed; it never fails the
// question.
func (j Stage) Run(ctx context.Context, q flow.Query, in flow.Gathered, o flow.Options) ([]flow.Judged, flow.Stats, error) {
	start := j.Clock.Now()
	stats := flow.NewStats("judge", int64(len(in.Hits)))
	r := &judging{Stage: j, q: q, terms: in.Terms, met: in.Met, o: o.WithDefaults(), stats: &stats}
	if in.Vector != nil {
		r.asked = &index.Question{Vector: in.Vector, Space: in.Space}
	}
	order, err := r.order(ctx, in.Hits)
	if err != nil {
		return nil, stats, err
	}
	out, err := r.cut(ctx, order)
	stats.Out = int64(len(out))
	stats.Took = j.Clock.Now().Sub(start)
	return out, stats, err
}

// order runs the steps.
func (r *judging) order(ctx context.Context, hits []index.Hit) ([]scored, error) {
	if len(hits) == 0 {
		return nil, nil
	}
	order, err := r.known(ctx, hits)
	if err != nil {
		return nil, err
	}
	for _, step := range []struct {
		run  func(context.Context, []scored) ([]scored, error)
		must bool // also when time is up: what is not verified must not go out
	}{{r.meaning, false}, {r.feedback, false}, {r.verify, true}, {r.read, false}} {
		if !step.must && r.late() {
			r.stats.Note(outOfTime)
			continue
		}
		if order, err = step.run(ctx, order); err != nil {
			return nil, err
		}
	}
	return order, nil
}

// outOfTime notes that steps were left out.
const outOfTime = "out of time: the order is the best so far"

func (r *judging) late() bool { return r.o.Late(r.Clock.Now()) }

// cut lets the best through and accounts for the rest.
func (r *judging) cut(ctx context.Context, order []scored) ([]flow.Judged, error) {
	n := min(r.o.Judge, len(order))
	out := make([]flow.Judged, 0, n)
	err := r.Index.Records(ctx, placesOf(order[:n]), func(k int, rec *index.Record) error {
		out = append(out, r.judged(&order[k], rec.ID()))
		return nil
	}, func(k int, why index.Degraded) {
		r.stats.Miss(why)
		r.drop(flow.Failed, order[k].Place, k, 0)
	})
	if err != nil {
		return nil, err
	}
	falling(out)
	r.stats.Drop(flow.BelowCut, int64(len(order)-n))
	r.traceCut(order, n)
	return out, nil
}

// falling makes the probabilities fall down the list, as close to what they were as that goes:
// where one rises, both become their mean (isotonic regression by pooling adjacent violators; Ayer
// et al., Annals of Mathematical Statistics 1955). The order knows more than each probability by
// itself.
func falling(list []flow.Judged) {
	type pool struct {
		sum  float64
		from int // the index of its first
	}
	mean := func(p pool, to int) float64 { return p.sum / float64(to-p.from) }
	var pools []pool
	for i := range list {
		pools = append(pools, pool{list[i].Prob, i})
		for k := len(pools) - 1; k > 0 && mean(pools[k-1], pools[k].from) < mean(pools[k], i+1); k-- {
			pools[k-1].sum += pools[k].sum
			pools = pools[:k]
		}
	}
	to := len(list)
	for k := len(pools) - 1; k >= 0; k-- {
		p := mean(pools[k], to)
		for i := pools[k].from; i < to; i++ {
			list[i].Prob = p
		}
		to = pools[k].from
	}
}

// drop accounts for a passage, which stands at rank k from 0, that the stage could not let through.
func (r *judging) drop(why flow.Reason, at index.Place, k, cutRank int) {
	r.stats.Drop(why, 1)
	r.o.Trace.Record(flow.Step{Place: at, Stage: "judge", Reason: why, Rank: k + 1, CutRank: cutRank})
}

// judged is the form in which a passage leaves the stage.
func (r *judging) judged(s *scored, id [10]byte) flow.Judged {
	raw := s.tail
	if s.inHead {
		raw = s.head
	}
	share := r.share(s)
	j := flow.Judged{Hit: s.Hit, ID: id, Raw: float64(raw) / fixedOne, Prob: r.Ranker.probability(share, &s.features),
		BM25: bm25(s.Hit), Near: s.near}
	if s.duplicate {
		j.Flags = append(j.Flags, "near_duplicate")
	}
	if r.o.Explain {
		j.Parts = s.features.parts()
		j.Parts["share"] = share
	}
	return j
}

// bm25 is the lexical arm's score in its usual unit.
func bm25(h index.Hit) float64 { return float64(h.Scores[lexical]) * index.ScoreUnit }

// share is the passage's BM25 as a share of what its question's terms could give at most, which is
// (k1+1) x idf each.
func (r *judging) share(s *scored) float64 {
	var most float64
	for _, t := range r.terms {
		most += t.IDF * float64(t.Repeats)
	}
	if most == 0 {
		return 0
	}
	return bm25(s.Hit) / (most * (index.K1 + 1))
}

// traceCut tells of the watched passages that stayed behind the first n.
func (r *judging) traceCut(order []scored, n int) {
	if r.o.Trace == nil || n == 0 {
		return
	}
	last := float64(order[n-1].tail) / fixedOne
	for i := n; i < len(order); i++ {
		r.o.Trace.Record(flow.Step{Place: order[i].Place, Stage: "judge", Reason: flow.BelowCut, Rank: i + 1, CutRank: n,
			Score: float64(order[i].tail) / fixedOne, CutScore: last})
	}
}

func placesOf(list []scored) []index.Place {
	places := make([]index.Place, len(list))
	for i := range list {
		places[i] = list[i].Place
	}
	return places
}
