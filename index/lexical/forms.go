package lexical

import (
	"bytes"
	"unicode/utf8"
)

// What is written in several ways is given out once more in the one way that all of them share,
// beside its words and at the place of the first: e-mail as email, 1,250,000 as 1250000, 2 April
// 2031 as 20310402. A word that a line's end broke is put together again.

// queue holds tokens that stand beside others until they are given out.
type queue struct {
	items []queued
	terms []byte
	joint []byte // where a word is put together
	at    int
}

type queued struct {
	from, to int // of its term
	tok      rawToken
}

func (q *queue) reset() { q.items, q.terms, q.at = q.items[:0], q.terms[:0], 0 }

// add puts a token at the end. Its term is copied.
func (q *queue) add(tok rawToken, term []byte) {
	if q.at == len(q.items) {
		q.reset()
	}
	from := len(q.terms)
	q.terms = append(q.terms, term...)
	q.items = append(q.items, queued{from, len(q.terms), tok})
}

// pop takes the first token.
func (q *queue) pop(into *rawToken) bool {
	if q.at == len(q.items) {
		return false
	}
	it := &q.items[q.at]
	q.at++
	*into = it.tok
	into.term = q.terms[it.from:it.to]
	return true
}

// whole queues a token for [start, end) at the place of the word that comes next.
func (s *scanner) whole(term []byte, start, end int, stemmable bool) {
	s.forms.add(rawToken{start: start, end: end, pos: s.words, kind: Whole, stemmable: stemmable}, term)
}

// mayBeForm tells whether a run of these classes, before this rest of the text, is worth a closer
// look.
func mayBeForm(seen byte, rest []byte) bool {
	if seen&classDigit != 0 {
		return true
	}
	if len(rest) < 2 {
		return false
	}
	next, after := rest[0], rest[1]
	if isEscape[next] {
		return after != ' ' && (after != '\n' || next == '=')
	}
	return next == '-' && (byteClass[after]&(classLower|classUpper|classWide) != 0 || after == '\n' || after == '\r') ||
		next == 0xE2 && after == 0x80 || next == 0xC2 && after == 0xAD ||
		next == ' ' && byteClass[after] == classDigit || next == '.' && after == ' '
}

// findForms looks for what the run [start, end), all ASCII, is the first word of. It tells whether
// it queued anything.
func (s *scanner) findForms(start, end int) bool {
	s.formed = end
	if start > 0 && isEscape[s.text[start-1]] && s.findBehindEscape(start, end) {
		return true
	}
	switch c := byteClass[s.text[start]]; {
	case c == classDigit:
		return s.findNumber(start)
	case c == classScore || end == len(s.text):
		return false
	case isEscape[s.text[end]]:
		return s.findEscapes(start, end)
	case s.text[end] == '-' || s.text[end] >= utf8.RuneSelf:
		return s.findHyphens(start, end)
	}
	return s.findDate(start)
}

// findNumber looks for grouped digits and for a date.
func (s *scanner) findNumber(start int) bool {
	if end, ok := groupedEnd(s.text, start); ok {
		var term [TermBytesMax]byte
		k := 0
		for _, b := range s.text[start:end] {
			if byteClass[b] == classDigit && k < len(term) {
				term[k] = b
				k++
			}
		}
		s.whole(term[:k], start, end, false)
	}
	s.findDate(start)
	return s.forms.at < len(s.forms.items)
}

// findDate looks for a date.
func (s *scanner) findDate(start int) bool {
	dates, end, ok := dateAt(s.text, start)
	if !ok {
		return false
	}
	for _, d := range dates {
		if d.valid() {
			term := d.digits()
			s.whole(term[:], start, end, false)
		}
	}
	return s.forms.at < len(s.forms.items)
}

// hyphenedMax is how many words with hyphens between them are one word. More are a phrase, or a
// ruler.
const hyphenedMax = 3

