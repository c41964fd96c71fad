package answer

import (
	"errors"
	"math"
	"reflect"
	"slices"
	"strings"
	"testing"

	"sluice/api"
	"sluice/cascade/flow"
	"sluice/index"
)

// near tells whether two numbers are the same but for rounding.
func near(a, b float64) bool { return math.Abs(a-b) < 1e-12 }

// passage is one of the window. Texts are of Markdown unless a type is named.
func passage(rank int, text string, kind ...string) (m flow.Member) {
	m.Rank, m.Text, m.Prob = rank, text, 1/float64(rank)
	m.Passage.Type, m.Passage.Line, m.Passage.Start = "markdown", uint32(100*rank), uint32(1000*rank)
	m.Passage.Bytes = uint32(len(text))
	if len(kind) > 0 {
		m.Passage.Type = kind[0]
	}
	return m
}

// titled is a passage of a document with that title.
func titled(title string, m flow.Member) flow.Member {
	m.Passage.Title = title
	return m
}

func window(members ...flow.Member) *flow.Window {
	return &flow.Window{Passages: []flow.Packed{{Members: members}}}
}

// answered asks a question of passages. All of its words weigh alike, as the analyser sees them.
func answered(t *testing.T, question string, members ...flow.Member) Answer {
	t.Helper()
	a, err := Stage{}.Run(window(members...), question, looked(question))
	if err != nil {
		t.Fatal(err)
	}
	return a
}

func looked(question string) []index.Term {
	all := index.NewAnalyzer().Question([]byte(question))
	for i := range all {
		all[i].IDF, all[i].DF = 3, 1
	}
	return all
}

// TestExtractedPages: the text of a page is stored as Markdown writes it, or as it was written.
// Both answer, whatever it begins with.
func TestExtractedPages(t *testing.T) {
	const question, want = "When does the ferry to Ulsay leave?", "The ferry to Ulsay leaves at 9:40."
	for name, text := range map[string]string{
		"a heading":           "# Ferries\n\nThe ferry to Ulsay leaves at 9:40.\n\nBread is sold at the pier.\n",
		"a heading, one line": "# Ferries\nThe ferry to Ulsay leaves at 9:40.\n",
		"a list":              "# Ferries\n\n- Bread is sold at the pier.\n- The ferry to Ulsay leaves at 9:40.\n- Dogs ride free.\n",
		"headings":            "# Skarvik\n\nA harbour.\n\n## Ferries\n\nThe ferry to Ulsay leaves at 9:40.\n",
		"less than":           "# Ferries\n\nThe ferry to Ulsay leaves at 9:40.\n\nFree for age < 6 & dogs.\n",
		"as it is written":    "<h1>Ferries</h1>\n<p>The ferry to <b>Ulsay</b>\nleaves at 9:40.</p>\n<p>Bread is sold.</p>",
	} {
		got := said(answered(t, question, passage(1, text, "html")))
		if !slices.Contains(got, want) {
			t.Errorf("%s: %q", name, got)
		}
	}
}

// said are the sentences of an answer.
func said(a Answer) (out []string) {
	for _, s := range a.Sentences {
		out = append(out, s.Text)
	}
	return out
}

