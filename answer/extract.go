package answer

import (
	"cmp"
	"math"
	"slices"
	"strings"
	"unicode"

	"sluice/api"
)

// How many sentences an answer has, and how much of the question's weight the best of them must
// hold. Below that share the window says too little, and saying so is the answer.
const (
	sentencesMin = 3
	sentencesMax = 6
	coverageMin  = 0.30
	tailMin      = 0.55 // past sentencesMin, a sentence scores at least this share of the best
	headMin      = 0.30 // and before it at least this
	sameMin      = 0.80 // overlap from which two sentences say the same
	mmrPenalty   = 0.60 // of what a sentence repeats of those before it
)

// candidate is a unit with what it is worth.
type candidate struct {
	unit
	citations []int
	passage   int // ordinal among the passages
	position  int // ordinal in its passage
	terms     map[string]bool
	coverage  float64
	score     float64
}

// extract returns the sentences of the passages that answer best, each with the numbers of the
// passages that say it, in the order of their passages. It returns nil when no sentence says enough
// of the question.
func extract(passages []Evidence, question asked, words analyze) []api.Sentence {
	all := candidates(passages, question, words)
	slices.SortFunc(all, func(a, b *candidate) int {
		return cmp.Or(cmp.Compare(b.score, a.score), cmp.Compare(a.passage, b.passage), cmp.Compare(a.position, b.position))
	})
	if len(all) == 0 || !covered(all) {
		return nil
	}
	chosen := choose(all)
	best := map[int]int{} // passage -> rank of its best sentence
	for i, c := range chosen {
		if _, ok := best[c.passage]; !ok {
			best[c.passage] = i
		}
	}
	slices.SortFunc(chosen, func(a, b *candidate) int {
		return cmp.Or(cmp.Compare(best[a.passage], best[b.passage]), cmp.Compare(a.position, b.position))
	})
	out := make([]api.Sentence, len(chosen))
	for i, c := range chosen {
		slices.Sort(c.citations)
		out[i] = api.Sentence{Text: c.text, Citations: c.citations}
	}
	return out
}

// covered tells whether any sentence holds enough of the question's weight.
func covered(all []*candidate) bool {
	for _, c := range all {
		if c.coverage >= coverageMin {
			return true
		}
	}
	return false
}

// candidates scores every sentence of every passage that holds a term of the question.
func candidates(passages []Evidence, question asked, analyze analyze) []*candidate {
	total, bared := 0.0, bare(question.text)
	for _, t := range question.terms {
		total += t.weight
	}
	if total <= 0 {
		return nil
	}
	var all []*candidate
	for i := range passages {
		p := &passages[i]
		for j, u := range split(p.Text, p.code()) {
			if quotes(u.text, bared) {
				continue
			}
			c := &candidate{unit: u, citations: []int{p.N}, passage: i, position: j}
			words := analyze(u.text)
			c.terms = make(map[string]bool, len(words))
			for _, w := range words {
				c.terms[w] = true
			}
			c.coverage = coverage(c.terms, question.terms) / total
			if c.coverage == 0 {
				continue
			}
			c.score = c.coverage * (0.5 + 0.5*p.Prob) * shape(u, len(words)) * early(j) * rank(i)
			all = append(all, c)
		}
	}
	return all
}

// quoteWordsMin is from how many words on a sentence that holds the whole question is taken to ask
// it too.
const quoteWordsMin = 4

// quotes tells whether a sentence holds the question word for word: a list of questions, a manual's
// example or a test knows everything that was asked and answers nothing.
func quotes(text, asked string) bool {
	return strings.Count(asked, " ") > quoteWordsMin && strings.Contains(bare(text), asked)
}

// bare is a text's words in lower case between single spaces.
func bare(text string) string {
	words := strings.FieldsFunc(strings.ToLower(text), func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) })
	return " " + strings.Join(words, " ") + " "
}

// coverage is the weight of the question's terms that are among terms.
func coverage(terms map[string]bool, question []term) float64 {
	sum := 0.0
	for _, t := range question {
		if slices.ContainsFunc(t.forms, func(f string) bool { return terms[f] }) {
			sum += t.weight
		}
	}
	return sum
}

// shape prefers whole sentences of usual length to headings, fragments, code and endless rows.
func shape(u unit, words int) float64 {
	f := 1.0
	switch {
	case u.heading:
		f = 0.35
	case u.code:
		f = 0.3
	case strings.HasSuffix(u.text, "?"): // a question seldom answers one
		f = 0.6
	}
	if words < 5 {
		f *= 0.4 + 0.12*float64(words)
	}
	if words > 50 {
		f *= math.Sqrt(50 / float64(words))
	}
	return f
}

// early prefers the first sentences of a passage: definitions and summaries stand there.
func early(position int) float64 { return 1 + 0.10/float64(1+position) }

// rank prefers the best passages a little beyond what their probabilities tell.
func rank(i int) float64 { return 1 / (1 + 0.01*float64(i)) }

// choose takes sentences greedily by maximal marginal relevance (Carbonell and Goldstein, SIGIR
// 1998): what a sentence repeats of those already taken counts against it. A sentence that says the
// same as one already taken lends it its citation.
func choose(all []*candidate) []*candidate {
	var chosen []*candidate
	taken := make([]bool, len(all))
	for len(chosen) < sentencesMax {
		best, bestScore := -1, 0.0
		for i, c := range all {
			if taken[i] {
				continue
			}
			if c.score <= bestScore {
				break // sorted: none further down can be better, penalties only subtract
			}
			score := c.score
			if o, same := overlap(c, chosen); same != nil {
				cite(same, c)
				taken[i] = true
				continue
			} else {
				score *= 1 - mmrPenalty*o
			}
			if score > bestScore {
				best, bestScore = i, score
			}
		}
		if best < 0 || bestScore < floor(len(chosen))*all[0].score {
			break
		}
		taken[best] = true
		chosen = append(chosen, all[best])
	}
	return chosen
}

// floor is the share of the best score that the n-th sentence must reach.
func floor(n int) float64 {
	if n < sentencesMin {
		return headMin
	}
	return tailMin
}

// overlap is how much of c the most similar of chosen holds; same is that sentence when it says the
// same.
func overlap(c *candidate, chosen []*candidate) (most float64, same *candidate) {
	for _, o := range chosen {
		shared := 0
		for t := range c.terms {
			if o.terms[t] {
				shared++
			}
		}
		union := len(c.terms) + len(o.terms) - shared
		jaccard := float64(shared) / float64(max(union, 1))
		if jaccard >= sameMin {
			return 1, o
		}
		most = max(most, jaccard)
	}
	return most, nil
}

func cite(c, other *candidate) {
	for _, n := range other.citations {
		if !slices.Contains(c.citations, n) {
			c.citations = append(c.citations, n)
		}
	}
}
