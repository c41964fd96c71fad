package model

import (
	"slices"
	"unicode"
	"unicode/utf8"

	nfd "golang.org/x/text/unicode/norm"
)

// normalization is what BERT does to a text before it is cut into words.
type normalization struct {
	Clean bool `json:"clean"` // take controls out, make every white space a space
	CJK   bool `json:"cjk"`   // put spaces around ideographs
	Strip bool `json:"strip"` // decompose (NFD) and take accents off
	Lower bool `json:"lower"`
}

// What becomes of an ASCII character. A letter becomes the small letter.
const (
	asciiDrop  = 0
	asciiSpace = ' '
	asciiPunct = 0x80 // and the sign
)

// ascii is the table of what becomes of ASCII characters.
func (n normalization) ascii() (table [utf8.RuneSelf]byte) {
	for c := range rune(utf8.RuneSelf) {
		switch {
		case n.Clean && in(dropped, c): // vertical tabs and form feeds too, although they are white space
			table[c] = asciiDrop
		case isSpace(c):
			table[c] = asciiSpace
		case in(punctuation, c):
			table[c] = asciiPunct | byte(c)
		case n.Lower:
			table[c] = byte(unicode.ToLower(c))
		default:
			table[c] = byte(c)
		}
	}
	return table
}

// in tells whether a character lies in one of the ranges of a table.
func in(table []rune, r rune) bool {
	i, found := slices.BinarySearch(table, r)
	return found || i&1 == 1
}

// isSpace is White_Space of Unicode, which no longer changes.
func isSpace(r rune) bool { return unicode.IsSpace(r) }

// newCapitals are those that a newer Unicode brought than the one that the standard library knows:
// first and last, and how far their small letters are.
var newCapitals = []struct{ from, to, by rune }{
	{0x1c89, 0x1c89, 1}, {0xa7cb, 0xa7cb, 0x264 - 0xa7cb}, {0xa7cc, 0xa7cc, 1}, {0xa7ce, 0xa7ce, 1}, {0xa7d2, 0xa7d2, 1},
	{0xa7d4, 0xa7d4, 1}, {0xa7da, 0xa7da, 1}, {0xa7dc, 0xa7dc, 0x19b - 0xa7dc}, {0x10d50, 0x10d65, 0x20}, {0x16ea0, 0x16eb8, 27},
}

func toLower(r rune) rune {
	if r >= 0x1c89 {
		for _, s := range newCapitals {
			if r >= s.from && r <= s.to {
				return r + s.by
			}
		}
	}
	return unicode.ToLower(r)
}

// Hangul syllables are decomposed by arithmetic (The Unicode Standard, section 3.12).
const (
	hangulBase, hangulEnd     = 0xac00, 0xd7a4
	hangulLead, hangulVowel   = 0x1100, 0x1161
	hangulTrail               = 0x11a7
	hangulVowels, hangulTails = 21, 28
)

// undivided is a character of two parts (DIVES AKURU VOWEL SIGN O, Unicode 13) that the reference
// does not know.
const undivided = 0x11938

// decompose appends the canonical decomposition of a character.
func decompose(dst []rune, r rune) []rune {
	switch {
	case r < 0xc0 || r == undivided:
		return append(dst, r)
	case r >= hangulBase && r < hangulEnd:
		i := r - hangulBase
		dst = append(dst, hangulLead+i/(hangulVowels*hangulTails), hangulVowel+i/hangulTails%hangulVowels)
		if t := i % hangulTails; t > 0 {
			dst = append(dst, hangulTrail+t)
		}
		return dst
	}
	var buf [utf8.UTFMax]byte
	parts := nfd.NFD.Properties(buf[:utf8.EncodeRune(buf[:], r)]).Decomposition()
	if parts == nil {
		return append(dst, r)
	}
	for len(parts) > 0 {
		p, size := utf8.DecodeRune(parts)
		dst, parts = append(dst, p), parts[size:]
	}
	return dst
}

// combining is a character's canonical combining class: marks of different classes commute, and are
// put in the order of their classes.
func combining(r rune) uint8 {
	if r < marks[0] || !in(marks, r) && !in(movable, r) {
		return 0
	}
	var buf [utf8.UTFMax]byte
	return nfd.NFD.Properties(buf[:utf8.EncodeRune(buf[:], r)]).CCC()
}
