package check

import (
	"fmt"
	"slices"
	"strconv"
)

// hedges are words by which a sentence does not say what stands in it: it is reported, planned,
// possible, tied to a condition, or called false. What a claim needs to say the same is a word of
// the same kind.
var hedges = []map[string]bool{
	setOf("false untrue denied denies deny refuted disputed myth hoax", "falsch unwahr bestritt bestreitet dementiert dementierte", "faux démenti nie", "falso desmintió negó"),
	setOf("rumour rumor rumours rumors rumoured rumored claimed claims alleged alleges allegedly reportedly supposedly purportedly accused",
		"gerücht gerüchte angeblich behauptet behauptete behaupteten vermeintlich", "rumeur rumeurs prétend prétendu prétendument", "rumor rumores supuestamente presuntamente"),
	setOf("plans plan planned planning intends intended proposed proposes hopes hoped considers considering", "plant planen plante geplant beabsichtigt vorgeschlagen erwägt",
		"prévoit prévoient projette envisage", "planea planean prevé"),
	setOf("might could perhaps possibly may can maybe possible would", "könnte könnten vielleicht möglicherweise dürfte würde möglich", "pourrait pourraient peut-être possible", "podría podrían quizás posible"),
	setOf("if unless when whenever once provided case where while during after until before", "falls wenn sofern sobald ob nachdem bevor bis solange", "si lorsque quand", "si cuando salvo"),
}

// mild are words of those kinds that a sentence may have without being any less said.
var mild = setOf("may can would possible when whenever once provided case where while during after until before wenn sobald nachdem bevor bis ob solange möglich würde lorsque quand cuando possible posible nie claims plan")

// hedged says by which word the text does not say what the claim does. Only a sentence counts in
// which most of the claim stands.
func (s *source) hedged(c *claim, hits [][]int, from, to int) string {
	for u := from; u <= to && u < s.units; u++ {
		if s.share(c, hits, u, u) < 0.6 {
			continue
		}
		a, b := s.span(u, u)
		for k, kind := range hedges {
			own := slices.ContainsFunc(c.words, func(w word) bool { return kind[w.forms[0]] && w.number == "" })
			for j := a; j < b && !own; j++ {
				l := s.words[j].forms[0]
				if kind[l] && !mild[l] && s.words[j].number == "" && (k < 2 || k == len(hedges)-1 || s.concerns(c, hits, j, a, b)) {
					return fmt.Sprintf("it only says so with %q", s.words[j].raw)
				}
			}
		}
	}
	for _, w := range c.words {
		a, b := s.span(from, to)
		if hedges[0][w.forms[0]] && !mild[w.forms[0]] && !slices.ContainsFunc(s.words[a:b], func(o word) bool { return hedges[0][o.forms[0]] || o.denies }) {
			return fmt.Sprintf("it does not deny what this denies (%q)", w.raw)
		}
	}
	return ""
}

// that are words behind which stands what is said or denied.
var that = setOf("that dass daß que che dat att что")

// framed says by which word the sentences do not say what stands in them word for word: a part of a
// sentence may be what the rest of it takes back.
func (s *source) framed(c *claim) (why string) {
	hits := s.hits(c)
	for u := range s.units {
		if s.share(c, hits, u, u) < 1 {
			continue
		}
		one := s.hedged(c, hits, u, u)
		a, b := s.span(u, u)
		for i := a; i < b && one == ""; i++ {
			if that[s.words[i].forms[0]] && deniedAt(s.words[a:i], i-a) && !slices.ContainsFunc(c.words, func(w word) bool { return w.denies }) {
				one = "it denies this"
			}
		}
		if one == "" {
			return ""
		}
		why = one
	}
	return why
}

// concerns tells whether a word stands in a part of a sentence, between marks, in which the claim
// has more than names.
func (s *source) concerns(c *claim, hits [][]int, j, a, b int) bool {
	from, to := j, j+1
	for from > a && !s.words[from].after {
		from--
	}
	for to < b && !s.words[to].after {
		to++
	}
	return slices.ContainsFunc(c.heavy, func(i int) bool {
		return !c.words[i].name && slices.ContainsFunc(hits[i], func(h int) bool { return h >= from && h < to })
	})
}

// degrees are words of which the first kind says more than the second one.
var degrees = []struct {
	more, less map[string]bool
	both       bool // neither may stand for the other
}{
	{setOf("all every each", "alle jeder jede jedes sämtliche", "tous toutes chaque", "todos todas cada"),
		setOf("some many most few several half", "einige manche viele meisten wenige mehrere", "certains certaines plusieurs beaucoup", "algunos algunas muchos muchas pocos varios"), false},
	{setOf("must shall", "muss müssen", "doit doivent", "debe deben"),
		setOf("may might can could should", "darf dürfen kann können soll sollen sollte sollten", "peut peuvent pourrait devrait", "puede pueden podría debería"), true},
}

