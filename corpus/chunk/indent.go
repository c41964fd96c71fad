package chunk

// indentLangs is the table of languages that nest by indentation: one row a language.
var indentLangs = map[string]*indentLang{
	"python": indentRow("def", "class", "elif else except finally case"),
}

// indentLang is one such language: # starts a comment, @ a decorator, triple quotes a long string.
type indentLang struct {
	words map[string]indentWord
	class [256]uint8
}

// indentWord is what the first word of a line means.
type indentWord uint8

const (
	indentFunc  indentWord = iota + 1
	indentType             // a class
	indentGoes             // it goes on with the statement before the block
	indentAsync            // before def
)

// Classes of bytes beside those of langs.go.
const (
	classHash uint8 = 20 + iota
	classBackslash
)

func indentRow(fn, typ, goesOn string) *indentLang {
	l := &indentLang{words: map[string]indentWord{fn: indentFunc, typ: indentType, "async": indentAsync}}
	for w := range invert(map[string]string{"": goesOn}) {
		l.words[w] = indentGoes
	}
	l.class = [256]uint8{'\n': classNewline, '(': classParen, '[': classParen, '{': classParen, ')': classUnparen,
		']': classUnparen, '}': classUnparen, '"': classQuote, '\'': classQuote, '#': classHash, '\\': classBackslash}
	return l
}

// step is one level of indentation.
type step struct {
	kind    scopeKind
	indent  int // columns of the line that opened it,
	body    int // and of the first line in it, -1 before that
	scope   int // innermost scope around its lines, -1 at the top
	own     bool
	penalty int32
}

// indents scans a language of indentLangs.
type indents struct {
	*splitter
	lang   *indentLang
	levels []step
	attach int // where the comments and decorators before the current line start, -1 if there are none
	end    int // where the last line of code ends
}

// scanIndents offers cuts by indentation and opens a scope for every function and class.
func scanIndents(s *splitter, l *indentLang) {
	d := &indents{splitter: s, lang: l, attach: -1}
	d.levels = append(d.levels, step{kind: kindNamespace, indent: -1, body: 0, scope: -1})
	for i := 0; i < len(s.text); {
		i = d.logicalLine(i)
	}
	d.leave(-1)
}

func (d *indents) top() *step { return &d.levels[len(d.levels)-1] }

// logicalLine handles the line at i, or the next one that is not blank, with all that continues it,
// and returns the start of the line after it.
func (d *indents) logicalLine(i int) int {
	line, blank, indent := i, i == 0, 0
	for ; i < len(d.text) && isSpace(d.text[i]); i++ {
		switch d.text[i] {
		case '\n':
			line, blank, indent = i+1, true, 0
		case '\t':
			indent = (indent + 8) &^ 7
		default:
			indent++
		}
	}
	if i == len(d.text) {
		return i
	}
	off := indented(line, i)
	if d.text[i] == '#' || d.text[i] == '@' {
		d.prefix(off, i, blank)
	} else {
		d.statement(off, i, indent, blank)
	}
	return d.contents(i)
}

// prefix handles a comment or a decorator at i, whose line starts at off.
func (d *indents) prefix(off, i int, blank bool) {
	p := d.top().penalty
	switch {
	case d.attach >= 0 && !blank && d.text[i] == '#':
		p += d.innerPenalty(off, penaltyRemark, penaltyPause)
	case d.attach >= 0 && !blank:
		p += penaltyGap
	case !blank:
		p += penaltyTight
	}
	if d.attach < 0 || blank {
		d.attach = off
	}
	d.offer(off, min(p, penaltyDeep))
}

// statement handles the start of a statement at i, whose line starts at off.
func (d *indents) statement(off, i, indent int, blank bool) {
	d.leave(indent)
	t := d.top()
	first := t.body < 0
	switch {
	case first:
		t.body = indent
	case indent > t.body && len(d.levels) < nestsMax:
		d.levels = append(d.levels, step{indent: t.body, body: indent, scope: t.scope,
			penalty: t.penalty + nestPenalty(&nest{kind: t.kind}, &nest{})})
		first = true
	}
	word, end := d.word(i)
	d.offer(off, d.penalty(word, first, blank))
	start := off
	if d.attach >= 0 && !blank {
		start = d.attach
	}
	d.attach = -1
	d.enter(word, start, i, end, indent)
}

