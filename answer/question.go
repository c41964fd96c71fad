package answer

import (
	"slices"
	"strings"
	"unicode"

	"sluice/index"
)

// asked is what is to be answered.
type asked struct {
	text  string // as asked
	terms []term
	kind  *kind // of what is asked for; nil: anything
	means bool  // it asks what something is
}

// definition is a question for what something is.
var definition = match(anyWord("what is an|what is a|what is|what are|what's|what does * mean|what does * do|what do * mean|was ist|was sind|was bedeutet|was heißt|qué es|qué son|qué significa|" +
	"qu'est-ce|que signifie|cos'è|cosa è|che cos'è|cosa significa|o que é|o que significa|wat is|wat betekent|vad är|vad betyder|hvad er|hva er|что такое|что значит|что означает|co to jest|co znaczy"))

// term is one term of the question: how it looks in an analyser's output, and what finding it is
// worth.
type term struct {
	forms   []string // any of them counts
	weight  float64  // idf x repetition
	subject bool     // what answers must speak of it
	kind    bool     // it says what kind of thing is asked for: a thing of the kind stands for it
}

// weakWeight is what a word counts that names no subject, against one that does.
const weakWeight = 0.7

// askedBytesMax is how much of a question is looked at for how it asks: what is longer is a text
// that somebody pasted.
const askedBytesMax = 2 << 10

// ask finds out what a question is about. The terms are the question's, as they were looked up.
func ask(question string, terms []index.Term) asked {
	question = strings.ToValidUTF8(question[:min(len(question), askedBytesMax)], "")
	words := spoken(question)
	q := asked{text: question, kind: kindOf(question), means: definition.in(strings.ToLower(question))}
	roles := grammarOf(words).roles(words)
	role := map[string]role{} // of a stem
	kindly := map[string]bool{}
	a := index.NewAnalyzer()
	var tokens []index.Token
	for i, w := range words {
		tokens = a.Tokens(tokens[:0], []byte(w))
		for _, t := range tokens {
			role[string(t.Stem)] = max(role[string(t.Stem)], roles[i])
			kindly[string(t.Stem)] = kindly[string(t.Stem)] || q.kind != nil && q.kind.words[strings.ToLower(w)]
		}
	}
	for _, t := range terms {
		r, known := role[t.Stem]
		if t.Stop || t.Name || known && r == binds {
			continue
		}
		one := term{forms: append([]string{t.Stem, t.Text, verbOf(a, t.Text)}, t.Forms...), weight: t.IDF * float64(t.Repeats)}
		one.kind = kindly[t.Stem]
		one.subject = !one.kind && (!known || r == subject)
		if !one.subject {
			one.weight *= weakWeight
		}
		q.terms = append(q.terms, one)
	}
	return q
}

// verbOf is the stem of the verb of a participle that does not look like it, and otherwise the
// word.
func verbOf(a *index.Analyzer, word string) string {
	verb := participles[word]
	if tokens := a.Tokens(nil, []byte(verb)); len(tokens) > 0 {
		return string(tokens[0].Stem)
	}
	return word
}

// spoken are the words of a question, without the marks around them.
func spoken(question string) []string {
	words := strings.FieldsFunc(question, func(r rune) bool {
		return unicode.IsSpace(r) || strings.ContainsRune("?!,;¿¡\"“”„«»()", r)
	})
	for i, w := range words {
		words[i] = strings.TrimRight(strings.TrimPrefix(strings.ReplaceAll(w, "’", "'"), "'"), ".:'")
	}
	return slices.DeleteFunc(words, func(w string) bool { return w == "" })
}

// found is how much of a term is there where terms stand: all of it, or where only a word of the
// same root does, a part.
func (t term) found(terms map[string]bool) float64 {
	for _, f := range t.forms {
		if terms[f] {
			return 1
		}
	}
	if len(t.forms) == 0 {
		return 0
	}
	for other := range terms {
		if kin(t.forms[0], other) {
			return kinShare
		}
	}
	return 0
}

// spells tells whether a word is the term, but for an ending.
func (t term) spells(word string) bool {
	return slices.ContainsFunc(t.forms, func(f string) bool { return strings.HasPrefix(word, f) && len(word) <= len(f)+endingMax })
}

// endingMax is how long an ending is that a stemmer takes off a noun.
const endingMax = 2

// kinShare is what a word of the same root counts: "owner" where "owns" is asked for.
const kinShare = 0.7

// kin tells whether two stems look like those of one root: they begin alike, for most of the longer
// one or but for an ending of the shorter.
func kin(a, b string) bool {
	if len(a) > len(b) {
		a, b = b, a
	}
	if len(a) < 3 || !letters(a) || !letters(b) {
		return false
	}
	same := 0
	for same < len(a) && a[same] == b[same] {
		same++
	}
	if same == len(a) {
		return agents[b[same:]]
	}
	return same >= 5 && same*10 >= len(b)*7
}

// agents are endings that make a noun of a verb.
var agents = set("er or ing ment ion ation")

func letters(s string) bool {
	return strings.IndexFunc(s, func(r rune) bool { return !unicode.IsLetter(r) }) < 0
}
