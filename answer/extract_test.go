package answer

import (
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"

	"sluice/api"
)

// words is an analyser that is good enough here: lower case, no plural.
func words(text string) []string {
	fields := strings.FieldsFunc(strings.ToLower(text), func(r rune) bool { return (r < 'a' || r > 'z') && r < 0x80 })
	for i := range fields {
		fields[i] = strings.TrimSuffix(fields[i], "s")
	}
	return fields
}

// question weighs every word alike.
func question(text string) asked {
	q := asked{text: text}
	for _, w := range words(text) {
		q.terms = append(q.terms, term{forms: []string{w}, weight: 1})
	}
	return q
}

// piece is a passage of the window.
func piece(n int, prob float64, text, documentType string) Evidence {
	e := Evidence{N: n}
	e.Prob, e.Text, e.Passage.Type = prob, text, documentType
	return e
}

var window = []Evidence{
	piece(1, .9, "# Torn writes\n\nEvery block carries a checksum. A torn write is noticed because the checksum of its block fails. The weather was fine.", "markdown"),
	piece(2, .8, "A torn write is noticed because the checksum of its block fails.", "markdown"),
	piece(3, .7, "// noticed says whether a torn block was seen.\nfunc noticed() bool {\n\treturn torn\n}", "go"),
	piece(4, .1, "Bananas are yellow. So is the sun.", "markdown"),
}

func TestExtractAnswersAndCites(t *testing.T) {
	got := extract(window, question("torn write noticed checksum"), words)
	if len(got) == 0 {
		t.Fatal("no answer")
	}
	if want := "A torn write is noticed because the checksum of its block fails."; got[0].Text != want && got[1].Text != want {
		t.Errorf("the answer lacks its best sentence: %+v", got)
	}
	i := slices.IndexFunc(got, func(s api.Sentence) bool { return strings.HasPrefix(s.Text, "A torn write") })
	if !reflect.DeepEqual(got[i].Citations, []int{1, 2}) {
		t.Errorf("a sentence that two passages say cites %v", got[i].Citations)
	}
	for _, s := range got {
		if strings.Contains(s.Text, "Banana") || strings.Contains(s.Text, "weather") {
			t.Errorf("%q has nothing to do with it", s.Text)
		}
	}
	if !reflect.DeepEqual(got, extract(window, question("torn write noticed checksum"), words)) {
		t.Error("the same window gives another answer")
	}
}

func TestExtractQuotes(t *testing.T) {
	all := ""
	for _, p := range window {
		all += p.Text + "\n"
	}
	for _, s := range extract(window, question("torn block noticed checksum"), words) {
		if !strings.Contains(all, s.Text) {
			t.Errorf("%q stands nowhere in the window", s.Text)
		}
		if len(s.Citations) == 0 {
			t.Errorf("%q cites nothing", s.Text)
		}
	}
}

func TestExtractAbstains(t *testing.T) {
	for name, q := range map[string]string{
		"nothing matches":    "quantum chromodynamics",
		"too little matches": "weather forecast satellite radar humidity pressure isobar",
		"no terms":           "",
	} {
		if got := extract(window, question(q), words); got != nil {
			t.Errorf("%s: %+v", name, got)
		}
	}
	if got := extract(nil, question("torn"), words); got != nil {
		t.Errorf("an empty window answers %+v", got)
	}
}

func TestExtractLeavesOutWhatOnlyAsks(t *testing.T) {
	ps := []Evidence{
		piece(1, .9, "{\"How is a torn write noticed?\", 17},", "go"),
		piece(2, .9, "Example: sluice ask \"How is a torn write noticed?\"", "markdown"),
		piece(3, .2, "A write that is torn is noticed by its checksum.", "markdown"),
	}
	got := extract(ps, question("How is a torn write noticed?"), words)
	if len(got) != 1 || got[0].Citations[0] != 3 {
		t.Errorf("%+v", got)
	}
}

func TestExtractPrefersRareTerms(t *testing.T) {
	ps := []Evidence{piece(1, .5, "The common word stands in here today.", "markdown"), piece(2, .5, "The seldom word stands in here today.", "markdown")}
	got := extract(ps, asked{"", []term{{[]string{"common"}, 1}, {[]string{"seldom", "rare"}, 5}}}, words)
	if len(got) == 0 || got[0].Citations[0] != 2 {
		t.Errorf("%+v", got)
	}
}

func TestExtractStaysShort(t *testing.T) {
	var ps []Evidence
	for i := range 100 {
		ps = append(ps, piece(i+1, .5, fmt.Sprintf("The torn page number %s was noticed by reader %s of the %s library.", strings.Repeat("x", i+1), strings.Repeat("y", i+1), strings.Repeat("z", i+1)), "markdown"))
	}
	if got := extract(ps, question("torn page noticed"), words); len(got) < sentencesMin || len(got) > sentencesMax {
		t.Errorf("%d sentences", len(got))
	}
}
