package pack

import (
	"math/bits"
	"strings"
	"unicode"

	"sluice/cascade/flow"
	"sluice/index"
)

const (
	sharedTenthsMin = 9  // of ten words, how many near-duplicates have in common
	sharedWordsMin  = 20 // texts of fewer words are duplicates only when they are equal
)

// nearDuplicate is the best passage in the window of which one is a near-duplicate, or nil.
func (p *packer) nearDuplicate(one *passage) *passage {
	for _, other := range p.kept {
		if nearDuplicate(one.side(), other.side(), index.SimHashBitsMax) {
			return other
		}
	}
	return nil
}

// NearCodes is how many bits the codes of two passages may differ in whose texts a short list
// compares. A word or two of forty move so many; a window of 117 has no time for all of those
// pairs.
const NearCodes = 8

// NearDuplicate tells whether one says nearly what other says, and nothing of the question that
// other does not.
func NearDuplicate(one, other *flow.Member) bool {
	return nearDuplicate(side{one.Passage.SimHash, one.Terms, one.Text}, side{other.Passage.SimHash, other.Terms, other.Text}, NearCodes)
}

// side is what of a passage is compared.
type side struct {
	simHash uint64
	terms   uint32
	text    string
}

func (one *passage) side() side { return side{one.rec.SimHash, one.judged.Terms, one.text} }

// nearDuplicate compares the codes first; the texts decide. A text that holds a term of the
// question which the other lacks is none: what little it adds was asked for.
func nearDuplicate(one, other side, codes int) bool {
	if bits.OnesCount64(one.simHash^other.simHash) > codes {
		return false
	}
	return one.text == other.text || one.terms&^other.terms == 0 && similar(one.text, other.text)
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
