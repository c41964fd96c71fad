package lexical

import (
	"slices"

	"sluice/index/arm"
)

// Question analyses a question into its distinct terms, in the order of their first occurrence.
// Stop words are left out unless nothing else is left. Names of documents that the question may
// mean follow. Document frequencies are the caller's to fill in.
func (a *Analyzer) Question(text []byte) []arm.Term {
	var terms, stops []arm.Term
	seen := map[string]int{}
	tokens := a.Tokens(nil, text)
	function := functionsOf(tokens)
	for i, t := range tokens {
		if t.Kind == Prefix { // who asks for more is not content with less
			continue
		}
		if len(t.Term) > 0 && t.Term[0] == langMark { // of its word, see formsInLangs
			continue
		}
		q := a.questionTerm(t, text[t.Start:t.End])
		into := &terms
		if t.Stop || function[i] {
			into = &stops
		}
		if at, ok := seen[string(q.Key)]; ok && at < len(*into) && string((*into)[at].Key) == string(q.Key) {
			(*into)[at].Repeats++
			continue
		}
		seen[string(q.Key)] = len(*into)
		*into = append(*into, q)
	}
	if len(terms) == 0 {
		terms = stops
	}
	return append(terms, a.names(text)...)
}

func (a *Analyzer) questionTerm(t Token, word []byte) arm.Term {
	q := arm.Term{Text: string(t.Term), Stem: string(t.Stem), Repeats: 1, Stop: t.Stop}
	q.Forms = []string{q.Stem}
	q.Lists, q.Exact = listsOf(t.Stem), ExactKey(nil, t.Term)
	if t.Stop {
		return q
	}
	forms := a.otherForms(t)
	if t.Kind == Word {
		forms = append(forms, a.formsInLangs(word)...)
	}
	for _, form := range forms {
		if !slices.Contains(q.Forms, form) {
			q.Forms = append(q.Forms, form)
			q.Also = append(q.Also, listsOf([]byte(form)))
		}
	}
	return q
}

func listsOf(stem []byte) arm.Lists {
	return arm.Lists{Key: StemKey(nil, stem), Title: TitleKey(nil, stem), Path: PathKey(nil, stem)}
}

// hexDigitsMin is how many digits a number has that is looked for in hexadecimal too.
const hexDigitsMin = 6

// otherForms are the stems under which documents may have what a token of a question means.
func (a *Analyzer) otherForms(t Token) (forms []string) {
	term := string(t.Term)
	switch {
	case t.Kind == Word: // an identifier's parts joined: they have no stem
		forms = append(forms, term)
	case t.Kind == Whole: // a word of the same letters
		forms = append(forms, term, string(a.stems.stem(t.Term)))
	case isHexNumber(t.Term) && len(term) >= 2+hexDigitsMin:
		forms = append(forms, term[2:])
	case isHash(t.Term):
		forms = append(forms, term[:hashPrefixes])
	}
	if len(term) >= hexDigitsMin && !isHexNumber(t.Term) && allHexDigits(t.Term) {
		forms = append(forms, "0x"+term)
	}
	return forms
}

// Spellings are the terms that documents may have where a token of a question is meant to the
// letter: its own, and the other ways to write the same number.
func (a *Analyzer) Spellings(t Token) []string {
	out := []string{string(t.Term)}
	if t.Kind == Number {
		out = append(out, a.otherForms(t)...)
	}
	return out
}

func allHexDigits(term []byte) bool {
	for _, b := range term {
		if !isHexDigit(b) {
			return false
		}
	}
	return true
}
