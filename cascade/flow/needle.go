package flow

import (
	"bytes"
	"slices"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"

	"sluice/index"
)

// needle is a phrase or an excluded word as it is looked for in texts. One of words and spaces is
// compared word by word, so that email is e-mail and 2029-11-07 is 7 November 2029. What has other
// signs in it, as p->next, C++ or user_id, must stand in the text as it is written; see fold.
type needle struct {
	steps   [][]step // which words may stand at each of its places
	literal []byte
	written bool // only the literal counts
	size    int
}

// step is a word of a needle. A word may take several places: email is e-mail, which takes two.
type step struct {
	spellings []string // any of them will do
	next      int      // the place after it
}

func newNeedle(s string) needle {
	n := needle{literal: bytes.TrimSpace(fold([]byte(s))), size: len(s)}
	a := index.NewAnalyzer()
	tokens := a.Tokens(nil, []byte(s))
	for i, t := range tokens {
		if t.Kind == index.PrefixToken {
			continue
		}
		for len(n.steps) <= t.Pos {
			n.steps = append(n.steps, nil)
		}
		n.steps[t.Pos] = append(n.steps[t.Pos], step{a.Spellings(t), placeAfter(tokens, i)})
	}
	n.written = len(n.steps) == 0 || signed(n.literal)
	return n
}

// signed tells whether a folded phrase has signs that are neither of a word nor of a sentence.
func signed(folded []byte) bool {
	runes := []rune(string(folded))
	at := func(i int) rune {
		if i < 0 || i >= len(runes) {
			return ' '
		}
		return runes[i]
	}
	word := func(r rune) bool { return unicode.IsLetter(r) || unicode.IsDigit(r) || unicode.IsMark(r) }
	for i, r := range runes {
		before, after := at(i-1), at(i+1)
		switch {
		case word(r) || r == ' ':
		case (r == '-' || r == '\'') && word(before) && word(after):
		case (r == '.' || r == ',') && unicode.IsDigit(before) && unicode.IsDigit(after):
		case (r == '.' || r == ',' || r == '?' || r == '!' || r == ':' || r == ';') && word(before) && after == ' ':
		default:
			return true
		}
	}
	return false
}

// fold writes a text so that what looks alike is alike: characters composed (NFC), in lower case,
// quotes and dashes straight, any white space one space, soft hyphens and marks without width gone.
func fold(s []byte) []byte { return appendFolded(nil, s) }

// appendFolded appends the folded text to out.
func appendFolded(out, s []byte) []byte {
	if !norm.NFC.IsNormal(s) {
		s = norm.NFC.Bytes(s)
	}
	space := false
	for i := 0; i < len(s); {
		r, size := rune(s[i]), 1
		if r >= utf8.RuneSelf {
			r, size = utf8.DecodeRune(s[i:])
		}
		i += size
		switch {
		case r == ' ' || r < ' ' && '\t' <= r && r <= '\r' || r >= utf8.RuneSelf && unicode.IsSpace(r):
			if !space {
				out = append(out, ' ')
			}
			space = true
			continue
		case 'A' <= r && r <= 'Z':
			out = append(out, byte(r)+'a'-'A')
		case r < utf8.RuneSelf:
			out = append(out, byte(r))
		default:
			if r = straight(r); r >= 0 {
				out = utf8.AppendRune(out, r)
			}
		}
		space = false
	}
	return out
}

// straight is the character that stands for a character of print; -1 for one without width.
func straight(r rune) rune {
	switch r {
	case '‘', '’', '‚', '‛', '′':
		return '\''
	case '“', '”', '„', '‟', '«', '»', '″', '＂':
		return '"'
	case '‐', '‑', '‒', '–', '—', '−':
		return '-'
	case '\u00ad', '\u200b', '\u200c', '\u200d', '\u2060', '\ufeff':
		return -1
	}
	return unicode.ToLower(r)
}

// placeAfter is the place of the word that follows token i.
func placeAfter(tokens []index.Token, i int) int {
	t := &tokens[i]
	after := t.Pos + 1
	if t.Kind != index.WholeToken {
		return after
	}
	for _, part := range tokens[i+1:] {
		if part.Start >= t.End {
			break
		}
		after = max(after, part.Pos+1)
	}
	return after
}

// text is a text that needles are looked for in.
type text struct {
	body   []byte
	folded []byte               // see fold
	words  func() []index.Token // cuts it, which takes most of the time
	cut    []index.Token
	isCut  bool
}

func (t *text) tokens() []index.Token {
	if !t.isCut {
		t.cut, t.isCut = t.words(), true
	}
	return t.cut
}

