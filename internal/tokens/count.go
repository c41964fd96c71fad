package tokens

import (
	"slices"
	"unicode/utf8"
	"unsafe"
)

// scratch is what one call needs besides the vocabulary; calls hand it on.
type scratch struct {
	parts [scanBytesMax + 2]part
	chain chain
	valid []byte // the text with its invalid bytes replaced
	seen  seen
}

// Count returns the number of tokens that text costs in the vocabulary.
func (v *Vocab) Count(text []byte) int {
	s := v.scratch.Get().(*scratch)
	text = s.validUTF8(text)
	n := 0
	for i := 0; i < len(text); {
		end := v.split.next(text, i)
		n += v.count(s, text[i:], end-i)
		i = end
	}
	v.release(s)
	return n
}

// CountString is Count for a string, which is not copied.
func (v *Vocab) CountString(text string) int { return v.Count(view(text)) }

// Encode appends the ids of text's tokens to dst, Count(text) of them.
func (v *Vocab) Encode(dst []int32, text []byte) []int32 {
	s := v.scratch.Get().(*scratch)
	text = s.validUTF8(text)
	for i := 0; i < len(text); {
		end := v.split.next(text, i)
		dst = v.encode(dst, s, text[i:], end-i)
		i = end
	}
	v.release(s)
	return dst
}

// EncodeString is Encode for a string, which is not copied.
func (v *Vocab) EncodeString(dst []int32, text string) []int32 { return v.Encode(dst, view(text)) }

// count returns the number of tokens of the piece text[:end]. The text after
// it is there to be loaded together with it.
func (v *Vocab) count(s *scratch, text []byte, end int) int {
	switch {
	case end == 1:
		return 1
	case end <= shortBytesMax:
		return v.countShort(s, text, end)
	case end <= midBytesMax:
		return v.countMid(s, text, end)
	case v.table.rank(text, 0, end) != none:
		return 1
	}
	return v.merged(s, text, end)
}

// merged counts the tokens of the piece text[:end], which is not one.
func (v *Vocab) merged(s *scratch, text []byte, end int) int {
	if end <= scanBytesMax {
		return len(v.table.mergeScan(s.parts[:0], text, end)) - 1
	}
	n := 0
	for stretch := range slices.Chunk(text[:end], PieceBytesMax) {
		s.chain.merge(v.table, stretch)
		for i := 0; i < len(stretch); i = s.chain.after(i) {
			n++
		}
	}
	return n
}

// encode appends the tokens of the piece text[:end].
func (v *Vocab) encode(dst []int32, s *scratch, text []byte, end int) []int32 {
	if rank := v.table.rank(text, 0, end); rank != none {
		return append(dst, rank)
	}
	if end <= scanBytesMax {
		parts := v.table.mergeScan(s.parts[:0], text, end)
		for i, p := range parts[:len(parts)-1] {
			dst = append(dst, v.table.rank(text, int(p.start), int(parts[i+1].start)))
		}
		return dst
	}
	for stretch := range slices.Chunk(text[:end], PieceBytesMax) {
		s.chain.merge(v.table, stretch)
		for i := 0; i < len(stretch); i = s.chain.after(i) {
			dst = append(dst, v.table.rank(stretch, i, s.chain.after(i)))
		}
	}
	return dst
}

// release hands s on, without what an unusual text made large.
func (v *Vocab) release(s *scratch) {
	if cap(s.chain.nodes) > keepBytesMax {
		s.chain = chain{}
	}
	if cap(s.valid) > keepBytesMax {
		s.valid = nil
	}
	v.scratch.Put(s)
}

// validUTF8 returns text with U+FFFD for each byte that is not UTF-8.
func (s *scratch) validUTF8(text []byte) []byte {
	if utf8.Valid(text) {
		return text
	}
	s.valid = s.valid[:0]
	for i := 0; i < len(text); {
		r, n := utf8.DecodeRune(text[i:])
		s.valid = utf8.AppendRune(s.valid, r)
		i += n
	}
	return s.valid
}

// view returns a string's bytes in place. Nothing in this package writes to a
// text or keeps it.
func view(text string) []byte { return unsafe.Slice(unsafe.StringData(text), len(text)) }
