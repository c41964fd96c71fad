// Package fusion makes one order of those of several arms, as the measurements of vectors do that a
// store is compared with: a linear combination of scores, each standardised over its arm's best
// (Bruch et al., An analysis of fusion functions for hybrid retrieval, TOIS 2023).
package fusion

import (
	"cmp"
	"math"
	"slices"
)

// best is over how many of its best an arm's scores are standardised.
const best = 1000

// Scored is a document with its score.
type Scored[D cmp.Ordered] struct {
	Document D
	Score    float64
}

// Arm is an arm's order, best first, and what it counts.
type Arm[D cmp.Ordered] struct {
	Order  []Scored[D]
	Weight float64
}

// Sort puts the largest score first, equal ones by document.
func Sort[D cmp.Ordered](list []Scored[D]) {
	slices.SortFunc(list, func(a, b Scored[D]) int {
		return cmp.Or(cmp.Compare(b.Score, a.Score), cmp.Compare(a.Document, b.Document))
	})
}

// Fuse adds the arms' scores, each standardised over its own best. A document that an arm does not
// hold takes that arm's lowest.
func Fuse[D cmp.Ordered](arms ...Arm[D]) []Scored[D] {
	sum := map[D]float64{}
	missing := 0.0
	for _, arm := range arms {
		list := arm.Order[:min(best, len(arm.Order))]
		if len(list) == 0 {
			continue
		}
		mean, deviation := moments(list)
		lowest := arm.Weight * (list[len(list)-1].Score - mean) / deviation
		missing += lowest
		for _, s := range list {
			sum[s.Document] += arm.Weight*(s.Score-mean)/deviation - lowest
		}
	}
	out := make([]Scored[D], 0, len(sum))
	for document, score := range sum {
		out = append(out, Scored[D]{document, score + missing})
	}
	Sort(out)
	return out
}

func moments[D cmp.Ordered](list []Scored[D]) (mean, deviation float64) {
	for _, s := range list {
		mean += s.Score / float64(len(list))
	}
	for _, s := range list {
		deviation += (s.Score - mean) * (s.Score - mean) / float64(len(list))
	}
	return mean, max(math.Sqrt(deviation), 1e-9)
}
