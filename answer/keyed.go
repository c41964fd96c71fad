package answer

import (
	"cmp"
	"encoding/json"
	"slices"
	"strings"
)

// recordBytes is how long the members of one object may be together that are shown as one.
const recordBytes = 400

// records gathers the values of nested keys: what stands side by side is one unit, which begins
// with the keys around it.
type records struct {
	units []unit
	path  []string
	open  []string // members that are not a unit yet
	start int      // of the first
	end   int      // of the last
	size  int
	quiet bool // what is read only leads up to the passage
}

// member adds a value that stands at text[start:end].
func (r *records) member(key, value string, start, end int) {
	if r.quiet || value == "" {
		return
	}
	if key != "" {
		value = key + ": " + value
	}
	if r.size+len(value) > recordBytes {
		r.flush()
	}
	if len(r.open) == 0 {
		r.start = start
	}
	r.open, r.end, r.size = append(r.open, value), end, r.size+len(value)
}

// flush makes a unit of the members so far.
func (r *records) flush() {
	if len(r.open) > 0 {
		text := strings.Join(r.open, ", ")
		if path := joined(r.path); path != "" {
			text = path + ": " + text
		}
		r.units = append(r.units, unit{text: clip(text), start: r.start, end: r.end, row: true})
	}
	r.open, r.size = nil, 0
}

// joined writes keys as a path.
func joined(path []string) string {
	var named []string
	for _, key := range path {
		if key != "" {
			named = append(named, key)
		}
	}
	return strings.Join(named, ".")
}

// jsonUnits cuts a passage of JSON, which need not be whole.
func jsonUnits(text, before string) []unit {
	s := jsonScanner{}
	s.quiet = true
	s.run(before)
	s.quiet = false
	s.run(text)
	for len(s.levels) > 0 {
		s.up(len(text))
	}
	s.flush()
	slices.SortStableFunc(s.units, func(a, b unit) int { return cmp.Compare(a.start, b.start) })
	return s.units
}

// jsonScanner reads JSON as far as it is: a passage begins and ends anywhere.
type jsonScanner struct {
	records
	levels []jsonLevel
	key    string // of the next value
}

// jsonLevel is an object or an array that is open.
type jsonLevel struct {
	array  bool
	key    string
	values []string // of an array of plain values
	start  int
	held   []string // members of the object around, while this one is read
	begin  int
	last   int
}

func (s *jsonScanner) run(text string) {
	for i := 0; i < len(text); {
		switch c := text[i]; c {
		case '{', '[':
			s.down(c == '[', i)
			i++
		case '}', ']':
			s.up(i + 1)
			i++
		case '"':
			end := stringEnd(text, i)
			value := unquote(text[i:end])
			if next := strings.TrimLeft(text[end:], " \t\r\n"); strings.HasPrefix(next, ":") && !s.inArray() {
				s.key = value
			} else {
				s.value(value, i, end)
			}
			i = end
		case ' ', '\t', '\r', '\n', ',', ':':
			i++
		default:
			end := i
			for end < len(text) && !strings.ContainsRune(" \t\r\n,:{}[]\"", rune(text[end])) {
				end++
			}
			s.value(text[i:max(end, i+1)], i, max(end, i+1))
			i = max(end, i+1)
		}
	}
}

func (s *jsonScanner) inArray() bool { return len(s.levels) > 0 && s.levels[len(s.levels)-1].array }

// down opens an object or an array. The members around wait.
func (s *jsonScanner) down(array bool, at int) {
	l := jsonLevel{array: array, key: s.key, start: at, held: s.open, begin: s.start, last: s.end}
	s.open, s.size = nil, 0
	s.levels, s.path, s.key = append(s.levels, l), append(s.path, s.key), ""
}

// up closes one. An array of plain values is a member of what is around it.
func (s *jsonScanner) up(at int) {
	if len(s.levels) == 0 {
		s.flush()
		return
	}
	s.flush()
	l := s.levels[len(s.levels)-1]
	s.levels, s.path = s.levels[:len(s.levels)-1], s.path[:len(s.path)-1]
	s.open, s.start, s.end, s.size, s.key = l.held, l.begin, l.last, 0, ""
	for _, m := range s.open {
		s.size += len(m)
	}
	if len(l.values) > 0 {
		s.member(l.key, strings.Join(l.values, ", "), l.start, at)
	}
	if len(s.levels) == 0 {
		s.flush()
	}
}

