package answer

import (
	"cmp"
	"math"
	"slices"
	"strings"
	"unicode"

	"sluice/index"
)

const (
	sentencesMax = 3    // of an answer
	supportMin   = 0.70 // share of what the question is about that must stand near a sentence
	tailMin      = 0.75 // a further sentence scores at least this share of the best
	ownMin       = 0.60 // and holds at least this share of what the best holds of the question
	sameMin      = 0.80 // overlap from which two sentences say the same
	mmrPenalty   = 0.60 // of what a sentence repeats of those before it
)

// What a term of the question counts that stands not in a sentence but near it.
const (
	namedShare   = 0.90 // in a heading above it, the title or the path
	besideShare  = 0.80 // in the sentence before it or after it
	stepShare    = 0.08 // less for each sentence further away
	passageShare = 0.50 // anywhere in its passage
	codeShare    = 0.50 // in code beside it: what a statement holds is not what is spoken of
)

// A subject that weighs at least rareMin of the rarest one must be as near as nearMin: the
// question's rare words are seen together, or it is not answered.
const (
	rareMin = 0.5
	nearMin = 0.55
)

// ownWeight is the part of a sentence's worth that what stands in itself makes.
const ownWeight = 0.4

// candidate is a unit with what it is worth.
type candidate struct {
	unit
	citations []int
	passage   int // ordinal among the passages
	position  int // ordinal in its passage
	terms     map[string]bool
	own       float64 // share of the question that stands in it
	score     float64
}

// Scorer says how well sentences answer a question, each from 0 to 1. Words do so far; a learned
// one takes over the order of the candidates, and whether the best of them answers at all.
type Scorer interface {
	Score(question string, sentences []string) ([]float64, error)
}

// scoredMax is how many candidates a Scorer sees, and answeredMin from which score on one answers.
const (
	scoredMax   = 64
	answeredMin = 0.5
)

// extractor finds the sentences that answer.
type extractor struct {
	words  analyze
	before func(index.Passage) string // what precedes a passage in its document
	scorer Scorer                     // nil: words decide
}

// extract returns the sentences of the passages that answer best, the best first. It returns nil
// when none speaks of what the question is about.
func (x extractor) extract(passages []Evidence, question asked) ([]*candidate, error) {
	var all []*candidate
	bared := bare(question.text)
	for i := range passages {
		all = append(all, x.candidates(&passages[i], i, question, bared)...)
	}
	sortBest(all)
	if x.scorer != nil {
		var err error
		if all, err = x.learned(all, question.text); err != nil {
			return nil, err
		}
	}
	return choose(all), nil
}

// learned lets the scorer decide about the best candidates.
func (x extractor) learned(all []*candidate, question string) ([]*candidate, error) {
	all = all[:min(len(all), scoredMax)]
	texts := make([]string, len(all))
	for i, c := range all {
		texts[i] = c.text
	}
	scores, err := x.scorer.Score(question, texts)
	if err != nil {
		return nil, err
	}
	for i, c := range all {
		c.score = scores[i]
	}
	sortBest(all)
	n := 0
	for n < len(all) && all[n].score >= answeredMin {
		n++
	}
	return all[:n], nil
}

func sortBest(all []*candidate) {
	slices.SortFunc(all, func(a, b *candidate) int {
		return cmp.Or(cmp.Compare(b.score, a.score), cmp.Compare(a.passage, b.passage), cmp.Compare(a.position, b.position))
	})
}

