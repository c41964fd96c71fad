// Package gather is stage 2 of Sluice: every passage is looked at, by the arms of the index, and
// the 30,000 that score best are let through. Nothing that later stages do can bring back what
// gather dropped, so it is exact: the best by (score, passage id), whatever the segments are.
package gather

import (
	"bytes"
	"cmp"
	"context"
	"fmt"
	"slices"

	"sluice/cascade/flow"
	"sluice/index"
	"sluice/internal/clock"
)

// Index is what gather needs of an index.
type Index interface {
	Passages() int64
	DF(key []byte) (int64, []index.Degraded)
	Gather(ctx context.Context, q *index.Question, filter *index.Filter, cut index.Cut) ([]index.Hit, index.Account, error)
	Passes(p index.Place, filter *index.Filter) (bool, error)
	Score(ctx context.Context, q *index.Question, places []index.Place, out []uint32) ([]index.Degraded, error)
	Mark(ctx context.Context, keys [][]byte, places []index.Place, hit func(key, i int)) ([]index.Degraded, error)
	Places(ctx context.Context, filter *index.Filter) ([]index.Place, index.Account, error)
	Compounds(ctx context.Context, words []index.Compounding) ([][]string, []index.Degraded)
	flow.Texts
}

// Encoder turns a question into a vector, for the arms that rank by vectors.
type Encoder interface {
	Space() index.Space
	Question(ctx context.Context, text string) ([]float32, error)
}

// Stage is gather with what it works on. Without an encoder the arms rank by words.
type Stage struct {
	Index   Index
	Encoder Encoder
	Clock   clock.Clock
}

// Run finds the best o.Gather passages for the question among those that its filter lets in.
//
// A segment that turns out damaged while it is read is left out: its passages are dropped as
// quarantined and it is named in the account. So is one that nobody looked at in time, as timeout.
// An error means that nothing could be answered.
func (g Stage) Run(ctx context.Context, q flow.Query, o flow.Options) (flow.Gathered, flow.Stats, error) {
	start := g.Clock.Now()
	o = o.WithDefaults()
	stats := flow.NewStats("gather", g.Index.Passages())
	stats.Read, stats.AsText = q.Read, q.AsText
	if err := q.Filter.Validate(); err != nil {
		return flow.Gathered{}, stats, err
	}
	asked, err := g.question(ctx, q.Text, &stats)
	if err != nil {
		return flow.Gathered{}, stats, err
	}
	cut := index.Cut{Keep: o.Gather, Ordered: ordered(q, o), Late: func() bool { return o.Late(g.Clock.Now()) }}
	var hits []index.Hit
	var account index.Account
	scanned := len(asked.Terms) == 0 && len(q.Phrases) > 0
	if scanned {
		hits, account, err = g.scan(ctx, &q, o, &stats)
	} else {
		hits, account, err = g.Index.Gather(ctx, asked, &q.Filter, cut)
	}
	if err != nil {
		return flow.Gathered{}, stats, err
	}
	chosen := false
	if len(q.Phrases) > 0 && account.BelowCut > 0 && len(asked.Terms) > 0 {
		if all, ok, err := g.holding(ctx, asked, &q, o, &stats); err != nil {
			return flow.Gathered{}, stats, err
		} else if ok {
			account.NoMatch += int64(len(hits)) + account.BelowCut - int64(len(all))
			account.BelowCut, hits, chosen = 0, all, true
		}
	}
	book(&stats, account, len(hits))
	if o.Trace != nil {
		for _, step := range g.trace(ctx, asked, &q.Filter, hits, account, chosen, o) {
			o.Trace.Record(step)
		}
	}
	stats.Took = g.Clock.Now().Sub(start)
	return flow.Gathered{Met: scanned, Text: asked.Text, Terms: asked.Terms, Vector: asked.Vector, Space: asked.Space, Hits: hits}, stats, nil
}

// ordered is how far down equal scores must stand by passage id. Judge looks at its own number of
// passages, unless it has to verify texts in order until enough of them hold, or ranks are asked
// for.
func ordered(q flow.Query, o flow.Options) int {
	if o.Trace != nil || len(q.Phrases) > 0 || len(q.Exclude) > 0 {
		return o.Gather
	}
	return min(o.Gather, 2*max(o.Judge, flow.JudgeDefault))
}

// book accounts for every passage that went in.
func book(stats *flow.Stats, a index.Account, out int) {
	stats.Out = int64(out)
	stats.Bytes = a.Bytes
	stats.Drop(flow.Filtered, a.Filtered)
	stats.Drop(flow.NoMatch, a.NoMatch)
	stats.Drop(flow.BelowCut, a.BelowCut)
	stats.Drop(flow.Quarantined, a.Failed)
	stats.Drop(flow.Timeout, a.TimedOut)
	stats.Miss(a.Degraded...)
	for _, note := range a.Notes {
		stats.Note(note)
	}
	if a.TimedOut > 0 {
		stats.Note(fmt.Sprintf("out of time: %d of %d passages were not looked at", a.TimedOut, stats.In))
	}
}

