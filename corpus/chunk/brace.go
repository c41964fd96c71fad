package chunk

import "bytes"

// nestsMax bounds the nesting that is followed; deeper braces are only counted.
const nestsMax = 100

// nest is one open brace.
type nest struct {
	kind     scopeKind
	template bool  // it is the ${ of a template literal
	within   bool  // the statement it belongs to goes on after it: a literal, an argument
	scope    int   // innermost scope around its content, -1 at the top
	own      bool  // scope is this brace's own
	indent   int   // columns before the statement it belongs to
	parens   int   // brackets open in it
	stmt     int   // where that statement starts,
	unit     int   // with its comments
	penalty  int32 // of a cut inside it
}

// braces scans a language of braceLangs.
type braces struct {
	*splitter
	lang  *braceLang
	nests []nest // the first stands for the document
	extra int    // open braces beyond nestsMax
	conds []cond // open #if

	line   int  // the current line's first byte,
	first  int  // its first byte that is not white space,
	indent int  // the columns between them,
	blank  bool // whether a blank line is before it

	stmt       int // where the current statement starts, or the white space before it
	unit       int // where it starts with its comments and attributes
	unitIndent int
	attach     int  // where the comments before the current line start, -1 if there are none
	doc        bool // they are a doc comment
	remark     span // the last comment
	ifEnd      int  // where the last #if or #else ends
	noRegex    int  // up to here no slash starts a regular expression
	literals   int  // braces within the current declaration
}

// scanBraces offers cuts by the nesting of braces and opens a scope for every declaration.
func scanBraces(s *splitter, l *braceLang) {
	b := &braces{splitter: s, lang: l, attach: -1}
	b.nests = append(b.nests, nest{kind: kindNamespace, scope: -1})
	b.scan()
	for len(b.nests) > 1 {
		b.pop(len(s.text))
	}
}

func (b *braces) top() *nest { return &b.nests[len(b.nests)-1] }

// outer tells whether the innermost brace holds declarations.
func (b *braces) outer() bool {
	k := b.top().kind
	return k == kindNamespace || k == kindType
}

func (b *braces) scan() {
	text, class := b.text, &b.lang.class
	i := b.startLine(0)
	for i < len(text) {
		c := class[text[i]]
		if c == classPlain {
			i++
			continue
		}
		switch c {
		case classNewline:
			i = b.startLine(i + 1)
		case classOpen:
			i = b.open(i)
		case classClose:
			i = b.close(i)
		case classParen:
			b.top().parens++
			i++
		case classUnparen:
			t := b.top()
			t.parens = max(0, t.parens-1)
			i++
		case classEnd:
			i++
			if b.top().parens == 0 {
				b.stmt = i
			}
		case classSlash:
			i = b.slash(i)
		case classBacktick:
			i = b.backtick(i)
		default:
			i = b.quote(i)
		}
	}
}

// startLine offers the line at i, or the first one after it that is not blank, and returns where to
// go on.
func (b *braces) startLine(i int) int {
	text := b.text
	line, blank, indent := i, i == 0, 0
	for ; i < len(text) && isSpace(text[i]); i++ {
		switch text[i] {
		case '\n':
			line, blank, indent = i+1, true, 0
		case '\t':
			indent += 8
		default:
			indent++
		}
	}
	if i == len(text) {
		return i
	}
	prev := b.lastByte(line)
	b.line, b.first, b.indent, b.blank = line, i, indent, blank
	if b.lang.has(newlineEnds) && b.top().parens == 0 && b.endsStatement(text[i]) {
		b.stmt = line
	}
	fresh := b.fresh(line)
	off := indented(line, i)
	b.offer(off, b.linePenalty(text[i], prev, fresh))
	if fresh {
		b.startStatement(off)
	}
	if text[i] == '#' && b.lang.has(preprocessor) {
		return b.directive(i, fresh)
	}
	return i
}

// endsStatement tells, where lines end statements, whether the one before does: not before a brace.
func (b *braces) endsStatement(c byte) bool { return c != '{' || b.lang.has(keywordFuncs) }

// fresh tells whether nothing of the current statement comes before off.
func (b *braces) fresh(off int) bool {
	for b.stmt < off && (isSpace(b.text[b.stmt]) || b.text[b.stmt] == ',') {
		b.stmt++
	}
	return b.stmt >= off
}

