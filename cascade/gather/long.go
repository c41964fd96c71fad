package gather

import (
	"bytes"
	"cmp"
	"fmt"
	"slices"
	"strings"

	"sluice/cascade/flow"
	"sluice/index"
	"sluice/internal/limits"
)

// longBytes is the length from which a question, a log or a diff most likely, is boiled down to the
// words that tell most before it is analysed in all forms and languages.
const longBytes = 4 << 10

// What a long question is boiled down to.
const (
	examinedMax = 1 << 14            // distinct words that are looked up, half of them from its end: errors stand there
	gistWords   = 2 * index.TermsMax // words that stay
	gistRepeats = 4                  // how often a word may count: a log says the same in every line
)

// said is a distinct word of a long question.
type said struct {
	word    []byte // as first said
	stem    []byte
	repeats int
	weight  float64
}

// gist boils a long question down to the words that tell most of those that something holds. A
// short question is its own gist.
func (g Stage) gist(text string, stats *flow.Stats) string {
	if len(text) > limits.QueryBytesMax {
		stats.Note(fmt.Sprintf("the question has %d bytes; the first %d were used", len(text), limits.QueryBytesMax))
		text = strings.ToValidUTF8(text[:limits.QueryBytesMax], "")
	}
	if len(text) <= longBytes {
		return text
	}
	all := distinct([]byte(text))
	if len(all) > examinedMax {
		stats.Note(fmt.Sprintf("the question has %d distinct words; the first and the last %d of them were looked up", len(all), examinedMax/2))
		all = slices.Concat(all[:examinedMax/2], all[len(all)-examinedMax/2:])
	}
	words := g.known(all, stats)
	if len(words) == 0 {
		words = all // to say so of them
	}
	return string(join(words[:min(len(words), gistWords)]))
}

// distinct lists the words of a text, without stop words, in the order in which they are first
// said.
func distinct(text []byte) (all []said) {
	at := map[string]int{}
	for _, t := range index.NewAnalyzer().Tokens(nil, text) {
		if t.Stop || t.Kind == index.PrefixToken {
			continue
		}
		i, ok := at[string(t.Stem)]
		if !ok {
			i = len(all)
			at[string(t.Stem)] = i
			all = append(all, said{word: text[t.Start:t.End], stem: t.Stem})
		}
		all[i].repeats = min(all[i].repeats+1, gistRepeats)
	}
	return all
}

// known keeps the words that some passage holds, those that tell most first.
func (g Stage) known(words []said, stats *flow.Stats) (out []said) {
	for _, w := range words {
		df, bad := g.Index.DF(index.StemKey(w.stem))
		stats.Miss(bad...)
		if df > 0 {
			w.weight = float64(w.repeats) * index.IDF(g.Index.Passages(), df)
			out = append(out, w)
		}
	}
	slices.SortStableFunc(out, func(a, b said) int { return cmp.Compare(b.weight, a.weight) })
	return out
}

// join writes words as a question that says each as often as the long one did.
func join(words []said) []byte {
	var out []byte
	for _, w := range words {
		out = append(out, bytes.Repeat(append(slices.Clone(w.word), ' '), w.repeats)...)
	}
	return bytes.TrimSpace(out)
}

// most cuts terms to as many as a question may have. Words that no passage holds make room for
// those that few hold; they find nothing, and are there only to tell that the answer may not be
// here. The rest keeps its order, the heaviest first.
func (g Stage) most(terms []index.Term) []index.Term {
	room := index.TermsMax // for words that nothing holds
	for _, t := range terms {
		if t.DF > 0 && t.DF <= max(fewPassages, g.Index.Passages()/fewOf) {
			room--
		}
	}
	terms = slices.DeleteFunc(terms, func(t index.Term) bool {
		if t.DF == 0 {
			room--
		}
		return t.DF == 0 && room < 0
	})
	return terms[:min(len(terms), index.TermsMax)]
}

// A word tells something that so many passages hold at most, or one of so many: a common one does
// not take the place of one that nothing holds.
const (
	fewPassages = 8
	fewOf       = 10
)

// tellUsed notes which words of a question were used, where not all were.
func tellUsed(terms []index.Term, stats *flow.Stats) {
	for _, t := range terms {
		if t.DF > 0 {
			stats.Words = append(stats.Words, t.Text)
		}
	}
	switch n := len(stats.Words); n {
	case 0:
		stats.Note("the question is long, and nothing that was searched holds any of its words")
	default:
		stats.Note(fmt.Sprintf("the question is long; the words that tell most were used: %s", strings.Join(stats.Words, " ")))
	}
}
