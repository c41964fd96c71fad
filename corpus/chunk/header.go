package chunk

import "bytes"

// Bounds on declarations, in bytes.
const (
	headerBytesMax   = 1 << 10 // up to the brace
	genericsBytesMax = 200     // from < to >
	unclosedMax      = 8       // brackets that nothing closes: each is looked for up to the brace
)

// header is what the text before an opening brace declares.
type header struct {
	kind               scopeKind
	name, owner, label span
}

// parser reads a header once from left to right. It sees only what stands outside brackets.
type parser struct {
	lang *braceLang
	text []byte
	lo   int // where the header starts,
	hi   int // its end: the brace
	done bool

	before   span     // the name before the last one, and before attributes
	last     span     // the last name, with what qualifies it: a::b, a.b, ~a
	joined   bool     // the next name belongs to the last one
	word     wordKind // of the declaring keyword, and where it stands
	wordAt   int
	control  bool
	arrow    bool // => or a function as value
	call     span // the name before the parameters
	callHard bool // it cannot be an attribute
	args     span // what stands in the parentheses after call
	assigned span // the name before =
	prop     span // the name before a single colon
	typed    span // the name after a type keyword
	fn       span // the name after a function keyword
	owner    span
	cut      int // where the label of an impl ends
	str      bool
	unclosed int
}

// parse tells what text[lo:hi], which is followed by a brace, declares.
func (l *braceLang) parse(text []byte, lo, hi int) header {
	if hi-lo > headerBytesMax {
		return header{}
	}
	p := parser{lang: l, text: text, lo: lo, hi: hi, cut: hi}
	for i := lo; i < hi && !p.done; {
		i = p.token(i)
	}
	return p.result()
}

// token reads what starts at i and returns where to go on.
func (p *parser) token(i int) int {
	c := p.text[i]
	switch {
	case isIdent(c) || c == '@' && i+1 < p.hi && isIdent(p.text[i+1]) || c == '~':
		return p.ident(i)
	case isSpace(c):
		return i + 1
	case c == '(':
		return p.group(i)
	case c == '[':
		return p.skip(i, '[', ']')
	case c == '<':
		return p.generics(i)
	case c == '"' || c == '\'' && !p.lang.has(lifetimes) || c == '`':
		p.str = true
		return min(p.hi, quoteEnd(p.text[:p.hi], i, false))
	case c == '/' && i+1 < p.hi && p.text[i+1] == '/':
		return min(p.hi, lineEnd(p.text, i))
	case c == '/' && i+1 < p.hi && p.text[i+1] == '*':
		return after(p.text[:p.hi], i+2, []byte("*/"))
	case c == ':':
		return p.colon(i)
	case c == '=':
		return p.equals(i)
	case c == '.' || c == '#' && p.lang.has(properties):
		p.joined = c == '.'
		return i + 1
	case c == '!' && p.word == wordMacro:
		return i + 1
	}
	p.joined = false
	return i + 1
}

// ident reads the word at i.
func (p *parser) ident(i int) int {
	j := i + 1
	for j < p.hi && isIdent(p.text[j]) {
		j++
	}
	joined := p.joined
	p.joined = p.text[i] == '~'
	switch w := p.lang.words[string(p.text[i:j])]; {
	case w == wordOperator:
		p.joined = joined
		return p.operator(i)
	case w == 0 || joined || w == wordSkip && p.lang.has(properties) && j < p.hi && p.text[j] == '(':
		p.named(i, j, joined)
	case p.text[i] == '@' && w == 0:
	case w == wordControl:
		p.control = p.control || p.assigned.empty() && p.prop.empty()
		p.done = p.control
	case w == wordSkip:
	case w == wordFor:
		if p.word == wordImpl {
			p.typed = span{}
		}
	default:
		p.declares(w, i)
	}
	return j
}

// declares notes the declaring keyword w at i. The first one counts.
func (p *parser) declares(w wordKind, i int) {
	switch {
	case w == wordFunc && (!p.assigned.empty() || !p.prop.empty()):
		p.arrow = true
	case p.word == 0 || p.word == wordExtern:
		p.word, p.wordAt = w, i
	}
}

// named notes the name text[i:j].
func (p *parser) named(i, j int, joined bool) {
	if p.text[i] == '@' { // an annotation
		p.last = span{}
		return
	}
	if joined && !p.last.empty() {
		p.last.hi = j
	} else {
		if !isAttribute(p.text[p.last.lo:p.last.hi]) {
			p.before = p.last
		}
		p.last = span{i, j}
	}
	switch p.word {
	case wordFunc, wordMacro:
		if p.fn.empty() {
			p.fn = p.last
			p.done = p.lang.has(keywordFuncs) || p.word == wordMacro
		}
	case wordType, wordNamespace:
		p.typeNamed()
	case wordImpl:
		if string(p.text[i:j]) == "where" {
			p.cut, p.done = i, true
		} else if p.typed.empty() || joined {
			p.typed = p.last
		}
	}
}

// typeNamed notes the last name as that of a type. In C the name comes last: struct attribute name.
func (p *parser) typeNamed() {
	if p.lang.has(preprocessor) && p.word == wordType {
		if p.call.empty() && p.assigned.empty() {
			p.typed = p.last
		}
		return
	}
	if p.typed.empty() || p.typed.lo == p.last.lo {
		p.typed = p.last
	}
}