// TestAnswers: of each window, what the answer says.
func TestAnswers(t *testing.T) {
	for _, c := range []struct {
		name, question string
		window         []flow.Member
		want           []string // nil: nothing
	}{
		{"the sentence that says it, and no other", "When does the lease end?", []flow.Member{
			passage(1, "The flat is small. The lease ends on 31 January 2032. The cellar is wet."), passage(2, "The end of the song is loud.")},
			[]string{"The lease ends on 31 January 2032."}},
		{"a name that is nowhere", "What is the name of Emil's wife?", []flow.Member{passage(1, "Emil has the name of a king. The wifi is fast.")}, nil},
		{"two subjects that are apart", "What is the diameter of the fan blade?", []flow.Member{
			passage(1, "The fan blade is black."), passage(2, "The anode has a diameter of 15 mm.")}, nil},
		{"two subjects far apart in a passage", "Is the anode near the blade?", []flow.Member{
			passage(1, "The anode wears. One. Two is more. Three is most. Four is it. Five goes. Six too. The blade turns.")}, nil},
		{"the subject in the heading", "How long does the rye bread bake?", []flow.Member{passage(1, "# Rye bread\n\nRye is a grain of the north. Bake it for an hour.")},
			[]string{"Bake it for an hour."}},
		{"an amount is asked for and none is there", "How much did the washing machine cost?", []flow.Member{passage(1, "The washing machine stands in the hall, on 2 feet of stone.")}, nil},
		{"how many of something else", "How many eggs does the bread need?", []flow.Member{passage(1, "The bread needs 14 g of salt.")}, nil},
		{"a number that is another", "Wie viel verdient Dr. Voss?", []flow.Member{passage(1, "Dr. Voss hat sein Büro in der Lindenallee 22.")}, nil},
		{"a date beside the subject that is another", "When was Ann born?", []flow.Member{passage(1, "Ann waters the plants. The meeting is on 3 May.")}, nil},
		{"nothing of what is asked of the subject", "Which airline do they fly to Iceland with?", []flow.Member{passage(1, "The ferry to Iceland is slow.")}, nil},
		{"an amount in the next sentence", "What does the trip cost?", []flow.Member{passage(1, "The trip goes to the castle. It starts on 12 May. The price is 85 euros a child.")},
			[]string{"The price is 85 euros a child."}},
		{"a row with its header", "How often is the anode replaced?", []flow.Member{passage(1, "| Part | Interval | Done |\n|---|---|---|\n| Strainer | 1 year | rinsed |\n| Anode | 2 years | replaced |\n")},
			[]string{"Part: Anode | Interval: 2 years | Done: replaced"}},
		{"which of two directions", "Which ship sails from Ulsay to Hollin?", []flow.Member{passage(1, "from,to,ship\nHollin,Ulsay,Gannet\nUlsay,Hollin,Petrel\n", "csv")},
			[]string{"from: Ulsay | to: Hollin | ship: Petrel"}},
		{"a definition before a mention", "What is a canary page?", []flow.Member{
			passage(1, "The walk reads each canary page again and writes down what it finds there."), passage(2, "A canary page is memory with known content.")},
			[]string{"A canary page is memory with known content.", "The walk reads each canary page again and writes down what it finds there."}},
		{"what a function does", "What does kfree do?", []flow.Member{
			passage(1, "/**\n * kfree_sensitive - clear memory and kfree it\n */", "c"), passage(2, "/**\n * kfree - free memory that was allocated\n */", "c")},
			[]string{"kfree - free memory that was allocated"}},
		{"code that holds it all", "Where is the walrus counted?", []flow.Member{passage(1, "func count() {\n\twalrus.counted++\n}", "go")}, []string{"func count() {\n\twalrus.counted++\n}"}},
		{"code beside a name", "Where is the walrus weighed?", []flow.Member{titled("walrus", passage(1, "func weigh() {\n}", "go"))}, nil},
		{"prose beside a name", "Where is the walrus weighed?", []flow.Member{titled("walrus", passage(1, "They weigh it on the pier."))}, []string{"They weigh it on the pier."}},
		{"who only asks", "How is a torn write noticed?", []flow.Member{passage(1, "Try it: sluice ask \"How is a torn write noticed?\" and see.")}, nil},
		{"nothing", "walrus", nil, nil},
		{"no terms", "?", []flow.Member{passage(1, "The moon is far.")}, nil},
	} {
		a := answered(t, c.question, c.window...)
		if got := said(a); !reflect.DeepEqual(got, c.want) {
			t.Errorf("%s: %q, want %q", c.name, got, c.want)
		}
		if (a.Text == Abstain) != (len(c.want) == 0) {
			t.Errorf("%s: the text is %q", c.name, a.Text)
		}
	}
}

// TestAtMostThree: an answer has at most three sentences, and no tail of worse ones.
func TestAtMostThree(t *testing.T) {
	var all []flow.Member
	for i, rest := range []string{"by some keepers late in autumn", "while snow fell on empty harbours", "because ink ran over seven lines", "though candles burned very low", "where mice had eaten through leather"} {
		m := passage(i+1, "The torn page was noticed "+rest+".")
		m.Prob = 1
		all = append(all, m)
	}
	if got := said(answered(t, "torn page noticed", all...)); len(got) != sentencesMax {
		t.Errorf("%d sentences: %q", len(got), got)
	}
}

// TestCitations: neighbours that pack merged are cited one by one, a sentence that two say cites
// both, numbers go by the answer, and a sentence says where it stands.
func TestCitations(t *testing.T) {
	text := "The moon is far.\nA walrus whistle is loud at night."
	a := answered(t, "walrus whistle", passage(7, "Seals bark."), passage(3, text), passage(4, "A walrus whistle is loud at night."))
	if a.Text != "A walrus whistle is loud at night. [1] [2]" {
		t.Errorf("%q", a.Text)
	}
	if len(a.Cited) != 2 || a.Cited[0].Rank != 3 || a.Cited[0].N != 1 || a.Cited[1].Rank != 4 || a.Cited[1].N != 2 {
		t.Errorf("cited: %+v", a.Cited)
	}
	want := api.Sentence{Text: "A walrus whistle is loud at night.", Citations: []int{1, 2}, Passage: a.Sentences[0].Passage, Lines: [2]int{301, 301}, Bytes: [2]int64{3017, 3051}}
	if !reflect.DeepEqual(a.Sentences, []api.Sentence{want}) {
		t.Errorf("%+v, want %+v", a.Sentences, want)
	}
}

