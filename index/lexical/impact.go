package lexical

import (
	"math"
	"math/bits"

	"sluice/index/arm"
	"sluice/quant/kernel"
)

// BM25's two constants. They are .4 % better on labelled sets than the usual 1.2 and .75.
const (
	K1          = 1.5
	lengthShare = 0.65
)

// RepeatsMax caps how often a question may repeat a term before it counts no more.
const RepeatsMax = 32

// idfMax is beyond the idf of any term of any collection.
const idfMax = 64

// unitBits is how fine a score is: 2^unitBits units make 1 of BM25.
const unitBits = 10

// ScoreUnit turns a score into BM25's usual unit: BM25 = score x ScoreUnit.
const ScoreUnit = 1.0 / (1 << unitBits)

// scoreMax is the largest sum of impacts: stripes count in 16 bits.
const scoreMax = 1<<16 - 1

// Table gives a term's impact on a passage's score for each of the 256 classes of a posting, in
// units of ScoreUnit << Scorer.Shift. It is never 0: a passage that holds a term has a score.
type Table [256]uint16

// Weight is what a question says of one of its terms.
type Weight struct {
	IDF     float64 // live: IDF(live passages, live df)
	Repeats int     // how often the question says it
	Lists   int     // how many lists a passage may hold it in; 0 is 1
}

// Scorer holds the impacts of a question's terms. It depends on nothing but the question and the
// live counts, so all segments share it and their scores compare.
type Scorer struct {
	Tables []Table // one for each term, in the order given
	Shift  uint    // scores come out in units of ScoreUnit << Shift and are shifted before they are told

	kernels []kernel.ImpactTable // the same impacts in the kernel's form
	seed    uint64               // of the question: which blocks are computed again
	doubts  int                  // how often sums did not add up; scans of one question follow each other
}

// NewScorer makes the impacts of at most arm.TermsMax terms from the live average length. The unit
// is coarsened until the best conceivable score fits 16 bits; with eight usual terms it is 1/256 of
// BM25.
func NewScorer(averageLength float64, terms []Weight) *Scorer {
	s := &Scorer{Tables: make([]Table, len(terms)), kernels: make([]kernel.ImpactTable, len(terms))}
	for s.fill(averageLength, terms) > scoreMax {
		s.Shift++
	}
	for i := range s.Tables {
		for class, impact := range s.Tables[i] {
			s.kernels[i].Set(byte(class), impact)
		}
	}
	return s
}

// fill computes all impacts in the present unit and returns the best conceivable score.
func (s *Scorer) fill(averageLength float64, terms []Weight) (best int) {
	for i, w := range terms[:min(len(terms), arm.TermsMax)] {
		best += max(w.Lists, 1) * int(s.Tables[i].fill(w, averageLength, s.Shift))
	}
	return best
}

// IDF is the inverse document frequency of a term that df of n passages hold: ln((n+1)/(df+1/2)),
// which is Lucene's ln(1+(n-df+1/2)/(df+1/2)). It is computed with integers up to one
// multiplication, so it is equal on every machine. df is taken as at most n.
func IDF(n, df int64) float64 {
	n = max(n, 0)
	df = min(max(df, 0), n)
	log2 := fixedLog2(2*(uint64(n)+1)) - fixedLog2(2*uint64(df)+1)
	return float64(log2) * (math.Ln2 / (1 << 32))
}

// fixedLog2 is the binary logarithm of x, which is not 0, with 32 bits after the point: the bits
// come one by one from squaring (Knuth, The Art of Computer Programming 1.2.2, exercise 25).
func fixedLog2(x uint64) int64 {
	whole := bits.Len64(x) - 1
	mantissa := x << (63 - whole) // in [1, 2) with 63 bits after the point
	log := int64(whole)
	for range 32 {
		hi, lo := bits.Mul64(mantissa, mantissa) // in [1, 4) with 62 bits after the point in hi
		log <<= 1
		if hi>>63 != 0 {
			log++
			mantissa = hi
		} else {
			mantissa = hi<<1 | lo>>63
		}
	}
	return log
}

// fill computes a term's impacts and returns the largest. Every product is rounded by itself
// (float64(...)), because a fused multiply-add would make arm64 rank otherwise than amd64.
func (t *Table) fill(w Weight, averageLength float64, shift uint) uint16 {
	unit := math.Ldexp(1, unitBits-int(shift))
	idf := 0.0
	if w.IDF > 0 { // and no NaN
		idf = float64(min(w.IDF, idfMax) * float64(min(max(w.Repeats, 1), RepeatsMax)))
	}
	scale := float64(float64(unit*(K1+1)) * idf)
	averageLength = max(averageLength, 1)
	best := uint16(0)
	for l, length := range lengthValue {
		ratio := float64(length / averageLength)
		norm := float64(K1 * float64((1-lengthShare)+float64(lengthShare*ratio)))
		for f, tf := range tfValue {
			impact := float64(float64(float64(scale*tf)/float64(tf+norm)) + 0.5)
			v := uint16(min(max(impact, 1), scoreMax))
			t[f<<lengthBits|l] = v
			best = max(best, v)
		}
	}
	return best
}
