package judge

import (
	_ "embed"
	"encoding/json"
	"fmt"
	"math"
	"slices"
)

// HeadPlaces is how many of the first places the head's order decides; behind them the tail's does.
const HeadPlaces = 20

//go:embed weights.json
var weightsJSON []byte

// Weights are what a Ranker is made of, each by the name of its feature. `go run ./eval/fit` writes
// them, with how they were fitted and what they are worth.
type Weights struct {
	Head        map[string]float64 `json:"head"` // of the first places
	Tail        map[string]float64 `json:"tail"` // of all behind them
	Probability map[string]float64 `json:"probability"`
}

// ParseWeights reads a file of weights.
func ParseWeights(b []byte) (w Weights, err error) {
	err = json.Unmarshal(b, &w)
	return w, err
}

// DefaultWeights are the ones that the program comes with.
func DefaultWeights() Weights {
	w, err := ParseWeights(weightsJSON)
	if err != nil {
		panic("BUG: cascade/judge/weights.json: " + err.Error())
	}
	return w
}

// Ranker scores passages by their features. It never changes.
type Ranker struct {
	headW, tailW Features // in fixed point
	bias, share  float64  // of the probability
	relevance    [numFeatures]float64
}

// weightMax bounds a weight: scores are sums in fixed point.
const weightMax = 100

// NewRanker makes a ranker of weights.
func NewRanker(w Weights) (*Ranker, error) {
	r := &Ranker{bias: w.Probability["bias"], share: w.Probability["share"]}
	for _, part := range []struct {
		from map[string]float64
		to   *Features
	}{{w.Head, &r.headW}, {w.Tail, &r.tailW}} {
		for name, weight := range part.from {
			i := slices.Index(featureNames[:], name)
			if i < 0 || !(math.Abs(weight) <= weightMax) {
				return nil, fmt.Errorf("feature %q with weight %g: there is no such feature, or the weight is over %d", name, weight, weightMax)
			}
			part.to[i] = fixed(weight)
		}
	}
	for i, name := range featureNames {
		r.relevance[i] = w.Probability[name]
	}
	return r, nil
}

// DefaultRanker is the ranker of the default weights.
func DefaultRanker() *Ranker {
	r, err := NewRanker(DefaultWeights())
	if err != nil {
		panic("BUG: cascade/judge/weights.json: " + err.Error())
	}
	return r
}

func (r *Ranker) head(f *Features) int64 { return dot(&r.headW, f) }
func (r *Ranker) tail(f *Features) int64 { return dot(&r.tailW, f) }

// dense is what a passage's vector adds to its tail score.
func (r *Ranker) dense(feature int64) int64 { return r.tailW[Dense] * feature >> fixedBits }

// dot is a fixed-point inner product: both sides have fixedBits bits after the point.
func dot(a, b *Features) (sum int64) {
	for i := range a {
		sum += a[i] * b[i] >> fixedBits
	}
	return sum
}

// probability is a logistic fit of relevance on what compares across questions: the score as a
// share of the best that its terms could reach, and how much of the question the passage holds.
func (r *Ranker) probability(share float64, f *Features) float64 {
	x := r.bias + r.share*share
	for i, w := range r.relevance {
		x += w * float64(f[i]) / fixedOne
	}
	return 1 / (1 + math.Exp(-x))
}