// reach is how many words a word of degree stands before what it speaks of.
const reach = 3

// exceeds says which word of degree stands where the text has a weaker one.
func exceeds(c *claim, window []word) string {
	for _, d := range degrees {
		for i, w := range c.words {
			mine, other := d.more, d.less
			if d.both && d.less[w.forms[0]] {
				mine, other = d.less, d.more
			}
			k := i + 1
			for k < len(c.words) && !c.words[k].content {
				k++
			}
			if w.number != "" || !mine[w.forms[0]] || k > i+reach || k == len(c.words) {
				continue
			}
			same, differs := false, ""
			for j := range window {
				if !c.words[k].same(&window[j]) {
					continue
				}
				for _, o := range window[max(j-reach, 0):j] {
					if same = same || mine[o.forms[0]]; other[o.forms[0]] && o.number == "" {
						differs = o.raw
					}
				}
			}
			if !same && differs != "" {
				return fmt.Sprintf("it says %q where this says %q", differs, w.raw)
			}
		}
	}
	return ""
}

// passive are words that may turn who and whom around.
var passive = setOf("by von vom durch par por da door av от was were been is are wird wurde wurden fut été fue fueron")

// agents are words before who does it, where a sentence is turned, and being those that turn it.
var (
	agents = setOf("by von vom durch par por da door av от")
	being  = setOf("was were been is are be being wird werden wurde wurden worden est été fut fue fueron sido werd werden blev")
)

// turn tells, of two places in a text, whether the words between them turn who and whom around.
// known: false where they may or may not.
func turn(words []word, a, b int) (turned, known bool) {
	by, is, other := false, false, false
	for _, w := range words[a+1 : b] {
		l := w.forms[0]
		by, is = by || agents[l], is || being[l]
		other = other || w.after || passive[l] && !agents[l] && !being[l]
	}
	return by && is, !other && by == is
}

// swapped says which two names stand the other way round in the text, around the same words.
func (s *source) swapped(c *claim, hits [][]int, from, to int) string {
	var at []int // of claim words that are names
	for i, w := range c.words {
		if w.name || w.content && i == 0 {
			at = append(at, i)
		}
	}
	for k := 1; k < len(at); k++ {
		a, b := at[k-1], at[k]
		mine, known := turn(c.words, a, b)
		between := slices.ContainsFunc(c.words[a+1:b], func(w word) bool { return w.content })
		if !known || !between && !mine || c.words[b].after || c.words[a].same(&c.words[b]) {
			continue
		}
		right, wrong := false, false
		for _, ja := range hits[a] {
			for _, jb := range hits[b] {
				if min(ja, jb) < from || max(ja, jb) >= to || s.unit[ja] != s.unit[jb] {
					continue
				}
				theirs, sure := turn(s.words, min(ja, jb), max(ja, jb))
				same := (ja < jb) == (mine == theirs)
				right, wrong = right || same || !sure, wrong || !same && sure
			}
		}
		if wrong && !right {
			return fmt.Sprintf("%q and %q stand the other way round", c.words[a].raw, c.words[b].raw)
		}
	}
	return ""
}

// date is a day of a month, as it is written with a word for the month or with its year first.
type date struct{ day, month string }

// datesOf are the dates of a text.
func datesOf(words []word) (all []date) {
	day := func(i int) bool {
		if i < 0 || i >= len(words) || words[i].month {
			return false
		}
		n, err := strconv.Atoi(words[i].number)
		return err == nil && n >= 1 && n <= 31
	}
	for i, w := range words {
		switch {
		case w.month && day(i-1):
			all = append(all, date{words[i-1].number, w.number})
		case w.month && i > 1 && !words[i-1].content && day(i-2): // 3 de mayo
			all = append(all, date{words[i-2].number, w.number})
		case w.month && day(i+1):
			all = append(all, date{words[i+1].number, w.number})
		case len(w.number) == 4 && day(i+1) && day(i+2): // 2014-06-09
			all = append(all, date{words[i+2].number, words[i+1].number})
		}
	}
	return all
}

// misdated says which date of a claim the text does not have.
func misdated(c *claim, window []word) string {
	theirs := datesOf(window)
	for _, d := range datesOf(c.words) {
		if len(theirs) > 0 && !slices.Contains(theirs, d) {
			return fmt.Sprintf("it gives the date %s/%s where this says %s/%s (day/month)", theirs[0].day, theirs[0].month, d.day, d.month)
		}
	}
	return ""
}
