package gitignore

import "strings"

// glob is one pattern that needs matching.
type glob struct {
	number   int    // 1 for the first pattern of the file
	dirOnly  bool   // it ended in a slash
	nameOnly bool   // it holds no slash, so it is matched against the last element of the path
	prefix   string // what precedes the first special character
	ops      []op   // the rest; nil with broken set when the rest can match nothing
	broken   bool
}

// op is one step of a pattern.
type op struct {
	kind opKind
	lit  byte
	set  *[4]uint64 // opSet: the bytes it takes
}

type opKind uint8

const (
	opByte     opKind = iota // exactly lit
	opAny                    // one byte that is no slash
	opSet                    // one byte of set
	opStar                   // any number of bytes that are no slash
	opTree                   // any number of bytes
	opTreeDirs               // nothing, or any bytes that end in a slash: "**/"
)

// compile turns the part of p behind its literal prefix into steps.
//
// git hands only that part to its wildmatch, so that "a**/b" is read as "**/b" behind "a"; the
// quirk is kept, because the meaning of an ignore file is what git makes of it.
func (g *glob) compile(p string, literal int) {
	g.prefix = p[:literal]
	rest := p[literal:]
	for i := 0; i < len(rest) && !g.broken; {
		switch rest[i] {
		case '*':
			i = g.star(rest, i)
		case '?':
			g.ops = append(g.ops, op{kind: opAny})
			i++
		case '[':
			i = g.class(rest, i+1)
		case '\\':
			if i++; i == len(rest) {
				g.broken = true
				return
			}
			fallthrough
		default:
			g.ops = append(g.ops, op{kind: opByte, lit: rest[i]})
			i++
		}
	}
}

// star compiles the run of asterisks that begins at i and returns where it ends.
func (g *glob) star(p string, i int) int {
	begin := i
	for i < len(p) && p[i] == '*' {
		i++
	}
	free := begin == 0 || p[begin-1] == '/'
	rest := p[i:]
	switch {
	case i-begin == 1 || g.nameOnly || !free:
		g.ops = append(g.ops, op{kind: opStar})
	case rest == "" || strings.HasPrefix(rest, `\/`):
		g.ops = append(g.ops, op{kind: opTree})
	case rest[0] == '/':
		g.ops = append(g.ops, op{kind: opTreeDirs})
		i++
	default:
		g.ops = append(g.ops, op{kind: opStar})
	}
	return i
}

// match tells whether the pattern matches the path, or its last element.
func (g *glob) match(path, name string) bool {
	text := path
	if g.nameOnly {
		text = name
	}
	if g.broken || !strings.HasPrefix(text, g.prefix) {
		return false
	}
	return run(g.ops, text[len(g.prefix):])
}

// mark is where to go on when the steps after an asterisk do not match.
type mark struct{ op, at int }

// run matches text against ops. After a mismatch it lets the last asterisk take one byte more, and
// the last double asterisk when that one may not: a slash fixes what stands before it, so older
// ones need no second try. The time is at most len(ops) * len(text) for each kind.
func run(ops []op, text string) bool {
	none := mark{op: -1}
	star, tree := none, none
	i, at := 0, 0
	for {
		if i == len(ops) && at == len(text) {
			return true
		}
		if i < len(ops) {
			switch ops[i].kind {
			case opStar:
				star = mark{i, at}
				i++
				continue
			case opTree, opTreeDirs:
				star, tree = none, mark{i, at}
				i++
				continue
			}
			if at < len(text) && ops[i].takes(text[at]) {
				i, at = i+1, at+1
				continue
			}
		}
		switch {
		case star.op >= 0 && star.at < len(text) && text[star.at] != '/':
			star.at++
			i, at = star.op+1, star.at
		case tree.op >= 0 && tree.extend(ops, text):
			star = none
			i, at = tree.op+1, tree.at
		default:
			return false
		}
	}
}

// extend lets a double asterisk take more, and tells whether there was more to take.
func (m *mark) extend(ops []op, text string) bool {
	if m.at >= len(text) {
		return false
	}
	if ops[m.op].kind == opTree {
		m.at++
		return true
	}
	next := strings.IndexByte(text[m.at:], '/')
	m.at += next + 1
	return next >= 0
}

// takes tells whether a step for one byte takes c.
func (o op) takes(c byte) bool {
	switch o.kind {
	case opByte:
		return c == o.lit
	case opAny:
		return c != '/'
	}
	return o.set[c>>6]>>(c&63)&1 != 0
}
