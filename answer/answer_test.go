package answer

import (
	"reflect"
	"strings"
	"testing"

	"sluice/api"
	"sluice/cascade/flow"
	"sluice/index"
)

// packed is a citation of the window with passages at those ranks.
func packed(texts map[int]string) (k flow.Packed) {
	for rank, text := range texts {
		m := flow.Member{Rank: rank, Text: text}
		m.Prob, m.Passage.Type, m.Passage.Line = 1/float64(rank), "markdown", uint32(rank)
		k.Members = append(k.Members, m)
	}
	return k
}

func terms(words ...string) (all []index.Term) {
	for _, w := range words {
		all = append(all, index.Term{Text: w, Stem: w, IDF: 3, DF: 1, Repeats: 1})
	}
	return all
}

// TestExtractCitesPassagesOfTheWindow: what pack merged is cited passage by passage, and the
// numbers go by the answer.
func TestExtractCitesPassagesOfTheWindow(t *testing.T) {
	w := &flow.Window{Passages: []flow.Packed{
		packed(map[int]string{7: "The moon is far.", 3: "A walrus whistle is loud at night."}),
		packed(map[int]string{5: "Seals bark."}),
		packed(map[int]string{4: "A walrus whistle is loud at night."}),
	}}
	a := Extract(w, "walrus whistle", terms("walrus", "whistl"))
	if a.Text != "A walrus whistle is loud at night. [1] [2]" {
		t.Errorf("%q", a.Text)
	}
	if want := []api.Sentence{{Text: "A walrus whistle is loud at night.", Citations: []int{1, 2}}}; !reflect.DeepEqual(a.Sentences, want) {
		t.Errorf("%+v", a.Sentences)
	}
	if len(a.Cited) != 2 || a.Cited[0].Rank != 3 || a.Cited[0].N != 1 || a.Cited[1].Rank != 4 || a.Cited[1].N != 2 {
		t.Errorf("cited: %+v", a.Cited)
	}
}

func TestExtractSaysWhenThereIsNoAnswer(t *testing.T) {
	w := &flow.Window{Passages: []flow.Packed{packed(map[int]string{1: "The moon is far."})}}
	for _, w := range []*flow.Window{w, {}} {
		if a := Extract(w, "walrus", terms("walrus")); a.Text != Abstain || len(a.Sentences)+len(a.Cited) != 0 {
			t.Errorf("%+v", a)
		}
	}
}

// TestWordsThatAskDoNotAnswer: a sentence that only holds them is no answer, and a term that the
// store does not hold counts half.
func TestWordsThatAskDoNotAnswer(t *testing.T) {
	all := terms("what", "does", "kfree", "unseen", "the")
	all[3].DF, all[4].Stop = 0, true
	var got []string
	for _, w := range weigh(all) {
		got = append(got, w.forms[1])
		if want := map[string]float64{"kfree": 3, "unseen": 1.5}[w.forms[1]]; w.weight != want {
			t.Errorf("%s weighs %g, not %g", w.forms[1], w.weight, want)
		}
	}
	if strings.Join(got, " ") != "kfree unseen" {
		t.Errorf("terms: %v", got)
	}
}
