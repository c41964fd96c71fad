package answer

import (
	"fmt"
	"slices"
	"strings"
	"testing"
)

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
			all = append(all, candidate{score: s, own: 1, terms: termSet(fmt.Sprint("t", i))})
		}
		return all
	}
	for _, c := range []struct {
		name string
		all  []candidate
		want []int // ordinals among the candidates, in the order in which they are taken
	}{
		{"three at most", different(1, 1, 1, 1, 1), []int{0, 1, 2}},
		{"further ones at three quarters", different(1, .76, .75, .74), []int{0, 1, 2}},
		{"none below", different(1, .74), []int{0}},
		{"one that repeats comes later", []candidate{
			{score: 1, own: 1, terms: termSet("a b c d")},
			{score: .99, own: 1, terms: termSet("a b x y z u v w")}, // shares 2 of 10: worth .99 * (1 - .6*.2) = .871
			{score: .9, own: 1, terms: termSet("k l")},
		}, []int{0, 2, 1}},
		{"one that repeats much is left out", []candidate{
			{score: 1, own: 1, terms: termSet("a b c d")},
			{score: .99, own: 1, terms: termSet("a b c x")}, // shares 3 of 5: worth .99 * (1 - .6*.6) = .634
		}, []int{0}},
		{"one that says less of the question is left out", []candidate{
			{score: 1, own: 1, terms: termSet("a")}, {score: .9, own: .59, terms: termSet("b")}, {score: .8, own: .6, terms: termSet("c")},
		}, []int{0, 2}},
		{"beside the best nothing that says nothing of it", []candidate{{score: 1, terms: termSet("a")}, {score: .9, terms: termSet("b")}}, []int{0}},
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
		candidate{score: 1, own: 1, terms: termSet("a b c d e")},
		candidate{score: .9, own: 1, terms: termSet("a b c d")}, // 4 of 5: the same
		candidate{score: .8, own: 1, terms: termSet("a b c")},   // 3 of 5: another
	)
	all[1].citations = []int{1, 5}
	got := choose(all)
	if len(got) != 1 || got[0] != all[0] || !slices.Equal(got[0].citations, []int{1, 5}) {
		t.Errorf("%d are taken, the first cites %v", len(got), got[0].citations)
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
