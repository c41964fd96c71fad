package model

import (
	"unicode/utf8"
)

// wordPiece cuts the words of a text into the longest pieces that the vocabulary has, from the left
// (Wu et al. 2016, as BERT does it).
type wordPiece struct {
	normalization
	table   [utf8.RuneSelf]byte
	pieces  *trie
	unknown int32
	longest int // in characters; a longer word is unknown
}

// wordMax bounds the longest word that a vocabulary may ask for.
const wordMax = 400

// word is the word that is being read, normalised.
type word struct {
	bytes [wordMax * utf8.UTFMax]byte
	n     int    // bytes
	chars int    // also those that had no room
	kept  []mark // combining marks that wait for the order to be clear
}

// mark is a combining mark that stays in the text.
type mark struct {
	r     rune
	class uint8
}

// append implements pieces: it appends the ids of a text's words, until there are at least max.
func (p *wordPiece) append(ids []int32, text string, max int) []int32 {
	var w word
	for i := 0; i < len(text); {
		c := text[i]
		if c >= utf8.RuneSelf {
			r, size := utf8.DecodeRuneInString(text[i:])
			i += size
			if ids = p.rune(ids, &w, r); len(ids) >= max {
				return ids
			}
			continue
		}
		i++
		switch c = p.table[c]; {
		case c == asciiDrop:
		case c == asciiSpace:
			ids = p.flush(ids, &w)
			if len(ids) >= max {
				return ids
			}
		case c >= asciiPunct:
			ids = p.flush(ids, &w)
			if ids = p.sign(ids, c&^asciiPunct); len(ids) >= max {
				return ids
			}
		default:
			if w.kept != nil {
				ids = p.settle(ids, &w)
			}
			w.add(c)
		}
	}
	return p.flush(ids, &w)
}

func (w *word) add(c byte) {
	if w.n < len(w.bytes) {
		w.bytes[w.n] = c
		w.n++
	}
	w.chars++
}

// sign appends the id of a sign of ASCII.
func (p *wordPiece) sign(ids []int32, c byte) []int32 {
	b := [1]byte{c}
	return p.pieces.cut(ids, b[:], p.unknown)
}

// rune takes a character beyond ASCII.
func (p *wordPiece) rune(ids []int32, w *word, r rune) []int32 {
	if p.Clean && in(dropped, r) {
		return ids
	}
	if p.CJK && r >= ideographs[0] && in(ideographs, r) {
		ids = p.flush(ids, w)
		ids = p.letters(ids, w, r)
		return p.flush(ids, w)
	}
	return p.letters(ids, w, r)
}

// letters takes the characters that one decomposes into.
func (p *wordPiece) letters(ids []int32, w *word, r rune) []int32 {
	if !p.Strip {
		return p.letter(ids, w, r)
	}
	var buf [18]rune // the longest decomposition has 4 characters
	for _, d := range decompose(buf[:0], r) {
		class := combining(d)
		if class == 0 && w.kept != nil {
			ids = p.settle(ids, w)
		}
		switch {
		case in(marks, d):
		case class > 0:
			w.kept = append(w.kept, mark{d, class})
		default:
			ids = p.letter(ids, w, d)
		}
	}
	return ids
}

// settle takes the combining marks that stayed, in the order of their classes.
func (p *wordPiece) settle(ids []int32, w *word) []int32 {
	kept := w.kept
	w.kept = nil
	for i := range kept { // by insertion: there are one or two
		for j := i; j > 0 && kept[j-1].class > kept[j].class; j-- {
			kept[j-1], kept[j] = kept[j], kept[j-1]
		}
	}
	for _, m := range kept {
		ids = p.letter(ids, w, m.r)
	}
	return ids
}

// letter takes one character of the normalised text but for its case.
func (p *wordPiece) letter(ids []int32, w *word, r rune) []int32 {
	if p.Lower {
		if r == 0x130 { // the one capital whose small form is two characters
			return p.character(p.character(ids, w, 'i'), w, 0x307)
		}
		r = toLower(r)
	}
	return p.character(ids, w, r)
}

