package lexical

import (
	"encoding/binary"
	"hash/maphash"
	"math/bits"
)

// word is an entry of the builder's vocabulary: a folded form that stands in texts, or a stem, or
// both.
type word struct {
	head  uint64 // its first eight bytes: most words need no look into the arena
	start uint32 // of its bytes in the arena
	stem  uint32 // the entry of its stem; itself when there is nothing to take off
	size  uint8
	stop  bool
	known bool // stem is set
	// Counts of the passage that is being added; tallies says how they are used.
	counts [listKinds]count
	_      [8]byte // an entry is a line of the cache
}

// count is how often the current passage has a word, in one kind of list.
type count struct{ passage, tf uint32 }

// vocabulary numbers words in the order in which they are first seen. The order never reaches a
// file.
type vocabulary struct {
	words []word
	arena []byte
	table []vocabSlot // open addressing
	seed  maphash.Seed
	keys  [2]uint64 // of the hash of short words
	stems stemmer
}

// vocabSlot holds a word's hash beside its number, so that other words of the same slot are passed
// over without a look at them.
type vocabSlot struct {
	hash uint32
	id   uint32 // the entry + 1; 0: free
}

// vocabularyMin is the smallest size of the table, a power of two.
const vocabularyMin = 1 << 12

const slotBytes = 8

func newVocabulary() *vocabulary {
	v := &vocabulary{table: make([]vocabSlot, vocabularyMin), seed: maphash.MakeSeed()}
	for i := range v.keys {
		v.keys[i] = maphash.Bytes(v.seed, []byte{byte(i)}) | 1
	}
	return v
}

// reset forgets all words and keeps the memory and the cache of stems.
func (v *vocabulary) reset() {
	v.words, v.arena = v.words[:0], v.arena[:0]
	clear(v.table)
}

// bytes is the memory held.
func (v *vocabulary) bytes() int {
	return cap(v.words)*wordBytes + cap(v.arena) + slotBytes*cap(v.table)
}

// term returns the bytes of entry id.
func (v *vocabulary) term(id uint32) []byte {
	w := &v.words[id]
	return v.arena[w.start : w.start+uint32(w.size)]
}

// shortWord is the longest word that its head is all of.
const shortWord = 8

// headOf returns the first eight bytes of a term as a number; of a shorter one, a number that no
// other term of its length has.
func headOf(term []byte) uint64 {
	switch n := len(term); {
	case n >= shortWord:
		return binary.LittleEndian.Uint64(term)
	case n >= 4:
		return uint64(binary.LittleEndian.Uint32(term)) | uint64(binary.LittleEndian.Uint32(term[n-4:]))<<32
	case n > 0:
		return uint64(term[0]) | uint64(term[n/2])<<8 | uint64(term[n-1])<<16
	}
	return 0
}

// hash hashes a term with keys that nobody knows, so that no document can be made of terms that
// share a slot.
func (v *vocabulary) hash(term []byte, head uint64) uint32 {
	if len(term) > shortWord {
		return uint32(maphash.Bytes(v.seed, term))
	}
	high, low := bits.Mul64(head^v.keys[0], v.keys[1]^uint64(len(term)))
	return uint32(high ^ low)
}

// lookup finds the entry of a folded form, or makes it.
func (v *vocabulary) lookup(term []byte) uint32 {
	head := headOf(term)
	h := v.hash(term, head)
	mask := uint32(len(v.table) - 1)
	for i := h & mask; ; i = (i + 1) & mask {
		e := v.table[i]
		if e.id == 0 {
			return v.insert(term, head, h, i)
		}
		if e.hash != h {
			continue
		}
		if w := &v.words[e.id-1]; w.head == head && int(w.size) == len(term) && (len(term) <= shortWord || string(v.term(e.id-1)) == string(term)) {
			return e.id - 1
		}
	}
}

func (v *vocabulary) insert(term []byte, head uint64, h, slot uint32) uint32 {
	id := uint32(len(v.words))
	v.words = append(v.words, word{head: head, start: uint32(len(v.arena)), size: uint8(len(term)), stem: id})
	v.arena = append(v.arena, term...)
	v.table[slot] = vocabSlot{h, id + 1}
	if 4*len(v.words) > 3*len(v.table) {
		v.grow()
	}
	return id
}

func (v *vocabulary) grow() {
	old := v.table
	v.table = make([]vocabSlot, 2*len(old))
	mask := uint32(len(v.table) - 1)
	for _, e := range old {
		if e.id == 0 {
			continue
		}
		i := e.hash & mask
		for v.table[i].id != 0 {
			i = (i + 1) & mask
		}
		v.table[i] = e
	}
}

// lookupToken finds the entry of a token, and its stem if that is not known yet.
func (v *vocabulary) lookupToken(t *rawToken) uint32 {
	id := v.lookup(t.term)
	if !t.stemmable || v.words[id].known {
		return id
	}
	stem := v.lookup(v.stems.stem(t.term)) // may move the words
	w := &v.words[id]
	w.stem, w.known, w.stop = stem, true, isStop(t.term)
	return id
}
