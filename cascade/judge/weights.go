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

// FeatureNames lists the features in the order of their numbers, as weights.json names them.
func FeatureNames() []string { return featureNames[:] }

//go:embed weights.json
var weightsJSON []byte

// weightsFile is what weights.json holds. `go run ./eval/fit` writes it.
type weightsFile struct {
	Fitted      string             `json:"fitted"` // how: command, sets, folds
	Figures     map[string]any     `json:"figures,omitempty"`
	Head        map[string]float64 `json:"head"`
	Tail        map[string]float64 `json:"tail"`
	Probability map[string]float64 `json:"probability"`
}

// scorer holds the weights in fixed point.
type scorer struct {
	headW, tailW Features
	file         weightsFile
}

var weights = mustParse(weightsJSON)

func mustParse(b []byte) *scorer {
	s, err := parseWeights(b)
	if err != nil {
		panic("BUG: cascade/judge/weights.json: " + err.Error())
	}
	return s
}

func parseWeights(b []byte) (*scorer, error) {
	s := &scorer{}
	if err := json.Unmarshal(b, &s.file); err != nil {
		return nil, err
	}
	for _, part := range []struct {
		from map[string]float64
		to   *Features
	}{{s.file.Head, &s.headW}, {s.file.Tail, &s.tailW}} {
		for name, w := range part.from {
			i := slices.Index(featureNames[:], name)
			if i < 0 || math.Abs(w) > 100 {
				return nil, fmt.Errorf("feature %q with weight %g", name, w)
			}
			part.to[i] = fixed(w)
		}
	}
	return s, nil
}

func (s *scorer) head(f *Features) int64 { return dot(&s.headW, f) }
func (s *scorer) tail(f *Features) int64 { return dot(&s.tailW, f) }

// dot is a fixed-point inner product: both sides have fixedBits bits after the point.
func dot(a, b *Features) (sum int64) {
	for i := range a {
		sum += a[i] * b[i] >> fixedBits
	}
	return sum
}

// probability is a logistic fit of relevance on what compares across questions: the score as a share of the
// best that its terms could reach, and how much of the question the passage holds.
func (s *scorer) probability(share float64, f *Features) float64 {
	p := s.file.Probability
	x := p["bias"] + p["share"]*share
	for i, name := range featureNames {
		x += p[name] * float64(f[i]) / fixedOne
	}
	return 1 / (1 + math.Exp(-x))
}
