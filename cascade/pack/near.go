package pack

import (
	"math/bits"
	"strings"
	"unicode"

	"sluice/index"
)

const (
	sharedTenthsMin = 9  // of ten words, how many near-duplicates have in common
	sharedWordsMin  = 20 // texts of fewer words are duplicates only when they are equal
)

// nearDuplicate is the best passage in the window of which one is a near-duplicate, or nil. The
// codes are compared first; the texts decide. A text that holds a term of the question which the
// other lacks is none: what little it adds was asked for.
func (p *packer) nearDuplicate(one *passage) *passage {
	for _, other := range p.kept {
		if bits.OnesCount64(one.rec.SimHash^other.rec.SimHash) > index.SimHashBitsMax {
			continue
		}
		if one.text == other.text || one.judged.Terms&^other.judged.Terms == 0 && similar(one.text, other.text) {
			return other
		}
	}
	return nil
}

// similar tells whether the larger text shares nine of ten words with the other, each counted as
// often as it stands there, whatever the case and the white space.
func similar(a, b string) bool {
	wa, wb := words(a), words(b)
	n := max(len(wa), len(wb))
	if n < sharedWordsMin {
		return false
	}
	counts := make(map[string]int, len(wa))
	for _, w := range wa {
		counts[w]++
	}
	shared := 0
	for _, w := range wb {
		if counts[w] > 0 {
			counts[w]--
			shared++
		}
	}
	return shared*10 >= n*sharedTenthsMin
}

func words(s string) []string {
	return strings.FieldsFunc(strings.ToLower(s), func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsNumber(r) && r != '_' })
}