func (p *wordPiece) character(ids []int32, w *word, r rune) []int32 {
	switch {
	case isSpace(r):
		return p.flush(ids, w)
	case in(punctuation, r):
		ids = p.flush(ids, w)
		var buf [utf8.UTFMax]byte
		return p.pieces.cut(ids, buf[:utf8.EncodeRune(buf[:], r)], p.unknown)
	}
	var buf [utf8.UTFMax]byte
	size := utf8.EncodeRune(buf[:], r)
	if w.n+size <= len(w.bytes) {
		w.n += copy(w.bytes[w.n:], buf[:size])
	}
	w.chars++
	return ids
}

// flush ends a word.
func (p *wordPiece) flush(ids []int32, w *word) []int32 {
	if w.kept != nil {
		ids = p.settle(ids, w)
	}
	if w.chars > p.longest {
		ids = append(ids, p.unknown)
	} else if w.n > 0 {
		ids = p.pieces.cut(ids, w.bytes[:w.n], p.unknown)
	}
	w.n, w.chars = 0, 0
	return ids
}

// trie holds the pieces of a vocabulary by their bytes. An edge is a slot of a hash table, because
// most nodes have one or two.
type trie struct {
	edges []uint64 // node and byte in the upper half plus 1, the node it leads to in the lower; 0: free
	shift uint8
	ids   []int32 // of the piece that ends at a node; -1: none
}

// The nodes that a word and the rest of a word begin from.
const (
	trieFirst = 0
	trieRest  = 1
)

// newTrie makes the trie of a vocabulary. Pieces that begin with the prefix continue a word.
func newTrie(vocabulary []string, prefix string) *trie {
	t := &trie{edges: make([]uint64, 1<<10), shift: 64 - 10, ids: []int32{-1, -1}}
	for id, piece := range vocabulary {
		node := uint32(trieFirst)
		if len(piece) > len(prefix) && prefix != "" && piece[:len(prefix)] == prefix {
			node, piece = trieRest, piece[len(prefix):]
		}
		if piece == "" {
			continue
		}
		for i := range len(piece) {
			node = t.grow(node, piece[i])
		}
		t.ids[node] = int32(id)
	}
	return t
}

func (t *trie) slot(key uint64) uint64 { return key * 0x9e3779b97f4a7c15 >> t.shift }

// grow is the node behind an edge, which is made if it is not there.
func (t *trie) grow(node uint32, c byte) uint32 {
	if 2*len(t.ids) > len(t.edges) { // at most half full: most searches end at once
		t.double()
	}
	key := uint64(node)<<8 | uint64(c) + 1
	i := t.find(key)
	if t.edges[i] == 0 {
		t.edges[i] = key<<32 | uint64(len(t.ids))
		t.ids = append(t.ids, -1)
	}
	return uint32(t.edges[i])
}

// find is where an edge is, or would be.
func (t *trie) find(key uint64) uint64 {
	i, mask := t.slot(key), uint64(len(t.edges)-1)
	for t.edges[i] != 0 && t.edges[i]>>32 != key {
		i = (i + 1) & mask
	}
	return i
}

func (t *trie) double() {
	old := t.edges
	t.edges, t.shift = make([]uint64, 2*len(old)), t.shift-1
	for _, e := range old {
		if e != 0 {
			t.edges[t.find(e>>32)] = e
		}
	}
}

// cut appends the ids of the pieces of a word, or unknown if it cannot be cut.
func (t *trie) cut(ids []int32, word []byte, unknown int32) []int32 {
	before, node := len(ids), uint32(trieFirst)
	for len(word) > 0 {
		id, end := t.longest(node, word)
		if end == 0 {
			return append(ids[:before], unknown)
		}
		ids, word, node = append(ids, id), word[end:], trieRest
	}
	return ids
}

// longest finds the longest piece at the beginning of a word.
func (t *trie) longest(node uint32, word []byte) (id int32, end int) {
	for n, c := range word {
		i := t.find(uint64(node)<<8 | uint64(c) + 1)
		if t.edges[i] == 0 {
			break
		}
		node = uint32(t.edges[i])
		if t.ids[node] >= 0 {
			id, end = t.ids[node], n+1
		}
	}
	return id, end
}
