package judge

import (
	"context"
	"math"

	"sluice/index"
)

// Scores are added in fixed point, so that every machine ranks alike whatever its floating point
// fuses.
const (
	fixedBits = 20
	fixedOne  = 1 << fixedBits
)

// Feature numbers one thing that judge knows of a passage; each lies between 0 and 1, or little
// above.
type Feature int

// The features. Those up to Title are known of every hit; the others need the text. Shares are
// weighted by idf.
const (
	BM25        Feature = iota // score / best score of the question
	RM3                        // score of the expanded question / its best
	Coverage                   // share of the question's terms that the passage holds
	Title                      // ... that its title, headings or symbol hold
	Ordered                    // share of neighbouring terms that stand side by side in the text
	Near                       // ... that stand within nearWords of each other, in any order
	Exact                      // share of the matched terms that stand in the question's own form
	Verbatim                   // square of the share of the words that stand in one run, as asked
	Dense                      // how near the passage's vector is to the question's, see meaning
	numFeatures                // how many there are
)

// Features are the values of one passage in fixed point.
type Features [numFeatures]int64

// featureNames are the features' names in weights.json, which are older than the code's.
var featureNames = [numFeatures]string{"bm25", "rm3", "coverage", "title", "ordered", "window", "exact", "verbatim", "dense"}

// FeatureNames lists the features in the order of their numbers, as weights.json names them.
func FeatureNames() []string { return featureNames[:] }

// parts names the values.
func (f *Features) parts() map[string]float64 {
	m := make(map[string]float64, len(f))
	for i, v := range f {
		m[featureNames[i]] = float64(v) / fixedOne
	}
	return m
}

// fixed rounds x to fixed point.
func fixed(x float64) int64 { return int64(math.Round(x * fixedOne)) }

// ratio is a/b in fixed point for small counts; 0 when b is 0.
func ratio(a, b int64) int64 {
	if b <= 0 {
		return 0
	}
	return (a*fixedOne + b/2) / b
}

// idfs returns the weight of each term (idf x repeats) in fixed point, and their sum.
func idfs(terms []index.Term) (each []int64, sum int64) {
	each = make([]int64, len(terms))
	for i, t := range terms {
		each[i] = fixed(t.IDF*float64(t.Repeats)) >> 8
		sum += each[i]
	}
	return each, sum
}

// known starts the order, which is gather's, with the features that need no text.
func (r *judging) known(ctx context.Context, hits []index.Hit) ([]scored, error) {
	each, sum := idfs(r.terms)
	title, err := r.titleTerms(ctx, hits)
	if err != nil {
		return nil, err
	}
	var best uint32
	for _, h := range hits {
		best = max(best, h.Scores[lexical])
	}
	r.best = float64(best) * index.ScoreUnit
	order := make([]scored, len(hits))
	for i, h := range hits {
		s := &order[i]
		s.Hit, s.near = h, unread
		s.features[BM25] = ratio(int64(h.Scores[lexical]), int64(best))
		s.features[Coverage] = ratio(weightOf(h.Terms, each), sum)
		s.features[Title] = ratio(weightOf(title[i], each), sum)
		s.tail = s.features[BM25]
	}
	return order, nil
}

// weightOf adds up the weights of the terms whose bits are set.
func weightOf(bits uint32, each []int64) (w int64) {
	for i, e := range each {
		if bits>>i&1 != 0 {
			w += e
		}
	}
	return w
}

// titleTerms tells for each hit which terms stand in its title, headings or symbol.
func (r *judging) titleTerms(ctx context.Context, hits []index.Hit) ([]uint32, error) {
	places := make([]index.Place, len(hits))
	for i, h := range hits {
		places[i] = h.Place
	}
	var keys [][]byte
	var of []int // the term of each key
	for t, term := range r.terms {
		keys, of = append(keys, term.Title), append(of, t)
		for _, also := range term.Also {
			keys, of = append(keys, also.Title), append(of, t)
		}
	}
	bits := make([]uint32, len(hits))
	bad, err := r.Index.Mark(ctx, keys, places, func(k, i int) { bits[i] |= 1 << of[k] })
	r.stats.Miss(bad...)
	return bits, err
}
