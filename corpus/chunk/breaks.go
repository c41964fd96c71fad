package chunk

import "bytes"

// breakIn finds where to cut text between lo and hi when nothing better is known: after the last
// line end, else after the last sentence end, else after the last space, else between two runes. hi
// < len(text), and text does not end in white space.
func breakIn(text []byte, lo, hi int) (int, int32) {
	part := text[lo:hi]
	if i := bytes.LastIndexByte(part, '\n'); i >= 0 {
		return lo + i + 1, penaltyLine
	}
	space := -1
	for i := len(part) - 1; i > 0; i-- {
		if !isSpace(part[i]) {
			continue
		}
		if sentenceEnds(text[:lo+i]) {
			return lo + i, penaltySentence
		}
		if space < 0 {
			space = lo + i
		}
	}
	if space >= 0 {
		return space, penaltySpace
	}
	return runeStart(text, hi), penaltyRune
}

// runeStart moves i back to the start of the rune it lies in. Where the text is not UTF-8 i stays.
func runeStart(text []byte, i int) int {
	for j := i; j > i-4 && j > 0 && j < len(text); j-- {
		if text[j]&0xC0 != 0x80 {
			return j
		}
	}
	return i
}

// sentenceEnds tells whether a sentence may end where text does: at a full stop, question or
// exclamation mark, with or without a closing quote or bracket after it, or at their ideographic
// forms.
func sentenceEnds(text []byte) bool {
	n := len(text)
	if n > 0 && (text[n-1] == '"' || text[n-1] == '\'' || text[n-1] == ')') {
		n--
	}
	if n == 0 {
		return false
	}
	switch text[n-1] {
	case '.', '!', '?':
		return true
	case 0x82: // U+3002, ideographic full stop
		return bytes.HasSuffix(text[:n], []byte("。"))
	case 0x81, 0x9F: // U+FF01 and U+FF1F, full-width exclamation and question mark
		return bytes.HasSuffix(text[:n], []byte("！")) || bytes.HasSuffix(text[:n], []byte("？"))
	}
	return false
}

// isSpace tells whether c is ASCII white space.
func isSpace(c byte) bool { return c == ' ' || c-'\t' < 5 }
