// Package gitignore matches paths against the patterns of one ignore file, exactly as git does.
//
// It is the matcher beneath the folder connector's rules. Nothing here reads a file: a List is made
// from bytes, and the connector decides which lists count and in which order. The semantics are
// those of git's dir.c and wildmatch.c, quirks included, and the tests hold them against `git
// check-ignore`. Matching a pattern costs at most the product of its length and the path's,
// whatever the pattern: ignore files come from the sources themselves, so they are hostile input.
package gitignore

import (
	"bytes"
	"strings"
)

// Verdict is what a list says of a path.
type Verdict int8

const (
	None   Verdict = iota // no pattern of the list matches
	Ignore                // the last pattern that matches leaves the path out
	Keep                  // the last pattern that matches is a negation
)

// List is the compiled patterns of one ignore file. The zero value and nil match nothing; a List is
// immutable and safe for concurrent use.
type List struct {
	negated []bool          // by pattern number, in the order of the file
	names   map[string]last // patterns that name a file outright: "Makefile"
	exts    map[string]last // patterns like "*.o", by ".o"
	paths   map[string]last // patterns that name a path outright: "/a/b"
	globs   []glob          // all others, last one first
}

// last holds the highest number + 1 of the patterns that share a literal, for files and for
// folders: a pattern that ends in a slash counts for folders only.
type last struct{ file, dir int }

// Parse compiles the text of an ignore file. It returns nil when the text holds no pattern.
func Parse(text []byte) *List {
	l := &List{}
	text = bytes.TrimPrefix(text, []byte("\xef\xbb\xbf"))
	for len(text) > 0 {
		line, rest, _ := bytes.Cut(text, []byte("\n"))
		text = rest
		l.add(patternOf(line))
	}
	return l.done()
}

// ParseLines compiles patterns that are given one by one, as on a command line.
func ParseLines(lines []string) *List {
	l := &List{}
	for _, line := range lines {
		l.add(patternOf([]byte(line)))
	}
	return l.done()
}

func (l *List) done() *List {
	if len(l.negated) == 0 {
		return nil
	}
	for i, j := 0, len(l.globs)-1; i < j; i, j = i+1, j-1 {
		l.globs[i], l.globs[j] = l.globs[j], l.globs[i]
	}
	return l
}

// patternOf takes the comment, the carriage return and the trailing spaces off a line.
func patternOf(line []byte) string {
	if len(line) == 0 || line[0] == '#' {
		return ""
	}
	line = bytes.TrimSuffix(line, []byte("\r"))
	if i := bytes.IndexByte(line, 0); i >= 0 {
		line = line[:i] // git reads lines as C strings
	}
	return trimSpaces(string(line))
}

// trimSpaces removes trailing spaces that no backslash protects.
func trimSpaces(s string) string {
	end := len(s)
	for i := 0; i < len(s); i++ {
		switch s[i] {
		case ' ':
			if end == len(s) {
				end = i
			}
		case '\\':
			i++
			end = len(s)
		default:
			end = len(s)
		}
	}
	return s[:end]
}

// add compiles one pattern into the place where it is found fastest.
func (l *List) add(p string) {
	if p == "" {
		return
	}
	g := glob{}
	negated := p[0] == '!'
	if negated {
		p = p[1:]
	}
	if strings.HasSuffix(p, "/") {
		p, g.dirOnly = p[:len(p)-1], true
	}
	g.nameOnly = !strings.Contains(p, "/")
	p = strings.TrimPrefix(p, "/")
	if p == "" {
		return // "/" and "!" match nothing
	}
	l.negated = append(l.negated, negated)
	g.number = len(l.negated)
	switch literal := literalLen(p); {
	case literal == len(p) && g.nameOnly:
		put(&l.names, p, g)
	case literal == len(p):
		put(&l.paths, p, g)
	case g.nameOnly && isExt(p):
		put(&l.exts, p[1:], g)
	default:
		g.compile(p, literal)
		l.globs = append(l.globs, g)
	}
}

func put(m *map[string]last, key string, g glob) {
	if *m == nil {
		*m = make(map[string]last)
	}
	at := (*m)[key]
	at.dir = g.number
	if !g.dirOnly {
		at.file = g.number
	}
	(*m)[key] = at
}

// isExt tells whether a pattern is an asterisk and one literal extension.
func isExt(p string) bool {
	return p[0] == '*' && len(p) > 1 && p[1] == '.' && literalLen(p[1:]) == len(p)-1 && !strings.Contains(p[2:], ".")
}

// literalLen is the length of p before its first character that is special in a pattern.
func literalLen(p string) int {
	if i := strings.IndexAny(p, `*?[\`); i >= 0 {
		return i
	}
	return len(p)
}

// Match says what the list's last matching pattern says of path, which is slash-separated and
// relative to the folder of the ignore file. It does not look at the path's parents: who walks down
// from the top does not enter a folder that is ignored.
func (l *List) Match(path string, isDir bool) Verdict {
	if l == nil {
		return None
	}
	name := path[strings.LastIndexByte(path, '/')+1:]
	best := l.literals(path, name, isDir)
	for i := range l.globs {
		g := &l.globs[i]
		if g.number < best {
			break
		}
		if (isDir || !g.dirOnly) && g.match(path, name) {
			best = g.number
			break
		}
	}
	switch {
	case best == 0:
		return None
	case l.negated[best-1]:
		return Keep
	}
	return Ignore
}

// literals returns the highest number of the patterns that need no matching but a look-up.
func (l *List) literals(path, name string, isDir bool) int {
	best := 0
	look := func(m map[string]last, key string) {
		if m == nil {
			return
		}
		at := m[key]
		if isDir {
			best = max(best, at.dir)
		} else {
			best = max(best, at.file)
		}
	}
	look(l.names, name)
	look(l.paths, path)
	if i := strings.LastIndexByte(name, '.'); i >= 0 {
		look(l.exts, name[i:])
	}
	return best
}

// MayMatchBelow tells whether a pattern of the list could match something inside the folder dir. It
// errs on the side of yes.
func (l *List) MayMatchBelow(dir string) bool {
	if l == nil {
		return false
	}
	if len(l.names)+len(l.exts) > 0 {
		return true
	}
	for p := range l.paths {
		if strings.HasPrefix(p, dir+"/") {
			return true
		}
	}
	for i := range l.globs {
		g := &l.globs[i]
		if g.nameOnly || overlaps(g.prefix, dir+"/") {
			return true
		}
	}
	return false
}

func overlaps(a, b string) bool {
	n := min(len(a), len(b))
	return a[:n] == b[:n]
}
