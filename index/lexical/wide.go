package lexical

import (
	"unicode"
	"unicode/utf8"
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
	s.emit(cutTerm(term), start, i, kind, letters && isASCII(term))
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

// nextPair gives out the next two characters of the CJK stretch, or the only one.
func (s *scanner) nextPair() bool {
	a, n := utf8.DecodeRune(s.text[s.pos:])
	start := s.pos
	term := appendFolded(s.buf[:0], a)
	s.pos += n
	end := s.pos
	if end < s.cjk {
		b, m := utf8.DecodeRune(s.text[end:])
		term = appendFolded(term, b)
		end += m
	}
	if end >= s.cjk {
		s.pos, s.cjk = s.cjk, 0
	}
	if len(term) == 0 {
		return false
	}
	s.emit(term, start, end, Pair, false)
	return true
}
