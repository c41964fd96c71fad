package lexical

// QuestionTerm is one distinct term of a question.
type QuestionTerm struct {
	Term    []byte // as first said, folded
	Stem    []byte
	Key     []byte // of the list that is scored: the stem's, or the exact form's for a whole identifier
	Exact   []byte // key of the exact form's list; a segment has one only where the form differs from its stem
	Title   []byte // key of the list of titles and symbols
	Path    []byte // key of the list of paths
	Repeats int    // how often the question says it: words of one stem are one term
	Kind    Kind
	Stop    bool // a stop word: given only when the question holds nothing else
}

// Question analyses a question into its distinct terms, in the order of their first occurrence. Stop words
// are left out unless nothing else is left.
func (a *Analyzer) Question(text []byte) []QuestionTerm {
	var terms, stops []QuestionTerm
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

func questionTerm(t Token) QuestionTerm {
	q := QuestionTerm{Term: append([]byte(nil), t.Term...), Stem: append([]byte(nil), t.Stem...), Repeats: 1,
		Kind: t.Kind, Stop: t.Stop}
	q.Exact, q.Title, q.Path = ExactKey(nil, q.Term), TitleKey(nil, q.Stem), PathKey(nil, q.Stem)
	if q.Key = StemKey(nil, q.Stem); t.Kind == Whole {
		q.Key = q.Exact
	}
	return q
}
