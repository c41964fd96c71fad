package chunk

import "bytes"

// keyLevel is a key that is around what follows, or a bracket without one.
type keyLevel struct {
	scope int // -1: none of its own
	rank  int // how deep, in YAML
}

// keys knows the keys around the current line.
type keys struct {
	*splitter
	levels []keyLevel
}

// parent is the innermost scope.
func (k *keys) parent() int {
	for i := len(k.levels) - 1; i >= 0; i-- {
		if s := k.levels[i].scope; s >= 0 {
			return s
		}
	}
	return -1
}

// down opens a level at start, labelled by a key unless that is empty.
func (k *keys) down(key span, start, rank int) {
	if len(k.levels) == nestsMax {
		return
	}
	l := keyLevel{scope: -1, rank: rank}
	if parent := k.parent(); !key.empty() {
		start = min(start, len(k.text))
		if s := k.labeller.open(scope{kind: kindKey, parent: parent, start: start, head: start, label: key}); s != parent {
			l.scope = s
		}
	}
	k.levels = append(k.levels, l)
}

// up leaves the innermost level at off.
func (k *keys) up(off int) {
	n := len(k.levels) - 1
	if n < 0 {
		return
	}
	if s := k.levels[n].scope; s >= 0 {
		k.scopes[s].end = max(off, k.scopes[s].start)
	}
	k.levels = k.levels[:n]
}

// leave leaves the levels of that rank and deeper.
func (k *keys) leave(rank, off int) {
	for n := len(k.levels); n > 0 && k.levels[n-1].rank >= rank; n-- {
		k.up(off)
	}
}

// jsonKeys opens a scope for each object and array that has a key.
type jsonKeys struct {
	keys
	word  span // the last string
	key   span // of the value that comes
	extra int  // brackets too deep to be levels
}

func (j *jsonKeys) line(_, first, end int) {
	for i := first; i < end; i++ {
		switch j.text[i] {
		case '"':
			stop := quoteEnd(j.text[:end], i, false)
			j.word, i = span{i + 1, max(i+1, stop-1)}, stop-1
		case ':':
			j.key, j.word = j.word, span{}
		case ',':
			j.key, j.word = span{}, span{}
		case '{', '[':
			if len(j.levels) == nestsMax {
				j.extra++
				continue
			}
			j.down(j.key, i+1, 0)
			j.key = span{}
		case '}', ']':
			if j.extra > 0 {
				j.extra--
				continue
			}
			j.up(i)
		case '/': // a remark, where the dialect has them
			if i+1 < end && j.text[i+1] == '/' {
				return
			}
		}
	}
}

// yamlKeys opens a scope for each key above nested lines, and for each element of a list that
// begins with a member.
type yamlKeys struct {
	keys
	block int // rank of the key whose value is a block of text, -1: none is open
}

func (y *yamlKeys) line(at, first, end int) {
	line := bytes.TrimRight(y.text[first:end], " \t\r")
	column := first - at
	switch {
	case len(line) == 0 || line[0] == '#':
		return
	case y.block >= 0 && 2*column > y.block:
		return
	case bytes.HasPrefix(line, []byte("---")) || bytes.HasPrefix(line, []byte("...")):
		column = 0
	}
	y.block = -1
	key, value := cutYAML(line)
	for len(line) > 1 && line[0] == '-' && line[1] == ' ' {
		rank := 2*column + 1 // a list may be indented as its key is
		y.leave(rank, at)
		rest := bytes.TrimLeft(line[2:], " ")
		n := len(line) - len(rest)
		key = key[min(n, len(key)):]
		label := span{}
		if len(key) > 0 && len(value) > 0 {
			label = span{first + n, first + len(line)}
		}
		y.down(label, end+1, rank)
		line, first, column = rest, first+n, column+n
	}
	rank := 2 * column
	y.leave(rank, at)
	if len(key) == 0 {
		return
	}
	if len(value) > 0 && bytes.IndexByte([]byte("|>&!#"), value[0]) < 0 {
		return
	}
	if len(value) > 0 && (value[0] == '|' || value[0] == '>') {
		y.block = rank
	}
	quotes := len(key) - len(bytes.TrimLeft(key, `"'`))
	name := bytes.Trim(key, `"'`)
	y.down(span{first + quotes, first + quotes + len(name)}, end+1, rank)
}

// cutYAML cuts "key: value". A value may be empty; a key that is none is empty too.
func cutYAML(line []byte) (key, value []byte) {
	for i, c := range line {
		if c == ':' && (i+1 == len(line) || line[i+1] == ' ') {
			return line[:i], bytes.TrimLeft(line[i+1:], " ")
		}
	}
	return nil, nil
}

// sections opens a scope for each [section] of a file of settings.
type sections struct{ keys }

func (s *sections) line(at, first, end int) {
	line := bytes.TrimRight(s.text[first:end], " \t\r")
	if first > at || len(line) < 3 || line[0] != '[' || line[len(line)-1] != ']' {
		return
	}
	name := bytes.Trim(line, "[] \t\"")
	lo := first + bytes.Index(line, name)
	s.leave(0, at)
	s.down(span{lo, lo + len(name)}, end+1, 0)
}
