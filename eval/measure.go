package eval

import (
	"cmp"
	"math"
	"slices"

	"sluice/cascade/flow"
)

// Measures of one ranking, or means over many.
type Measures struct {
	NDCG   float64 `json:"ndcg@10"`
	Recall float64 `json:"recall@117"` // at flow.PackDefault; the name stays whatever the settings are
	MRR    float64 `json:"mrr@10"`
}

const topTen = 10

// Measure scores one ranking of document ids against the positive grades of its question.
func Measure(ranked []string, grades map[string]float64) Measures {
	var m Measures
	for i, id := range ranked {
		g := grades[id]
		if g <= 0 {
			continue
		}
		if i < topTen {
			m.NDCG += g / math.Log2(float64(i+2))
			if m.MRR == 0 {
				m.MRR = 1 / float64(i+1)
			}
		}
		if i < flow.PackDefault {
			m.Recall++
		}
	}
	m.NDCG /= Ideal(grades)
	m.Recall /= float64(len(grades))
	return m
}

// Ideal is the discounted gain of the best possible ranking.
func Ideal(grades map[string]float64) (sum float64) {
	all := make([]float64, 0, len(grades))
	for _, g := range grades {
		all = append(all, g)
	}
	slices.SortFunc(all, func(a, b float64) int { return cmp.Compare(b, a) })
	for i, g := range all[:min(topTen, len(all))] {
		sum += g / math.Log2(float64(i+2))
	}
	return sum
}

// Mean averages the measures of several questions.
func Mean(all []Measures) Measures {
	var m Measures
	for _, x := range all {
		m.NDCG += x.NDCG / float64(len(all))
		m.Recall += x.Recall / float64(len(all))
		m.MRR += x.MRR / float64(len(all))
	}
	return m
}
