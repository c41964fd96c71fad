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

// Stage is answering with what it works on.
type Stage struct {
	// Before returns what precedes a passage in its document, as far as it can be read: the header
	// of a table, the keys around a value. nil: nobody knows.
	Before func(index.Passage) string
	// Scorer decides which sentences answer; nil: the question's words do.
	Scorer Scorer
}

// Run answers a question with the best sentences of the window. The terms are the question's, as
// they were looked up.
func (s Stage) Run(w *flow.Window, question string, terms []index.Term) (Answer, error) {
	evidence := evidenceOf(w)
	x := extractor{words: newAnalyze(), before: s.Before, scorer: s.Scorer}
	chosen, err := x.extract(evidence, ask(question, terms))
	if err != nil {
		return Answer{}, err
	}
	a := renumber(chosen, evidence)
	a.Text = compose(a.Sentences)
	return a, nil
}

// renumber lists what the sentences cite as 1, 2, 3 in the order of the answer.
func renumber(chosen []*candidate, evidence []Evidence) (a Answer) {
	number := map[int]int{} // among the evidence -> in the answer
	for _, s := range chosen {
		citations := make([]int, len(s.citations))
		for k, n := range s.citations {
			if number[n] == 0 {
				number[n] = len(number) + 1
				a.Cited = append(a.Cited, evidence[n-1])
			}
			citations[k] = number[n]
		}
		slices.Sort(citations)
		first := &evidence[s.citations[0]-1]
		a.Sentences = append(a.Sentences, sentence(s, citations, first))
	}
	return a
}

// sentence words a sentence with where it stands in the document of its first citation.
func sentence(c *candidate, citations []int, at *Evidence) api.Sentence {
	line := int(at.Passage.Line) + strings.Count(at.Text[:c.start], "\n")
	return api.Sentence{
		Text: c.text, Citations: citations, Passage: index.FormatID(at.Passage.ID),
		Lines: [2]int{line, line + strings.Count(at.Text[c.start:c.end], "\n")},
		Bytes: [2]int64{int64(at.Passage.Start) + int64(c.start), int64(at.Passage.Start) + int64(c.end)},
	}
}

// compose writes the sentences as one text with its citations.
func compose(sentences []api.Sentence) string {
	if len(sentences) == 0 {
		return Abstain
	}
	var b strings.Builder
	for i, s := range sentences {
		if i > 0 {
			b.WriteByte('\n')
		}
		b.WriteString(Shown(s.Text))
		for _, n := range s.Citations {
			fmt.Fprintf(&b, " [%d]", n)
		}
	}
	return b.String()
}

// Shown is a sentence as it stands in an answer, before its citations: what has several lines is
// indented.
func Shown(text string) string {
	if strings.Contains(text, "\n") {
		return "    " + strings.ReplaceAll(text, "\n", "\n    ") + "\n   "
	}
	return withoutCitations(text)
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
