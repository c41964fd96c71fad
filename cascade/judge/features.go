package judge

import (
	"math"

	"sluice/cascade/flow"
)

// Scores are added in fixed point, so that every machine ranks alike whatever its floating point fuses.
const (
	fixedBits = 20
	fixedOne  = 1 << fixedBits
)

// Feature numbers one thing that judge knows of a passage; each lies between 0 and 1, or little above.
type Feature int

// The features. Those up to Title are known of every candidate; the others need the text.
const (
	BM25      Feature = iota // score / best score of the question
	RM3                      // score of the expanded question / its best
	Coverage                 // idf-weighted share of the question's terms that the passage holds
	Title                    // ... that its title, headings or symbol hold
	Ordered                  // idf-weighted share of neighbouring question terms that stand side by side in the text
	Window                   // ... that stand within windowWords of each other, in any order
	Exact                    // idf-weighted share of the matched terms that stand there in the question's own form
	Verbatim                 // square of the share of the question's words that stand in one run, as it says them
	Features_                // how many there are
)

// Features are the values of one passage in fixed point.
type Features [Features_]int64

var featureNames = [Features_]string{"bm25", "rm3", "coverage", "title", "ordered", "window", "exact", "verbatim"}

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
func idfs(terms []flow.Term) (each []int64, sum int64) {
	each = make([]int64, len(terms))
	for i, t := range terms {
		each[i] = fixed(t.IDF*float64(t.Repeats)) >> 8
		sum += each[i]
	}
	return each, sum
}

// storedFeatures fills in what needs no text and orders the tail by BM25 alone.
func (r *judging) storedFeatures() {
	each, sum := idfs(r.terms)
	best := int64(r.all[0].Score)
	title := r.titleTerms()
	for i := range r.all {
		s := &r.all[i]
		s.features[BM25] = ratio(int64(s.Score), best)
		s.features[Coverage] = ratio(weightOf(s.Terms, each), sum)
		if title != nil {
			s.features[Title] = ratio(weightOf(title[i], each), sum)
		}
		s.tail = s.features[BM25]
	}
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

// titleTerms tells for each candidate which terms stand in its title, headings or symbol. A store that
// cannot say leaves the feature out.
func (r *judging) titleTerms() []uint32 {
	places, err := r.sn.Group(placesOf(r.all))
	if err != nil {
		return nil
	}
	bits := make([]uint32, len(r.all))
	for t, term := range r.terms {
		if err := places.Mark(r.ctx, term.Title, func(i int) { bits[i] |= 1 << t }); err != nil {
			return nil
		}
	}
	return bits
}