// startStatement notes that a statement or a comment starts at off, the start of a line.
func (b *braces) startStatement(off int) {
	if b.isRemark(b.first) || b.isDecorator(b.first) {
		if b.attach < 0 || b.blank && !b.isDecorator(b.first) {
			b.attach = off
			b.doc = bytes.HasPrefix(b.text[b.first:], docStart)
		}
		return
	}
	b.unit, b.unitIndent = off, b.indent
	if b.attach >= 0 && (!b.blank || b.doc) {
		b.unit = b.attach
	}
	b.attach = -1
}

var docStart = []byte("/**")

func (b *braces) isRemark(i int) bool {
	return b.text[i] == '/' && i+1 < len(b.text) && (b.text[i+1] == '/' || b.text[i+1] == '*')
}

// isDecorator tells whether an @name, alone on its line, starts at i where lines end statements.
func (b *braces) isDecorator(i int) bool { return b.text[i] == '@' && b.lang.has(newlineEnds) }

// lastByte returns the last byte of the code before off, 0 if there is none.
func (b *braces) lastByte(off int) byte {
	off = b.trimmed(off, 0)
	if off > 0 && off == b.remark.hi {
		off = b.trimmed(b.remark.lo, 0)
	}
	if off == b.ifEnd {
		return '{'
	}
	if off == 0 {
		return 0
	}
	return b.text[off-1]
}

// linePenalty returns what a cut before the current line costs, whose first byte is c; prev is the
// last byte of code before it.
func (b *braces) linePenalty(c, prev byte, fresh bool) int32 {
	t := b.top()
	p := t.penalty
	if !b.blank {
		p += penaltyTight + b.inBody(penaltyDense)
	}
	if t.parens > 0 {
		p += b.parenPenalty()
	}
	switch {
	case c == '#' && b.isOtherBranch():
		p += penaltyAfter
	case c == '}' || c == ')' || c == ']' || prev == '}' && b.goesOn():
		p += penaltyClose
	case b.attach >= 0 && !b.blank && b.isRemark(b.first):
		p += b.innerPenalty(b.line, b.inOuter(penaltyRemark), b.inOuter(penaltyPause))
	case b.attach >= 0 && !b.blank:
		p += b.inOuter(penaltyGap)
	case b.attach >= 0 && b.doc && !b.isRemark(b.first) && c != '#':
		p += penaltyDoc
	case prev == '{' || prev == '(' || prev == '[' || prev == ':':
		p += penaltyFirst
	case prev == '}' && !b.blank && b.isMacro():
		p += penaltyAfter
	case !fresh && (prev != ',' || c == '.' && b.outer()) && t.parens == 0:
		p += b.inOuter(penaltyInside)
	}
	return min(p, penaltyDeep)
}

// parenPenalty is for a line inside parentheses: between declarations they hold parameters, except
// where they group declarations.
func (b *braces) parenPenalty() int32 {
	if b.outer() && !b.lang.has(newlineEnds) {
		return penaltyParams
	}
	return penaltyParen
}

// inOuter returns a penalty that counts in full only between declarations.
func (b *braces) inOuter(p int32) int32 {
	if b.outer() {
		return p
	}
	return p / 3
}

// inBody returns a penalty that counts only inside functions and initialisers.
func (b *braces) inBody(p int32) int32 {
	if b.outer() {
		return 0
	}
	return p
}

// goesOn tells whether the line continues the statement whose block was closed before it.
func (b *braces) goesOn() bool {
	rest := b.text[b.first:]
	return bytes.HasPrefix(rest, []byte("else")) || bytes.HasPrefix(rest, []byte("catch")) ||
		bytes.HasPrefix(rest, []byte("finally"))
}

// isOtherBranch tells whether the line is an #else, #elif or #endif.
func (b *braces) isOtherBranch() bool {
	return b.lang.has(preprocessor) && bytes.HasPrefix(b.text[b.first:], []byte("#e"))
}

// isMacro tells whether the line starts with a macro's name: EXPORT_SYMBOL(...).
func (b *braces) isMacro() bool {
	n := 0
	for _, c := range b.text[b.first:] {
		if c != '_' && c-'A' >= 26 && c-'0' >= 10 {
			return n > 3 && c == '(' && b.lang.has(preprocessor)
		}
		n++
	}
	return false
}
