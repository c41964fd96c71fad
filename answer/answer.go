package answer

import (
	"fmt"
	"slices"
	"strings"

	"sluice/api"
	"sluice/cascade/flow"
	"sluice/index"
)

// Abstain is the answer where the window says too little.
const Abstain = "Nothing that was found answers this."

// Answer is what a window answers.
type Answer struct {
	Text      string // the sentences with their citations, or Abstain
	Sentences []api.Sentence
	Cited     []Evidence // what sentences cite by its number here, from 1
}

// Extract answers a question with the best sentences of the window. The terms are the question's,
// as they were looked up.
func Extract(w *flow.Window, question string, terms []index.Term) Answer {
	evidence := evidenceOf(w)
	a := renumber(extract(evidence, asked{question, weigh(terms)}, newAnalyze()), evidence)
	a.Text = compose(a.Sentences)
	return a
}

// renumber lists what the sentences cite as 1, 2, 3 in the order of the answer.
func renumber(sentences []api.Sentence, evidence []Evidence) (a Answer) {
	number := map[int]int{} // among the evidence -> in the answer
	for _, s := range sentences {
		citations := make([]int, len(s.Citations))
		for k, n := range s.Citations {
			if number[n] == 0 {
				number[n] = len(number) + 1
				a.Cited = append(a.Cited, evidence[n-1])
			}
			citations[k] = number[n]
		}
		slices.Sort(citations)
		a.Sentences = append(a.Sentences, api.Sentence{Text: s.Text, Citations: citations})
	}
	return a
}

// compose writes the sentences as one text with its citations.
func compose(sentences []api.Sentence) string {
	if len(sentences) == 0 {
		return Abstain
	}
	var b strings.Builder
	for i, s := range sentences {
		block := strings.Contains(s.Text, "\n")
		if i > 0 {
			b.WriteByte('\n')
		}
		if block {
			b.WriteString("    " + strings.ReplaceAll(s.Text, "\n", "\n    ") + "\n   ")
		} else {
			b.WriteString(withoutCitations(s.Text))
		}
		for _, n := range s.Citations {
			fmt.Fprintf(&b, " [%d]", n)
		}
	}
	return b.String()
}

// withoutCitations is a document's sentence without what would read as citations at its end, where
// ours stand: its own numbers in brackets become numbers in parentheses.
func withoutCitations(text string) string {
	end := len(text)
	b := []byte(text)
	for end > 0 {
		open := strings.LastIndexByte(text[:end], '[')
		if open < 0 || text[end-1] != ']' || open+2 > end-1 || strings.Trim(text[open+1:end-1], "0123456789, ") != "" {
			break
		}
		b[open], b[end-1] = '(', ')'
		end = len(strings.TrimRight(text[:open], " ."))
	}
	return string(b)
}
