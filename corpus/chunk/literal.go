package chunk

import "bytes"

// Bounds on literals, in bytes.
const (
	delimBytesMax = 16 // of a raw string's delimiter
	charBytesMax  = 12 // of a character literal
)

// inner offers the lines that start in text[lo:hi], which is part of a comment or a string.
func (b *braces) inner(lo, hi int, remark bool) {
	base := b.top().penalty
	if !remark {
		b.offerInner(lo, hi, base+penaltyString, base+penaltyString)
		return
	}
	b.offerInner(lo, hi, base+b.inOuter(penaltyRemark), base+b.inOuter(penaltyPause))
}

// offerInner offers the lines that start in text[lo:hi], part of a comment or a string: pause is
// the penalty of one that comes after an empty line, line that of the others. The end of a block
// comment is no line.
func (s *splitter) offerInner(lo, hi int, line, pause int32) {
	for {
		n := bytes.IndexByte(s.text[lo:hi], '\n')
		if n < 0 {
			return
		}
		lo += n + 1
		i := lo
		for i < hi && (s.text[i] == ' ' || s.text[i] == '\t') {
			i++
		}
		if i+2 >= hi || s.text[i] == '\n' || s.text[i] == '\r' || s.text[i] == '*' && s.text[i+1] == '/' {
			continue
		}
		s.offer(indented(lo, i), min(s.innerPenalty(lo, line, pause), penaltyDeep))
	}
}

// innerPenalty returns the penalty of a cut before the line at lo of a comment: pause after an
// empty line, less than line where a sentence may have ended.
func (s *splitter) innerPenalty(lo int, line, pause int32) int32 {
	switch {
	case line == pause:
	case emptyBefore(s.text[:lo]):
		return pause
	case sentenceEnds(s.text[:s.trimmed(lo, 0)]):
		return (line + pause) / 2
	}
	return line
}

// skipTo offers the lines in [i, end) and returns end; a string if not a remark.
func (b *braces) skipTo(i, end int, remark bool) int {
	b.inner(i, end, remark)
	return end
}

// slash handles a comment, a regular expression or a plain slash at i.
func (b *braces) slash(i int) int {
	if i+1 == len(b.text) {
		return i + 1
	}
	end := i + 1
	switch b.text[i+1] {
	case '/':
		end = b.lineRemark(i)
	case '*':
		end = b.blockRemark(i)
	default:
		if b.lang.has(regexes) && b.regexAllowed(i) {
			return b.regex(i)
		}
		return end
	}
	fresh := b.fresh(i)
	b.remark = span{i, end}
	b.inner(i, end, true)
	if fresh {
		b.stmt = end
	}
	return end
}

// lineRemark returns the end of the comment at i, which goes on where its line ends in a backslash.
func (b *braces) lineRemark(i int) int {
	end := lineEnd(b.text, i)
	for b.lang.has(preprocessor) && end < len(b.text) && b.text[end-1] == '\\' {
		end = lineEnd(b.text, end+1)
	}
	return end
}

// blockRemark returns the end of the comment at i.
func (b *braces) blockRemark(i int) int {
	if b.lang.has(nestedRemarks) {
		return nestedRemarkEnd(b.text, i)
	}
	if n := bytes.Index(b.text[i+2:], []byte("*/")); n >= 0 {
		return i + 2 + n + 2
	}
	return len(b.text)
}

func nestedRemarkEnd(text []byte, i int) int {
	depth := 0
	for ; i+1 < len(text); i++ {
		switch {
		case text[i] == '/' && text[i+1] == '*':
			depth++
			i++
		case text[i] == '*' && text[i+1] == '/':
			i++
			if depth--; depth == 0 {
				return i + 1
			}
		}
	}
	return len(text)
}

// quote handles a string or character literal at i.
func (b *braces) quote(i int) int {
	l, c := b.lang, b.text[i]
	switch {
	case c == '\'' && l.has(lifetimes):
		return charEnd(b.text, i)
	case c == '\'' && l.has(preprocessor) && i > 0 && b.text[i-1]-'0' < 10:
		return i + 1 // 1'000'000
	case c == '"' && l.has(tripleQuotes) && bytes.HasPrefix(b.text[i:], tripleQuote):
		return b.skipTo(i, tripleEnd(b.text, i), false)
	case c == '"' && l.has(rawR) && i > 0 && b.text[i-1] == 'R':
		return b.rawR(i)
	case c == '"' && l.has(rawHashes) && i > 0 && (b.text[i-1] == '#' || b.text[i-1] == 'r'):
		return b.rawHashes(i)
	}
	end := quoteEnd(b.text, i, l.has(multiline))
	return b.skipTo(i, end, false)
}

var tripleQuote = []byte(`"""`)

// tripleEnd returns the place after the string at i, which starts with three quotes.
func tripleEnd(text []byte, i int) int {
	q := text[i]
	for j := i + 3; j+2 < len(text); j++ {
		if text[j] == '\\' {
			j++
		} else if text[j] == q && text[j+1] == q && text[j+2] == q {
			return j + 3
		}
	}
	return len(text)
}

// after returns the place after the first mark at or after i, or the text's end.
func after(text []byte, i int, mark []byte) int {
	if i < len(text) {
		if n := bytes.Index(text[i:], mark); n >= 0 {
			return i + n + len(mark)
		}
	}
	return len(text)
}

