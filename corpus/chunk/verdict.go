package chunk

// result tells what was declared, from what was read.
func (p *parser) result() header {
	switch {
	case p.control:
		return header{}
	case !p.fn.empty():
		return p.function(p.fn)
	case p.word == wordImpl && !p.typed.empty():
		return header{kind: kindType, name: p.typed, label: span{p.wordAt, p.cut}}
	case p.word == wordNamespace:
		return header{kind: kindNamespace, name: p.typed, label: p.labelled(p.typed)}
	case p.word == wordExtern && p.str && p.call.empty():
		return header{kind: kindNamespace}
	case p.lang.has(properties):
		return p.property()
	case !p.assigned.empty():
		return header{kind: kindVar, name: p.assigned, label: p.assigned}
	case p.lang.has(preprocessor) && !p.call.empty() && (p.callHard || p.word != wordType):
		return p.macro()
	case p.word == wordType && (!p.typed.empty() || p.lang.has(preprocessor)):
		return header{kind: kindType, name: p.typed, label: p.labelled(p.typed)}
	case p.lang.has(keywordFuncs) || p.call.empty():
		return header{}
	}
	return p.function(p.call)
}

// property is result for languages where functions and objects are values of names.
func (p *parser) property() header {
	name := p.assigned
	if name.empty() {
		name = p.prop
	}
	switch {
	case p.word == wordType && p.assigned.empty() && !p.typed.empty():
		return header{kind: kindType, name: p.typed, label: p.labelled(p.typed)}
	case p.arrow && !name.empty():
		return p.function(name)
	case p.word == wordType && !name.empty():
		return header{kind: kindType, name: name, label: name}
	case !name.empty():
		return header{kind: kindVar, name: name, label: name}
	case p.arrow || p.call.empty() || p.word != 0:
		return header{}
	}
	return p.function(p.call)
}

// function is a function called name. Its label tells keyword and owner where both stand before the
// name.
func (p *parser) function(name span) header {
	h := header{kind: kindFunc, name: name, owner: p.owner, label: name}
	if p.word == wordFunc || p.word == wordMacro {
		h.label = p.labelled(name)
	}
	return h
}

// labelled returns the span from the keyword to the name.
func (p *parser) labelled(name span) span {
	if name.empty() {
		return name
	}
	return span{p.wordAt, name.hi}
}

// macro is a C function, or what a macro in capitals defines: SYSCALL_DEFINE3(open, ...) is open.
func (p *parser) macro() header {
	h := p.function(p.call)
	for _, c := range p.text[p.call.lo:p.call.hi] {
		if isLower(c) {
			return h
		}
	}
	lo, hi := p.args.lo, p.args.lo
	for hi < p.args.hi && isIdent(p.text[hi]) {
		hi++
	}
	if lo < hi && p.text[lo]-'0' >= 10 && (hi == p.args.hi || p.text[hi] == ',') {
		h.name, h.label = span{lo, hi}, span{lo, hi}
	}
	return h
}
