package main

import (
	"cmp"
	"math"
	"slices"

	"sluice/cascade/flow"
	"sluice/cascade/judge"
	"sluice/eval"
)

// weights are one order's.
type weights [len(judge.Features{})]float64

// grid is what a weight may be, relative to feedback's 1: coarse, so that little can be fitted to
// chance.
var grid = []float64{0, .05, .1, .2, .3, .4}

// headFeatures are the weights that are fitted, in the order in which they are tried. Feedback and
// the question's own score have weight 1 each in the head: feedback alone has a better mean, but
// loses the best passage of questions that need several (2 % of nDCG on the worst set, left out or
// not). The tail is feedback alone.
var headFeatures = []judge.Feature{judge.Ordered, judge.Title, judge.Near}

// verbatimWeight is not fitted: the labelled questions hardly ever quote, so they say nothing about
// it. A passage that repeats the whole question outweighs half of the two scores together.
const verbatimWeight = 0.5

// denseWeight is not fitted here, where no model has read the sets: a deviation of a vector's
// nearness counts as 1.6 of BM25. The head is a sum of two scores, so there it is twice that.
const denseWeight = 1.6

const rounds = 2

// fit finds the weights of head and tail on the sets.
func fit(sets []*labelled) (head, tail weights) {
	head[judge.RM3], head[judge.BM25], tail[judge.RM3] = 1, 1, 1
	head[judge.Verbatim] = verbatimWeight
	head[judge.Dense], tail[judge.Dense] = 2*denseWeight, denseWeight
	head = ascend(sets, head, headFeatures, grid, func(l *labelled, w weights) float64 {
		return harmless(l.measured(w, tail).NDCG, l.bm25.NDCG)
	})
	return head, tail
}

// harmless is the ratio to the bm25 arm; a loss beyond chance counts seven times,
// because a reader of one collection has nothing of a better mean.
func harmless(ndcg, bm25 float64) float64 {
	ratio := ndcg / bm25
	return ratio - 6*max(0, .995-ratio)
}

// measured is measure, remembered: the folds of leave-one-out try much the same weights.
func (l *labelled) measured(head, tail weights) eval.Measures {
	key := [2]weights{head, tail}
	m, ok := l.seen[key]
	if !ok {
		m = measure(l, head, tail)
		l.seen[key] = m
	}
	return m
}

// ascend improves one weight after the other while the mean over the sets grows by more than a
// step.
func ascend(sets []*labelled, w weights, features []judge.Feature, grid []float64, value func(*labelled, weights) float64) weights {
	const step = 3e-4
	mean := func(w weights) (sum float64) {
		for _, l := range sets {
			sum += value(l, w) / float64(len(sets))
		}
		return sum
	}
	best := mean(w)
	for range rounds {
		for _, f := range features {
			for _, g := range grid {
				try := w
				try[f] = g
				if v := mean(try); v > best+step {
					best, w = v, try
				}
			}
		}
	}
	return w
}

// measure ranks every question of a set as judge would and measures the result.
func measure(l *labelled, head, tail weights) eval.Measures {
	all := make([]eval.Measures, len(l.questions))
	for i := range l.questions {
		q := &l.questions[i]
		if q.tail != tail {
			q.sortTail(tail)
		}
		all[i] = q.rank(head)
	}
	return eval.Mean(all)
}

// sortTail keeps the question's candidates in the tail's order: most measures differ in the head
// only.
func (q *question) sortTail(tail weights) {
	q.tail = tail
	for i := range q.candidates {
		q.candidates[i].tail = q.candidates[i].dot(tail)
	}
	slices.SortStableFunc(q.candidates, func(a, b candidate) int {
		return cmp.Or(cmp.Compare(b.tail, a.tail), cmp.Compare(a.rank, b.rank))
	})
}

// rank is judge's join: of those that were read the head's best in front, behind them the tail's
// order.
func (q *question) rank(head weights) (m eval.Measures) {
	n := min(flow.ReadDefault, len(q.candidates))
	type scored struct {
		score float64
		at    int
	}
	read := make([]scored, n)
	for i := range read {
		read[i] = scored{q.candidates[i].dot(head), i}
	}
	slices.SortFunc(read, func(a, b scored) int { return cmp.Or(cmp.Compare(b.score, a.score), cmp.Compare(a.at, b.at)) })
	inHead := make([]bool, n)
	rank := 0
	put := func(c *candidate) {
		if c.grade > 0 && rank < flow.PackDefault {
			m.Recall += 1 / float64(q.relevant)
			if rank < 10 {
				m.NDCG += c.grade / math.Log2(float64(rank+2)) / q.ideal
			}
		}
		rank++
	}
	for _, s := range read[:min(judge.HeadPlaces, n)] {
		inHead[s.at] = true
		put(&q.candidates[s.at])
	}
	for i := 0; i < len(q.candidates) && rank < flow.PackDefault; i++ {
		if i >= n || !inHead[i] {
			put(&q.candidates[i])
		}
	}
	return m
}

func (c *candidate) dot(w weights) (sum float64) {
	for i := range w {
		sum += w[i] * c.features[i]
	}
	return sum
}

// figure is what a set gets from weights that were fitted without it.
type figure struct {
	Set     string  `json:"set"`
	NDCG    float64 `json:"ndcg@10"`
	Recall  float64 `json:"recall@117"`
	Ratio   float64 `json:"ndcg@10 / bm25 arm"`
	DRecall float64 `json:"recall@117 - bm25 arm"`
}

// leaveOneOut fits on all sets but one and measures on that one, for each.
func leaveOneOut(sets []*labelled) (figures []figure, mean figure) {
	mean.Set = "mean"
	for i, l := range sets {
		others := slices.Delete(slices.Clone(sets), i, i+1)
		head, tail := fit(others)
		m := l.measured(head, tail)
		f := figure{l.name, m.NDCG, m.Recall, m.NDCG / l.bm25.NDCG, m.Recall - l.bm25.Recall}
		figures = append(figures, f)
		n := float64(len(sets))
		mean.NDCG += f.NDCG / n
		mean.Recall += f.Recall / n
		mean.Ratio += f.Ratio / n
		mean.DRecall += f.DRecall / n
	}
	return figures, mean
}

func named(w weights) map[string]float64 {
	m := map[string]float64{}
	for i, name := range judge.FeatureNames() {
		if w[i] != 0 {
			m[name] = w[i]
		}
	}
	return m
}
