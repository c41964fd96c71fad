package tokens

import (
	"encoding/binary"
	"fmt"
	"math/bits"
)

// none is the rank of bytes that are not a token: no token has a higher one.
const none = int32(1<<31 - 1)

// A table finds a token's rank by its bytes.
//
// Tokens of up to 7 bytes and of 8 to 15 are keys of one and two words that
// hold them whole, so that a hit is compared without following a pointer; the
// few longer ones are in a map. Both tables are open addressed with linear
// probing and at most three fifths full; a key carries its length in its top byte, so
// that no key is zero and zero is an empty place.
type table struct {
	short     []uint64
	shortRank []int32
	shortBits uint
	mid       []midKey
	midRank   []int32
	midBits   uint
	long      map[string]int32
	longest   int        // bytes of the longest token
	leaf      [256]int32 // rank of each single byte
}

type midKey struct{ lo, hi uint64 }

const (
	shortBytesMax = 7
	midBytesMax   = 15
)

func newTable(l list) (*table, error) {
	var short, mid int
	for _, n := range l.lengths {
		switch {
		case n <= shortBytesMax:
			short++
		case n <= midBytesMax:
			mid++
		}
	}
	t := &table{long: make(map[string]int32, len(l.lengths)-short-mid)}
	t.shortBits, t.midBits = tableBits(short), tableBits(mid)
	t.short, t.shortRank = make([]uint64, 1<<t.shortBits), make([]int32, 1<<t.shortBits)
	t.mid, t.midRank = make([]midKey, 1<<t.midBits), make([]int32, 1<<t.midBits)
	start := 0
	for rank, n := range l.lengths {
		t.insert(l.text, start, start+int(n), int32(rank))
		start += int(n)
	}
	return t, t.check()
}

// tableBits is the logarithm of the size of a table for n keys: five places
// for three of them, or more.
func tableBits(n int) uint { return uint(bits.Len(uint(n*5/3 | 1))) }

// insert adds text[start:end]. Frequent tokens come first, and so get the
// places where a search begins.
func (t *table) insert(text []byte, start, end int, rank int32) {
	n := end - start
	t.longest = max(t.longest, n)
	switch {
	case n <= shortBytesMax:
		key := shortKey(text, start, end)
		i, _ := t.shortPlace(key)
		t.short[i], t.shortRank[i] = key, rank
	case n <= midBytesMax:
		key := newMidKey(text, start, end)
		i, _ := t.midPlace(key)
		t.mid[i], t.midRank[i] = key, rank
	default:
		t.long[string(text[start:end])] = rank
	}
}

// check fills the single bytes in: merging starts from them, so all must exist.
func (t *table) check() error {
	for b := range t.leaf {
		rank := t.rank([]byte{byte(b)}, 0, 1)
		if rank == none {
			return fmt.Errorf("no token for the byte %#02x", b)
		}
		t.leaf[b] = rank
	}
	return nil
}

// rank returns the rank of text[start:end], or none.
func (t *table) rank(text []byte, start, end int) int32 {
	switch n := end - start; {
	case n <= shortBytesMax:
		if i, ok := t.shortPlace(shortKey(text, start, end)); ok {
			return t.shortRank[i]
		}
	case n <= midBytesMax:
		if i, ok := t.midPlace(newMidKey(text, start, end)); ok {
			return t.midRank[i]
		}
	case n <= t.longest:
		if rank, ok := t.long[string(text[start:end])]; ok {
			return rank
		}
	}
	return none
}

// shortPlace returns where key is, or the empty place where it would go.
func (t *table) shortPlace(key uint64) (place uint64, found bool) {
	mask := uint64(len(t.short) - 1)
	for i := hash(key) >> (64 - t.shortBits); ; i++ {
		switch t.short[i&mask] {
		case key:
			return i & mask, true
		case 0:
			return i & mask, false
		}
	}
}

// midPlace is shortPlace for the keys of two words.
func (t *table) midPlace(key midKey) (place uint64, found bool) {
	mask := uint64(len(t.mid) - 1)
	for i := key.hash() >> (64 - t.midBits); ; i++ {
		switch t.mid[i&mask] {
		case key:
			return i & mask, true
		case midKey{}:
			return i & mask, false
		}
	}
}

// hash spreads a word over its high bits (Knuth's multiplicative hashing, with
// the golden ratio).
func hash(w uint64) uint64 {
	w ^= w >> 29
	return w * 0x9E3779B97F4A7C15
}

func (k midKey) hash() uint64 { return hash(k.lo ^ hash(k.hi)) }

// shortKey packs text[start:end], of 1 to 7 bytes.
func shortKey(text []byte, start, end int) uint64 {
	n := uint(end - start)
	return word(text, start, end)&(1<<(8*n)-1) | uint64(n)<<56
}

// newMidKey packs text[start:end], of 8 to 15 bytes.
func newMidKey(text []byte, start, end int) midKey {
	n := uint(end - start)
	tail := binary.LittleEndian.Uint64(text[end-8:]) >> (8 * (16 - n))
	return midKey{binary.LittleEndian.Uint64(text[start:]), tail | uint64(n)<<56}
}

// word loads 8 bytes at start, where the text has as many; else those before
// end, which are fewer than 8.
func word(text []byte, start, end int) uint64 {
	if start+8 <= len(text) {
		return binary.LittleEndian.Uint64(text[start:])
	}
	var w uint64
	for i := end - 1; i >= start; i-- {
		w = w<<8 | uint64(text[i])
	}
	return w
}
