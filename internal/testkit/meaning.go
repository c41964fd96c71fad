package testkit

import (
	"math"
	"strings"
	"unicode"
)

// MeaningDim is the dimension of Meaning's vectors.
const MeaningDim = 64

// meanings are words that mean the same: the first stands for all.
var meanings = map[string]string{
	"car": "automobile", "automobiles": "automobile", "cars": "automobile",
	"sofa": "couch", "settee": "couch", "physician": "doctor", "doctors": "doctor",
}

// Meaning is what a model makes of a text in tests: the sum of a random direction a word, the same
// for words that mean the same, of length 1. A text without a word has the first axis.
func Meaning(text string) []float32 {
	out := make([]float32, MeaningDim)
	for _, word := range strings.FieldsFunc(strings.ToLower(text), func(r rune) bool { return !unicode.IsLetter(r) }) {
		if same, ok := meanings[word]; ok {
			word = same
		}
		random := rng(0)
		for _, b := range []byte(word) {
			random = (random ^ rng(b)) * 0x100000001B3
		}
		for i := range out {
			out[i] += float32(int32(random.next())) / (1 << 31)
		}
	}
	var sum float64
	for _, v := range out {
		sum += float64(v) * float64(v)
	}
	if sum == 0 {
		out[0], sum = 1, 1
	}
	for i := range out {
		out[i] /= float32(math.Sqrt(sum))
	}
	return out
}

// rng is a SplitMix64 generator.
type rng uint64

func (r *rng) next() uint64 {
	*r += 0x9E3779B97F4A7C15
	z := uint64(*r)
	z = (z ^ z>>30) * 0xBF58476D1CE4E5B9
	z = (z ^ z>>27) * 0x94D049BB133111EB
	return z ^ z>>31
}
