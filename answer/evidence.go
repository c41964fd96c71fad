package answer

import (
	"cmp"
	"slices"

	"sluice/cascade/flow"
	"sluice/index"
)

// Evidence is one passage of the window. Neighbours that pack merged are apart again, so that a
// sentence cites the few lines around it.
type Evidence struct {
	flow.Member
	N int // its rank among what stands in the window, from 1
}

// evidenceOf collects the window's passages, best first.
func evidenceOf(w *flow.Window) (all []Evidence) {
	for _, k := range w.Passages {
		for _, m := range k.Members {
			all = append(all, Evidence{Member: m})
		}
	}
	slices.SortFunc(all, func(a, b Evidence) int { return cmp.Compare(a.Rank, b.Rank) })
	for i := range all {
		all[i].N = i + 1
	}
	return all
}

// proseTypes are the document types whose lines are sentences and not statements.
var proseTypes = map[string]bool{
	"": true, "text": true, "markdown": true, "rst": true, "html": true, "org": true, "asciidoc": true, "tex": true, "mail": true,
}

// code tells whether the passage's lines are statements.
func (e *Evidence) code() bool { return !proseTypes[e.Passage.Type] }

// asked is what is to be answered.
type asked struct {
	text  string // as asked
	terms []term
}

// term is one term of the question: how it looks in an analyser's output, and what finding it is
// worth.
type term struct {
	forms  []string // any of them counts
	weight float64  // idf x repetition
}

// unseenWeight is what a term counts that no passage holds, against one that some do: it tells that
// the answer may not be here, or that a word of the question is only the question's.
const unseenWeight = 0.5

// asking are words that ask and are not what is asked about. They help to find, but a sentence does
// not answer by holding them.
var asking = map[string]bool{
	"what": true, "which": true, "who": true, "whose": true, "how": true, "when": true, "where": true, "why": true,
	"do": true, "does": true, "did": true, "done": true, "doing": true, "happen": true, "happens": true,
	"work": true, "works": true, "can": true, "could": true, "should": true, "would": true, "will": true,
	"may": true, "might": true, "must": true, "explain": true, "describe": true, "tell": true, "show": true,
	"mean": true, "means": true, "used": true, "use": true,
}

// weigh weighs the terms of the question as the arms do, without the words that only ask.
func weigh(terms []index.Term) (out []term) {
	for _, t := range terms {
		if t.Stop || t.Name || asking[t.Text] {
			continue
		}
		weight := t.IDF * float64(t.Repeats)
		if t.DF == 0 {
			weight *= unseenWeight
		}
		out = append(out, term{forms: append([]string{t.Stem, t.Text}, t.Forms...), weight: weight})
	}
	return out
}

// analyze returns the terms of a text, as they would be looked up.
type analyze func(text string) []string

// newAnalyze returns an analyser of sentences: stems, and whole identifiers.
func newAnalyze() analyze {
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
