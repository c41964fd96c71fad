package index

import (
	"cmp"
	"context"
	"slices"

	"sluice/index/lexical"
	"sluice/index/text"
)

// Compounding is one word of a question that compounds of a language may hold.
type Compounding = lexical.Compounding

// compoundsKept is how many compounds of a word are looked for beside it, those that most passages
// hold: the scale of scores has to leave room for each.
const compoundsKept = 8

// compoundsTried is how many are asked whether they are made of words that the store knows.
const compoundsTried = 256

// compound is a stem that may hold a word of the question.
type compound struct {
	stem string
	df   int
	rest []string
	sure bool
}

// Compounds finds the stems of a language that hold words of the question, which are all of it: for
// each word its compounds that most passages hold. A segment that turns out damaged has none and is
// named. When ctx ends, there is what was found so far.
func (sn *Snapshot) Compounds(ctx context.Context, words []Compounding) (stems [][]string, bad []Degraded) {
	found := make([]map[string]*compound, len(words))
	for i := range found {
		found[i] = map[string]*compound{}
	}
	for _, seg := range sn.segments {
		p, ok := seg.Part(sn.lexicalArm())
		if !ok {
			continue
		}
		err := seg.Read(func(*text.Reader) error {
			return p.Reader.(*lexical.Reader).Compounds(ctx, words, func(i int, stem []byte, df int, rest []string, sure bool) {
				c := found[i][string(stem)]
				if c == nil {
					c = &compound{stem: string(stem), rest: rest, sure: sure}
					found[i][c.stem] = c
				}
				c.df += df
			})
		})
		if d, ok := sn.damage(err); ok {
			bad = AddDegraded(bad, d)
		}
	}
	stems = make([][]string, len(words))
	analyzer := NewAnalyzer()
	for i := range words {
		var more []Degraded
		stems[i], more = sn.compounds(analyzer, &words[i], found[i])
		bad = AddDegraded(bad, more...)
	}
	return stems, bad
}

// compounds picks the most frequent ones that are made of words.
func (sn *Snapshot) compounds(a *Analyzer, word *Compounding, found map[string]*compound) (stems []string, bad []Degraded) {
	all := make([]*compound, 0, len(found))
	for _, c := range found {
		all = append(all, c)
	}
	slices.SortFunc(all, func(a, b *compound) int { return cmp.Or(cmp.Compare(b.df, a.df), cmp.Compare(a.stem, b.stem)) })
	for _, c := range all[:min(len(all), compoundsTried)] {
		known := c.sure
		for i := 0; i < len(c.rest) && !known; i++ {
			df, more := sn.DF(word.Key(a.StemIn(word, c.rest[i])))
			known, bad = df > 0, AddDegraded(bad, more...)
		}
		if known {
			if stems = append(stems, c.stem); len(stems) == compoundsKept {
				break
			}
		}
	}
	return stems, bad
}
