package serve

import (
	"cmp"
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
	evidence, err := s.evidence(ctx, w)
	if err != nil {
		return nil, err
	}
	question := answer.Question{Text: w.res.Query.Text, Terms: questionOf(w.res.Gathered.Terms)}
	out := &api.Ask{Query: r.Query, Funnel: funnel(w.res.Funnel), Degraded: w.degraded, Citations: []api.Citation{}}
	out.Sentences = answer.Extract(evidence.passages, question, newAnalyze())
	if out.Sentences == nil {
		out.Sentences = []api.Sentence{}
	}
	evidence.renumber(out)
	out.Answer = compose(out.Sentences)
	return out, incomplete(out.Degraded)
}

// evidence is what stands in the window passage by passage: neighbours that pack merged are apart again, so
// that a sentence cites the few lines around it.
type evidence struct {
	passages  []answer.Passage
	citations []api.Citation // of each passage; N counts from 1
}

// evidence collects the window's passages, best first.
func (s *Service) evidence(ctx context.Context, w *window) (*evidence, error) {
	inWindow := map[flow.Place]bool{}
	for _, k := range w.res.Window.Passages {
		inWindow[k.Place] = true
		for _, m := range k.Members {
			inWindow[m] = true
		}
	}
	var judged []flow.Judged
	var passages []index.Passage
	for _, j := range w.res.Judged {
		if !inWindow[j.Place] {
			continue
		}
		p, err := w.sn.Passage(index.Place(j.Place))
		if err != nil {
			return nil, err
		}
		judged, passages = append(judged, j), append(passages, p)
	}
	texts, err := s.texts(ctx, w.sn, passages)
	if err != nil {
		return nil, err
	}
	e := &evidence{}
	for i, p := range passages {
		text, ok := texts[p.Place]
		if !ok {
			continue // damaged meanwhile: pack has read it
		}
		n := len(e.citations) + 1
		r := result(p, judged[i], text)
		r.Rank = n
		r.Fresh = string(cmp.Or(w.states[documentOf(p)], unknown))
		e.citations = append(e.citations, api.Citation{N: n, Result: r})
		e.passages = append(e.passages, answer.Passage{N: n, Text: text, Code: !isProse(p.Type), Prob: r.Score})
	}
	return e, nil
}

// prose are the document types whose lines are sentences and not statements.
var prose = map[string]bool{"": true, "text": true, "markdown": true, "rst": true, "html": true, "org": true, "asciidoc": true, "tex": true, "mail": true}

func isProse(documentType string) bool { return prose[documentType] }

// unseenWeight is what a term counts that no passage holds, against one that some do: it tells that the
// answer may not be here, or that a word of the question is only the question's.
const unseenWeight = 0.5

// asking are words that ask and are not what is asked about. They help to find, but a sentence does not
// answer by holding them.
var asking = map[string]bool{
	"what": true, "which": true, "who": true, "whose": true, "how": true, "when": true, "where": true, "why": true,
	"do": true, "does": true, "did": true, "done": true, "doing": true, "happen": true, "happens": true, "work": true, "works": true,
	"can": true, "could": true, "should": true, "would": true, "will": true, "may": true, "might": true, "must": true,
	"explain": true, "describe": true, "tell": true, "show": true, "mean": true, "means": true, "used": true, "use": true,
}

// questionOf weighs the terms of the question as the arms do, without the words that only ask.
func questionOf(terms []flow.Term) []answer.Term {
	var out []answer.Term
	for _, t := range terms {
		if t.Stop || asking[t.Text] {
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
func (e *evidence) renumber(out *api.Ask) {
	number := map[int]int{} // among the evidence -> in the answer
	for i := range out.Sentences {
		for k, n := range out.Sentences[i].Citations {
			if number[n] == 0 {
				number[n] = len(number) + 1
				c := e.citations[n-1]
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
