package check

import (
	"fmt"
	"slices"
	"strings"
)

// windowUnits is how many neighbouring sentences may support a claim together.
const windowUnits = 3

const (
	// spare is the share of a claim's words that may be the model's own; of short claims one word.
	spare    = 0.15
	shortMin = 4
	// half is the share from which on a claim is said in part.
	half = 0.5
)

// verbatimMin is how many words that say something a claim must have more of to be taken for a
// sentence of the passage because it stands there word for word.
const verbatimMin = 2

// claim is what is held against passages.
type claim struct {
	words  []word
	heavy  []int // of words: those that must be found
	quotes []string
	plain  string
}

// fit is how well a passage supports a claim.
type fit struct {
	covered float64
	of      int      // words of the claim that must be found
	missing []string // words, names and numbers that are not there
	strict  bool     // a name, a number or a quote is among them, or a word stands where another does
	against string   // what the passage says instead
}

// holds tells whether all of the claim is there.
func (f fit) holds() bool {
	return f.against == "" && !f.strict && (1-f.covered <= spare || len(f.missing) == 1 && f.of >= shortMin)
}

func (f fit) why() string {
	switch {
	case f.against != "":
		return f.against
	case len(f.missing) > 0:
		return "it does not say " + strings.Join(f.missing[:min(len(f.missing), 5)], ", ")
	}
	return ""
}

// fits finds the few sentences of a passage that support a claim best.
func (s *source) fits(c *claim) fit {
	if len(c.heavy) > verbatimMin && strings.Contains(" "+s.plain+" ", " "+c.plain+" ") {
		return fit{covered: 1, against: s.framed(c)}
	}
	for _, q := range c.quotes {
		if !strings.Contains(s.plain, q) {
			f := s.within(c, s.hits(c), 0, max(s.units-1, 0))
			f.missing, f.strict, f.covered = append([]string{"“" + q + "”"}, f.missing...), true, min(f.covered, half/2)
			return f
		}
	}
	hits := s.hits(c)
	best := fit{covered: -1}
	var refuted []int // sentences that have all of it and say something else
	for size := range windowUnits {
		for from := 0; from+size < max(s.units, 1); from++ {
			if slices.ContainsFunc(refuted, func(u int) bool { return u >= from && u <= from+size }) {
				continue // what stands beside one does not make it say so
			}
			if s.share(c, hits, from, from+size) <= best.covered-0.15 {
				continue
			}
			f := s.within(c, hits, from, from+size)
			if f.holds() {
				return f
			}
			if size == 0 && f.against != "" && len(f.missing) == 0 {
				refuted = append(refuted, from)
			}
			if f.better(best) {
				best = f
			}
		}
	}
	return best
}

func (f fit) better(o fit) bool {
	if f.covered != o.covered {
		return f.covered > o.covered
	}
	return len(f.missing) < len(o.missing)
}

// hits tells of each word of a claim where it stands in the passage; nil: nowhere, -1: around it.
func (s *source) hits(c *claim) [][]int {
	hits := make([][]int, len(c.words))
	for i := range c.words {
		hits[i] = find(&c.words[i], s.words, s.index)
		if len(find(&c.words[i], s.outer, s.about)) > 0 {
			hits[i] = append(hits[i], -1)
		}
	}
	return hits
}

// inside are those of a word's hits that stand in a window, or around the passage.
func (s *source) inside(hits []int, from, to int) bool {
	return slices.ContainsFunc(hits, func(i int) bool { return i < 0 || s.unit[i] >= from && s.unit[i] <= to })
}

func (s *source) share(c *claim, hits [][]int, from, to int) float64 {
	if len(c.heavy) == 0 {
		return 1
	}
	n := 0
	for _, i := range c.heavy {
		if s.inside(hits[i], from, to) {
			n++
		}
	}
	return float64(n) / float64(len(c.heavy))
}