// group skips the parentheses at i, and notes the name before them as that of a function.
func (p *parser) group(i int) int {
	end := p.skip(i, '(', ')')
	p.joined = false
	if p.text[end-1] != ')' { // never closed: a macro's
		p.unclosed++
		p.done = p.unclosed == unclosedMax
		return i + 1
	}
	if i+1 < end && p.text[i+1] == '*' && p.lang.has(preprocessor) && p.call.empty() {
		return i + 1 // int (*f(void))(int)
	}
	attribute := !p.last.empty() && isAttribute(p.text[p.last.lo:p.last.hi])
	switch {
	case p.word == wordFunc && p.fn.empty() && p.lang.has(keywordFuncs):
		p.owner = receiver(p.text, i+1, end-1)
	case p.last.empty() || !p.assigned.empty():
	case p.call.empty() || !p.callHard || !attribute && p.lang.has(preprocessor):
		p.call, p.args, p.callHard = p.last, span{i + 1, end - 1}, !attribute
	}
	if p.last = (span{}); attribute {
		p.last = p.before
	}
	return end
}

// isAttribute tells whether name is one of the compiler's attributes rather than a function's name.
func isAttribute(name []byte) bool {
	return bytes.HasPrefix(name, []byte("__")) && !bytes.HasPrefix(name, []byte("__do_"))
}

// receiver returns the name of the type in the parameter list of a Go method's receiver.
func receiver(text []byte, lo, hi int) span {
	var got span
	for n := 0; lo < hi && n < 2; {
		if !isIdent(text[lo]) {
			if text[lo] == '[' {
				break
			}
			lo++
			continue
		}
		j := lo
		for j < hi && isIdent(text[j]) {
			j++
		}
		got = span{lo, j}
		lo = j
		n++
	}
	return got
}

// operator reads the name of an operator function at i: up to its parameters.
func (p *parser) operator(i int) int {
	j := i + len("operator")
	for j < p.hi && p.text[j] != '(' {
		j++
	}
	if j+1 < p.hi && p.text[j+1] == ')' && bytes.IndexByte(p.text[j+2:p.hi], '(') >= 0 {
		j += 2
	}
	hi := j
	for hi > i && isSpace(p.text[hi-1]) {
		hi--
	}
	if p.joined && !p.last.empty() {
		i = p.last.lo
	}
	p.last, p.joined = span{i, hi}, false
	return j
}

// generics skips <...> at i where it closes within the header, else only the sign.
func (p *parser) generics(i int) int {
	depth := 0
	for j := i; j < min(p.hi, i+genericsBytesMax); j++ {
		switch p.text[j] {
		case '<':
			depth++
		case '>':
			if p.text[j-1] == '-' || p.text[j-1] == '=' {
				continue
			}
			if depth--; depth == 0 {
				return j + 1
			}
		case ';', '{', '}':
			return i + 1
		}
	}
	return i + 1
}

// skip returns the place after the bracket that closes the one at i, or the header's end.
func (p *parser) skip(i int, open, shut byte) int {
	depth := 0
	for ; i < p.hi; i++ {
		switch p.text[i] {
		case open:
			depth++
		case shut:
			if depth--; depth == 0 {
				return i + 1
			}
		case '"':
			i = min(p.hi, quoteEnd(p.text[:p.hi], i, false)) - 1
		}
	}
	return p.hi
}

// colon reads : and ::.
func (p *parser) colon(i int) int {
	if i+1 < p.hi && p.text[i+1] == ':' {
		p.joined = true
		return i + 2
	}
	p.joined = false
	switch l := p.lang; {
	case !p.assigned.empty():
	case l.has(keywordFuncs):
		p.prop = p.last
	case !p.call.empty() || !p.fn.empty() || p.word == wordType:
		p.done = !p.returnsArrow(i)
	case l.has(properties):
		p.prop = p.last
	case l.has(preprocessor):
		p.last, p.typed, p.word = span{}, span{}, 0 // a label
	}
	return i + 1
}

// returnsArrow tells whether an arrow comes later in the header, so that what was taken for a
// function's parameters are those of its value.
func (p *parser) returnsArrow(i int) bool {
	return p.lang.has(properties) && bytes.Contains(p.text[i:p.hi], []byte("=>"))
}

// equals reads =, == and =>.
func (p *parser) equals(i int) int {
	p.joined = false
	if i+1 < p.hi && (p.text[i+1] == '=' || p.text[i+1] == '>') {
		p.arrow = p.arrow || p.text[i+1] == '>'
		return i + 2
	}
	if bytes.IndexByte([]byte("!<>+-*/%&|^"), p.text[max(i-1, p.lo)]) >= 0 {
		return i + 1
	}
	switch {
	case !p.assigned.empty() && !p.lang.has(preprocessor):
	case p.last.empty() || !p.prop.empty():
		p.assigned = p.prop
	case isAttribute(p.text[p.last.lo:p.last.hi]) && !p.before.empty():
		p.assigned = p.before // se7780_devices[] __initdata = {
	default:
		p.assigned = p.last
	}
	return i + 1
}

func isIdent(c byte) bool {
	return c|0x20-'a' < 26 || c-'0' < 10 || c == '_' || c == '$' || c >= 0x80
}
