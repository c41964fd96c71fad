package model

import (
	"cmp"
	"strings"
	"unicode"
	"unicode/utf8"

	nfc "golang.org/x/text/unicode/norm"
)

// bytePairs cuts a text by merging neighbours, the pair that was learnt first before the others
// (Sennrich et al. 2016), beginning with single bytes (Radford et al. 2019). Every text has ids:
// there is no unknown piece.
type bytePairs struct {
	compose bool // to NFC
	space   bool // a text is cut as if a space stood before it
	bytes   [256]int32
	merges  map[pair]merged
}

type pair struct{ left, right int32 }

// merged is what a pair becomes, and its place among all merges.
type merged struct{ rank, id int32 }

// newBytePairs makes the tables of a spec that was checked.
func newBytePairs(file string, s *tokenizerSpec) (*bytePairs, error) {
	ids := make(map[string]int32, len(s.Vocabulary))
	for id, piece := range s.Vocabulary {
		ids[piece] = int32(id)
	}
	b := &bytePairs{compose: s.Compose, space: s.Space, merges: make(map[pair]merged, len(s.Merges))}
	for c := range 256 {
		id, ok := ids[string(byteSign(byte(c)))]
		if !ok {
			return nil, damaged(file, "the byte %#02x has no piece", c)
		}
		b.bytes[c] = id
	}
	for rank, m := range s.Merges {
		left, right, _ := strings.Cut(m, " ")
		l, okL := ids[left]
		r, okR := ids[right]
		id, ok := ids[left+right]
		if !okL || !okR || !ok {
			return nil, damaged(file, "it merges %q, which are no pieces", m)
		}
		if _, ok := b.merges[pair{l, r}]; !ok {
			b.merges[pair{l, r}] = merged{int32(rank), id}
		}
	}
	return b, nil
}

// byteSign is the character that stands for a byte in a vocabulary: itself where it can be seen,
// else one of those from U+0100 on, in the order of the bytes.
func byteSign(c byte) rune {
	seen := func(c byte) bool { return c >= '!' && c <= '~' || c >= 0xa1 && c <= 0xac || c >= 0xae }
	if seen(c) {
		return rune(c)
	}
	n := rune(0x100)
	for b := range c {
		if !seen(b) {
			n++
		}
	}
	return n
}

// append implements pieces.
func (b *bytePairs) append(ids []int32, text string, max int) []int32 {
	if !utf8.ValidString(text) {
		text = string([]rune(text)) // a byte that is no text becomes U+FFFD
	}
	if b.compose {
		text = nfc.NFC.String(text)
	}
	if b.space && text != "" && text[0] != ' ' {
		text = " " + text
	}
	var m merging
	for len(text) > 0 && len(ids) < max {
		n := wordEnd(text)
		ids = m.word(ids, b, text[:n])
		text = text[n:]
	}
	return ids
}

// contractions are cut off before anything else is tried.
var contractions = []string{"'s", "'t", "'re", "'ve", "'m", "'ll", "'d"}

// What a character is, of which a word has only one kind.
const (
	ofSpace = iota
	ofLetters
	ofDigits
	ofSigns
)

func kindOf(r rune) int {
	switch {
	case unicode.IsLetter(r):
		return ofLetters
	case unicode.IsNumber(r):
		return ofDigits
	case isSpace(r):
		return ofSpace
	}
	return ofSigns
}

// wordEnd is where the first word of a text ends: what the expression
// '(?:s|t|re|ve|m|ll|d)| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+ of GPT-2 matches.
func wordEnd(text string) int {
	for _, c := range contractions {
		if strings.HasPrefix(text, c) {
			return len(c)
		}
	}
	from := 0
	if len(text) > 1 && text[0] == ' ' {
		from = 1
	}
	r, size := utf8.DecodeRuneInString(text[from:])
	kind := kindOf(r)
	if kind == ofSpace && from == 1 {
		from, size = 0, 1
	}
	end, last := from+size, size
	for end < len(text) {
		r, size := utf8.DecodeRuneInString(text[end:])
		if kindOf(r) != kind {
			if kind == ofSpace && end > last { // the last one belongs to what follows
				return end - last
			}
			return end
		}
		end, last = end+size, size
	}
	return end
}

// merging is the working memory for words: their pieces as a list, and a heap of the pairs that can
// be merged.
type merging struct {
	list []link
	heap []candidate
}

// link is a piece between its neighbours; -1: there is none.
type link struct {
	id         int32
	prev, next int32
}

// candidate is a pair that could be merged, when it was entered.
type candidate struct {
	merged
	at   int32 // of the left piece
	pair pair
}

func (c candidate) before(d candidate) bool {
	return cmp.Or(cmp.Compare(c.rank, d.rank), cmp.Compare(c.at, d.at)) < 0
}

// word appends the ids of a word.
func (m *merging) word(ids []int32, b *bytePairs, word string) []int32 {
	m.list, m.heap = m.list[:0], m.heap[:0]
	for i := range len(word) {
		m.list = append(m.list, link{b.bytes[word[i]], int32(i) - 1, int32(i) + 1})
	}
	m.list[len(m.list)-1].next = -1
	for i := range m.list {
		m.enter(b, int32(i))
	}
	for len(m.heap) > 0 {
		c := m.pop()
		left := &m.list[c.at]
		if left.id != c.pair.left || left.next < 0 || m.list[left.next].id != c.pair.right {
			continue // one of the two has become another since
		}
		right := &m.list[left.next]
		left.id, left.next, right.id = c.id, right.next, -1
		if left.next >= 0 {
			m.list[left.next].prev = c.at
		}
		if left.prev >= 0 {
			m.enter(b, left.prev)
		}
		m.enter(b, c.at)
	}
	for at := int32(0); at >= 0; at = m.list[at].next {
		ids = append(ids, m.list[at].id)
	}
	return ids
}

// enter enters the pair that begins at a piece, if it can be merged.
func (m *merging) enter(b *bytePairs, at int32) {
	next := m.list[at].next
	if next < 0 {
		return
	}
	p := pair{m.list[at].id, m.list[next].id}
	to, ok := b.merges[p]
	if !ok {
		return
	}
	m.heap = append(m.heap, candidate{to, at, p})
	for i := len(m.heap) - 1; i > 0; {
		up := (i - 1) / 2
		if !m.heap[i].before(m.heap[up]) {
			return
		}
		m.heap[i], m.heap[up], i = m.heap[up], m.heap[i], up
	}
}

// pop takes the pair out that is merged first.
func (m *merging) pop() candidate {
	first, n := m.heap[0], len(m.heap)-1
	m.heap[0] = m.heap[n]
	m.heap = m.heap[:n]
	for i := 0; ; {
		down := 2*i + 1
		if down >= n {
			return first
		}
		if down+1 < n && m.heap[down+1].before(m.heap[down]) {
			down++
		}
		if !m.heap[down].before(m.heap[i]) {
			return first
		}
		m.heap[i], m.heap[down], i = m.heap[down], m.heap[i], down
	}
}