// within holds a claim against a window of the passage.
func (s *source) within(c *claim, hits [][]int, from, to int) fit {
	f := fit{covered: s.share(c, hits, from, to), of: len(c.heavy)}
	a, b := s.span(from, to)
	window := s.words[a:b]
	for _, i := range c.heavy {
		w := &c.words[i]
		if s.inside(hits[i], from, to) {
			continue
		}
		f.missing = append(f.missing, w.raw)
		if w.number != "" || w.name {
			f.strict = true
		}
		if other := instead(c.words, i, window); other != "" {
			f.strict = true
			f.against = fmt.Sprintf("it says %q where this says %q", other, w.raw)
		}
	}
	if len(f.missing) > 0 && repeats(c.words, window) >= nearlyAll {
		f.strict = true // word for word, but for these
	}
	if f.against == "" {
		f.against = cmpFirst(s.denied(c, hits, window, a), opposed(c, window), s.swapped(c, hits, a, b), misbound(c, window), misdated(c, window), exceeds(c, window), s.hedged(c, hits, from, to))
	}
	return f
}

// nearlyAll is the share of pairs of words from which on a claim repeats a text: then a word of its
// own stands where another one did.
const nearlyAll = 0.6

// repeats is the share of a claim's pairs of neighbouring words that are neighbours in a text, too.
func repeats(claim, window []word) float64 {
	pairs := map[string]bool{}
	for i := 1; i < len(window); i++ {
		pairs[window[i-1].forms[0]+" "+window[i].forms[0]] = true
	}
	n := 0
	for i := 1; i < len(claim); i++ {
		if pairs[claim[i-1].forms[0]+" "+claim[i].forms[0]] {
			n++
		}
	}
	return float64(n) / float64(max(len(claim)-1, 1))
}

func cmpFirst(all ...string) string {
	for _, s := range all {
		if s != "" {
			return s
		}
	}
	return ""
}

// span is where the words of sentences stand.
func (s *source) span(from, to int) (a, b int) {
	a, _ = slices.BinarySearch(s.unit, from)
	b, _ = slices.BinarySearch(s.unit, to+1)
	return a, b
}

// apart is how far a claim and a text may differ around a word that stands for another one.
const apart = 3

// instead is the word that stands in a text where the claim has another one, between the same
// neighbours.
func instead(claim []word, i int, window []word) string {
	alone := func(j int) bool {
		return window[j].content && !slices.ContainsFunc(claim, func(c word) bool { return c.same(&window[j]) })
	}
	for l := range window {
		if i > 0 && !near(claim, i, -1, &window[l]) {
			continue
		}
		other := ""
		for r := l + 1; r < len(window) && r <= l+apart+1; r++ {
			if other == "" && alone(r) {
				other = window[r].raw
			}
			if ends := i == len(claim)-1; other != "" && (ends && anchored(claim, i, window, l) || !ends && near(claim, i, 1, &window[r]) && (i > 0 || anchored(claim, i, window, r))) {
				return other
			}
		}
	}
	return ""
}

// near tells whether a word is one of the claim's next ones in a direction, the first that says
// something or one before it.
func near(claim []word, i, step int, w *word) bool {
	for k := i + step; k >= 0 && k < len(claim) && (k-i)*step <= apart; k += step {
		if claim[k].same(w) {
			return claim[k].content || k == i+step
		}
		if claim[k].content {
			return false
		}
	}
	return false
}

// anchored tells whether the word beside the neighbour fits, too: at a sentence's end there is only
// one side to go by.
func anchored(claim []word, i int, window []word, at int) bool {
	if i == 0 {
		return at+1 < len(window) && len(claim) > 2 && claim[2].same(&window[at+1]) || len(claim) > 1 && claim[1].content
	}
	return claim[i-1].content || at > 0 && i > 1 && claim[i-2].same(&window[at-1])
}

// scope is how many words a denial reaches.
const scope = 5

