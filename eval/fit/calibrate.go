package main

import (
	"math"

	"sluice/cascade/judge"
)

// calibrated are the features that compare across questions.
var calibrated = []judge.Feature{judge.Coverage, judge.Ordered, judge.Exact}

// calibrate fits a logistic regression of relevance on the candidates that were read, each set
// counting the same, by plain gradient descent.
func calibrate(sets []*labelled, _, _ weights) map[string]float64 {
	const steps, rate = 3000, 2.0
	w := make([]float64, 2+len(calibrated))
	w[0] = -3
	for range steps {
		grad := make([]float64, len(w))
		for _, l := range sets {
			l.gradient(w, grad, 1/float64(len(sets)))
		}
		for i := range w {
			w[i] -= rate * grad[i]
		}
	}
	out := map[string]float64{"bias": round3(w[0]), "share": round3(w[1])}
	for i, f := range calibrated {
		out[judge.FeatureNames()[f]] = round3(w[2+i])
	}
	return out
}

func round3(x float64) float64 { return math.Round(x*1000) / 1000 }

// gradient adds the mean gradient of the log loss over the set's candidates.
func (l *labelled) gradient(w, grad []float64, weight float64) {
	n := 0
	for i := range l.questions {
		n += min(len(l.questions[i].candidates), perQuestion)
	}
	x := make([]float64, len(w))
	for i := range l.questions {
		q := &l.questions[i]
		for k := range q.candidates[:min(len(q.candidates), perQuestion)] {
			c := &q.candidates[k]
			x[0], x[1] = 1, c.share
			for j, f := range calibrated {
				x[2+j] = c.features[f]
			}
			var z float64
			for j := range w {
				z += w[j] * x[j]
			}
			y := 0.0
			if c.grade > 0 {
				y = 1
			}
			d := (1/(1+math.Exp(-z)) - y) * weight / float64(n)
			for j := range w {
				grad[j] += d * x[j]
			}
		}
	}
}

// perQuestion is how many of a question's candidates count: the places that people look at.
const perQuestion = 50