// penalty returns what a cut before a statement costs.
func (d *indents) penalty(word indentWord, first, blank bool) int32 {
	p := d.top().penalty
	if !blank {
		p += penaltyTight + penaltyDense
	}
	switch {
	case word == indentGoes:
		p += penaltyClose
	case d.attach >= 0 && !blank:
		p += penaltyGap
	case first:
		p += penaltyFirst
	}
	return min(p, penaltyDeep)
}

// word returns what the word at i means and where it ends.
func (d *indents) word(i int) (indentWord, int) {
	for {
		j := i
		for j < len(d.text) && isIdent(d.text[j]) {
			j++
		}
		w := d.lang.words[string(d.text[i:j])]
		if w != indentAsync {
			return w, j
		}
		for i = j; i < len(d.text) && d.text[i] == ' '; i++ {
		}
	}
}

// enter opens the scope of a function or class, whose name comes after its keyword, which ends at
// end.
func (d *indents) enter(word indentWord, start, head, end, indent int) {
	kind := kindFunc
	switch word {
	case indentFunc:
	case indentType:
		kind = kindType
	default:
		return
	}
	lo := end
	for lo < len(d.text) && (d.text[lo] == ' ' || d.text[lo] == '\t') {
		lo++
	}
	hi := lo
	for hi < len(d.text) && isIdent(d.text[hi]) {
		hi++
	}
	if lo == end || lo == hi || len(d.levels) == nestsMax {
		return
	}
	t := d.top()
	n := step{kind: kind, indent: indent, body: -1}
	n.scope = d.splitter.labeller.open(scope{kind: kind, parent: t.scope, start: start, head: head,
		name: span{lo, hi}, label: span{head, hi}})
	n.own = n.scope != t.scope
	n.penalty = t.penalty + nestPenalty(&nest{kind: t.kind}, &nest{kind: kind})
	d.levels = append(d.levels, n)
}

// leave closes the levels that a line indented by indent columns is not in.
func (d *indents) leave(indent int) {
	for len(d.levels) > 1 && indent <= d.top().indent {
		if t := d.top(); t.own {
			d.scopes[t.scope].end = d.end
		}
		d.levels = d.levels[:len(d.levels)-1]
	}
}

// contents goes from i through the rest of a logical line and returns the start of the next line.
func (d *indents) contents(i int) int {
	text, class, parens := d.text, &d.lang.class, 0
	code := text[i] != '#' && text[i] != '@'
	for i < len(text) {
		switch class[text[i]] {
		case classPlain:
		case classNewline:
			if code {
				d.end = d.trimmed(i, 0)
			}
			if parens == 0 {
				return i + 1
			}
			d.continued(i + 1)
		case classParen:
			parens++
		case classUnparen:
			parens = max(0, parens-1)
		case classQuote:
			i = d.quoted(i)
			continue
		case classHash:
			i = lineEnd(text, i)
			continue
		case classBackslash:
			if i+1 < len(text) && text[i+1] == '\n' {
				i++
			}
		}
		i++
	}
	d.end = len(text)
	return i
}

// continued offers the line at i, which goes on inside brackets.
func (d *indents) continued(i int) {
	for first := i; first < len(d.text) && d.text[first] != '\n'; first++ {
		if c := d.text[first]; !isSpace(c) {
			p := d.top().penalty + penaltyParams
			if c == ')' || c == ']' || c == '}' {
				p += penaltyClose
			}
			d.offer(indented(i, first), min(p, penaltyDeep))
			return
		}
	}
}

// quoted goes through the string at i and returns its end.
func (d *indents) quoted(i int) int {
	q := d.text[i]
	if i+2 >= len(d.text) || d.text[i+1] != q || d.text[i+2] != q {
		return quoteEnd(d.text, i, false)
	}
	end := tripleEnd(d.text, i)
	base := d.top().penalty
	d.offerInner(i, end, base+penaltyRemark, base+penaltyPause)
	return end
}
