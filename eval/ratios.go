package eval

import (
	_ "embed"
	"encoding/json"
	"slices"
)

//go:embed testdata/strong.json
var strongJSON []byte

// StrongFigures are the yardstick's measures on the labelled sets.
type StrongFigures struct {
	Source string                   `json:"source"` // what was run
	Sets   map[string]StrongMeasure `json:"sets"`
}

// StrongMeasure is what the yardstick reaches on one set.
type StrongMeasure struct {
	NDCG   float64 `json:"ndcg@10"`
	Recall float64 `json:"recall@117"`
}

// Strong returns the yardstick that ratios are to.
func Strong() StrongFigures {
	var s StrongFigures
	if err := json.Unmarshal(strongJSON, &s); err != nil {
		panic("BUG: eval/testdata/strong.json: " + err.Error())
	}
	return s
}

// Ratio is one arm on one set beside the yardstick.
type Ratio struct {
	Set          string  `json:"set"` // "mean" for the mean over the sets
	Arm          string  `json:"arm"`
	NDCG         float64 `json:"ndcg@10"`
	Recall       float64 `json:"recall@117"`
	StrongNDCG   float64 `json:"strong_ndcg@10"`
	StrongRecall float64 `json:"strong_recall@117"`
	Ratio        float64 `json:"ratio"`      // of nDCG@10
	Difference   float64 `json:"difference"` // of recall@117
}

// meanOf is the name of the row that averages the sets.
const meanOf = "mean"

// Ratios puts every ranking arm of the reports beside the yardstick, set by set in the order of the
// reports, and behind them a mean row for each arm: ratios and differences are averaged, not
// recomputed from averages. A set without a yardstick has no row; gather's own arm, which has no
// ranking of its own, neither.
func Ratios(reports []*Report) []Ratio {
	strong := Strong()
	var rows []Ratio
	var arms []string
	for _, rep := range reports {
		want, ok := strong.Sets[rep.Dataset]
		if !ok {
			continue
		}
		for _, arm := range ranking(rep) {
			m := rep.Arms[arm].(Measures)
			rows = append(rows, Ratio{
				Set: rep.Dataset, Arm: arm, NDCG: m.NDCG, Recall: m.Recall, StrongNDCG: want.NDCG, StrongRecall: want.Recall,
				Ratio: m.NDCG / want.NDCG, Difference: m.Recall - want.Recall,
			})
			if !slices.Contains(arms, arm) {
				arms = append(arms, arm)
			}
		}
	}
	means := make([]Ratio, len(arms))
	for i, arm := range arms {
		means[i] = meanRow(rows, arm)
	}
	return append(rows, means...)
}

// ranking lists the arms of a report that rank documents, by name.
func ranking(rep *Report) (arms []string) {
	for name, m := range rep.Arms {
		if _, ok := m.(Measures); ok {
			arms = append(arms, name)
		}
	}
	slices.Sort(arms)
	return arms
}

// meanRow averages one arm's rows.
func meanRow(rows []Ratio, arm string) Ratio {
	out := Ratio{Set: meanOf, Arm: arm}
	n := 0.0
	for _, r := range rows {
		if r.Arm == arm {
			n++
		}
	}
	for _, r := range rows {
		if r.Arm != arm {
			continue
		}
		out.NDCG += r.NDCG / n
		out.Recall += r.Recall / n
		out.StrongNDCG += r.StrongNDCG / n
		out.StrongRecall += r.StrongRecall / n
		out.Ratio += r.Ratio / n
		out.Difference += r.Difference / n
	}
	return out
}
