package answer

import (
	"fmt"
	"math"
	"reflect"
	"slices"
	"strings"
	"testing"

	"sluice/api"
)

// shown is a passage of the window.
func shown(n int, prob float64, text string) Evidence {
	e := Evidence{N: n}
	e.Prob, e.Text = prob, text
	return e
}

// near tells whether two scores are the same but for rounding.
func near(a, b float64) bool { return math.Abs(a-b) < 1e-12 }

// TestShape holds what a sentence's form is worth.
func TestShape(t *testing.T) {
	for _, c := range []struct {
		name  string
		unit  unit
		words int
		want  float64
	}{
		{"a sentence", unit{text: "It waits."}, 12, 1},
		{"a heading", unit{text: "Waiting", heading: true}, 12, .35},
		{"code", unit{text: "wait()", code: true}, 12, .3},
		{"a question", unit{text: "Does it wait?"}, 12, .6},
		{"a heading that asks", unit{text: "Does it wait?", heading: true}, 12, .35},
		{"five words", unit{text: "."}, 5, 1},
		{"four words", unit{text: "."}, 4, .88},
		{"a word", unit{text: "."}, 1, .52},
		{"a heading of two words", unit{text: ".", heading: true}, 2, .35 * .64},
		{"fifty words", unit{text: "."}, 50, 1},
		{"fifty-one words", unit{text: "."}, 51, math.Sqrt(50. / 51)},
		{"two hundred words", unit{text: "."}, 200, .5},
	} {
		if got := shape(c.unit, c.words); !near(got, c.want) {
			t.Errorf("%s is worth %g, want %g", c.name, got, c.want)
		}
	}
}

// TestPlace holds what standing early in a passage, and in an early passage, is worth.
func TestPlace(t *testing.T) {
	for i, want := range []float64{1.1, 1.05, 1 + .1/3} {
		if got := early(i); !near(got, want) {
			t.Errorf("sentence %d of a passage is worth %g, want %g", i, got, want)
		}
	}
	for i, want := range map[int]float64{0: 1, 1: 1 / 1.01, 100: .5} {
		if got := rank(i); !near(got, want) {
			t.Errorf("a sentence of passage %d is worth %g, want %g", i, got, want)
		}
	}
	for n, want := range []float64{headMin, headMin, headMin, tailMin, tailMin} {
		if got := floor(n); got != want {
			t.Errorf("sentence %d must reach %g of the best, want %g", n, got, want)
		}
	}
}

// TestCandidates holds the score of a sentence in full, and that one without a term is none.
func TestCandidates(t *testing.T) {
	ps := []Evidence{
		shown(7, 1, "Nothing of it stands in here. The torn page is found by sum."),
		shown(9, .5, "The seldom page is lost for ever."),
	}
	q := asked{"", []term{{forms: []string{"torn", "tear"}, weight: 3}, {forms: []string{"page"}, weight: 1}}}
	all := candidates(ps, q, words)
	if len(all) != 2 {
		t.Fatalf("%d candidates", len(all))
	}
	for i, want := range []candidate{
		{citations: []int{7}, passage: 0, position: 1, coverage: 1, score: 1.05},
		{citations: []int{9}, passage: 1, position: 0, coverage: .25, score: .25 * .75 * 1.1 / 1.01},
	} {
		c := all[i]
		if !slices.Equal(c.citations, want.citations) || c.passage != want.passage || c.position != want.position ||
			!near(c.coverage, want.coverage) || !near(c.score, want.score) {
			t.Errorf("candidate %d is %+v, want %+v", i, *c, want)
		}
	}
	weightless := asked{"", []term{{forms: []string{"torn"}, weight: 0}}}
	if all := candidates(ps, weightless, words); all != nil {
		t.Errorf("a question without weight has %d candidates", len(all))
	}
}

// TestCovered: three tenths of the question's weight are enough for an answer, in any one sentence.
func TestCovered(t *testing.T) {
	for share, want := range map[int]bool{29: false, 30: true, 31: true} {
		q := asked{"", []term{{forms: []string{"page"}, weight: float64(share)}, {forms: []string{"absent"}, weight: float64(100 - share)}}}
		got := extract([]Evidence{shown(1, 1, "The page is found by its sum.")}, q, words)
		if (got != nil) != want {
			t.Errorf("%d %% of the question: %v", share, got)
		}
	}
}

// TestQuotes: only a question of some length, said word for word, is one that the text asks too.
func TestQuotes(t *testing.T) {
	for _, c := range []struct {
		text, asked string
		want        bool
	}{
		{"FAQ: How is it noticed?", "how is it noticed", true},
		{"how, is it: NOTICED 17", "How is it noticed?", true},
		{"how is it not noticed", "how is it noticed", false},
		{"how is it noticeddd", "how is it noticed", false},
		{"is it noticed", "is it noticed", false},
	} {
		if got := quotes(c.text, bare(c.asked)); got != c.want {
			t.Errorf("%q quotes %q: %v", c.text, c.asked, got)
		}
	}
	if got := bare("  C++, v2.0 ünd"); got != " c v2 0 ünd " {
		t.Errorf("bare words are %q", got)
	}
}

