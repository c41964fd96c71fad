package serve

import (
	"fmt"
	"strings"
	"unicode/utf8"

	"sluice/api"
	"sluice/cascade/flow"
	"sluice/index"
)

// Highlighter finds the terms of a question in texts. It is used by one goroutine at a time.
type Highlighter struct {
	analyzer *index.Analyzer
	terms    map[string]string // of each form, the stem of its term
	exact    map[string]bool   // the words as they were asked
	phrases  []string          // what must stand as written, in small letters
	also     []string          // forms in one language each: compounds, and their parts
	tokens   []index.Token
}

// NewHighlighter analyses the words of a question; of a long one those at its beginning.
func NewHighlighter(question string) *Highlighter {
	const enough = 4 << 10 // bytes
	question = question[:min(len(question), enough)]
	h := &Highlighter{analyzer: index.NewAnalyzer(), terms: map[string]string{}, exact: map[string]bool{}}
	for _, t := range h.analyzer.Question([]byte(question)) {
		if !t.Name {
			h.exact[t.Text] = true
		}
		for _, form := range t.Forms {
			h.terms[form] = t.Stem
		}
	}
	return h
}

// HighlighterOf finds the words of a question that were used, as its answer tells them.
func HighlighterOf(query string, stages []api.Stage) *Highlighter {
	var also, phrases []string
	for _, s := range stages {
		also = append(also, s.Also...)
		switch {
		case len(s.Words) > 0:
			query = strings.Join(s.Words, " ")
		case len(s.Operators) > 0: // the words of a path, say, are not what a line is shown for
			read := flow.Reading{Operators: flow.OperatorsOn}.Parse(query, index.Filter{})
			query, phrases = read.Text, read.Phrases
		}
	}
	h := NewHighlighter(query)
	for _, p := range phrases {
		h.phrases = append(h.phrases, strings.ToLower(p))
	}
	for _, form := range also {
		h.also = append(h.also, index.Form(form))
	}
	return h
}

// termOf is the term of the question that a token of a text is, "" for none. A line alone does not
// tell its language: what was found in one is compared in that one.
func (h *Highlighter) termOf(t *index.Token, text string) string {
	if t.Stop {
		return ""
	}
	stem := h.terms[string(t.Stem)]
	for i := 0; i < len(h.also) && stem == "" && t.Kind == index.WordToken; i++ {
		if h.analyzer.InLang(h.also[i], []byte(text[t.Start:t.End])) == h.also[i] {
			stem = h.also[i]
		}
	}
	return stem
}

// Spans lists where terms of the question stand in text: byte spans, half-open, in order, apart.
func (h *Highlighter) Spans(text string) [][2]int {
	var spans [][2]int
	h.tokens = h.analyzer.Tokens(h.tokens[:0], []byte(text))
	for i := range h.tokens {
		t := &h.tokens[i]
		if h.termOf(t, text) == "" {
			continue
		}
		if n := len(spans); n > 0 && t.Start < spans[n-1][1] { // a whole identifier and its parts
			spans[n-1][1] = max(spans[n-1][1], t.End)
			continue
		}
		spans = append(spans, [2]int{t.Start, t.End})
	}
	return spans
}

// distinct counts the different terms and phrases of the question in text. worth tells texts apart
// that hold as many: a word as it was asked is worth more than another form of it, and the most
// where it is defined.
func (h *Highlighter) distinct(text string) (n, worth int) {
	seen, exact := map[string]bool{}, map[string]bool{}
	h.tokens = h.analyzer.Tokens(h.tokens[:0], []byte(text))
	for i := range h.tokens {
		t := &h.tokens[i]
		stem := h.termOf(t, text)
		if stem == "" {
			continue
		}
		seen[stem] = true
		if h.exact[string(t.Term)] && !exact[stem] {
			exact[stem] = true
			worth += 2
		}
		if len(h.exact) == 1 && definesAt(text[:t.Start]) {
			worth++
		}
	}
	n = len(seen)
	for _, p := range h.phrases {
		if strings.Contains(strings.ToLower(text), p) {
			n++
		}
	}
	return n, worth
}

// definesAt tells whether the last word before a name says that it is defined there.
func definesAt(before string) bool {
	words := strings.Fields(before[strings.LastIndexByte(before, '\n')+1:])
	if len(words) == 0 {
		return false
	}
	switch words[len(words)-1] {
	case "func", "def", "fn", "function", "class", "struct", "union", "enum", "type", "typedef", "interface", "trait", "#define", "module", "sub", "macro":
		return true
	}
	return false
}

// Excerpt picks the n neighbouring lines of text that hold most terms of the question, the first of
// several, from the first line with a hit on and without blank lines at its end. It returns them
// with the number of the first, counted from 0.
func (h *Highlighter) Excerpt(text string, n int) (lines []string, first int) {
	all := strings.Split(strings.TrimRight(text, "\n"), "\n")
	best, bestWorth := -1, 0
	for i := range all {
		if strings.TrimSpace(all[i]) == "" && i < len(all)-1 {
			continue
		}
		if k, worth := h.distinct(strings.Join(all[i:min(i+n, len(all))], "\n")); k > best || k == best && worth > bestWorth {
			best, bestWorth, first = k, worth, i
		}
	}
	for best > 0 && first < len(all)-1 {
		if k, _ := h.distinct(all[first]); k > 0 {
			break
		}
		first++
	}
	end := min(first+n, len(all))
	for end > first+1 && strings.TrimSpace(all[end-1]) == "" {
		end--
	}
	return all[first:end], first
}

