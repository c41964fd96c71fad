// Package gather is stage 2 of Sluice: every passage is looked at, by the postings of the question's
// terms, and the 30,000 that score best are let through. Nothing that later stages do can bring back what
// gather dropped, so it is exact: the best by (score, passage id), whatever the segments are.
package gather

import (
	"bytes"
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"sluice/cascade/flow"
	"sluice/index"
	"sluice/internal/limits"
)

// Run finds the best lim.Gather passages for the question among those that its filters let in.
//
// A segment that turns out damaged while it is read is left out: its passages are dropped as quarantined
// and it is named in degraded. An error means that nothing could be answered.
func Run(ctx context.Context, sn *index.Snapshot, q flow.Query, lim flow.Limits) (flow.Gathered, flow.Stats, []flow.Degraded, error) {
	start := time.Now()
	lim = lim.WithDefaults()
	stats := flow.NewStats("gather", sn.Passages())
	terms, err := Terms(sn, q, &stats)
	if err != nil {
		return flow.Gathered{}, stats, nil, err
	}
	filter := index.Filter(q.Filters)
	if err := filter.Validate(); err != nil {
		return flow.Gathered{}, stats, nil, err
	}
	hits, count, err := sn.Gather(ctx, indexTerms(terms), &filter, index.Cut{Keep: lim.Gather, Ordered: ordered(q, lim)})
	if err != nil {
		return flow.Gathered{}, stats, nil, err
	}
	out := flow.Gathered{Terms: terms, Candidates: make([]flow.Candidate, len(hits))}
	for i, h := range hits {
		out.Candidates[i] = flow.Candidate{Place: flow.Place(h.Place), Score: h.Score, Terms: h.Terms}
	}
	account(&stats, count, len(hits))
	trace(ctx, sn, lim.Trace, out, &filter)
	stats.Took = time.Since(start)
	return out, stats, degraded(count), nil
}

// ordered is how far down equal scores must stand by passage id. Judge looks at its own number of
// passages, unless it has to verify texts in order until enough of them hold, or ranks are asked for.
func ordered(q flow.Query, lim flow.Limits) int {
	if lim.Trace != nil || len(q.Phrases) > 0 || len(q.Exclude) > 0 {
		return lim.Gather
	}
	return min(lim.Gather, 2*max(lim.Judge, flow.JudgeDefault))
}

// account books every passage that went in.
func account(stats *flow.Stats, count index.GatherCount, out int) {
	stats.Out = int64(out)
	stats.Bytes = count.Bytes
	stats.Drop(flow.Filtered, count.Filtered)
	stats.Drop(flow.NoMatch, count.NoMatch)
	stats.Drop(flow.BelowCut, count.BelowCut)
	stats.Drop(flow.Quarantined, count.Failed)
}

func degraded(count index.GatherCount) []flow.Degraded {
	var out []flow.Degraded
	for _, d := range count.Degraded {
		out = append(out, flow.Degraded(d))
	}
	return out
}

// Terms analyses the question: stems with how often it says them, without stop words unless nothing else
// is left, the best by idf x repetition where there are more than a question may have. What was cut is
// noted in stats.
func Terms(sn *index.Snapshot, q flow.Query, stats *flow.Stats) ([]flow.Term, error) {
	text := q.Text
	if len(text) > limits.QueryBytesMax {
		stats.Notes = append(stats.Notes, fmt.Sprintf("the question has %d bytes; the first %d were used", len(text), limits.QueryBytesMax))
		text = strings.ToValidUTF8(text[:limits.QueryBytesMax], "")
	}
	terms := collect(text)
	for i := range terms {
		df, err := sn.DF(terms[i].Key)
		if err != nil {
			return nil, err
		}
		terms[i].DF = df
		terms[i].IDF = index.IDF(sn.Passages(), df)
	}
	slices.SortFunc(terms, func(a, b flow.Term) int {
		return cmp.Or(cmp.Compare(b.IDF*float64(b.Repeats), a.IDF*float64(a.Repeats)), bytes.Compare(a.Key, b.Key))
	})
	if len(terms) > limits.QueryTermsMax {
		stats.Notes = append(stats.Notes, fmt.Sprintf("the question has %d distinct terms; the %d that tell most were used", len(terms), limits.QueryTermsMax))
		terms = terms[:limits.QueryTermsMax]
	}
	return terms, nil
}

// collect analyses the question into its distinct terms.
func collect(text string) []flow.Term {
	var terms []flow.Term
	for _, t := range index.NewAnalyzer().Question([]byte(text)) {
		terms = append(terms, flow.Term{
			Text: string(t.Term), Stem: string(t.Stem), Key: t.Key, Exact: t.Exact, Title: t.Title, Path: t.Path,
			Repeats: t.Repeats, Stop: t.Stop,
		})
	}
	return terms
}

func indexTerms(terms []flow.Term) []index.Term {
	out := make([]index.Term, len(terms))
	for i, t := range terms {
		out[i] = index.Term{Key: t.Key, IDF: t.IDF, Repeats: t.Repeats}
	}
	return out
}

// trace tells, for each watched passage that was dropped, why and by how much.
func trace(ctx context.Context, sn *index.Snapshot, tr *flow.Trace, out flow.Gathered, filter *index.Filter) {
	if tr == nil {
		return
	}
	through := map[flow.Place]bool{}
	for _, c := range out.Candidates {
		through[c.Place] = true
	}
	var cut float64
	if n := len(out.Candidates); n > 0 {
		cut = float64(out.Candidates[n-1].Score) * index.ScoreUnit
	}
	for p := range tr.Watch {
		if through[p] {
			continue
		}
		step := flow.Step{Place: p, Stage: "gather", CutRank: len(out.Candidates), CutScore: cut}
		score := []uint32{0}
		switch ok, err := sn.Passes(index.Place(p), filter); {
		case err != nil:
			step.Reason = flow.Quarantined
		case !ok:
			step.Reason = flow.Filtered
		case sn.Score(ctx, indexTerms(out.Terms), []index.Place{index.Place(p)}, score) != nil:
			step.Reason = flow.Quarantined
		case score[0] == 0:
			step.Reason = flow.NoMatch
		default:
			step.Reason, step.Score = flow.BelowCut, float64(score[0])*index.ScoreUnit
		}
		tr.Record(step)
	}
}
