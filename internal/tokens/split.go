package tokens

import "unicode/utf8"

// A splitter cuts text into the pieces within which merging happens. It is the
// leftmost-first match of one of these expressions, over and over:
//
// o200k_base (cased):
//
//	[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]*[\p{Ll}\p{Lm}\p{Lo}\p{M}]+(?i:'s|'t|'re|'ve|'m|'ll|'d)?
//	[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]+[\p{Ll}\p{Lm}\p{Lo}\p{M}]*(?i:'s|'t|'re|'ve|'m|'ll|'d)?
//	\p{N}{1,3}
//	 ?[^\s\p{L}\p{N}]+[\r\n/]*
//	\s*[\r\n]+
//	\s+(?!\S)
//	\s+
//
// cl100k_base: the first two lines are
//
//	(?i:'s|'t|'re|'ve|'m|'ll|'d)
//	[^\r\n\p{L}\p{N}]?\p{L}+
//
// and the slash is not in the fourth. Nothing looks back, and only the sixth
// looks ahead, by one character: where a piece ends depends on no text before
// it, which is what Additive rests on.
//
// Each rule exists twice: for ASCII, and for all characters. The first gives
// up at a character it does not know and leaves the piece to the second.
type splitter struct {
	cased bool // o200k_base
	wide  *[wideRunes]class
}

// next returns where the piece that begins at start ends. The text must be
// valid UTF-8 and start must be before its end.
func (s *splitter) next(text []byte, start int) int {
	var end int
	if s.cased {
		end = nextCasedASCII(text, start)
	} else {
		end = nextASCII(text, start)
	}
	if end > start {
		return end
	}
	return s.nextWide(text, start)
}

// nextCasedASCII is next of o200k_base for a piece that ASCII decides; else 0.
func nextCasedASCII(text []byte, start int) int {
	i := wordStart(text, start)
	if i < 0 {
		return restASCII(text, start, true)
	}
	for i < len(text) && ascii[text[i]]&upper != 0 {
		i++
	}
	for i < len(text) && ascii[text[i]]&lower != 0 {
		i++
	}
	if i == len(text) {
		return i
	}
	if text[i] >= utf8.RuneSelf {
		return 0
	}
	return i + contraction(text, i)
}

// nextASCII is next of cl100k_base for a piece that ASCII decides; else 0.
func nextASCII(text []byte, start int) int {
	if n := contraction(text, start); n > 0 {
		return start + n
	}
	i := wordStart(text, start)
	if i < 0 {
		return restASCII(text, start, false)
	}
	for i < len(text) && ascii[text[i]]&letter != 0 {
		i++
	}
	if i < len(text) && text[i] >= utf8.RuneSelf {
		return 0
	}
	return i
}

// wordStart returns where a word's letters begin, at start or after a prefix;
// -1 where ASCII shows no word.
func wordStart(text []byte, start int) int {
	c := ascii[text[start]]
	if c&letter != 0 {
		return start
	}
	if c&prefix != 0 && start+1 < len(text) && ascii[text[start+1]]&letter != 0 {
		return start + 1
	}
	return -1
}

// restASCII is the rules after the words.
func restASCII(text []byte, start int, slash bool) int {
	switch c := ascii[text[start]]; {
	case c&number != 0:
		return numberASCII(text, start)
	case c&other != 0:
		return otherASCII(text, start, slash)
	case text[start] == ' ' && start+1 < len(text) && ascii[text[start+1]]&other != 0:
		return otherASCII(text, start+1, slash)
	case c&(blank|newline) != 0:
		return spaceASCII(text, start)
	}
	return 0
}

func numberASCII(text []byte, start int) int {
	i := start + 1
	for i < len(text) && i < start+3 && ascii[text[i]]&number != 0 {
		i++
	}
	if i < len(text) && i < start+3 && text[i] >= utf8.RuneSelf {
		return 0
	}
	return i
}

// otherASCII: the run begins at i, after the space if there is one.
func otherASCII(text []byte, i int, slash bool) int {
	for i < len(text) && ascii[text[i]]&other != 0 {
		i++
	}
	if i < len(text) && text[i] >= utf8.RuneSelf {
		return 0
	}
	return lineEnds(text, i, slash)
}

// lineEnds returns the end of [\r\n]* or [\r\n/]* at i.
func lineEnds(text []byte, i int, slash bool) int {
	for i < len(text) && (text[i] == '\n' || text[i] == '\r' || slash && text[i] == '/') {
		i++
	}
	return i
}

func spaceASCII(text []byte, start int) int {
	i, lines := start, 0
	for i < len(text) && ascii[text[i]]&(blank|newline) != 0 {
		if ascii[text[i]] == newline {
			lines = i + 1
		}
		i++
	}
	switch {
	case i < len(text) && text[i] >= utf8.RuneSelf:
		return 0
	case lines > 0:
		return lines
	case i == len(text) || i == start+1:
		return i
	}
	return i - 1
}

// contraction returns the length of (?i:'s|'t|'re|'ve|'m|'ll|'d) at i, or 0.
// Regardless of case, U+017F (long s) is an s.
func contraction(text []byte, i int) int {
	if text[i] != '\'' || i+1 >= len(text) {
		return 0
	}
	var second byte
	if i+2 < len(text) {
		second = text[i+2] | 0x20
	}
	switch first := text[i+1] | 0x20; {
	case first == 's', first == 't', first == 'm', first == 'd':
		return 2
	case (first == 'r' || first == 'v') && second == 'e', first == 'l' && second == 'l':
		return 3
	case text[i+1] == 0xC5 && i+2 < len(text) && text[i+2] == 0xBF:
		return 3
	}
	return 0
}
