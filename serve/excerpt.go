package serve

import (
	"strings"
	"unicode/utf8"

	"sluice/api"
	"sluice/index"
)

// Highlighter finds the terms of a question in texts. It is used by one goroutine at a time.
type Highlighter struct {
	analyzer *index.Analyzer
	terms    map[string]string // of each form, the stem of its term
	tokens   []index.Token
}

// NewHighlighter analyses the words of a question; of a long one those at its beginning.
func NewHighlighter(question string) *Highlighter {
	const enough = 4 << 10 // bytes
	question = question[:min(len(question), enough)]
	h := &Highlighter{analyzer: index.NewAnalyzer(), terms: map[string]string{}}
	for _, t := range h.analyzer.Question([]byte(question)) {
		for _, form := range t.Forms {
			h.terms[form] = t.Stem
		}
	}
	return h
}

// Spans lists where terms of the question stand in text: byte spans, half-open, in order, apart.
func (h *Highlighter) Spans(text string) [][2]int {
	var spans [][2]int
	h.tokens = h.analyzer.Tokens(h.tokens[:0], []byte(text))
	for _, t := range h.tokens {
		if t.Stop || h.terms[string(t.Stem)] == "" {
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

// distinct counts the different terms of the question in text.
func (h *Highlighter) distinct(text string) int {
	seen := map[string]bool{}
	h.tokens = h.analyzer.Tokens(h.tokens[:0], []byte(text))
	for _, t := range h.tokens {
		if stem := h.terms[string(t.Stem)]; stem != "" {
			seen[stem] = true
		}
	}
	return len(seen)
}

// Excerpt picks the n neighbouring lines of text that hold most terms of the question, the first of
// several, from the first line with a hit on and without blank lines at its end. It returns them
// with the number of the first, counted from 0.
func (h *Highlighter) Excerpt(text string, n int) (lines []string, first int) {
	all := strings.Split(strings.TrimRight(text, "\n"), "\n")
	best := -1
	for i := range all {
		if strings.TrimSpace(all[i]) == "" && i < len(all)-1 {
			continue
		}
		if k := h.distinct(strings.Join(all[i:min(i+n, len(all))], "\n")); k > best {
			best, first = k, i
		}
	}
	for best > 0 && h.distinct(all[first]) == 0 {
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

// CutTexts makes the texts of results fit into maxBytes in all: the best stay whole as long as
// there is enough for an excerpt of each of the others.
func CutTexts(results []api.Result, maxBytes int, h *Highlighter) {
	left := maxBytes
	for i := range results {
		after := len(results) - i - 1
		share := max(left-after*shareMin, left/(after+1))
		r := &results[i]
		if len(r.Text) > share {
			r.Text = h.around(r.Text, share)
			r.Flags = append(r.Flags, cutFlag)
		}
		left -= len(r.Text)
	}
}

// around cuts text to the whole lines that hold most of the question.
func (h *Highlighter) around(text string, maxBytes int) string {
	const tries = 8 // lines, at first
	for n := tries; n > 0; n /= 2 {
		lines, first := h.Excerpt(text, n)
		cut := strings.Join(lines, "\n")
		if len(cut) <= maxBytes {
			return grown(text, lines, first, maxBytes)
		}
	}
	lines, _ := h.Excerpt(text, 1)
	return cutText(strings.TrimSpace(lines[0]), maxBytes)
}

// grown adds the lines that follow an excerpt as long as they fit.
func grown(text string, lines []string, first, maxBytes int) string {
	all := strings.Split(strings.TrimRight(text, "\n"), "\n")
	cut := strings.Join(lines, "\n")
	for next := first + len(lines); next < len(all) && len(cut)+1+len(all[next]) <= maxBytes; next++ {
		cut += "\n" + all[next]
	}
	return cut
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