func (s *jsonScanner) value(value string, start, end int) {
	if s.inArray() {
		if l := &s.levels[len(s.levels)-1]; !s.quiet {
			if len(l.values) == 0 {
				l.start = start
			}
			l.values = append(l.values, value)
		}
		return
	}
	s.member(s.key, value, start, end)
	s.key = ""
}

// stringEnd is behind the string that begins at text[i].
func stringEnd(text string, i int) int {
	for k := i + 1; k < len(text); k++ {
		switch text[k] {
		case '\\':
			k++
		case '"':
			return k + 1
		case '\n': // no string of JSON goes over a line's end: this one began before the passage
			return k
		}
	}
	return len(text)
}

func unquote(quoted string) string {
	var s string
	if json.Unmarshal([]byte(quoted), &s) != nil {
		return strings.Trim(quoted, `"`)
	}
	return strings.Join(strings.Fields(s), " ")
}

// keyUnits cuts a passage of lines "key: value" or "key = value": YAML, whose keys are nested by
// indentation, and files with sections in brackets.
func keyUnits(text, before string) []unit {
	k := keyScanner{}
	k.quiet = true
	k.run(before)
	k.quiet = false
	k.run(text)
	k.flush()
	return k.units
}

type keyScanner struct {
	records
	indents []int // of the keys of path
}

func (k *keyScanner) run(text string) {
	at := 0
	for line := range strings.Lines(text) {
		start := at
		at += len(line)
		body := strings.TrimRight(line, " \t\r\n")
		k.line(body, start)
	}
}

func (k *keyScanner) line(body string, start int) {
	trimmed := strings.TrimSpace(body)
	indent := len(body) - len(strings.TrimLeft(body, " \t"))
	start += indent
	end := start + len(trimmed)
	switch {
	case trimmed == "" || trimmed == "---":
		return
	case trimmed[0] == '#' || trimmed[0] == ';':
		k.flush()
		if note := strings.Trim(trimmed, "#; "); note != "" && !k.quiet {
			k.units = append(k.units, unit{text: clip(note), start: start, end: end})
		}
		return
	case trimmed[0] == '[' && strings.HasSuffix(trimmed, "]") && indent == 0:
		k.flush()
		k.path, k.indents = []string{strings.Trim(trimmed, "[]\" ")}, []int{-1}
		return
	}
	for strings.HasPrefix(trimmed, "- ") { // an element of a list begins, perhaps below its key
		k.leave(indent + 1)
		k.flush()
		rest := strings.TrimLeft(trimmed[2:], " ")
		indent += len(trimmed) - len(rest)
		start += len(trimmed) - len(rest)
		trimmed = rest
	}
	key, value, ok := cutKey(trimmed)
	if !ok {
		k.leave(indent)
		k.member("", strings.Trim(trimmed, `"'`), start, end)
		return
	}
	k.leave(indent)
	if value == "" || value == "|" || value == ">" {
		k.flush()
		k.path, k.indents = append(k.path, key), append(k.indents, indent)
		return
	}
	k.member(key, strings.Trim(value, `"'`), start, end)
}

// leave ends the keys that are not around a line of that indentation.
func (k *keyScanner) leave(indent int) {
	for n := len(k.indents); n > 0 && k.indents[n-1] >= indent; n-- {
		k.flush()
		k.path, k.indents = k.path[:n-1], k.indents[:n-1]
	}
}

// cutKey cuts "key: value" and "key = value".
func cutKey(line string) (key, value string, ok bool) {
	at := strings.IndexAny(line, ":=")
	if at <= 0 || line[at] == ':' && at+1 < len(line) && line[at+1] != ' ' {
		return "", "", false
	}
	return strings.Trim(strings.TrimSpace(line[:at]), `"'`), strings.TrimSpace(line[at+1:]), true
}
