package judge

import (
	"bytes"
	"cmp"
	"context"
	"math"
	"slices"

	"sluice/index"
)

// The feedback model's settings. Usual ones (ten passages weighted by their scores, thirty terms,
// half the weight) find more of what is relevant and spoil the first places: the tenth passage
// speaks nearly as loudly as the first. A score of BM25 is a log-odds, so a passage's share in the
// model falls by e every feedbackScale of it; terms are chosen by how much they tell (mass x idf).
const (
	feedbackPassages = 10
	feedbackScale    = 2.0 // BM25
	feedbackTerms    = 60
	feedbackWeight   = 0.4   // of the model; the rest is the question's
	feedbackDepth    = 1_000 // how many of the best passages are scored again
	feedbackChoice   = 160   // how many terms, the heaviest, are looked up to choose from
)

// expansion is one term of the feedback model.
type expansion struct {
	key  []byte
	mass float64 // share of the relevance model
	idf  float64
}

// feedback orders the best passages by the expanded question. The others go on behind them, in the
// order in which they stood.
func (r *judging) feedback(ctx context.Context, order []scored) ([]scored, error) {
	model, err := r.relevanceModel(ctx, order[:min(feedbackPassages, len(order))])
	if err != nil || len(model) == 0 {
		return order, err
	}
	n := min(feedbackDepth, len(order))
	mixed, err := r.mixed(ctx, model, order[:n])
	if err != nil {
		return nil, err
	}
	best := slices.Max(mixed)
	if best <= 0 {
		return order, nil
	}
	for i := range mixed {
		s := &order[i]
		s.features[RM3] = fixed(mixed[i] / best)
		s.tail = r.Ranker.tail(&s.features)
	}
	sortTail(order[:n])
	goOn(order[n:], order[n-1].tail)
	return order, nil
}

// goOn continues the scale of the scores that end with last: the scores of rest, which fall, are
// shrunk so that they begin just below it. The two kinds of score do not compare in any other way.
func goOn(rest []scored, last int64) {
	if len(rest) == 0 {
		return
	}
	first := max(rest[0].tail, 1)
	for i := range rest {
		rest[i].tail = min((last-1)*rest[i].tail/first, last-1)
	}
}

// sortTail orders by the tail score; equal ones keep their order.
func sortTail(list []scored) {
	slices.SortStableFunc(list, func(a, b scored) int { return cmp.Compare(b.tail, a.tail) })
}

// mixed scores passages by the question and the model together.
func (r *judging) mixed(ctx context.Context, model []expansion, best []scored) ([]float64, error) {
	scores, err := r.modelScores(ctx, model, placesOf(best))
	if err != nil {
		return nil, err
	}
	var words float64 // of the question
	for _, t := range r.terms {
		words += float64(t.Repeats)
	}
	mixed := make([]float64, len(best))
	for i := range mixed {
		own := bm25(best[i].Hit) / words
		mixed[i] = float64((1-feedbackWeight)*own) + float64(feedbackWeight*scores[i])
	}
	return mixed, nil
}

// relevanceModel estimates from the best passages which terms a relevant passage uses.
func (r *judging) relevanceModel(ctx context.Context, best []scored) ([]expansion, error) {
	bodies := make([][]byte, len(best))
	err := r.Index.Texts(ctx, placesOf(best), func(k int, body []byte) error {
		bodies[k] = bytes.Clone(body)
		return nil
	}, func(_ int, why index.Degraded) { r.stats.Miss(why) }) // it teaches nothing
	if err != nil {
		return nil, err
	}
	m := &model{analyze: index.NewAnalyzer(), mass: map[string]float64{}}
	for k, body := range bodies {
		if body == nil {
			continue
		}
		p, err := r.Index.Passage(best[k].Place)
		if d, ok := index.Unreadable(err); ok {
			r.stats.Miss(d)
			continue
		}
		if err != nil {
			return nil, err
		}
		m.add(p.Title+" "+p.Context+" "+p.Symbol, body, math.Exp(-r.below(best, k)/feedbackScale))
	}
	return r.choose(m.heaviest(feedbackChoice)), nil
}

