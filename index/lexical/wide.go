package lexical

import (
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// Classes of characters in a wide run.
type runeClass uint8

const (
	runeBreak runeClass = iota // ends a part
	runeLower                  // a letter that is not a capital, or a mark that belongs to one
	runeUpper
	runeDigit
	runeQuote // joins letters
	runeDot   // joins digits
	runeSkip  // a diacritic or a format character: belongs to the part and is dropped
)

func runeClassOf(r rune) runeClass {
	switch {
	case r == '\'' || r == 0x2019:
		return runeQuote
	case r == '.':
		return runeDot
	case isMark(r) || unicode.Is(unicode.Cf, r):
		return runeSkip
	case isEmoji(r):
		return runeBreak
	case unicode.IsUpper(r):
		return runeUpper
	case unicode.IsLetter(r) || unicode.IsMark(r) || unicode.IsSymbol(r) && folding()[r] != "":
		return runeLower
	case unicode.IsNumber(r):
		return runeDigit
	}
	return runeBreak
}

// nextWidePart gives out the next part of a run that is not all ASCII, by the same rules as
// nextPart. Such runs are not given out whole.
func (s *scanner) nextWidePart() bool {
	i := s.part
	for i < s.run {
		r, n := utf8.DecodeRune(s.text[i:s.run])
		if c := runeClassOf(r); c == runeLower || c == runeUpper || c == runeDigit {
			break
		}
		i += n
	}
	if s.part = i; i == s.run {
		return false
	}
	start, last, letters, count := i, runeBreak, true, 0
	first := runeBreak
	term := s.buf[:0]
	for i < s.run {
		r, n := utf8.DecodeRune(s.text[i:s.run])
		c := runeClassOf(r)
		if c == runeBreak || c == runeUpper && (last == runeLower || last == runeDigit) ||
			c == runeDigit && last != runeDigit && count >= lettersBeforeDigits || !s.joinsWide(c, last, i+n) {
			break
		}
		i += n
		if c == runeSkip {
			continue
		}
		if len(term) < TermBytesMax {
			term = appendFold(term, r)
		}
		letters = letters && c != runeDigit
		count++
		if first == runeBreak {
			first = c
		}
		last = c
	}
	s.part = i
	if len(term) == 0 {
		return false
	}
	kind := Word
	if first == runeDigit {
		kind = Number
	}
	if term = cutTerm(term); kind == Word {
		term = withoutElision(term)
		s.inLang(start, i)
	}
	s.emit(term, start, i, kind, letters && isASCII(term))
	return true
}

// joinsWide tells whether a character of class c continues a part after one of class last, given
// where the following character starts.
func (s *scanner) joinsWide(c, last runeClass, next int) bool {
	if c != runeQuote && c != runeDot {
		return true
	}
	if next >= s.run {
		return false
	}
	r, _ := utf8.DecodeRune(s.text[next:s.run])
	after := runeClassOf(r)
	if c == runeDot {
		return last == runeDigit && after == runeDigit
	}
	return (last == runeLower || last == runeUpper) && (after == runeLower || after == runeUpper)
}

// appendFold appends the folded form of any character.
func appendFold(dst []byte, r rune) []byte {
	if r < utf8.RuneSelf {
		return append(dst, byteLower[r])
	}
	return appendFolded(dst, r)
}

// cutTerm cuts an endless term at a character's end.
func cutTerm(term []byte) []byte {
	if len(term) <= TermBytesMax {
		return term
	}
	end := TermBytesMax
	for end > 0 && !utf8.RuneStart(term[end]) {
		end--
	}
	return term[:end]
}

func isASCII(b []byte) bool {
	for _, c := range b {
		if c >= utf8.RuneSelf {
			return false
		}
	}
	return true
}

// startPairs finds the end of the stretch without spaces that starts at start, whose first
// character has n bytes.
func (s *scanner) startPairs(start, n int) {
	end := start + n
	for end < len(s.text) {
		r, n := utf8.DecodeRune(s.text[end:])
		if !isUnspaced(r) {
			break
		}
		end += n
	}
	s.part, s.run = 0, 0
	s.pos, s.cjk = start, end
}

// nextPair gives out the next two characters of the CJK stretch, or the only one. A character of
// Han or Hangul stands beside its pair, for those who ask for it alone.
func (s *scanner) nextPair() bool {
	start := s.pos
	term := appendComposed(s.buf[:0], s.text[start:s.cjk], &s.pos)
	first, end := len(term), s.pos
	if end < s.cjk {
		term = appendComposed(term, s.text[end:s.cjk], &end)
	}
	term = cutTerm(term)
	if len(term) == 0 {
		s.pos, s.cjk = s.cjk, 0
		return false
	}
	if first > 0 && first < len(term) {
		s.alone(term[:first], start, s.pos)
		if end >= s.cjk {
			s.alone(term[first:], s.pos, end)
		}
	}
	if end >= s.cjk {
		s.pos, s.cjk = s.cjk, 0
	}
	s.emit(term, start, end, Pair, false)
	return true
}

// alone queues one character of a pair, where it means something by itself.
func (s *scanner) alone(term []byte, start, end int) {
	if r, _ := utf8.DecodeRune(term); ideograph(term[0]) || unicode.In(r, unicode.Han, unicode.Hangul) {
		s.forms.add(rawToken{start: start, end: end, pos: s.words, kind: Prefix}, term)
	}
}

// clusterBytesMax bounds what is composed to one character; a longer heap of marks is cut there.
const clusterBytesMax = 64

// appendComposed appends the folded form of the first character of text, composed with the letters
// and marks that belong to it, and adds its bytes to at. Three letters of Hangul are one syllable,
// and a kana has its mark, however they are stored.
func appendComposed(dst, text []byte, at *int) []byte {
	if n := utf8.UTFMax - 1; ideograph(text[0]) && len(text) >= n && (len(text) == n || ideograph(text[n])) {
		*at += n
		return append(dst, text[:n]...)
	}
	_, n := utf8.DecodeRune(text)
	if next, _ := utf8.DecodeRune(text[n:]); n < len(text) && (!norm.NFC.Properties(text[n:]).BoundaryBefore() || next >= 0x1100 && next < 0x1200 || next == 0xFF9E || next == 0xFF9F) {
		n = max(n, clusterEnd(text[:min(len(text), clusterBytesMax)]))
	}
	*at += n
	if composed, _ := utf8.DecodeRune(text); norm.NFKC.QuickSpan(text[:n]) == n {
		if _, k := utf8.DecodeRune(text); k == n {
			return appendFolded(dst, composed)
		}
	}
	var buf [2 * clusterBytesMax]byte
	for _, r := range string(norm.NFKC.Append(buf[:0], text[:n]...)) {
		dst = appendFolded(dst, r)
	}
	return dst
}

// ideograph tells by its first byte whether a character is one of most of Han, U+4000 to U+9FFF:
// they are composed of nothing, compose with nothing and fold to themselves.
func ideograph(first byte) bool { return first >= 0xE4 && first <= 0xE9 }

// clusterEnd finds where the first character of text ends that is composed of several.
func clusterEnd(text []byte) int {
	end := norm.NFKC.NextBoundary(text, true)
	if end <= 0 {
		return len(text)
	}
	return end
}

// emoji gives out the pictograph at start, of n bytes. Two letters of a flag are one.
func (s *scanner) emoji(start, n int) {
	term := append(s.buf[:0], s.text[start:start+n]...)
	end := start + n
	if isFlag(s.text[start:]) && isFlag(s.text[end:]) {
		_, m := utf8.DecodeRune(s.text[end:])
		term = append(term, s.text[end:end+m]...)
		end += m
	}
	s.pos, s.pictured = end, true
	s.emit(term, start, end, Pair, false)
}

// isFlag tells whether text starts with one of the letters that flags are made of.
func isFlag(text []byte) bool {
	r, _ := utf8.DecodeRune(text)
	return r >= 0x1F1E6 && r <= 0x1F1FF
}
