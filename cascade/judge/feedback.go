package judge

import (
	"bytes"
	"cmp"
	"math"
	"slices"

	"sluice/cascade/flow"
	"sluice/index"
)

// The feedback model's settings. Usual ones (ten passages weighted by their scores, thirty terms, half the
// weight) find more of what is relevant and spoil the first places: the tenth passage speaks nearly as
// loudly as the first. A score of BM25 is a log-odds, so a passage's share in the model falls by e every
// feedbackScale of it; terms are chosen by how much they tell (mass x idf).
const (
	feedbackPassages = 10
	feedbackScale    = 2.0 // BM25
	feedbackTerms    = 60
	feedbackWeight   = 0.4   // of the model; the rest is the question's
	feedbackDepth    = 1_000 // how many of the best candidates are scored again
	feedbackChoice   = 160   // how many terms, the heaviest, are looked up to choose from
)

// titleWeight is how often a word of title, headings or symbol counts, as in the arm.
const titleWeight = 3

// expansion is one term of the feedback model.
type expansion struct {
	key  []byte
	mass float64 // share of the relevance model
	idf  float64
}

// feedback scores the best candidates by the expanded question, within what gather let through, and makes
// that their order.
func (r *judging) feedback() error {
	model, err := r.relevanceModel()
	if err != nil || len(model) == 0 {
		return err
	}
	n := min(feedbackDepth, len(r.all))
	scores, err := r.modelScores(model, placesOf(r.all[:n]))
	if err != nil {
		return err
	}
	var said float64
	for _, t := range r.terms {
		said += float64(t.Repeats)
	}
	mixed := make([]float64, n)
	for i := range mixed {
		own := float64(float64(r.all[i].Score)*index.ScoreUnit) / said
		mixed[i] = float64((1-feedbackWeight)*own) + float64(feedbackWeight*scores[i])
	}
	best := slices.Max(mixed)
	for i := range mixed {
		s := &r.all[i]
		s.features[RM3] = fixed(mixed[i] / best)
		s.tail = weights.tail(&s.features)
	}
	sortTail(r.all[:n])
	return nil
}

// relevanceModel estimates from the best passages which terms a relevant passage uses.
func (r *judging) relevanceModel() ([]expansion, error) {
	n := min(feedbackPassages, len(r.all))
	model := &model{analyze: index.NewAnalyzer(), mass: map[string]float64{}}
	bodies := make([][]byte, n)
	err := r.sn.Texts(r.ctx, placesOf(r.all[:n]), func(k int, body []byte) error {
		bodies[k] = bytes.Clone(body)
		return nil
	}, func(int, error) {}) // a passage that cannot be read teaches nothing
	if err != nil {
		return nil, err
	}
	for k, body := range bodies {
		p, err := r.sn.Passage(index.Place(r.all[k].Place))
		if err != nil || body == nil {
			continue
		}
		below := float64(r.all[0].Score-r.all[k].Score) * index.ScoreUnit
		model.add(p.Title+" "+p.Context+" "+p.Symbol, body, math.Exp(-below/feedbackScale))
	}
	return r.choose(model.heaviest(feedbackChoice)), nil
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
	length := m.count([]byte(title), titleWeight) + m.count(body, 1)
	for key, n := range m.counts {
		m.mass[key] += weight * float64(n) / float64(max(length, 1))
	}
}

func (m *model) count(body []byte, times int) (length int) {
	m.tokens = m.analyze.Tokens(m.tokens[:0], body)
	for i := range m.tokens {
		switch t := &m.tokens[i]; {
		case t.Kind == index.WholeToken:
			m.counts[string(index.ExactKey(t.Term))] += times
		case t.Counts():
			m.counts[string(index.StemKey(t.Stem))] += times
			length += times
		}
	}
	return length
}

// heaviest returns the n terms of the greatest mass. Masses are rounded first, because sums of floating
// point depend on the order in which they are made.
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
		df, err := r.sn.DF(all[i].key)
		if err == nil && df > 0 {
			all[i].idf = index.IDF(r.sn.Passages(), df)
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

// modelScale brings a model term's weight near that of a question's term, so that the arm's fixed point is
// as fine for it.
const modelScale = 16

// modelScores scores the places by the model, in BM25 for a term of weight 1, as many terms at a time as
// the arm takes.
func (r *judging) modelScores(model []expansion, places []index.Place) ([]float64, error) {
	out := make([]float64, len(places))
	group, err := r.sn.Group(places)
	if err != nil {
		return nil, err
	}
	for len(model) > 0 {
		n := min(len(model), flow.ScoredTermsMax)
		terms := make([]index.Term, n)
		for i, e := range model[:n] {
			weight := math.Round(e.idf*e.mass*modelScale*fixedOne) / fixedOne
			terms[i] = index.Term{Key: e.key, IDF: weight, Repeats: 1}
		}
		scores := make([]uint32, len(places))
		if err := group.Score(r.ctx, terms, scores); err != nil {
			return nil, err
		}
		for i, s := range scores {
			out[i] += float64(s) * (index.ScoreUnit / modelScale)
		}
		model = model[n:]
	}
	return out, nil
}
