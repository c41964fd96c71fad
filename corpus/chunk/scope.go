package chunk

import "bytes"

// Bounds on what passages say of their place.
const (
	labelBytesMax   = 80  // of one symbol or heading in a context
	pathBytesMax    = 240 // of a context without the header of a table
	columnsBytesMax = 240 // of the header of a table in a context
	contextBytesMax = pathBytesMax + len(contextJoin) + columnsBytesMax
	symbolBytesMax  = 120 // of all symbols of a passage
	contextJoin     = " > "
	keyEnd          = ':' // ends a context whose last label is a key

	scopesFree = 64 // scopes that any text may have; above it, one in scopeBytes bytes of text
	scopeBytes = 64
	scopesKept = 2 << 10 // whose memory is used again for the next text
)

// scopeKind tells scopes apart.
type scopeKind uint8

const (
	kindBlock     scopeKind = iota // no scope: statements, literals
	kindFunc                       // a function, method or macro
	kindType                       // a type, class, trait or their implementation
	kindVar                        // a variable with an initialiser in braces
	kindNamespace                  // a namespace, module or extern "C"
	kindSection                    // a heading and what stands below it
	kindTable                      // the rows of a table, below its header
	kindKey                        // the value of a key: what it nests
)

// leads tells whether a scope is what a reader must know of any text that begins in it, whether or
// not all of that text lies in it.
func (k scopeKind) leads() bool { return k == kindTable || k == kindKey }

// span is text[lo:hi].
type span struct{ lo, hi int }

func (p span) empty() bool { return p.lo == p.hi }

// scope is a named part of the text. Scopes are listed in the order of their starts.
type scope struct {
	kind    scopeKind
	parent  int // its place in labeller.scopes, -1 at the top
	start   int // first byte, of the comment before it where there is one
	head    int // first byte of its declaration
	end     int // first byte after it, or unclosed
	name    span
	owner   span // what the name belongs to, where the declaration says so: a receiver
	label   span // what contexts call it
	context ref  // its context, once made in the flush numbered flush
	flush   int
}

// unclosed is the end of a scope that is still open.
const unclosed = int(^uint(0) >> 1)

// ref is a string not made yet: labeller.buf[lo:hi].
type ref struct{ lo, hi int }

// labeller knows the scopes and gives passages their Context and Symbol.
type labeller struct {
	scopes []scope
	cur    int    // innermost scope that the passages so far have entered
	next   int    // first scope they have not
	buf    []byte // the strings of the passages of one flush, made into one string at its end
	refs   []ref  // context and symbol of each of them
	flush  int    // counts flushes from 1
}

func (l *labeller) reset() {
	if cap(l.scopes) > scopesKept {
		l.scopes = nil
	}
	l.scopes, l.cur, l.next = l.scopes[:0], -1, 0
	l.buf, l.refs, l.flush = l.buf[:0], l.refs[:0], 1
}

// open adds a scope and returns its place, or that of its parent when the text before it, of
// sc.start bytes, already has too many.
func (l *labeller) open(sc scope) int {
	if len(l.scopes) > scopesFree+sc.start/scopeBytes {
		return sc.parent
	}
	sc.end, sc.flush = unclosed, 0
	l.scopes = append(l.scopes, sc)
	return len(l.scopes) - 1
}

// endScopes closes at end whatever is still open.
func (l *labeller) endScopes(end int) {
	for i := range l.scopes {
		l.scopes[i].end = min(l.scopes[i].end, end)
	}
}

// label sets Context and Symbol of passages, the ones that follow those labelled before.
func (l *labeller) label(text []byte, passages []Passage) {
	for i := range passages {
		l.place(text, &passages[i])
	}
	all := string(l.buf)
	for i := range passages {
		c, s := l.refs[2*i], l.refs[2*i+1]
		passages[i].Context, passages[i].Symbol = all[c.lo:c.hi], all[s.lo:s.hi]
	}
	l.buf, l.refs = l.buf[:0], l.refs[:0]
	l.flush++
}