// candidates scores every sentence of a passage that speaks of what the question is about.
func (x extractor) candidates(p *Evidence, ordinal int, question asked, bared string) (all []*candidate) {
	before := ""
	if x.before != nil && p.led() {
		before = x.before(p.Passage)
	}
	v := viewOf(p, before)
	if isMarkup(p, before) {
		before = string(htmlView(before, "").text)
	}
	units := unitsOf(string(v.text), before, p.Passage.Type)
	texts := []string{p.around()}
	for _, u := range units {
		texts = append(texts, u.text)
	}
	sets := x.sets(texts)
	near := newVicinity(question.terms, units, sets)
	for j, u := range units {
		if u.heading || u.header || quotes(u.text, bared) {
			continue
		}
		support, worth, own := near.of(j)
		if support < supportMin || u.code && own < supportMin {
			continue
		}
		fits := question.fit(u.text, near.beside(j))
		if fits == 0 {
			continue
		}
		u.start, u.end = v.span(u.start, u.end)
		c := &candidate{unit: u, citations: []int{p.N}, passage: ordinal, position: j, terms: sets[j+1], own: own}
		c.score = (worth*(1-ownWeight) + own*ownWeight) * (1 + pairWeight*question.pairs(u.text)) * fits * near.opening(j, question.means) * (0.7 + 0.3*p.Prob) * shape(u, len(strings.Fields(u.text))) * rank(ordinal)
		all = append(all, c)
	}
	return all
}

// sets are the terms of each text.
func (x extractor) sets(texts []string) []map[string]bool {
	sets := make([]map[string]bool, len(texts))
	for i, terms := range x.words(texts) {
		sets[i] = make(map[string]bool, len(terms))
		for _, t := range terms {
			sets[i][t] = true
		}
	}
	return sets
}

// vicinity tells of a passage's sentences how much of the question stands in them and near them.
type vicinity struct {
	terms []term
	found [][]float64 // of each term, in each unit
	named []float64   // of each term, around the passage
	units []unit

	rarest float64 // weight of the subject that weighs most
}

func newVicinity(terms []term, units []unit, sets []map[string]bool) vicinity {
	v := vicinity{terms: terms, found: make([][]float64, len(terms)), named: make([]float64, len(terms)), units: units}
	for i, t := range terms {
		if t.subject {
			v.rarest = max(v.rarest, t.weight)
		}
		v.named[i] = t.found(sets[0])
		v.found[i] = make([]float64, len(units))
		for j := range units {
			v.found[i][j] = t.found(sets[j+1])
		}
	}
	return v
}

// share is how much of a term is there for unit j.
func (v vicinity) share(i, j int) float64 {
	own := v.found[i]
	best := max(own[j], namedShare*v.named[i])
	for k := range v.units {
		switch {
		case v.units[k].heading && k < j && v.above(k, j):
			best = max(best, namedShare*own[k])
		case v.units[k].code:
			best = max(best, codeShare*own[k])
		case k != j:
			away := float64(max(k-j, j-k) - 1)
			best = max(best, max(besideShare-stepShare*away, passageShare)*own[k])
		}
	}
	return best
}

// above tells whether heading k is the last one before unit j.
func (v vicinity) above(k, j int) bool {
	for i := k + 1; i < j; i++ {
		if v.units[i].heading {
			return false
		}
	}
	return true
}

// of returns the share of the subjects that stands in or near unit j, that of all terms, and that
// of those that stand in it.
func (v vicinity) of(j int) (support, near, own float64) {
	var subject, subjects, total float64
	for i, t := range v.terms {
		if t.kind {
			continue
		}
		share := v.share(i, j)
		if t.subject && t.weight >= rareMin*v.rarest && share < nearMin {
			return 0, 0, 0
		}
		share *= t.weight
		if t.subject {
			subject += share
			subjects += t.weight
		}
		near += share
		own += t.weight * v.found[i][j]
		total += t.weight
	}
	if total == 0 {
		return 0, 0, 0
	}
	if subjects == 0 {
		subject, subjects = near, total
	}
	return subject / subjects, near / total, own / total
}

// What a sentence gains that begins with what the question is about, and where it is asked what
// that is.
const (
	opensGain = 1.05
	meansGain = 1.35
)

// opensWords is how many words may stand before the end of the subject with which a sentence opens.
const opensWords = 4

