package canary

import "encoding/binary"

// pattern is what stands in the field between two walks. They come in pairs of a pattern and its
// inverse, so that within two walks every bit has been both 0 and 1: a bit that is stuck shows only
// where the other value was written.
type pattern int

// The patterns, in the order in which they take turns.
const (
	zeros pattern = iota
	ones
	stripes // neighbouring bits differ: couplings between them show
	stripesInverse
	addresses // every word differs: two addresses that mean one place show
	addressesInverse
	patterns
)

func (p pattern) next() pattern { return (p + 1) % patterns }

// word is what stands at the i-th word of the field.
func (p pattern) word(i uint64) uint64 {
	switch p {
	case zeros:
		return 0
	case ones:
		return ^uint64(0)
	case stripes:
		return 0xAAAA_AAAA_AAAA_AAAA
	case stripesInverse:
		return 0x5555_5555_5555_5555
	case addresses:
		return mix(i)
	}
	return ^mix(i)
}

// write puts a pattern into a page whose first word is the first-th of the field.
func (p pattern) write(page []byte, first uint64) {
	if p < addresses {
		all := p.word(0)
		for i := 0; i+wordBytes <= len(page); i += wordBytes {
			binary.LittleEndian.PutUint64(page[i:], all)
		}
		return
	}
	inverse := uint64(0)
	if p == addressesInverse {
		inverse = ^inverse
	}
	for i := 0; i+wordBytes <= len(page); i += wordBytes {
		binary.LittleEndian.PutUint64(page[i:], mix(first)^inverse)
		first++
	}
}

// mix spreads an address over all bits (the finalizer of splitmix64; Steele, Lea, Flood: Fast
// Splittable Pseudorandom Number Generators, OOPSLA 2014, figure 16).
func mix(i uint64) uint64 {
	i += 0x9e37_79b9_7f4a_7c15
	i = (i ^ i>>30) * 0xbf58_476d_1ce4_e5b9
	i = (i ^ i>>27) * 0x94d0_49bb_1331_11eb
	return i ^ i>>31
}
