package tokens

// seenBits is the logarithm of how many pieces are remembered (24 bytes each).
const seenBits = 12

// seen remembers how many tokens pieces of up to 15 bytes came to: names recur
// within a text, and a look costs a twentieth of a merge. Each piece has one
// place, and a new one takes it over.
type seen [1 << seenBits]struct {
	piece midKey
	count uint8
}

// find returns the count for text[:end]; 0 where it is to be filled in.
func (s *seen) find(text []byte, end int) *uint8 {
	var piece midKey
	if end <= shortBytesMax {
		piece.lo = shortKey(text, 0, end)
	} else {
		piece = newMidKey(text, 0, end)
	}
	place := &s[hash(piece.lo^hash(piece.hi))>>(64-seenBits)]
	if place.piece != piece {
		place.piece, place.count = piece, 0
	}
	return &place.count
}
