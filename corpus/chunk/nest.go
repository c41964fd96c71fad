package chunk

// literalsMax bounds the braces within one declaration: member{value}.
const literalsMax = 16

// tailBytesMax is how much after a closing brace can belong to it: });
const tailBytesMax = 3

// open enters the brace at i and returns where to go on.
func (b *braces) open(i int) int {
	if len(b.nests) == nestsMax {
		b.extra++
		b.stmt = i + 1
		return i + 1
	}
	b.resync(i)
	t := b.top()
	if i == b.first && b.indent == 0 && b.lang.has(preprocessor) {
		t.parens = 0 // a bracket that a macro left open
	}
	argument := t.parens > 0
	n := nest{scope: t.scope, indent: b.unitIndent, stmt: b.stmt, unit: b.unit, within: argument}
	if t.parens == 0 && (b.outer() || b.lang.has(nestedFuncs)) {
		b.declare(&n, i)
	}
	n.penalty = t.penalty + nestPenalty(t, &n)
	b.nests = append(b.nests, n)
	if !n.within || argument {
		b.stmt = i + 1
	}
	return i + 1
}

// nestPenalty is what the content of n costs more to cut than what is around it, in t.
func nestPenalty(t, n *nest) int32 {
	switch {
	case n.kind == kindNamespace:
		return 0
	case n.kind == kindType:
		return penaltyType
	case n.kind == kindFunc, t.kind == kindNamespace, t.kind == kindType:
		return penaltyBody
	}
	return penaltyNest
}

// declare finds out what the statement before the brace at i declares, and opens a scope for it.
func (b *braces) declare(n *nest, i int) {
	b.fresh(i)
	h := b.lang.parse(b.text, b.stmt, i)
	n.kind = h.kind
	if b.literals < literalsMax && b.isLiteral(i, h.kind) {
		n.kind, n.within = kindBlock, true
		b.literals++
		return
	}
	b.literals = 0
	if h.kind == kindBlock || h.kind == kindVar && !b.outer() {
		n.kind = kindBlock
		return
	}
	start := min(b.unit, b.stmt)
	if k := len(b.scopes); k > 0 && (start < b.scopes[k-1].start || start < b.top().stmt && len(b.nests) > 1) {
		start = b.stmt
	}
	n.scope = b.splitter.labeller.open(scope{kind: h.kind, parent: b.top().scope, start: start, head: b.stmt,
		name: h.name, owner: h.owner, label: h.label})
	n.own = n.scope != b.top().scope
}

// isLiteral tells whether the brace at i, after what looks like a declaration, is within it:
// member{value} in a list of initialisers, or a type: { kind: string }.
func (b *braces) isLiteral(i int, kind scopeKind) bool {
	if !b.lang.has(constructors) || kind != kindFunc && kind != kindVar {
		return false
	}
	prev := b.text[b.trimmed(i, b.stmt)-1]
	if b.lang.has(properties) {
		return prev == ':' || prev == '<' || prev == ',' || prev == '|' || prev == '&'
	}
	return kind == kindFunc && isIdent(b.text[i-1])
}

// close leaves the brace closed at i and returns where to go on.
func (b *braces) close(i int) int {
	if b.extra > 0 {
		b.extra--
		b.stmt = i + 1
		return i + 1
	}
	margin := i == b.first && b.indent == 0 && b.lang.has(preprocessor)
	if margin {
		for len(b.nests) > 1 && b.top().indent > 0 {
			b.pop(i)
		}
	}
	if len(b.nests) == 1 {
		b.top().parens = 0
		b.stmt = i + 1
		return i + 1
	}
	n := b.pop(i + 1)
	b.stmt = i + 1
	switch {
	case n.template:
		b.stmt, b.unit, b.unitIndent = n.stmt, n.unit, n.indent
		return b.template(i + 1)
	case n.within && !margin:
		b.stmt, b.unit, b.unitIndent = n.stmt, n.unit, n.indent
	case n.own && b.scopes[n.scope].name.empty() && n.kind == kindType:
		b.nameAfter(n.scope, i+1)
	}
	if margin {
		b.top().parens = 0
	}
	return i + 1
}

// pop leaves the innermost brace, whose content ends at end.
func (b *braces) pop(end int) nest {
	n := *b.top()
	b.nests = b.nests[:len(b.nests)-1]
	if n.own {
		for range tailBytesMax {
			if end < len(b.text) && isTail(b.text[end]) {
				end++
			}
		}
		sc := &b.scopes[n.scope]
		sc.end = max(end, sc.name.hi, sc.head)
	}
	return n
}

func isTail(c byte) bool { return c == ';' || c == ',' || c == ')' }

// nameAfter gives scope k the name that follows its closing brace: typedef struct {...} name.
func (b *braces) nameAfter(k, i int) {
	for i < len(b.text) && (b.text[i] == ' ' || b.text[i] == '*') {
		i++
	}
	j := i
	for j < len(b.text) && isIdent(b.text[j]) {
		j++
	}
	sc := &b.scopes[k]
	sc.name, sc.label, sc.end = span{i, j}, span{i, j}, max(sc.end, j)
}

// resync leaves functions that were never closed, because both branches of an #if opened a block or
// a macro hides a brace: in C and C++ a brace at the margin inside a function that starts at the
// margin opens the next one.
func (b *braces) resync(i int) {
	if !b.lang.has(preprocessor) || i != b.first || b.indent > 0 || b.unitIndent > 0 || b.outer() {
		return
	}
	k := len(b.nests) - 1
	for k > 0 && b.nests[k].kind != kindFunc {
		k--
	}
	if k == 0 || b.nests[k].indent > 0 || b.lang.parse(b.text, b.stmt, i).kind != kindFunc {
		return
	}
	for len(b.nests) > k {
		b.pop(min(b.unit, b.stmt))
	}
}
