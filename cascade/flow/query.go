package flow

import (
	"slices"
	"strings"
	"unicode"

	"sluice/index"
)

// Query is a question after its operators were taken out.
type Query struct {
	Raw     string       // as asked
	Text    string       // what becomes terms: Raw without exclusions and filters
	Phrases []string     // "a phrase": must occur
	Exclude []string     // -word: must not occur
	Filter  index.Filter // what gather looks at
	Read    []string     // the operators that were read, in words
	AsText  []string     // what looks like an operator and was searched for, and why
}

// Operators says whether the operators of a question are read.
type Operators string

// Ways to read a question.
const (
	OperatorsAuto Operators = ""    // where a person typed them on purpose
	OperatorsOn   Operators = "on"  // wherever they stand
	OperatorsOff  Operators = "off" // nowhere: all of it is text
)

// Reading is how a question is read.
type Reading struct {
	Operators Operators
	Type      func(name string) (string, bool) // the type of documents that lang:name means; nil: any name
}

// ParseQuery reads a question as one that somebody typed. Filters of the question are added to
// base.
func ParseQuery(raw string, base index.Filter) Query { return Reading{}.Parse(raw, base) }

// Parse takes the operators out of a question: "a phrase", -word, path:GLOB and lang:TYPE. Unless
// they are asked for, they count only where somebody typed them on purpose: in one short line that
// is no command, code or message of a program, exclusions before or behind all other words. The
// rest is text: what is pasted is searched for and never obeyed.
func (r Reading) Parse(raw string, base index.Filter) Query {
	q := Query{Raw: raw, Filter: base}
	parts := split(raw)
	why := ""
	switch r.Operators {
	case OperatorsOff:
		why = "operators are off"
	case OperatorsAuto:
		why = pasted(raw, parts)
	}
	if why != "" {
		q.Text = raw
		q.leave(parts, why)
		return q
	}
	if r.Operators == OperatorsAuto {
		doubtExclusions(parts)
	}
	var text []string
	for _, p := range parts {
		if word, ok := q.take(p, r); !ok {
			text = append(text, word)
		}
	}
	q.Text = strings.Join(text, " ")
	return q
}

// leave notes what looks like an operator and is text.
func (q *Query) leave(parts []part, why string) {
	const most = 8
	var seen []string
	for _, p := range parts {
		if p.kind != plain && !slices.Contains(seen, p.raw) && len(seen) < most {
			seen = append(seen, p.raw)
		}
	}
	if len(seen) > 0 {
		q.AsText = append(q.AsText, strings.Join(seen, " ")+": "+why)
	}
}

// take enters an operator in the query. What becomes text is returned with ok = false.
func (q *Query) take(p part, r Reading) (text string, ok bool) {
	if p.doubt != "" {
		q.AsText = append(q.AsText, p.raw+": "+p.doubt)
		return p.raw, false
	}
	switch p.kind {
	case phrase:
		q.Phrases = append(q.Phrases, p.text)
		q.Read = append(q.Read, p.raw+" must occur as written")
		return p.text, false
	case exclusion:
		q.Exclude = append(q.Exclude, p.text)
		q.Read = append(q.Read, p.text+" must not occur")
		return "", true
	case pathFilter:
		q.Filter.Paths = append(slices.Clip(q.Filter.Paths), p.text)
		q.Read = append(q.Read, "only paths that match "+p.text)
		return "", true
	case typeFilter:
		name, known := strings.ToLower(p.text), true
		if r.Type != nil {
			name, known = r.Type(name)
		}
		if !known {
			q.AsText = append(q.AsText, p.raw+": no type of documents is called so")
			return p.raw, false
		}
		q.Filter.Types = append(slices.Clip(q.Filter.Types), name)
		q.Read = append(q.Read, "only documents of the type "+name)
		return "", true
	}
	return p.raw, false
}

// kind is what a part of a question looks like.
type kind int

const (
	plain kind = iota
	phrase
	exclusion
	pathFilter
	typeFilter
)

// part is a word of a question, or what stands in quotes.
type part struct {
	kind   kind
	text   string // without the marks of the operator
	raw    string
	before rune   // what stands before and behind a quote; 0: nothing
	after  rune   // the same
	doubt  string // why it is text all the same
}

// quotes pairs the marks that open a phrase with those that close it. Keyboards of phones put the
// curved ones.
var quotes = map[rune]string{'"': "\"”", '“': "”“\"", '„': "“”\"", '”': "”", '«': "»", '»': "«", '＂': "＂"}

// split cuts a question into words and quoted phrases.
func split(raw string) (parts []part) {
	var before rune
	for rest := raw; rest != ""; {
		r, size := firstRune(rest)
		if unicode.IsSpace(r) {
			before, rest = r, rest[size:]
			continue
		}
		p, tail, ok := cutPhrase(rest, before, opens(parts, before))
		if !ok {
			p, tail = cutWord(rest)
		}
		parts = append(parts, p)
		before = lastRune(p.raw)
		rest = tail
	}
	return parts
}

// opens tells whether a quote behind that character opens a phrase: in 5" it does not.
func opens(parts []part, before rune) bool {
	return len(parts) == 0 || unicode.IsSpace(before) || parts[len(parts)-1].kind == phrase || !joins(before)
}

// cutPhrase takes a leading quoted phrase; a quote that is never closed is text.
func cutPhrase(s string, before rune, opens bool) (p part, rest string, ok bool) {
	r, size := firstRune(s)
	closing, isQuote := quotes[r]
	if !isQuote || !opens {
		return p, s, false
	}
	end := strings.IndexAny(s[size:], closing)
	if end < 0 || strings.TrimSpace(s[size:size+end]) == "" {
		return p, s, false
	}
	_, last := firstRune(s[size+end:])
	rest = s[size+end+last:]
	p = part{kind: phrase, text: s[size : size+end], raw: s[:len(s)-len(rest)], before: before}
	if rest != "" {
		p.after, _ = firstRune(rest)
	}
	return p, rest, true
}

// cutWord takes a leading word and tells what it looks like. It ends before a quote that opens
// something, as in 如何"原子写".
func cutWord(s string) (p part, rest string) {
	end := len(s)
	var before rune
	for i, r := range s {
		if unicode.IsSpace(r) || i > 0 && quotes[r] != "" && quotes[before] == "" && !joins(before) {
			end = i
			break
		}
		before = r
	}
	word := s[:end]
	p = part{text: word, raw: word}
	if v, ok := strings.CutPrefix(word, "path:"); ok && v != "" {
		p.kind, p.text = pathFilter, v
	} else if v, ok := strings.CutPrefix(word, "lang:"); ok && v != "" {
		p.kind, p.text = typeFilter, v
	} else if v, ok := strings.CutPrefix(word, "-"); ok && v != "" {
		// "--force" and "->" are text.
		if r, _ := firstRune(v); joins(r) || r == unicode.ReplacementChar || wide(r) {
			p.kind, p.text = exclusion, v
		}
	}
	return p, s[end:]
}
