package serve

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"sluice/answer"
	"sluice/api"
	"sluice/cascade/flow"
	"sluice/index"
)

// Abstain is the answer where the window says too little.
const Abstain = "Nothing that was found answers this."

// Ask answers with the best sentences of the window, each with its citations.
func (s *Service) Ask(ctx context.Context, r api.AskRequest) (*api.Ask, error) {
	lim, err := limit(r.Effort, flow.Balanced, r.Budget, r.Vocab)
	if err != nil {
		return nil, err
	}
	w, err := s.window(ctx, r.Query, r.Filters, lim, 0)
	if err != nil {
		return nil, err
	}
	defer w.sn.Close()
	found := answer.Extract(w.passages(), answer.Question{Text: w.res.Query.Text, Terms: questionOf(w.res.Terms)}, newAnalyze())
	out := &api.Ask{Query: r.Query, Sentences: found, Funnel: funnel(w.res.Funnel), Degraded: w.degraded, Citations: []api.Citation{}}
	if out.Sentences == nil {
		out.Sentences = []api.Sentence{}
	}
	w.renumber(out)
	out.Answer = compose(out.Sentences)
	return out, incomplete(out.Degraded)
}

// passages gives the citations to the extractor, best first.
func (w *window) passages() []answer.Passage {
	out := make([]answer.Passage, len(w.citations))
	for i, c := range w.citations {
		out[c.Rank-1] = answer.Passage{N: c.N, Text: c.Text, Code: !isProse(w.types[i]), Prob: c.Score}
	}
	return out
}

// prose are the document types whose lines are sentences and not statements.
var prose = map[string]bool{"": true, "text": true, "markdown": true, "rst": true, "html": true, "org": true, "asciidoc": true, "tex": true, "mail": true}

func isProse(documentType string) bool { return prose[documentType] }

// unseenWeight is what a term counts that no passage holds, against one that some do: it tells that the
// answer may not be here, or that a word of the question is only the question's.
const unseenWeight = 0.5

// questionOf weighs the terms of the question as the arms do.
func questionOf(terms []flow.Term) []answer.Term {
	var out []answer.Term
	for _, t := range terms {
		if t.Stop {
			continue
		}
		weight := t.IDF * float64(t.Repeats)
		if t.DF == 0 {
			weight *= unseenWeight
		}
		out = append(out, answer.Term{Forms: []string{t.Stem, t.Text}, Weight: weight})
	}
	return out
}

// newAnalyze returns an analyser of sentences: stems, and whole identifiers.
func newAnalyze() answer.Analyzer {
	a := index.NewAnalyzer()
	var tokens []index.Token
	return func(text string) []string {
		tokens = a.Tokens(tokens[:0], []byte(text))
		words := make([]string, 0, len(tokens))
		for _, t := range tokens {
			if !t.Stop {
				words = append(words, string(t.Stem))
			}
		}
		return words
	}
}

// renumber lists what the sentences cite as 1, 2, 3 in the order of the answer.
func (w *window) renumber(out *api.Ask) {
	number := map[int]int{} // in the window -> in the answer
	for i := range out.Sentences {
		for k, n := range out.Sentences[i].Citations {
			if number[n] == 0 {
				number[n] = len(number) + 1
				at := slices.IndexFunc(w.citations, func(c api.Citation) bool { return c.N == n })
				c := w.citations[at]
				c.N = number[n]
				out.Citations = append(out.Citations, c)
			}
			out.Sentences[i].Citations[k] = number[n]
		}
		slices.Sort(out.Sentences[i].Citations)
	}
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
			b.WriteString(s.Text)
		}
		for _, n := range s.Citations {
			fmt.Fprintf(&b, " [%d]", n)
		}
	}
	return b.String()
}
