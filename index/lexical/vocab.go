package lexical

import "hash/maphash"

// word is an entry of the builder's vocabulary: a folded form that stands in texts, or a stem, or
// both.
type word struct {
	start uint32 // of its bytes in the arena
	stem  uint32 // the entry of its stem; itself when there is nothing to take off
	hash  uint32
	size  uint8
	stop  bool
	known bool // stem is set
	// Counts of the passage that is being added; tallies says how they are used.
	counts [listKinds]count
}

// count is how often the current passage has a word, in one kind of list.
type count struct{ passage, tf uint32 }

// vocabulary numbers words in the order in which they are first seen. The order never reaches a
// file.
type vocabulary struct {
	words []word
	arena []byte
	table []uint32 // open addressing; 0 is free, else the entry + 1
	seed  maphash.Seed
	stems stemmer
}

// vocabularyMin is the smallest size of the table, a power of two.
const vocabularyMin = 1 << 12

func newVocabulary() *vocabulary {
	return &vocabulary{table: make([]uint32, vocabularyMin), seed: maphash.MakeSeed()}
}

// reset forgets all words and keeps the memory and the cache of stems.
func (v *vocabulary) reset() {
	v.words, v.arena = v.words[:0], v.arena[:0]
	clear(v.table)
}

// bytes is the memory held.
func (v *vocabulary) bytes() int {
	return cap(v.words)*wordBytes + cap(v.arena) + 4*cap(v.table)
}

// term returns the bytes of entry id.
func (v *vocabulary) term(id uint32) []byte {
	w := &v.words[id]
	return v.arena[w.start : w.start+uint32(w.size)]
}

// lookup finds the entry of a folded form, or makes it.
func (v *vocabulary) lookup(term []byte) uint32 {
	h := uint32(maphash.Bytes(v.seed, term))
	mask := uint32(len(v.table) - 1)
	for i := h & mask; ; i = (i + 1) & mask {
		e := v.table[i]
		if e == 0 {
			return v.insert(term, h, i)
		}
		if w := &v.words[e-1]; w.hash == h && string(v.term(e-1)) == string(term) {
			return e - 1
		}
	}
}

func (v *vocabulary) insert(term []byte, h, slot uint32) uint32 {
	id := uint32(len(v.words))
	v.words = append(v.words, word{start: uint32(len(v.arena)), size: uint8(len(term)), hash: h, stem: id})
	v.arena = append(v.arena, term...)
	v.table[slot] = id + 1
	if 2*len(v.words) > len(v.table) {
		v.grow()
	}
	return id
}

func (v *vocabulary) grow() {
	v.table = make([]uint32, 2*len(v.table))
	mask := uint32(len(v.table) - 1)
	for id := range v.words {
		i := v.words[id].hash & mask
		for v.table[i] != 0 {
			i = (i + 1) & mask
		}
		v.table[i] = uint32(id) + 1
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