// denied says what the claim denies and the text does not, or the other way round.
func (s *source) denied(c *claim, hits [][]int, window []word, at int) string {
	for i, w := range c.words {
		if !w.denies {
			continue
		}
		reached, held := 0, 0
		for k := i + 1; k < len(c.words) && k <= i+scope; k++ {
			if !c.words[k].content {
				continue
			}
			for _, h := range hits[k] {
				if j := h - at; h >= 0 && j >= 0 && j < len(window) {
					reached++
					if deniedAt(window, j) {
						held++
					}
					break
				}
			}
		}
		if reached > 0 && held == 0 {
			return fmt.Sprintf("it does not deny what this denies (%q)", w.raw)
		}
	}
	for j := range window {
		if !window[j].denies {
			continue
		}
		for k := j + 1; k < len(window) && k <= j+2; k++ {
			if !window[k].content {
				continue
			}
			for i := range c.words {
				if c.words[i].content && c.words[i].same(&window[k]) && !deniedAt(c.words, i) && neighbours(c.words, i, window, j) {
					return fmt.Sprintf("it denies this (%q)", window[j].raw)
				}
			}
			break
		}
	}
	return ""
}

// deniedAt tells whether a denial stands before a word, or right behind it.
func deniedAt(words []word, i int) bool {
	for k := max(i-scope, 0); k < min(i+3, len(words)); k++ {
		if words[k].denies {
			return true
		}
	}
	return false
}

// neighbours tells whether the claim also has, before the word, something that stands before the
// denial in the text: then both speak of the same thing.
func neighbours(claim []word, i int, window []word, j int) bool {
	for k := j - 1; k >= 0 && k >= j-3*scope; k-- {
		if window[k].content && slices.ContainsFunc(claim[:i], func(c word) bool { return c.same(&window[k]) }) {
			return true
		}
	}
	return !slices.ContainsFunc(claim[:i], func(c word) bool { return c.content })
}

// opposed says which word of the claim has its opposite in the text, and not itself.
func opposed(c *claim, window []word) string {
	has := func(form string) bool {
		return slices.ContainsFunc(window, func(w word) bool { return slices.Contains(w.forms, form) })
	}
	for _, w := range c.words {
		for _, f := range w.forms {
			for _, o := range antonyms[f] {
				if has(o) && !has(f) && !slices.ContainsFunc(c.words, func(c word) bool { return slices.Contains(c.forms, o) }) {
					return fmt.Sprintf("it says %q where this says %q", o, w.raw)
				}
			}
		}
	}
	return ""
}

// misbound says which number belongs to other words in the text.
func misbound(c *claim, window []word) string {
	parts := clauses(window)
	for _, own := range clauses(c.words) {
		for i := range own {
			if own[i].number != "" {
				if why := boundElsewhere(&own[i], own, parts); why != "" {
					return why
				}
			}
		}
	}
	return ""
}

// boundElsewhere tells whether the words around a number stand, in the text, around another one.
func boundElsewhere(w *word, own []word, parts [][]word) string {
	with, without := -1, -1
	for _, part := range parts {
		n, has, other := 0, false, false
		for i := range part {
			has = has || part[i].number == w.number
			other = other || part[i].number != "" && part[i].number != w.number
			if part[i].content && part[i].number == "" && slices.ContainsFunc(own, func(c word) bool { return c.content && c.same(&part[i]) }) {
				n++
			}
		}
		switch {
		case has:
			with = max(with, n)
		case other:
			without = max(without, n)
		}
	}
	if with >= 0 && without > with && without >= 2 {
		return fmt.Sprintf("%q belongs to something else there", w.raw)
	}
	return ""
}

// breaks part clauses.
var breaks = setOf("and or but und oder aber et ou mais y o pero e ma och men en maar и а но while whereas")

// clauses cuts words at conjunctions and where there is a gap for a mark.
func clauses(words []word) (parts [][]word) {
	start := 0
	for i := range words {
		if i > start && (breaks[words[i].forms[0]] || words[i].after) {
			parts = append(parts, words[start:i])
			start = i
		}
	}
	return append(parts, words[start:])
}
