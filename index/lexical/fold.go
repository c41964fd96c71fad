package lexical

import (
	"strings"
	"sync"
	"unicode"
	"unicode/utf8"
)

// folding maps the characters of foldPairs to what they are folded to.
var folding = sync.OnceValue(func() map[rune]string {
	m := make(map[rune]string, len(foldPairs)/6)
	for _, pair := range strings.Fields(foldPairs) {
		r, n := utf8.DecodeRuneInString(pair)
		m[r] = pair[n:]
	}
	return m
})

// isMark tells whether r is a combining diacritic, which folding drops.
func isMark(r rune) bool { return r >= 0x300 && r <= 0x36F }

// appendFolded appends the folded form of r, beyond ASCII, to dst.
func appendFolded(dst []byte, r rune) []byte {
	if isMark(r) {
		return dst
	}
	if s, ok := folding()[r]; ok {
		return append(dst, s...)
	}
	return utf8.AppendRune(dst, unicode.ToLower(r))
}

// unspacedFirst is the lowest character that isUnspaced has to look up.
const unspacedFirst = 0xE00

// isUnspaced tells whether r is of a script that puts no spaces between its words: Han, Hiragana,
// Katakana, and, treated alike, Hangul, Thai, Lao, Khmer and Myanmar.
func isUnspaced(r rune) bool {
	if r < unspacedFirst {
		return false
	}
	return unicode.In(r, unicode.Han, unicode.Hiragana, unicode.Katakana, unicode.Hangul, unicode.Thai,
		unicode.Lao, unicode.Khmer, unicode.Myanmar) || r == 0x30FC || r == 0xFF70 || r == 0xFF9E || r == 0xFF9F
}
