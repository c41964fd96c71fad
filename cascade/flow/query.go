package flow

import (
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
}

// ParseQuery reads the operators of a question: "a phrase", -word, path:GLOB and lang:TYPE.
// Anything else, foo->bar and C++ among it, is text. Filters of the question are added to base.
func ParseQuery(raw string, base index.Filter) Query {
	q := Query{Raw: raw, Filter: base}
	var text []string
	for rest := raw; ; {
		rest = strings.TrimLeftFunc(rest, unicode.IsSpace)
		if rest == "" {
			break
		}
		var word string
		if phrase, tail, ok := cutPhrase(rest); ok {
			q.Phrases = append(q.Phrases, phrase)
			text, rest = append(text, phrase), tail
			continue
		}
		word, rest = cutWord(rest)
		if !q.operator(word) {
			text = append(text, word)
		}
	}
	q.Text = strings.Join(text, " ")
	return q
}

// operator takes word when it is a filter or an exclusion.
func (q *Query) operator(word string) bool {
	if v, ok := strings.CutPrefix(word, "path:"); ok && v != "" {
		q.Filter.Paths = append(q.Filter.Paths[:len(q.Filter.Paths):len(q.Filter.Paths)], v)
		return true
	}
	if v, ok := strings.CutPrefix(word, "lang:"); ok && v != "" {
		q.Filter.Types = append(q.Filter.Types[:len(q.Filter.Types):len(q.Filter.Types)], strings.ToLower(v))
		return true
	}
	// A dash before a letter or digit excludes; "--force" and "->" are text.
	if v, ok := strings.CutPrefix(word, "-"); ok && v != "" && isWordRune(rune(v[0])) {
		q.Exclude = append(q.Exclude, v)
		return true
	}
	return false
}

func isWordRune(r rune) bool { return r >= 0x80 || unicode.IsLetter(r) || unicode.IsDigit(r) }

// cutPhrase takes a leading "quoted phrase"; a quote that is never closed is text.
func cutPhrase(s string) (phrase, rest string, ok bool) {
	if s[0] != '"' {
		return "", s, false
	}
	end := strings.IndexByte(s[1:], '"')
	if end < 0 || strings.TrimSpace(s[1:1+end]) == "" {
		return "", s, false
	}
	return s[1 : 1+end], s[2+end:], true
}

func cutWord(s string) (word, rest string) {
	if i := strings.IndexFunc(s, unicode.IsSpace); i >= 0 {
		return s[:i], s[i:]
	}
	return s, ""
}