// opening is what unit j gains by how it begins.
func (v vicinity) opening(j int, means bool) float64 {
	head := v.units[j].text
	if v.units[j].row { // its first cell, without the header
		head, _, _ = strings.Cut(head, cellsSeparator)
		if _, value, ok := strings.Cut(head, ": "); ok {
			head = value
		}
	}
	words := strings.Fields(bare(strings.ReplaceAll(head, "_", "-")))
	words = words[:min(len(words), opensWords)]
	if whole, _, _ := strings.Cut(strings.TrimLeft(head, "*`\"' "), " "); strings.Contains(whole, "_") { // an identifier is one word
		words = append([]string{strings.ToLower(whole)}, words[min(len(words), 1+strings.Count(whole, "_")):]...)
	}
	for i, t := range v.terms {
		switch {
		case !t.subject:
		case v.found[i][j] > 0 && !slices.ContainsFunc(words, t.spells), v.found[i][j] == 0 && v.share(i, j) < namedShare:
			return 1
		}
	}
	if means {
		return meansGain
	}
	return opensGain
}

// beside is what stands near a sentence of the words of a question that name no subject.
type beside struct {
	here    bool // one stands in it or beside it
	words   int  // how many the question has
	there   int  // how many of them stand in the passage or around it
	subject bool // the subjects stand in the sentence itself or above it
}

func (v vicinity) beside(j int) (s beside) {
	s.subject = true
	for i, t := range v.terms {
		switch {
		case t.kind:
			continue
		case t.subject:
			s.subject = s.subject && max(v.found[i][j], v.named[i], v.heads(i, j)) > 0
			continue
		}
		s.words++
		if v.named[i] > 0 || slices.Max(v.found[i]) > 0 {
			s.there++
		}
		s.here = s.here || slices.Max(v.found[i][max(0, j-1):min(len(v.units), j+2)]) > 0
	}
	return s
}

// heads is how much of a term is in the heading above unit j.
func (v vicinity) heads(i, j int) float64 {
	for k := j - 1; k >= 0; k-- {
		if v.units[k].heading {
			return v.found[i][k]
		}
	}
	return 0
}

// What a sentence is worth that does not hold the kind of thing that is asked for, where it need
// not.
const otherKind = 0.6

// silentWords is from how many words on, of which none is in the passage, it speaks of something
// else of the subject.
const silentWords = 2

// fit is how well a sentence fits what is asked of the subject; 0: not at all.
func (q asked) fit(text string, near beside) float64 {
	mute := near.words > 0 && near.there == 0 // nothing of what is asked about the subject is there
	k := q.kind
	if k == nil || k.holds == nil {
		if mute && near.words >= silentWords {
			return 0
		}
		return 1
	}
	text = strings.ToLower(text)
	switch holds := k.holds.in(text); {
	case holds && (!mute || k.tells && near.subject && near.words < silentWords):
		return 1
	case !holds && (near.here || k.asked.in(text)) && k.bares(text):
		return 0.9
	case k.must || mute:
		return 0
	}
	return otherKind
}

// pairWeight is what a sentence gains that says the question's words in pairs as it does.
const pairWeight = 0.15

// pairs is the share of the question's neighbouring words that are neighbours in a text too: "from
// Ulsay" is not "to Ulsay".
func (q asked) pairs(text string) float64 {
	words := strings.Fields(bare(q.text))
	if len(words) < 2 {
		return 0
	}
	text = bare(text)
	n := 0
	for i := range len(words) - 1 {
		if strings.Contains(text, " "+words[i]+" "+words[i+1]+" ") {
			n++
		}
	}
	return float64(n) / float64(len(words)-1)
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

// shape prefers whole sentences of usual length to fragments, code and endless rows.
func shape(u unit, words int) float64 {
	f := 1.0
	switch {
	case u.row:
		return 1
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

// rank prefers the best passages a little beyond what their probabilities tell.
func rank(i int) float64 { return 1 / (1 + 0.01*float64(i)) }