// quoteEnd returns the place after the string at i. Unless multiline, it ends with its line at the
// latest.
func quoteEnd(text []byte, i int, multiline bool) int {
	q := text[i]
	for i++; i < len(text); i++ {
		switch text[i] {
		case q:
			return i + 1
		case '\\':
			if i+2 < len(text) && text[i+1] == '\r' {
				i++
			}
			i++
		case '\n':
			if !multiline {
				return i
			}
		}
	}
	return len(text)
}

// charEnd returns the place after the character literal at i; after a mere ' where it starts a
// lifetime.
func charEnd(text []byte, i int) int {
	rest := text[i+1 : min(len(text), i+1+charBytesMax)]
	if len(rest) > 1 && rest[0] == '\\' {
		if n := bytes.IndexByte(rest[2:], '\''); n >= 0 {
			return i + 1 + 2 + n + 1
		}
		return i + 1
	}
	for n := 1; n <= 4 && n < len(rest); n++ {
		if rest[n] == '\'' && (n == 1 || rest[n-1]&0xC0 == 0x80) {
			return i + 1 + n + 1
		}
	}
	return i + 1
}

// rawR handles the string after R at i: "x(text)x".
func (b *braces) rawR(i int) int {
	head := b.text[i+1 : min(len(b.text), i+1+delimBytesMax+1)]
	n := bytes.IndexByte(head, '(')
	if n < 0 {
		return quoteEnd(b.text, i, false)
	}
	var mark [delimBytesMax + 2]byte
	mark[0] = ')'
	copy(mark[1:], head[:n])
	mark[n+1] = '"'
	return b.skipTo(i, after(b.text, i+1+n, mark[:n+2]), false)
}

// rawHashes handles the string at i that may be the text of r#"text"#.
func (b *braces) rawHashes(i int) int {
	k := i
	for k > 0 && b.text[k-1] == '#' && i-k < delimBytesMax {
		k--
	}
	if k == 0 || b.text[k-1] != 'r' || k > 1 && isIdent(b.text[k-2]) && b.text[k-2] != 'b' && b.text[k-2] != 'c' {
		return b.skipTo(i, quoteEnd(b.text, i, true), false)
	}
	var mark [delimBytesMax + 1]byte
	mark[0] = '"'
	copy(mark[1:], b.text[k:i])
	return b.skipTo(i, after(b.text, i+1, mark[:1+i-k]), false)
}

// backtick handles a raw string or a template literal at i.
func (b *braces) backtick(i int) int {
	if b.lang.has(templates) {
		return b.template(i + 1)
	}
	return b.skipTo(i, after(b.text, i+1, []byte{'`'}), false)
}

// template goes through the text of a template literal from i to its end or to its next ${.
func (b *braces) template(i int) int {
	for j := i; j < len(b.text); j++ {
		switch b.text[j] {
		case '\\':
			j++
		case '`':
			return b.skipTo(i, j+1, false)
		case '$':
			if j+1 < len(b.text) && b.text[j+1] == '{' && len(b.nests) < nestsMax {
				b.skipTo(i, j, false)
				t := b.top()
				b.nests = append(b.nests, nest{template: true, scope: t.scope, indent: b.unitIndent, stmt: b.stmt, unit: b.unit,
					penalty: t.penalty + penaltyString})
				return j + 2
			}
		}
	}
	return b.skipTo(i, len(b.text), false)
}

// regexAllowed tells whether the slash at i starts a regular expression rather than divides: it
// does after an operator, an opening bracket or a keyword.
func (b *braces) regexAllowed(i int) bool {
	if i < b.noRegex {
		return false
	}
	j := i
	for j > 0 && i-j < 64 && isSpace(b.text[j-1]) {
		j--
	}
	if j == 0 {
		return true
	}
	c := b.text[j-1]
	if !isIdent(c) {
		return c != ')' && c != ']' && c != '}' && c != '"' && c != '\'' && c != '`' && c != '<'
	}
	k := j
	for k > 0 && j-k < 12 && isIdent(b.text[k-1]) {
		k--
	}
	switch string(b.text[k:j]) {
	case "return", "typeof", "case", "in", "of", "delete", "void", "throw", "new", "else", "do", "yield", "await":
		return true
	}
	return false
}

// regex returns the place after the regular expression at i, or after the slash if its line does
// not end it.
func (b *braces) regex(i int) int {
	set := false
	j := i + 1
	for ; j < len(b.text) && b.text[j] != '\n'; j++ {
		switch b.text[j] {
		case '\\':
			j++
		case '[':
			set = true
		case ']':
			set = false
		case '/':
			if !set {
				return j + 1
			}
		}
	}
	b.noRegex = j
	b.steps += j - i
	return i + 1
}

// emptyBefore tells whether the line that ends text says nothing: it is blank or has only a
// comment's mark.
func emptyBefore(text []byte) bool {
	i := len(text) - 2
	for low := i - indentKept; i >= 0 && i > low && bytes.IndexByte(emptyRemark, text[i]) >= 0; i-- {
	}
	return i >= 0 && text[i] == '\n'
}

var emptyRemark = []byte(" \t\r*/#!")