// findHyphens joins words of letters with hyphens between them, of which [start, end) is the first.
func (s *scanner) findHyphens(start, end int) bool {
	text := s.text
	if lettersEnd(text, start) != end {
		return false
	}
	term := appendFoldedText(s.forms.joint[:0], text[start:end])
	parts, last := 1, end
	for {
		size := hyphenAt(text, last)
		if size == 0 {
			break
		}
		from, broken := afterHyphen(text, last+size)
		to := lettersEnd(text, from)
		first, _ := utf8.DecodeRune(text[from:])
		if broken && (to == from || runeClassOf(first) != runeLower) {
			break
		}
		if after, _ := utf8.DecodeRune(text[to:]); to == from || after == '_' || runeClassOf(after) == runeDigit {
			return false
		}
		if parts++; parts > hyphenedMax {
			return false
		}
		term = appendFoldedText(term, text[from:to])
		last = to
	}
	s.forms.joint = term
	if parts == 1 || len(term) > TermBytesMax {
		return false
	}
	s.formed = last
	s.whole(term, start, last, isASCII(term))
	return true
}

// hyphenAt tells how many bytes the hyphen at i has; 0: there is none. A soft one counts only where
// the line ends after it, for elsewhere it is inside a word.
func hyphenAt(text []byte, i int) int {
	if i == len(text) || text[i] != '-' && text[i] < utf8.RuneSelf {
		return 0
	}
	for _, h := range [...]string{"-", "\u2010", "\u2011", "\u00ad\n", "\u00ad\r\n"} {
		if len(text)-i > len(h) && string(text[i:i+len(h)]) == h {
			if h[0] == "\u00ad"[0] {
				return len("\u00ad")
			}
			return len(h)
		}
	}
	return 0
}

// afterHyphen finds where the word goes on after a hyphen: at once, or, when the line ends there,
// where the next one starts.
func afterHyphen(text []byte, i int) (from int, broken bool) {
	from = i
	if text[from] == '\r' && from+1 < len(text) {
		from++
	}
	if text[from] != '\n' {
		return i, false
	}
	for from++; from < len(text) && (text[from] == ' ' || text[from] == '\t'); from++ {
	}
	return from, true
}

// lettersEnd finds where the letters that start at i end.
func lettersEnd(text []byte, i int) int {
	for i < len(text) {
		if b := text[i]; b < utf8.RuneSelf {
			if byteClass[b]&(classLower|classUpper) == 0 {
				return i
			}
			i++
			continue
		}
		r, n := utf8.DecodeRune(text[i:])
		if c := runeClassOf(r); c != runeLower && c != runeUpper && c != runeSkip || isUnspaced(r) || r == '\u00ad' && hyphenAt(text, i) > 0 {
			return i
		}
		i += n
	}
	return i
}

func appendFoldedText(dst, text []byte) []byte {
	for i := 0; i < len(text); {
		if b := text[i]; b < utf8.RuneSelf {
			dst = append(dst, byteLower[b])
			i++
			continue
		}
		r, n := utf8.DecodeRune(text[i:])
		if runeClassOf(r) != runeSkip {
			dst = appendFolded(dst, r)
		}
		i += n
	}
	return dst
}

// elided are the words of French, Italian and Catalan that lose their vowel before another word.
var elided = map[string]bool{"l": true, "d": true, "j": true, "m": true, "t": true, "s": true, "n": true, "c": true,
	"qu": true, "jusqu": true, "lorsqu": true, "puisqu": true, "quoiqu": true, "quelqu": true, "dell": true, "all": true,
	"nell": true, "dall": true, "sull": true, "coll": true, "gl": true, "un": true, "v": true}

const elidedBytesMax = 6

// withoutElision takes an elided article off a folded word: l'eau is asked for as eau.
func withoutElision(term []byte) []byte {
	i := bytes.IndexByte(term[:min(len(term), elidedBytesMax+1)], '\'')
	if i < 1 || len(term) < i+3 || !elided[string(term[:i])] {
		return term
	}
	return term[i+1:]
}
