package judge

import (
	"bytes"
	"cmp"
	"math"
	"slices"

	"sluice/index"
)

// RM3's settings, the usual ones, not tuned: ten passages, thirty terms, half the weight.
const (
	feedbackPassages = 10
	feedbackTerms    = 30
	feedbackWeight   = 0.5
	feedbackDepth    = 2_000 // how many of the best candidates are scored again
)

// expansion is one term of the feedback model.
type expansion struct {
	key    []byte
	weight float64 // share of the relevance model
}

// feedback scores the best candidates by the expanded question, within what gather let through, and makes
// that the order of the tail.
func (r *run) feedback() error {
	model, err := r.relevanceModel()
	if err != nil || len(model) == 0 {
		return err
	}
	n := min(feedbackDepth, len(r.all))
	places := placesOf(r.all[:n])
	scores := make([]uint32, n)
	if err := r.sn.Score(r.ctx, r.expanded(model), places, scores); err != nil {
		return err
	}
	best := int64(slices.Max(scores))
	for i := range scores {
		s := &r.all[i]
		s.features[RM3] = ratio(int64(scores[i]), best)
		s.tail = weights.tail(&s.features)
	}
	sortTail(r.all[:n])
	return nil
}

// relevanceModel estimates from the best passages which terms a relevant passage uses: p(w|R) is the mean
// of p(w|passage), weighted by the passages' scores, as in RM1.
func (r *run) relevanceModel() ([]expansion, error) {
	n := min(feedbackPassages, len(r.all))
	analyzer := index.NewAnalyzer()
	mass := map[string]float64{}
	var tokens []index.Token
	visit := func(k int, body []byte) error {
		tokens = analyzer.Tokens(tokens[:0], body)
		addPassage(mass, tokens, float64(r.all[k].Score)/float64(r.all[0].Score))
		return nil
	}
	places := placesOf(r.all[:n])
	if err := r.sn.Texts(r.ctx, places, visit, func(int, error) {}); err != nil {
		return nil, err
	}
	return top(mass), nil
}

// addPassage adds a passage's language model, weighted.
func addPassage(mass map[string]float64, tokens []index.Token, weight float64) {
	length := 0
	for i := range tokens {
		if tokens[i].Counts() {
			length++
		}
	}
	share := weight / float64(max(length, 1))
	for i := range tokens {
		if tokens[i].Counts() {
			mass[string(tokens[i].Stem)] += share
		}
	}
}

// top keeps the heaviest terms and makes their weights sum to 1. Masses are rounded first, because sums of
// floating point depend on the order in which texts came.
func top(mass map[string]float64) []expansion {
	all := make([]expansion, 0, len(mass))
	for stem, m := range mass {
		all = append(all, expansion{index.StemKey([]byte(stem)), math.Round(m * fixedOne)})
	}
	slices.SortFunc(all, func(a, b expansion) int {
		return cmp.Or(cmp.Compare(b.weight, a.weight), bytes.Compare(a.key, b.key))
	})
	all = all[:min(len(all), feedbackTerms)]
	var sum float64
	for _, e := range all {
		sum += e.weight
	}
	for i := range all {
		all[i].weight /= max(sum, 1)
	}
	return all
}

// expanded mixes the question and the model, each with half of the weight, as terms of the arm: a term's
// weight goes into its idf.
func (r *run) expanded(model []expansion) []index.Term {
	var said float64
	for _, t := range r.terms {
		said += float64(t.Repeats)
	}
	weight := map[string]float64{}
	var keys []string
	add := func(key []byte, w float64) {
		if _, ok := weight[string(key)]; !ok {
			keys = append(keys, string(key))
		}
		weight[string(key)] += w
	}
	for _, t := range r.terms {
		add(t.Key, float64((1-feedbackWeight)*float64(t.Repeats))/said)
	}
	for _, e := range model {
		add(e.key, float64(feedbackWeight*e.weight))
	}
	if len(keys) > termsMax {
		keys = keys[:termsMax]
	}
	terms := make([]index.Term, 0, len(keys))
	for _, k := range keys {
		df, err := r.sn.DF([]byte(k))
		if err != nil || df == 0 {
			continue
		}
		// Weights sum to 1; the scale keeps the arm's fixed point as fine as for a question of eight terms.
		idf := math.Round(index.IDF(r.sn.Passages(), df)*weight[k]*expandedScale*fixedOne) / fixedOne
		terms = append(terms, index.Term{Key: []byte(k), IDF: idf, Repeats: 1})
	}
	return terms
}

const (
	expandedScale = 16
	termsMax      = 32 // the arm's
)
