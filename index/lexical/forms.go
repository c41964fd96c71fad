package lexical

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
	return next == '-' && (byteClass[after]&(classLower|classUpper) != 0 || after == '\n' || after == '\r') ||
		next == ' ' && byteClass[after] == classDigit || next == '.' && after == ' '
}

// findForms looks for what the run [start, end), all ASCII, is the first word of. It tells whether
// it queued anything.
func (s *scanner) findForms(start, end int) bool {
	s.formed = end
	switch c := byteClass[s.text[start]]; {
	case c == classDigit:
		return s.findNumber(start)
	case c == classScore || end == len(s.text):
		return false
	case s.text[end] == '-':
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
	for _, b := range text[start:end] {
		if byteClass[b]&(classLower|classUpper) == 0 {
			return false
		}
	}
	term := s.forms.joint[:0]
	term = appendLower(term, text[start:end])
	parts, last := 1, end
	for last+1 < len(text) && text[last] == '-' {
		from, broken := afterHyphen(text, last)
		to := from
		for to < len(text) && byteClass[text[to]]&(classLower|classUpper) != 0 {
			to++
		}
		if to == from || to < len(text) && byteClass[text[to]]&(classDigit|classScore|classWide) != 0 {
			return false
		}
		if broken && byteClass[text[from]] != classLower {
			break
		}
		if parts++; parts > hyphenedMax {
			return false
		}
		term = appendLower(term, text[from:to])
		last = to
	}
	if parts == 1 || len(term) > TermBytesMax {
		return false
	}
	s.forms.joint = term
	s.formed = last
	s.whole(term, start, last, true)
	return true
}

// afterHyphen finds where the word goes on after the hyphen at i: at once, or, when the line ends
// there, where the next one starts.
func afterHyphen(text []byte, i int) (from int, broken bool) {
	from = i + 1
	if text[from] == '\r' && from+1 < len(text) {
		from++
	}
	if text[from] != '\n' {
		return i + 1, false
	}
	for from++; from < len(text) && (text[from] == ' ' || text[from] == '\t'); from++ {
	}
	return from, true
}

func appendLower(dst, text []byte) []byte {
	for _, b := range text {
		dst = append(dst, byteLower[b])
	}
	return dst
}
