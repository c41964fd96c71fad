package judge

import (
	"context"
	"fmt"
	"math"
	"slices"

	"sluice/index"
)

// Words and vectors do not score on one scale: what a cosine of .8 is worth depends on the model
// and on the question. So each is measured by how it varies over the best of this question, and the
// sum of both is the order (a linear combination of standardised scores, which beats reciprocal
// ranks: Bruch et al., An analysis of fusion functions for hybrid retrieval, TOIS 2023).

// standardDepth is how many of the best a score is standardised over.
const standardDepth = 1_000

// standardFloor is how many deviations below the mean of the best a score begins to count.
const standardFloor = 4

// The order by both then asks again, with the question moved towards the best that it found: dense
// feedback (Rocchio's, on vectors: Li et al., Pseudo-relevance feedback with dense retrievers, TOIS
// 2023).
const (
	nearFeedback = 3   // passages that the question is moved towards
	nearShare    = 0.5 // how far: by so much of their mean
)

// meaning adds how near each passage's vector is to the question's, and orders by both. A passage
// that no model has read yet is given what passages of its BM25 have, so that it loses nothing by
// it.
func (r *judging) meaning(ctx context.Context, order []scored) ([]scored, error) {
	if r.asked == nil {
		return order, nil
	}
	first, err := r.nearness(ctx, r.asked, order)
	if err != nil {
		return nil, err
	}
	r.fuse(order, first)
	if err := r.deepen(ctx, order); err != nil {
		return nil, err
	}
	r.tellCovered(order)
	moved, err := r.moved(ctx, order)
	if err != nil || moved == nil || r.late() {
		return order, err
	}
	second, err := r.nearness(ctx, moved, order)
	if err != nil || second == nil {
		return order, err
	}
	for i := range order { // half of it is there already
		second[i] = (second[i] + order[i].features[Dense]) / 2
	}
	r.fuse(order, second)
	return order, nil
}

// fuse sets what the vectors tell, if anything, and orders by both.
func (r *judging) fuse(order []scored, dense []int64) {
	if dense == nil {
		return
	}
	defer sortTail(order)
	for i := range order {
		s := &order[i]
		s.features[Dense] = dense[i]
		s.tail = s.features[BM25] + r.Ranker.dense(dense[i])
	}
}

// moved is the question moved towards the best passages; nil when no model has read them.
func (r *judging) moved(ctx context.Context, order []scored) (*index.Question, error) {
	best := placesOf(order[:min(nearFeedback, len(order))])
	vectors, bad, err := r.Index.Vectors(ctx, r.asked.Space, best)
	r.stats.Miss(bad...)
	if err != nil {
		return nil, err
	}
	for i, at := range best {
		if v := r.fresh[at]; v != nil {
			vectors[i] = v
		}
	}
	vectors = slices.DeleteFunc(vectors, func(v []float32) bool { return v == nil })
	if len(vectors) == 0 {
		return nil, nil
	}
	q := &index.Question{Vector: slices.Clone(r.asked.Vector), Space: r.asked.Space}
	for _, v := range vectors {
		for d := range q.Vector {
			q.Vector[d] += float32(v[d] * nearShare / float32(len(vectors)))
		}
	}
	return q, nil
}

// nearness is, in the order's unit, how near each passage's vector is to a question's; nil when
// that tells nothing.
func (r *judging) nearness(ctx context.Context, q *index.Question, order []scored) ([]int64, error) {
	near := make([]float32, len(order))
	bad, err := r.Index.Near(ctx, q, placesOf(order), near)
	r.stats.Miss(bad...)
	if err != nil {
		return nil, err
	}
	for i := range order {
		if v := r.fresh[order[i].Place]; v != nil {
			near[i] = inner(q.Vector, v)
		}
	}
	if q == r.asked {
		for i, d := range near {
			order[i].near = d
		}
	}
	known := make([]float64, 0, len(order))
	for _, d := range near {
		if d == d {
			known = append(known, float64(d))
		}
	}
	words := bm25s(order)
	if r.words == nil {
		s := standard(words)
		r.words = &s
	}
	byWords, byMeaning := *r.words, standard(known)
	if byMeaning.deviation == 0 || byWords.deviation == 0 && r.best > 0 {
		return nil, nil
	}
	line := regression(words, near, byWords, byMeaning)
	unit := 1.0 // where no word was found the vectors alone order
	if r.best > 0 {
		unit = byWords.deviation / r.best
	}
	out := make([]int64, len(order))
	for i := range order {
		z := byMeaning.of(float64(near[i]))
		if near[i] != near[i] {
			z = line.at(byWords.of(words[i]))
		}
		out[i] = fixed(float64((max(z, -standardFloor) + standardFloor) * unit))
	}
	return out, nil
}

// unread is the nearness of a passage that no model has read.
var unread = float32(math.NaN())

// tellCovered notes how many of the candidates no model has read yet.
func (r *judging) tellCovered(order []scored) {
	unread := 0
	for i := range order {
		if d := order[i].near; d != d {
			unread++
		}
	}
	if unread > 0 {
		r.stats.Note(fmt.Sprintf("the model has not read %d of %d candidates yet: they are ordered by their words", unread, len(order)))
	}
}

// scale is the mean of the best scores and how they vary.
type scale struct{ mean, deviation float64 }

// bm25s are the passages' scores by their words.
func bm25s(order []scored) []float64 {
	words := make([]float64, len(order))
	for i := range order {
		words[i] = bm25(order[i].Hit)
	}
	return words
}

// standard measures the best standardDepth of scores.
func standard(scores []float64) scale {
	best := slices.Clone(scores)
	slices.Sort(best)
	best = best[max(0, len(best)-standardDepth):]
	if len(best) == 0 {
		return scale{}
	}
	var sum, squares float64
	for _, s := range best {
		sum += s
	}
	mean := sum / float64(len(best))
	for _, s := range best {
		squares += float64((s - mean) * (s - mean))
	}
	return scale{mean, math.Sqrt(squares / float64(len(best)))}
}

// of is a score by this measure.
func (s scale) of(score float64) float64 {
	if s.deviation == 0 {
		return 0
	}
	return (score - s.mean) / s.deviation
}

// fit is a line.
type fit struct{ offset, slope float64 }

func (f fit) at(x float64) float64 { return f.offset + float64(f.slope*x) }

// regression is the line of least squares from words to vectors, over the passages that have both.
func regression(words []float64, near []float32, byWords, byMeaning scale) fit {
	var n, sx, sy, sxx, sxy float64
	for i, d := range near {
		if d != d {
			continue
		}
		x, y := byWords.of(words[i]), byMeaning.of(float64(d))
		n, sx, sy, sxx, sxy = n+1, sx+x, sy+y, sxx+float64(x*x), sxy+float64(x*y)
	}
	if n == 0 {
		return fit{}
	}
	spread := sxx - float64(sx*sx)/n
	if spread <= 0 {
		return fit{offset: sy / n}
	}
	slope := (sxy - float64(sx*sy)/n) / spread
	return fit{offset: (sy - float64(slope*sx)) / n, slope: slope}
}