// below is by how much BM25 passage k is worth less than the first. With vectors it is their share
// of the order too that counts, in the same unit.
func (r *judging) below(best []scored, k int) float64 {
	if r.asked == nil {
		return float64(int64(best[0].Scores[lexical])-int64(best[k].Scores[lexical])) * index.ScoreUnit
	}
	return float64(best[0].tail-best[k].tail) / fixedOne * r.best
}

// model adds up the language models of passages.
type model struct {
	analyze *index.Analyzer
	tokens  []index.Token
	mass    map[string]float64 // by the key of the term's list
	counts  map[string]int
}

// add adds a passage's language model with a weight.
func (m *model) add(title string, body []byte, weight float64) {
	m.counts = map[string]int{}
	length := m.count([]byte(title), index.TitleWeight) + m.count(body, 1)
	for key, n := range m.counts {
		m.mass[key] += weight * float64(n) / float64(max(length, 1))
	}
}

func (m *model) count(body []byte, times int) (length int) {
	m.tokens = m.analyze.Tokens(m.tokens[:0], body)
	for i := range m.tokens {
		switch t := &m.tokens[i]; {
		case t.Kind == index.WholeToken:
			m.counts[string(index.StemKey(t.Stem))] += times
		case t.Counts():
			m.counts[string(index.StemKey(t.Stem))] += times
			length += times
		}
	}
	return length
}

// heaviest returns the n terms of the greatest mass. Masses are rounded first, because sums of
// floating point depend on the order in which they are made.
func (m *model) heaviest(n int) []expansion {
	all := make([]expansion, 0, len(m.mass))
	for key, mass := range m.mass {
		all = append(all, expansion{key: []byte(key), mass: math.Round(mass * fixedOne)})
	}
	slices.SortFunc(all, func(a, b expansion) int {
		return cmp.Or(cmp.Compare(b.mass, a.mass), bytes.Compare(a.key, b.key))
	})
	return all[:min(n, len(all))]
}

// choose keeps the terms that tell most and makes their masses sum to 1.
func (r *judging) choose(all []expansion) []expansion {
	for i := range all {
		df, bad := r.Index.DF(all[i].key)
		r.stats.Miss(bad...)
		if df > 0 {
			all[i].idf = index.IDF(r.Index.Passages(), df)
		}
	}
	slices.SortFunc(all, func(a, b expansion) int {
		return cmp.Or(cmp.Compare(b.mass*b.idf, a.mass*a.idf), bytes.Compare(a.key, b.key))
	})
	all = all[:min(len(all), feedbackTerms)]
	var sum float64
	for _, e := range all {
		sum += e.mass
	}
	for i := range all {
		all[i].mass /= max(sum, 1)
	}
	return all
}

// modelScale brings a model term's weight near that of a question's term, so that the arm's fixed
// point is as fine for it.
const modelScale = 16

// modelScores scores the places by the model, in BM25 for a term of weight 1, as many terms at a
// time as a question may have.
func (r *judging) modelScores(ctx context.Context, model []expansion, places []index.Place) ([]float64, error) {
	out := make([]float64, len(places))
	for part := range slices.Chunk(model, index.TermsMax) {
		q := &index.Question{Terms: make([]index.Term, len(part))}
		for i, e := range part {
			weight := math.Round(e.idf*e.mass*modelScale*fixedOne) / fixedOne
			q.Terms[i] = index.Term{Lists: index.Lists{Key: e.key}, IDF: weight, Repeats: 1}
		}
		scores := make([]uint32, len(places))
		bad, err := r.Index.Score(ctx, q, places, scores)
		if err != nil {
			return nil, err
		}
		r.stats.Miss(bad...)
		for i, s := range scores {
			out[i] += float64(s) * (index.ScoreUnit / modelScale)
		}
	}
	return out, nil
}