// in tells whether the text holds the needle.
func (n *needle) in(t *text) bool {
	if n.find(t.folded, -1) >= 0 {
		return true
	}
	if !n.written {
		tokens := t.tokens()
		for i := range tokens {
			if n.from(0, tokens, i) >= 0 {
				return true
			}
		}
	}
	return false
}

// plainly tells whether the text holds the needle somewhere else than as the option that it was
// typed as: -name is no word "name".
func (n *needle) plainly(t *text) bool {
	tokens := t.tokens()
	for i := range tokens {
		if n.from(0, tokens, i) >= 0 && !dashed(t.body, tokens[i].Start) {
			return true
		}
	}
	return false
}

// dashed tells whether what begins at a place is an option: a dash or two stand before it, and
// before those no word.
func dashed(body []byte, at int) bool {
	before := bytes.TrimRight(body[:at], "-")
	if dashes := at - len(before); dashes < 1 || dashes > 2 {
		return false
	}
	r, _ := utf8.DecodeLastRune(before)
	return len(before) == 0 || !unicode.IsLetter(r) && !unicode.IsDigit(r)
}

// find looks for the literal in folded, where it must begin before and end behind a place; -1
// stands for any. It returns where it begins, or -1. A word of it is a whole word there.
func (n *needle) find(folded []byte, over int) int {
	from := 0
	first, _ := utf8.DecodeRune(n.literal)
	last, _ := utf8.DecodeLastRune(n.literal)
	for len(n.literal) > 0 {
		i := bytes.Index(folded[from:], n.literal)
		if i < 0 {
			return -1
		}
		start, end := from+i, from+i+len(n.literal)
		before, _ := utf8.DecodeLastRune(folded[:start])
		after, _ := utf8.DecodeRune(folded[end:])
		whole := !(partOf(first) && start > 0 && partOf(before)) && !(partOf(last) && end < len(folded) && partOf(after))
		if whole && (over < 0 || start < over && end > over) {
			return start
		}
		from = start + 1
	}
	return -1
}

// partOf tells whether a character goes on a word.
func partOf(r rune) bool { return joins(r) || r == '_' }

// from tells which token ends the words from place at on, of which token i may be the first; -1:
// none does.
func (n *needle) from(at int, tokens []index.Token, i int) int {
	if at >= len(n.steps) {
		return -1
	}
	for _, s := range n.steps[at] {
		if !slices.Contains(s.spellings, string(tokens[i].Term)) {
			continue
		}
		if s.next == len(n.steps) {
			return i
		}
		place := placeAfter(tokens, i)
		for k := i + 1; k < len(tokens) && tokens[k].Pos <= place; k++ {
			if tokens[k].Pos != place {
				continue
			}
			if end := n.from(s.next, tokens, k); end >= 0 {
				return end
			}
		}
	}
	return -1
}

// reach is how far beyond the border of a text a needle may stand, in bytes: marks and white space
// may stand between its words.
func (n *needle) reach() int { return 4*n.size + 128 }

// over tells whether the needle begins in left and ends in right, which follows it in the document.
func (n *needle) over(a *index.Analyzer, left, right []byte) bool {
	left, right = left[max(0, len(left)-n.reach()):], right[:min(len(right), n.reach())]
	joined := slices.Concat(left, right)
	if !n.written {
		tokens := a.Tokens(nil, joined)
		for i := range tokens {
			if end := n.from(0, tokens, i); end >= 0 && tokens[i].Start < len(left) && tokens[end].End > len(left) {
				return true
			}
		}
	}
	border := len(fold(bytes.TrimRightFunc(left, unicode.IsSpace)))
	return n.find(fold(joined), border) >= 0
}

// mayGoOver tells whether the text may end, or begin, with a part of the needle: a cheap look
// before more is read.
func (n *needle) mayGoOver(t *text) (before, after bool) {
	folded := bytes.TrimSpace(t.folded)
	for k := 1; k < len(n.literal); k++ {
		after = after || bytes.HasSuffix(folded, bytes.TrimRight(n.literal[:k], " "))
		before = before || bytes.HasPrefix(folded, bytes.TrimLeft(n.literal[k:], " "))
	}
	if n.written {
		return before, after
	}
	tokens := t.tokens()
	near := min(2*len(n.steps)+2, len(tokens))
	for at, steps := range n.steps {
		for _, s := range steps {
			says := func(t index.Token) bool { return slices.Contains(s.spellings, string(t.Term)) }
			before = before || at > 0 && slices.ContainsFunc(tokens[:near], says)
			after = after || s.next < len(n.steps) && slices.ContainsFunc(tokens[len(tokens)-near:], says)
		}
	}
	return before, after
}
