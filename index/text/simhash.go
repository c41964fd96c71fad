package text

import "math/bits"

// SimHashBitsMax is how many bits of two codes may differ for their texts to be near-duplicates.
const SimHashBitsMax = 3

// shingleWords is how many words in a row vote together.
const shingleWords = 3

const (
	hashPrime  = 0x9E3779B97F4A7C15 // 2^64 / golden ratio
	hashPrime2 = 0xBF58476D1CE4E5B9 // these two: splitmix64's
	hashPrime3 = 0x94D049BB133111EB
)

// wordByte maps a byte to what it is hashed as: letters in lower case, digits, '_' and everything
// beyond ASCII as they are, anything else to 0: it ends a word.
var wordByte = func() (t [256]byte) {
	for c := range t {
		switch {
		case c >= 'A' && c <= 'Z':
			t[c] = byte(c) + 'a' - 'A'
		case c >= 'a' && c <= 'z', c >= '0' && c <= '9', c == '_', c >= 0x80:
			t[c] = byte(c)
		}
	}
	return t
}()

// SimHash returns a code that is equal for texts of equal words and differs in few bits for texts
// that differ in few words: each run of three words votes on each of 64 bits (Charikar, Similarity
// estimation techniques from rounding algorithms, STOC 2002). It is the same on every machine and
// for ever: it is stored.
func SimHash(text []byte) uint64 {
	var v votes
	var w0, w1, h, words uint64
	for _, c := range text {
		if k := wordByte[c]; k != 0 {
			h = (h ^ uint64(k)) * hashPrime
			continue
		}
		if h != 0 {
			if words++; words >= shingleWords {
				v.add(shingle(w0, w1, h))
			}
			w0, w1, h = w1, h, 0
		}
	}
	if h != 0 {
		if words++; words >= shingleWords {
			v.add(shingle(w0, w1, h))
		}
		w0, w1 = w1, h
	}
	if words < shingleWords {
		return shortHash(text, words, w0, w1)
	}
	return v.majority()
}

// shortHash is the code of a text of fewer words than a shingle has.
func shortHash(text []byte, words, w0, w1 uint64) uint64 {
	if words > 0 {
		return shingle(0, w0, w1)
	}
	if len(text) == 0 {
		return 0
	}
	h := uint64(0)
	for _, c := range text {
		h = (h ^ uint64(c) + 1) * hashPrime
	}
	return shingle(0, 0, h)
}

func shingle(w0, w1, w2 uint64) uint64 {
	h := (bits.RotateLeft64(w0, 42)+bits.RotateLeft64(w1, 21))*hashPrime + w2
	h = (h ^ h>>30) * hashPrime2
	h = (h ^ h>>27) * hashPrime3
	return h ^ h>>31
}

// votesBitsMax bounds the counts: a passage has fewer than 2^20 words.
const votesBitsMax = 20

// votes counts, for each of 64 bits, how many hashes have it set. Counts stand upright: plane p
// holds bit p of all 64 counts, so that one addition to all of them is a few operations on words.
// Hashes are added eight at a time by carry-save adders (Warren, Hacker's Delight, section 5-1).
type votes struct {
	planes  [votesBitsMax]uint64
	n       uint64
	waiting [8]uint64
}

func (v *votes) add(h uint64) {
	v.waiting[v.n&7] = h
	if v.n++; v.n&7 == 0 {
		v.addEight()
	}
}

func (v *votes) addEight() {
	w := &v.waiting
	ones, twosA := carrySave(v.planes[0], w[0], w[1])
	ones, twosB := carrySave(ones, w[2], w[3])
	twos, foursA := carrySave(v.planes[1], twosA, twosB)
	ones, twosA = carrySave(ones, w[4], w[5])
	ones, twosB = carrySave(ones, w[6], w[7])
	twos, foursB := carrySave(twos, twosA, twosB)
	fours, eights := carrySave(v.planes[2], foursA, foursB)
	v.planes[0], v.planes[1], v.planes[2] = ones, twos, fours
	v.ripple(eights, 3)
}

// carrySave adds three bits in each of 64 places.
func carrySave(a, b, c uint64) (sum, carry uint64) {
	u := a ^ b
	return u ^ c, a&b | u&c
}

// ripple adds a carry to the planes from p on.
func (v *votes) ripple(carry uint64, p int) {
	for ; carry != 0 && p < votesBitsMax; p++ {
		v.planes[p], carry = v.planes[p]^carry, v.planes[p]&carry
	}
}

// majority returns the bits whose count is over half of n: it compares all 64 counts with n/2 from
// the highest plane down.
func (v *votes) majority() uint64 {
	for _, h := range v.waiting[:v.n&7] {
		v.ripple(h, 0)
	}
	half := v.n / 2
	var above uint64
	equal := ^uint64(0)
	for p := votesBitsMax - 1; p >= 0; p-- {
		if half>>p&1 == 0 {
			above |= equal & v.planes[p]
			equal &^= v.planes[p]
		} else {
			equal &= v.planes[p]
		}
	}
	return above
}