// scored makes candidates of scores and terms, as choose gets them: sorted.
func scored(all ...candidate) []*candidate {
	var out []*candidate
	for i := range all {
		c := all[i]
		c.citations = []int{i + 1}
		out = append(out, &c)
	}
	return out
}

// termSet makes a sentence's set of terms.
func termSet(names string) map[string]bool {
	set := map[string]bool{}
	for _, n := range strings.Fields(names) {
		set[n] = true
	}
	return set
}

// TestChoose holds which sentences an answer takes, and whom it cites.
func TestChoose(t *testing.T) {
	different := func(scores ...float64) (all []candidate) {
		for i, s := range scores {
			all = append(all, candidate{score: s, terms: termSet(fmt.Sprint("t", i))})
		}
		return all
	}
	for _, c := range []struct {
		name string
		all  []candidate
		want []int // ordinals among the candidates, in the order in which they are taken
	}{
		{"six at most", different(1, 1, 1, 1, 1, 1, 1, 1), []int{0, 1, 2, 3, 4, 5}},
		{"the first three at three tenths", different(1, .5, .3, .3), []int{0, 1, 2}},
		{"none below three tenths", different(1, .29), []int{0}},
		{"later ones at eleven twentieths", different(1, 1, 1, .56, .55, .54), []int{0, 1, 2, 3, 4}},
		{"one that repeats comes later", []candidate{
			{score: 1, terms: termSet("a b c d")},
			{score: .9, terms: termSet("a b c x")}, // shares 3 of 5: worth .9 * (1 - .6*.6) = .576
			{score: .6, terms: termSet("y z")},
		}, []int{0, 2, 1}},
		{"one that repeats a little stays", []candidate{
			{score: 1, terms: termSet("a b c d")},
			{score: .9, terms: termSet("a b c x")},
			{score: .57, terms: termSet("y z")},
		}, []int{0, 1, 2}},
	} {
		all := scored(c.all...)
		var got []int
		for _, one := range choose(all) {
			got = append(got, slices.Index(all, one))
		}
		if !slices.Equal(got, c.want) {
			t.Errorf("%s: %v, want %v", c.name, got, c.want)
		}
	}
}

// TestChooseLends: a sentence that says the same is not taken and lends its citation, once.
func TestChooseLends(t *testing.T) {
	all := scored(
		candidate{score: 1, terms: termSet("a b c d e")},
		candidate{score: .9, terms: termSet("a b c d")}, // 4 of 5: the same
		candidate{score: .8, terms: termSet("a b c")},   // 3 of 5: another
	)
	all[1].citations = []int{1, 5}
	got := choose(all)
	if len(got) != 2 || got[0] != all[0] || got[1] != all[2] {
		t.Fatalf("%d are taken", len(got))
	}
	if !slices.Equal(got[0].citations, []int{1, 5}) || !slices.Equal(got[1].citations, []int{3}) {
		t.Errorf("citations are %v and %v", got[0].citations, got[1].citations)
	}
}

// TestOverlap is the Jaccard index with the most similar sentence.
func TestOverlap(t *testing.T) {
	one, two := &candidate{terms: termSet("a b c")}, &candidate{terms: termSet("c d")}
	if most, same := overlap(&candidate{terms: termSet("c d e f")}, []*candidate{one, two}); same != nil || most != .5 {
		t.Errorf("overlap %g, same %v", most, same)
	}
	if most, same := overlap(&candidate{terms: termSet("c")}, nil); same != nil || most != 0 {
		t.Errorf("overlap with nothing %g, same %v", most, same)
	}
	if most, same := overlap(&candidate{}, []*candidate{{}}); same != nil || most != 0 {
		t.Errorf("overlap of nothing %g, same %v", most, same)
	}
	if most, same := overlap(&candidate{terms: termSet("a b c")}, []*candidate{two, one}); same != one || most != 1 {
		t.Errorf("overlap with itself %g, same %v", most, same)
	}
}

// TestExtractOrder: the passage of the best sentence comes first with all its sentences, in the
// order in which they stand in it; citations come in the order of the window.
func TestExtractOrder(t *testing.T) {
	ps := []Evidence{
		shown(3, 1, "Alpha beta of the low kind stands in here."),
		shown(2, 1, "Gamma delta is the first name of this passage. Nothing else matters here. Alpha beta gamma delta are all found below."),
		shown(1, .1, "Alpha beta gamma delta are all found below."),
	}
	q := question("alpha beta gamma delta")
	q.text = ""
	got := extract(ps, q, words)
	want := []api.Sentence{
		{Text: "Gamma delta is the first name of this passage.", Citations: []int{2}},
		{Text: "Alpha beta gamma delta are all found below.", Citations: []int{1, 2}},
		{Text: "Alpha beta of the low kind stands in here.", Citations: []int{3}},
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got %+v, want %+v", got, want)
	}
}