// cutFlag marks a result whose text is an excerpt.
const cutFlag = "cut"

// shareMin is how many bytes of each result's text are shown at least, as long as there are enough.
const shareMin = 160

// CutTexts makes the texts of results fit into maxBytes in all, spread by their scores. What was
// cut says which lines are left, and where the rest goes on.
func CutTexts(results []api.Result, maxBytes int, h *Highlighter) {
	need, weight := make([]int, len(results)), make([]float64, len(results))
	for i, r := range results {
		need[i], weight[i] = len(r.Text), r.Score
	}
	for i, share := range shares(need, weight, maxBytes) {
		if share < need[i] {
			h.cut(&results[i], share)
		}
	}
}

// shares spreads so many bytes over texts. In their order each gets what an excerpt needs; the rest
// goes by weight, and what a text has no need of goes to the others.
func shares(need []int, weight []float64, all int) []int {
	out := make([]int, len(need))
	var open []int
	for i := range need {
		out[i] = min(need[i], shareMin, max(all, 0))
		if all -= out[i]; out[i] < need[i] {
			open = append(open, i)
		}
	}
	for all > 0 && len(open) > 0 {
		var sum float64
		for _, i := range open {
			sum += heft(weight[i])
		}
		left, wanting := all, open[:0]
		for _, i := range open {
			more := min(need[i]-out[i], int(float64(all)*heft(weight[i])/sum))
			out[i] += more
			if left -= more; out[i] < need[i] {
				wanting = append(wanting, i)
			}
		}
		if left == all { // a byte or two that do not divide
			break
		}
		all, open = left, wanting
	}
	return out
}

// heft is what a score weighs when bytes are spread. The square gives the likely ones room to be
// read whole; no score is without weight.
func heft(score float64) float64 { return score*score + 1e-3 }

// cut makes a result's text an excerpt of at most maxBytes.
func (h *Highlighter) cut(r *api.Result, maxBytes int) {
	all := strings.Split(strings.TrimRight(r.Text, "\n"), "\n")
	lines, first := h.around(all, maxBytes)
	r.Flags = append(r.Flags, cutFlag)
	start := r.Lines[0] + first
	if r.Text = strings.Join(lines, "\n"); len(r.Text) > maxBytes {
		r.Text = h.Crop(strings.TrimSpace(r.Text), maxBytes)
		if r.Text == "" {
			return
		}
	}
	r.Shown = &[2]int{start, start + len(lines) - 1}
	if first+len(lines) < len(all) {
		r.Continue = fmt.Sprintf("%s:%d-%d", r.Path, start+len(lines), r.Lines[1])
	}
}

// around picks whole lines that hold most of the question and fit, or one line that may not.
func (h *Highlighter) around(all []string, maxBytes int) (lines []string, first int) {
	const tries = 8 // lines, at first
	text := strings.Join(all, "\n")
	for n := tries; n > 0; n /= 2 {
		lines, first = h.Excerpt(text, n)
		if size(lines) <= maxBytes {
			return grown(all, lines, first, maxBytes)
		}
	}
	return lines, first
}

// size is how many bytes lines take.
func size(lines []string) int {
	n := len(lines) - 1
	for _, l := range lines {
		n += len(l)
	}
	return n
}

// grown adds the lines that follow an excerpt, and then those before it, as long as they fit.
func grown(all, lines []string, first, maxBytes int) (more []string, from int) {
	end, left := first+len(lines), maxBytes-size(lines)
	for end < len(all) && len(all[end])+1 <= left {
		left -= len(all[end]) + 1
		end++
	}
	for end == len(all) && first > 0 && len(all[first-1])+1 <= left {
		first--
		left -= len(all[first]) + 1
	}
	return all[first:end], first
}

// ellipsis stands for what a line was cropped by.
const ellipsis = "…"

// Crop cuts a line to at most maxBytes around the place that holds most of the question.
func (h *Highlighter) Crop(line string, maxBytes int) string {
	if len(line) <= maxBytes {
		return line
	}
	room := maxBytes - 2*len(ellipsis)
	if room <= 0 {
		return cutText(line, maxBytes)
	}
	start := h.densest(line, room)
	end := min(start+room, len(line))
	for start > 0 && !utf8.RuneStart(line[start]) {
		start++
	}
	for end < len(line) && end > start && !utf8.RuneStart(line[end]) {
		end--
	}
	cropped := line[start:end]
	if start > 0 {
		cropped = ellipsis + cropped
	}
	if end < len(line) {
		cropped += ellipsis
	}
	return cropped
}

// densest is where the stretch of so many bytes begins that holds most different terms of the
// question, the first of several, with some of what stands before them.
func (h *Highlighter) densest(line string, width int) int {
	spans := h.Spans(line)
	best, most := 0, 0
	for i, from := range spans {
		seen := map[string]bool{}
		last := from[1]
		for _, s := range spans[i:] {
			if s[1]-from[0] > width {
				break
			}
			seen[line[s[0]:s[1]]] = true
			last = s[1]
		}
		if len(seen) > most {
			most, best = len(seen), max(0, from[0]-(width-(last-from[0]))/2)
		}
	}
	return max(0, min(best, len(line)-width))
}

// cutText cuts text to at most maxBytes, between characters and where possible between lines.
func cutText(text string, maxBytes int) string {
	if len(text) <= maxBytes {
		return text
	}
	end := max(maxBytes, 0)
	for end > 0 && !utf8.RuneStart(text[end]) {
		end--
	}
	if i := strings.LastIndexByte(text[:end], '\n'); i > end/2 {
		end = i
	}
	return text[:end]
}
