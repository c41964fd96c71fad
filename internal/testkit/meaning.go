package testkit

import (
	"math"
	"math/rand/v2"
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
		seed := uint64(0)
		for _, b := range []byte(word) {
			seed = (seed ^ uint64(b)) * 0x100000001B3
		}
		random := rand.New(rand.NewPCG(seed, 0))
		for i := range out {
			out[i] += random.Float32()*2 - 1
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