// TestBefore: what precedes a passage says how to show it, and is asked for only where it may.
func TestBefore(t *testing.T) {
	for kind, want := range map[string]string{"csv": "part: bolt | price: 3", "markdown": ""} {
		asked := false
		s := Stage{Before: func(p index.Passage) string { asked = true; return "part,price\nnut,2\n" }}
		a, err := s.Run(window(passage(2, "bolt,3\n", kind)), "bolt price", looked("bolt price"))
		if err != nil || strings.Join(said(a), "; ") != want || asked != (kind == "csv") {
			t.Errorf("%s: %q, %v; what precedes was asked for: %v", kind, said(a), err, asked)
		}
	}
}

// scorer is a model that likes one word.
type scorer string

func (s scorer) Score(_ string, sentences []string) ([]float64, error) {
	if s == "" {
		return nil, errors.New("no model")
	}
	out := make([]float64, len(sentences))
	for i := range sentences {
		if strings.Contains(sentences[i], string(s)) {
			out[i] = 0.9
		} else {
			out[i] = 0.4
		}
	}
	return out, nil
}

// TestScorer: a model decides which sentence answers, and whether one does.
func TestScorer(t *testing.T) {
	w := window(passage(1, "The walrus is loud. The walrus is brown."))
	for _, c := range []struct{ likes, want string }{{"brown", "The walrus is brown. [1]"}, {"loud", "The walrus is loud. [1]"}, {"blue", Abstain}} {
		a, err := Stage{Scorer: scorer(c.likes)}.Run(w, "walrus", looked("walrus"))
		if err != nil || a.Text != c.want {
			t.Errorf("a model that likes %s answers %q, %v", c.likes, a.Text, err)
		}
	}
	if _, err := (Stage{Scorer: scorer("")}).Run(w, "walrus", looked("walrus")); err == nil {
		t.Error("a model that fails is no error")
	}
}

// TestVicinity holds what a term counts where it stands near a sentence and not in it.
func TestVicinity(t *testing.T) {
	set := func(words ...string) map[string]bool {
		m := map[string]bool{}
		for _, w := range words {
			m[w] = true
		}
		return m
	}
	units := []unit{{heading: true}, {}, {}, {}, {}, {code: true}, {}, {heading: true}, {}}
	sets := []map[string]bool{set("title"), set("head"), set("own"), set("one"), set("two"), set("three"), set("code"), set("owner"), set("next"), set("far")}
	for word, want := range map[string]float64{"own": 1, "title": .9, "head": .9, "one": .8, "two": .72, "three": .64, "code": .5, "next": .5, "far": .5, "none": 0} {
		v := newVicinity([]term{{forms: []string{word}, weight: 1, subject: true}}, units, sets)
		if got := v.share(0, 1); !near(got, want) {
			t.Errorf("%s counts %g, want %g", word, got, want)
		}
	}
	v := newVicinity([]term{{forms: []string{"own"}, weight: 1, subject: true}, {forms: []string{"none"}, weight: 1}}, units, sets)
	if support, near, own := v.of(1); support != 1 || near != .5 || own != .5 {
		t.Errorf("support %g, near %g, own %g", support, near, own)
	}
	v = newVicinity([]term{{forms: []string{"far"}, weight: 1, subject: true}}, units, sets)
	if support, near, own := v.of(1); support != 0 || near != 0 || own != 0 {
		t.Errorf("a rare word that is far gives support %g, near %g, own %g", support, near, own)
	}
}

// TestShape holds what a sentence's form is worth.
func TestShape(t *testing.T) {
	for _, c := range []struct {
		name  string
		unit  unit
		words int
		want  float64
	}{
		{"a sentence", unit{text: "It waits."}, 12, 1},
		{"a row", unit{text: "a: b", row: true}, 2, 1},
		{"code", unit{text: "wait()", code: true}, 12, .3},
		{"a question", unit{text: "Does it wait?"}, 12, .6},
		{"five words", unit{text: "."}, 5, 1},
		{"four words", unit{text: "."}, 4, .88},
		{"a word", unit{text: "."}, 1, .52},
		{"fifty words", unit{text: "."}, 50, 1},
		{"fifty-one words", unit{text: "."}, 51, math.Sqrt(50. / 51)},
		{"two hundred words", unit{text: "."}, 200, .5},
	} {
		if got := shape(c.unit, c.words); !near(got, c.want) {
			t.Errorf("%s is worth %g, want %g", c.name, got, c.want)
		}
	}
	for i, want := range map[int]float64{0: 1, 1: 1 / 1.01, 100: .5} {
		if got := rank(i); !near(got, want) {
			t.Errorf("a sentence of passage %d is worth %g, want %g", i, got, want)
		}
	}
}

// TestPairs: words that are neighbours in the question are the same neighbours in the sentence.
func TestPairs(t *testing.T) {
	q := asked{text: "ships from Ulsay to Hollin"}
	for text, want := range map[string]float64{"from: Ulsay | to: Hollin": .75, "from: Hollin | to: Ulsay": 0, "ships from Ulsay to Hollin": 1} {
		if got := q.pairs(text); !near(got, want) {
			t.Errorf("%q has %g of the pairs, want %g", text, got, want)
		}
	}
	if got := (asked{text: "ships"}).pairs("ships"); got != 0 {
		t.Errorf("one word has %g pairs", got)
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