// question analyses the text into what the arms are asked. What was cut from it is noted in stats.
func (g Stage) question(ctx context.Context, text string, stats *flow.Stats) (*index.Question, error) {
	gist := g.gist(text, stats)
	terms := g.terms(ctx, gist, stats)
	if used := g.most(terms); len(used) < len(terms) || gist != text {
		terms = used
		tellUsed(terms, stats)
	}
	asked := &index.Question{Text: gist, Terms: terms}
	if g.Encoder == nil {
		return asked, nil
	}
	vector, err := g.Encoder.Question(ctx, text)
	if err != nil && ctx.Err() != nil {
		return nil, err
	}
	if err != nil { // words still find
		stats.Miss(index.Degraded{What: index.NoEncoder, Why: err.Error()})
	}
	asked.Vector, asked.Space = vector, g.Encoder.Space()
	return asked, nil
}

// terms analyses the text into terms with their weights, the heaviest first: stems with how often
// they are said, without stop words unless nothing else is left. Those beyond what a question may
// have are cut.
func (g Stage) terms(ctx context.Context, text string, stats *flow.Stats) []index.Term {
	a := &asking{Stage: g, analyzer: index.NewAnalyzer(), spoken: map[string]bool{}, stats: stats}
	terms := a.analyzer.Question([]byte(text))
	for i := range terms {
		terms[i].DF = a.frequency(&terms[i])
	}
	terms = slices.DeleteFunc(terms, func(t index.Term) bool { return t.Name && t.DF == 0 })
	a.weigh(terms)
	if joined := a.compounds(ctx, terms); len(stats.Also) > 0 {
		terms = joined
		a.weigh(terms)
	}
	return terms
}

// asking is one question on its way to what the arms are asked.
type asking struct {
	Stage
	analyzer *index.Analyzer
	spoken   map[string]bool // whether the store has texts in a language
	stats    *flow.Stats
}

// weigh gives terms their weights and puts the heaviest first.
func (a *asking) weigh(terms []index.Term) {
	for i := range terms {
		terms[i].IDF = index.MixedIDF(a.Index.Passages(), terms[i].DF, terms[i].Stem)
	}
	slices.SortFunc(terms, func(a, b index.Term) int {
		return cmp.Or(cmp.Compare(b.IDF*float64(b.Repeats), a.IDF*float64(a.Repeats)), bytes.Compare(a.Key, b.Key))
	})
}

// count is how many passages hold a key.
func (a *asking) count(key []byte) int64 {
	n, bad := a.Index.DF(key)
	a.stats.Miss(bad...)
	return n
}

// speaks tells whether any passage is in the language of a key.
func (a *asking) speaks(lang []byte) bool {
	yes, known := a.spoken[string(lang)]
	if !known {
		yes = a.count(lang) > 0
		a.spoken[string(lang)] = yes
	}
	return yes
}

// frequency counts the passages that hold a term in any of its forms, and drops the forms that none
// holds: the scale of scores has to leave room for each. Stems of a language are asked for only
// where the store speaks it.
func (a *asking) frequency(t *index.Term) int64 {
	df := a.count(t.Key)
	var held []index.Lists
	for _, also := range t.Also {
		lang, foreign := index.LangKey(also.Key)
		if foreign && !a.speaks(lang) {
			continue
		}
		n := a.count(also.Key)
		if n > 0 {
			held = append(held, also)
		}
		if foreign { // a passage that has this stem may have the other one too
			df = max(df, n)
		} else {
			df += n
		}
	}
	t.Also = held
	return df
}

// trace tells, for each watched passage that was dropped, why and by how much.
func (g Stage) trace(ctx context.Context, asked *index.Question, filter *index.Filter, hits []index.Hit, a index.Account, chosen bool, o flow.Options) (steps []flow.Step) {
	through := make(map[index.Place]bool, len(hits))
	for _, h := range hits {
		through[h.Place] = true
	}
	var cut uint32
	if n := len(hits); n > 0 {
		cut = hits[n-1].Score
	}
	unseen := flow.Quarantined
	if a.TimedOut > 0 {
		unseen = flow.Timeout
	}
	for p := range o.Trace.Watch {
		if through[p] {
			continue
		}
		score, reason := g.fallen(ctx, asked, filter, p)
		if reason == flow.BelowCut && chosen { // it lacks a word of a phrase
			reason = flow.NoMatch
		}
		// What would have come through lies in a segment that was not looked at.
		if reason == flow.BelowCut && (len(hits) < o.Gather || score > cut) {
			reason = unseen
		}
		steps = append(steps, flow.Step{Place: p, Stage: "gather", Reason: reason, CutRank: len(hits),
			Score: float64(score) * index.ScoreUnit, CutScore: float64(cut) * index.ScoreUnit})
	}
	return steps
}

// fallen tells why a passage fell out, and what it scores.
func (g Stage) fallen(ctx context.Context, asked *index.Question, filter *index.Filter, p index.Place) (uint32, flow.Reason) {
	ok, err := g.Index.Passes(p, filter)
	if err != nil {
		return 0, flow.Quarantined
	}
	if !ok {
		return 0, flow.Filtered
	}
	score := []uint32{0}
	bad, err := g.Index.Score(ctx, asked, []index.Place{p}, score)
	switch {
	case err != nil || len(bad) > 0:
		return 0, flow.Quarantined
	case score[0] == 0:
		return 0, flow.NoMatch
	}
	return score[0], flow.BelowCut
}
