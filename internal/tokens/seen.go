package tokens

const (
	// seenBits is the logarithm of how many pieces of each kind are remembered
	// (8 and 16 bytes each): few enough to stay in a core's second-level cache,
	// which the tables do not.
	seenBits = 13

	// A count lies in its key's top byte, beside the length: of up to 7 in
	// three bits for a short key, of up to 15 in four for a mid one.
	shortCountShift, shortCountMask = 59, 7 << 59
	midCountShift, midCountMask     = 60, 15 << 60
)

// seen remembers how many tokens the last pieces of up to 15 bytes came to:
// words recur within a text. Each piece has one place, and a new one takes it
// over.
type seen struct {
	short [1 << seenBits]uint64
	mid   [1 << seenBits]midKey
}

// countShort returns the number of tokens of the piece text[:end], of 1 to 7 bytes.
func (v *Vocab) countShort(s *scratch, text []byte, end int) int {
	key := shortKey(text, 0, end)
	place := &s.seen.short[hash(key)>>(64-seenBits)]
	if *place&^uint64(shortCountMask) == key {
		return int(*place >> shortCountShift & 7)
	}
	n := 1
	if _, whole := v.table.shortPlace(key); !whole {
		n = v.merged(s, text, end)
	}
	*place = key | uint64(n)<<shortCountShift
	return n
}

// countMid is countShort for 8 to 15 bytes.
func (v *Vocab) countMid(s *scratch, text []byte, end int) int {
	key := newMidKey(text, 0, end)
	place := &s.seen.mid[key.hash()>>(64-seenBits)]
	if place.lo == key.lo && place.hi&^uint64(midCountMask) == key.hi {
		return int(place.hi >> midCountShift)
	}
	n := 1
	if _, whole := v.table.midPlace(key); !whole {
		n = v.merged(s, text, end)
	}
	*place = midKey{key.lo, key.hi | uint64(n)<<midCountShift}
	return n
}