// place notes the context and symbol of p.
func (l *labeller) place(text []byte, p *Passage) {
	l.enter(p.Start)
	in := l.cur
	for in >= 0 && l.scopes[in].end < p.End && !l.scopes[in].kind.leads() {
		in = l.scopes[in].parent
	}
	context := l.contextOf(text, in)
	if in >= 0 && l.scopes[in].kind == kindKey {
		at := len(l.buf)
		l.buf = append(append(l.buf, l.buf[context.lo:context.hi]...), keyEnd)
		context = ref{at, len(l.buf)}
	}
	lo := len(l.buf)
	if l.cur >= 0 {
		l.addName(text, lo, &l.scopes[l.cur])
	}
	for i := l.next; i < len(l.scopes) && l.scopes[i].start < p.End; i++ {
		l.addName(text, lo, &l.scopes[i])
	}
	l.refs = append(l.refs, context, ref{lo, len(l.buf)})
}

// enter moves to the innermost scope that holds off. Code does not hold its own first byte: it is
// what a passage that starts there defines.
func (l *labeller) enter(off int) {
	for ; l.next < len(l.scopes); l.next++ {
		sc := &l.scopes[l.next]
		if sc.start > off || sc.start == off && sc.kind < kindSection {
			break
		}
		l.cur = l.next
	}
	for l.cur >= 0 && l.scopes[l.cur].end <= off {
		l.cur = l.scopes[l.cur].parent
	}
}

// contextOf returns the path of labels down to scope i.
func (l *labeller) contextOf(text []byte, i int) ref {
	if i < 0 {
		return ref{}
	}
	sc := &l.scopes[i]
	if sc.flush == l.flush {
		return sc.context
	}
	sc.flush = l.flush
	above := l.contextOf(text, sc.parent)
	full := sc.kind != kindTable && above.hi-above.lo > pathBytesMax-labelBytesMax-len(contextJoin)
	if sc.label.empty() || full {
		sc.context = above
		return above
	}
	lo := len(l.buf)
	if above.lo < above.hi {
		l.buf = append(l.buf, l.buf[above.lo:above.hi]...)
		l.buf = append(l.buf, contextJoin...)
	}
	if label := text[sc.label.lo:sc.label.hi]; sc.kind == kindTable {
		l.buf = appendCells(l.buf, label, columnsBytesMax)
	} else {
		l.buf = appendWords(l.buf, label, labelBytesMax)
	}
	sc.context = ref{lo, len(l.buf)}
	return sc.context
}

// addName adds the name of sc to the symbols that start at lo in the buffer, once and while there
// is room.
func (l *labeller) addName(text []byte, lo int, sc *scope) {
	n := sc.name
	if sc.kind >= kindSection || sc.kind == kindNamespace || n.empty() {
		return
	}
	was := len(l.buf)
	if lo < was {
		l.buf = append(l.buf, ' ')
	}
	at := len(l.buf)
	if o := sc.owner; !o.empty() && o.hi-o.lo < labelBytesMax {
		l.buf = append(l.buf, text[o.lo:o.hi]...)
		l.buf = append(l.buf, '.')
	}
	l.buf = appendWords(l.buf, text[n.lo:n.hi], labelBytesMax)
	if len(l.buf)-lo > symbolBytesMax || hasWord(l.buf[lo:was], l.buf[at:]) {
		l.buf = l.buf[:was]
	}
}

// hasWord tells whether word is one of the words in list.
func hasWord(list, word []byte) bool {
	for len(list) > 0 {
		one, rest, _ := bytes.Cut(list, []byte{' '})
		if bytes.Equal(one, word) {
			return true
		}
		list = rest
	}
	return false
}

// appendWords appends at most limit bytes of src to dst, with every run of white space made one
// space.
func appendWords(dst, src []byte, limit int) []byte {
	src = bytes.TrimFunc(src, func(r rune) bool { return r <= ' ' })
	if len(src) > limit {
		src = src[:runeStart(src, limit)]
	}
	gap := false
	for _, c := range src {
		if c <= ' ' {
			gap = true
			continue
		}
		if gap {
			dst = append(dst, ' ')
			gap = false
		}
		dst = append(dst, c)
	}
	return dst
}
