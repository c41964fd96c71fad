package check

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"sluice/answer"
)

// Source is a passage that may be cited.
type Source struct {
	N       int    // by which the model cites it
	Text    string // as it is stored
	Around  string // its title, the headings above it, the name of its file
	Refuted string // why it does not stand: its bytes or its file are not what was found; "": it does
}

// source is a passage made ready.
type source struct {
	Source
	words []word
	unit  []int            // of each word: the sentence that it stands in
	units int              // sentences
	index map[string][]int // key of a word -> where it stands
	about map[string][]int // the same for Around
	outer []word
	plain string // without marks and line ends, for quotes
}

func newSource(s Source, r *reader) *source {
	out := &source{Source: s, words: r.words(s.Text), outer: r.words(s.Around), plain: plain(s.Text)}
	spans := unitsOf(s.Text)
	out.units = len(spans)
	at := 0
	for _, w := range out.words {
		for at < len(spans)-1 && w.start >= spans[at][1] {
			at++
		}
		out.unit = append(out.unit, at)
	}
	out.index, out.about = indexOf(out.words), indexOf(out.outer)
	return out
}

// unitsOf are the sentences of a text, and its lines where those are no sentences.
func unitsOf(text string) (spans [][2]int) {
	start := 0
	cut := func(end int) {
		for _, s := range answer.Sentences(text[start:end]) {
			spans = append(spans, [2]int{start + s[0], start + s[1]})
		}
		start = end
	}
	for at := 0; at < len(text); {
		end := strings.IndexByte(text[at:], '\n')
		if end < 0 {
			break
		}
		end += at + 1
		next, _ := utf8.DecodeRuneInString(text[end:])
		const short = 50 // a line of prose that is broken is longer
		if end-at < short || !unicode.IsLetter(next) && next != '(' {
			cut(end)
		}
		at = end
	}
	cut(len(text))
	return spans
}

// indexOf finds words by whatever may make two the same.
func indexOf(words []word) map[string][]int {
	index := map[string][]int{}
	for i := range words {
		for _, k := range words[i].keys() {
			if at := index[k]; len(at) == 0 || at[len(at)-1] != i {
				index[k] = append(at, i)
			}
		}
	}
	return index
}

// keys are what a word shares with every word that is the same.
func (w *word) keys() (keys []string) {
	if w.number != "" {
		return []string{"#" + w.number}
	}
	for _, f := range w.forms {
		keys = append(keys, f[:min(len(f), 4)])
		if g := synonyms[f]; g != 0 {
			keys = append(keys, "~"+itoa(g))
		}
	}
	return keys
}

// find tells where a word stands among others.
func find(w *word, words []word, index map[string][]int) (at []int) {
	seen := map[int]bool{}
	for _, k := range w.keys() {
		for _, i := range index[k] {
			if !seen[i] && w.same(&words[i]) {
				at = append(at, i)
			}
			seen[i] = true
		}
	}
	return at
}

// plain is a text for comparing quotes: one case, no marks, one space.
func plain(text string) string {
	var b strings.Builder
	space := true
	for _, r := range strings.ToLower(text) {
		switch {
		case unicode.IsLetter(r) || unicode.IsDigit(r) || unicode.IsMark(r):
			b.WriteRune(r)
			space = false
		case !space && r != '\'' && r != '’':
			b.WriteByte(' ')
			space = true
		}
	}
	return strings.TrimSpace(b.String())
}
