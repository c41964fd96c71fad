package chunk

import "bytes"

// cond is an open #if: what was open before its first branch.
type cond struct{ nests, parens int }

// directive goes through the preprocessor line at i, with the lines that continue it, and returns
// its end.
func (b *braces) directive(i int, fresh bool) int {
	end := b.directiveEnd(i)
	word, at := directiveWord(b.text[i:end])
	switch word {
	case "if", "ifdef", "ifndef":
		if len(b.conds) < nestsMax {
			b.conds = append(b.conds, cond{len(b.nests), b.top().parens})
		}
		b.ifEnd = b.trimmed(end, i)
	case "elif", "else", "elifdef", "elifndef":
		b.otherBranch()
		b.ifEnd = b.trimmed(end, i)
	case "endif":
		b.conds = b.conds[:max(0, len(b.conds)-1)]
	case "define":
		b.define(i, i+at, end)
	}
	if fresh {
		b.stmt = end
	}
	return end
}

// directiveEnd returns the end of the line at i with the lines and comments that continue it.
func (b *braces) directiveEnd(i int) int {
	for {
		end := lineEnd(b.text, i)
		line := bytes.TrimRight(b.text[i:end], "\r")
		if k := bytes.LastIndex(line, []byte("/*")); k >= 0 && bytes.Count(line[:k], []byte{'"'})%2 == 0 &&
			!bytes.Contains(line[k+2:], []byte("*/")) {
			i = after(b.text, i+k+2, []byte("*/"))
			continue
		}
		if end == len(b.text) || len(line) == 0 || line[len(line)-1] != '\\' {
			return end
		}
		i = end + 1
	}
}

// directiveWord returns the name of the directive in line and where it ends.
func directiveWord(line []byte) (string, int) {
	i := 1
	for i < len(line) && (line[i] == ' ' || line[i] == '\t') {
		i++
	}
	j := i
	for j < len(line) && isIdent(line[j]) {
		j++
	}
	switch w := line[i:j]; string(w) {
	case "if":
		return "if", j
	case "ifdef", "ifndef":
		return "ifdef", j
	case "else", "elif", "elifdef", "elifndef":
		return "else", j
	case "endif":
		return "endif", j
	case "define":
		return "define", j
	}
	return "", j
}

// otherBranch goes back to the nesting before the #if whose other branch starts here: both branches
// start from it, and counting the braces of both would leave one open for good.
func (b *braces) otherBranch() {
	if len(b.conds) == 0 {
		return
	}
	c := b.conds[len(b.conds)-1]
	for len(b.nests) > c.nests {
		b.pop(b.line)
	}
	if len(b.nests) < c.nests && c.nests <= cap(b.nests) {
		b.nests = b.nests[:c.nests] // what the first branch closed
	}
	b.top().parens = c.parens
	b.extra = 0
}

// define opens and closes the scope of a macro of several lines, whose name is after text[:at].
func (b *braces) define(i, at, end int) {
	base := b.top().penalty + penaltyBody
	for lo := lineEnd(b.text, i) + 1; lo < end; lo = lineEnd(b.text, lo) + 1 {
		first := lo
		for first < end && isSpace(b.text[first]) {
			first++
		}
		if first == end {
			break
		}
		b.offer(indented(lo, first), min(base+int32(min(first-lo, 8))*10, penaltyDeep))
	}
	for at < end && (b.text[at] == ' ' || b.text[at] == '\t') {
		at++
	}
	hi := at
	for hi < end && isIdent(b.text[hi]) {
		hi++
	}
	if hi == at || !b.outer() || lineEnd(b.text, i) >= end {
		return
	}
	start := i
	if b.unit < i && b.fresh(i) {
		start = b.unit
	}
	b.scope(scope{kind: kindFunc, start: start, head: i, name: span{at, hi}, label: span{at, hi}}, end)
}

// scope adds a scope that ends at end.
func (b *braces) scope(sc scope, end int) {
	sc.parent = b.top().scope
	if k := b.splitter.labeller.open(sc); k != sc.parent {
		b.scopes[k].end = end
	}
}
