package lexical

import (
	"strings"
	"sync"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
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

// isMark tells whether r is a mark that folding drops: a combining diacritic, a vowel point of
// Hebrew or Arabic, a variation selector, or the stroke that lengthens Arabic words. The marks of
// other scripts are letters of their words.
func isMark(r rune) bool {
	switch {
	case r < 0x300:
		return false
	case r <= 0x36F, r >= 0x483 && r <= 0x489, r >= 0x1AB0 && r <= 0x1AFF, r >= 0x1DC0 && r <= 0x1DFF, r >= 0x20D0 && r <= 0x20FF:
		return true
	case r >= 0x591 && r <= 0x5C7:
		return unicode.Is(unicode.Mn, r)
	case r >= 0x610 && r <= 0x61A, r == tatweel, r >= 0x64B && r <= 0x65F, r == 0x670, r >= 0x6D6 && r <= 0x6ED:
		return r == tatweel || unicode.Is(unicode.Mn, r)
	}
	return r >= 0xFE00 && r <= 0xFE0F || r >= 0xFE20 && r <= 0xFE2F || r >= 0xE0100 && r <= 0xE01EF
}

const tatweel = 0x640

// digitZeros are the zeros of the digits that are written in other scripts.
var digitZeros = [...]rune{0x660, 0x6F0, 0x7C0, 0x966, 0x9E6, 0xA66, 0xAE6, 0xB66, 0xBE6, 0xC66, 0xCE6, 0xD66, 0xE50,
	0xED0, 0xF20, 0x1040, 0x17E0, 0x1810}

// appendFolded appends the folded form of r, beyond ASCII, to dst: what the table says, or else
// what is left of its compatibility decomposition without marks.
func appendFolded(dst []byte, r rune) []byte {
	if isMark(r) {
		return dst
	}
	if s, ok := folding()[r]; ok {
		return append(dst, s...)
	}
	if r < 0x590 {
		return utf8.AppendRune(dst, unicode.ToLower(r))
	}
	for _, zero := range digitZeros {
		if r >= zero && r < zero+10 {
			return append(dst, byte('0'+r-zero))
		}
	}
	var buf [utf8.UTFMax]byte
	parts := norm.NFKD.Properties(buf[:utf8.EncodeRune(buf[:], r)]).Decomposition()
	if len(parts) == 0 || isUnspaced(r) {
		return utf8.AppendRune(dst, unicode.ToLower(r))
	}
	for _, part := range string(parts) {
		if part < utf8.RuneSelf {
			dst = append(dst, byteLower[part])
		} else if s, ok := folding()[part]; ok {
			dst = append(dst, s...)
		} else if !isMark(part) {
			dst = utf8.AppendRune(dst, unicode.ToLower(part))
		}
	}
	return dst
}

// unspacedFirst is the lowest character that isUnspaced has to look up.
const unspacedFirst = 0xE00

// Han and the syllables of Hangul, as far as they are one stretch each.
const (
	hanFirst, hanLast       = 0x4E00, 0x9FFF
	hangulFirst, hangulLast = 0xAC00, 0xD7A3
)

// isUnspaced tells whether r is of a script that puts no spaces between its words: Han, Hiragana,
// Katakana, and, treated alike, Hangul, Thai, Lao, Khmer and Myanmar.
func isUnspaced(r rune) bool {
	if r < unspacedFirst {
		return false
	}
	if r >= hanFirst && r <= hanLast || r >= hangulFirst && r <= hangulLast { // most of what is met
		return true
	}
	return unicode.In(r, unicode.Han, unicode.Hiragana, unicode.Katakana, unicode.Hangul, unicode.Thai,
		unicode.Lao, unicode.Khmer, unicode.Myanmar) || r == 0x30FC || r == 0xFF70 || r == 0xFF9E || r == 0xFF9F ||
		r == 0x3099 || r == 0x309A
}

// isEmoji tells whether r is a pictograph, which is a word of its own.
func isEmoji(r rune) bool {
	return r >= 0x1F000 && r <= 0x1FAFF && (r < 0x1F3FB || r > 0x1F3FF) || r >= 0x2600 && r <= 0x27BF || r >= 0x2B50 && r <= 0x2B55 ||
		r >= 0x231A && r <= 0x23F3 && unicode.Is(unicode.So, r)
}
