package gather

import (
	"bytes"
	"context"
	"slices"

	"sluice/index"
)

// compoundWords is how many words of a question are looked for in compounds, those that tell most.
const compoundWords = 8

// joint is a word of the question that compounds may hold, or that may be one.
type joint struct {
	term int
	word index.Compounding
}

// compounds makes the words of a language that joins words to one meet: a word is found in its
// compounds, and a compound finds its parts. It asks for stems of that language only, where the
// store speaks it, and for words that the language has or that nothing holds. So texts in other
// languages are where they were.
func (a *asking) compounds(ctx context.Context, terms []index.Term) []index.Term {
	byLang := map[string][]joint{}
	var langs []string
	n := 0
	for i := range terms {
		if terms[i].Stop || terms[i].Name || n == compoundWords {
			continue
		}
		n++
		for _, c := range a.analyzer.CompoundsOf(terms[i].Text, a.speaks) {
			if terms[i].DF > 0 && a.count(c.Key(a.analyzer.StemIn(&c, terms[i].Text))) == 0 {
				continue
			}
			lang := string(c.Language())
			if byLang[lang] == nil {
				langs = append(langs, lang)
			}
			byLang[lang] = append(byLang[lang], joint{i, c})
		}
	}
	for _, lang := range langs {
		a.inside(ctx, byLang[lang], terms)
	}
	for _, lang := range langs {
		for _, j := range byLang[lang] {
			terms = a.parts(&j, terms)
		}
	}
	return terms
}

// inside adds to each word the compounds that hold it.
func (a *asking) inside(ctx context.Context, all []joint, terms []index.Term) {
	words := make([]index.Compounding, len(all))
	for i := range all {
		words[i] = all[i].word
	}
	found, bad := a.Index.Compounds(ctx, words)
	a.stats.Miss(bad...)
	for i, stems := range found {
		t := &terms[all[i].term]
		for _, stem := range stems {
			lists, form := words[i].Lists(stem)
			if bytes.Equal(lists.Key, t.Key) || slices.ContainsFunc(t.Also, func(o index.Lists) bool { return bytes.Equal(o.Key, lists.Key) }) {
				continue
			}
			t.Also, t.Forms = append(t.Also, lists), append(t.Forms, form)
			t.DF += a.count(lists.Key)
			a.stats.Also = append(a.stats.Also, form)
		}
	}
}

// parts adds the two words that a word of the question is made of, where the store knows both. What
// holds the compound holds them too.
func (a *asking) parts(j *joint, terms []index.Term) []index.Term {
	for _, pair := range j.word.Split(a.analyzer, terms[j.term].Text) {
		if a.count(j.word.Key(pair[0])) == 0 || a.count(j.word.Key(pair[1])) == 0 {
			continue
		}
		whole := terms[j.term]
		for _, stem := range pair {
			lists, form := j.word.Lists(stem)
			if slices.ContainsFunc(terms, func(t index.Term) bool { return slices.Contains(t.Forms, form) }) {
				continue
			}
			part := index.Term{Text: stem, Stem: form, Forms: append([]string{form}, whole.Forms...), Lists: lists, Exact: index.ExactKey([]byte(stem)),
				Also: append([]index.Lists{whole.Lists}, whole.Also...), Repeats: whole.Repeats}
			part.DF = whole.DF + a.count(lists.Key)
			terms = append(terms, part)
			a.stats.Also = append(a.stats.Also, form)
		}
		break
	}
	return terms
}
