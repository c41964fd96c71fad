package lexical

import "sluice/index/arm"

// Question analyses a question into its distinct terms, in the order of their first occurrence.
// Stop words are left out unless nothing else is left. Document frequencies are the caller's to
// fill in.
func (a *Analyzer) Question(text []byte) []arm.Term {
	var terms, stops []arm.Term
	seen := map[string]int{}
	for _, t := range a.Tokens(nil, text) {
		q := questionTerm(t)
		into := &terms
		if t.Stop {
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
		return stops
	}
	return terms
}

func questionTerm(t Token) arm.Term {
	q := arm.Term{Text: string(t.Term), Stem: string(t.Stem), Repeats: 1, Stop: t.Stop}
	q.Exact, q.Title, q.Path = ExactKey(nil, t.Term), TitleKey(nil, t.Stem), PathKey(nil, t.Stem)
	if q.Key = StemKey(nil, t.Stem); t.Kind == Whole {
		q.Key = q.Exact
	}
	return q
}
