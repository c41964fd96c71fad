package serve

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"pgregory.net/rapid"

	"sluice/api"
)

// numbered is a text whose lines name themselves.
func numbered(first, last int, at map[int]string) string {
	var b strings.Builder
	for n := first; n <= last; n++ {
		fmt.Fprintf(&b, "%s\n", strings.TrimSpace(fmt.Sprintf("line %d %s", n, at[n])))
	}
	return b.String()
}

// TestCutTextsKnowTheirLines: what is left of a text is whole lines, named by their true numbers,
// with the place where the rest goes on.
func TestCutTextsKnowTheirLines(t *testing.T) {
	for _, c := range []struct {
		hit      int
		max      int
		goesOn   string
		contains string
	}{{50, 200, "a.md:%d-79", "line 50 walrus"}, {79, 200, "", "line 79 walrus"}, {20, 200, "a.md:%d-79", "line 20 walrus"}, {50, 1 << 20, "", "line 20\nline 21"}} {
		r := []api.Result{{Path: "a.md", Lines: [2]int{20, 79}, Score: .9, Text: numbered(20, 79, map[int]string{c.hit: "walrus"})}}
		CutTexts(r, c.max, NewHighlighter("walrus"))
		if len(r[0].Text) > c.max || !strings.Contains(r[0].Text, c.contains) {
			t.Errorf("hit %d: %q", c.hit, r[0].Text)
		}
		if c.max > 1000 {
			if r[0].Shown != nil || r[0].Continue != "" || len(r[0].Flags) > 0 {
				t.Errorf("what is whole says that it is cut: %+v", r[0])
			}
			continue
		}
		shown := *r[0].Shown
		if want := strings.TrimSuffix(numbered(shown[0], shown[1], map[int]string{c.hit: "walrus"}), "\n"); r[0].Text != want {
			t.Errorf("lines %v are %q", shown, r[0].Text)
		}
		if want := c.goesOn; want != "" && r[0].Continue != fmt.Sprintf(want, shown[1]+1) || want == "" && r[0].Continue != "" {
			t.Errorf("hit %d: lines %v go on at %q", c.hit, shown, r[0].Continue)
		}
		if !slices.Contains(r[0].Flags, cutFlag) {
			t.Error("nothing says that it is cut")
		}
	}
}

func TestSharesGoByScore(t *testing.T) {
	for _, c := range []struct {
		need   []int
		weight []float64
		all    int
		want   []int
	}{
		{[]int{100, 100}, []float64{1, 1}, 1000, []int{100, 100}},             // enough for all
		{[]int{1000, 1000}, []float64{1, 1}, 1000, []int{500, 500}},           // alike
		{[]int{100, 2000}, []float64{1, .1}, 1000, []int{100, 900}},           // what one does not need
		{[]int{1000, 1000, 1000}, []float64{1, 1, 1}, 200, []int{160, 40, 0}}, // too little: the first
		{nil, nil, 10, nil},
	} {
		if got := shares(c.need, c.weight, c.all); !slices.Equal(got, c.want) && len(c.want) > 0 {
			t.Errorf("%v %v of %d: %v, want %v", c.need, c.weight, c.all, got, c.want)
		}
	}
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(0, 12).Draw(t, "n")
		need := rapid.SliceOfN(rapid.IntRange(0, 3000), n, n).Draw(t, "need")
		weight := rapid.SliceOfN(rapid.Float64Range(0, 1), n, n).Draw(t, "weight")
		all := rapid.IntRange(0, 6000).Draw(t, "all")
		sum, wanted := 0, 0
		got := shares(need, weight, all)
		for i, g := range got {
			sum += g
			wanted += need[i]
			if g < 0 || g > need[i] {
				t.Fatalf("%d of %d", g, need[i])
			}
			for k := range got {
				if weight[i] > weight[k] && g < got[k] && g < need[i] && got[k] > shareMin {
					t.Fatalf("%v: the heavier gets less: %v of %v", weight, got, need)
				}
			}
		}
		if sum > all || sum < min(all, wanted)-2*n*n {
			t.Fatalf("%d of %d are given, %d are needed", sum, all, wanted)
		}
	})
}

// TestCropKeepsTheMatch: a line of any length is cut around what was asked for, between characters.
func TestCropKeepsTheMatch(t *testing.T) {
	h := NewHighlighter("walrus whistle")
	long := strings.Repeat("über 漢字 seal; ", 5000)
	for name, c := range map[string]struct{ line, want string }{
		"short":  {"a walrus", "a walrus"},
		"start":  {"walrus whistle " + long, "walrus whistle"},
		"middle": {long + "walrus whistle " + long, "walrus whistle"},
		"end":    {long + "walrus whistle", "walrus whistle"},
		"denser": {"walrus " + long + "walrus whistle " + long, "walrus whistle"},
		"none":   {long, "über"},
	} {
		got := h.Crop(c.line, 120)
		if len(got) > 120 || !utf8.ValidString(got) || !strings.Contains(got, c.want) {
			t.Errorf("%s: %q", name, got)
		}
		if cropped := strings.Contains(got, ellipsis); cropped == (len(c.line) <= 120) {
			t.Errorf("%s: %q does not say where it is cropped", name, got)
		}
	}
}

// TestOperatorsAreNotHighlighted: a line is shown for the words of a question, and not for those of
// the path that it was narrowed to.
func TestOperatorsAreNotHighlighted(t *testing.T) {
	const text, query = "# Fruit\n\nBananas are green.", `path:Sub\fruit.md bananas "are green"`
	b := newBench(t, nil)
	b.sources["notes"].Put("Sub/fruit.md", text)
	b.sync()
	out, err := b.Search(t.Context(), api.SearchRequest{Query: query})
	if err != nil || len(out.Results) != 1 {
		t.Fatalf("%+v, %v", out, err)
	}
	var got []string
	for _, s := range HighlighterOf(query, out.Funnel).Spans(text) {
		got = append(got, text[s[0]:s[1]])
	}
	if want := []string{"Bananas", "green"}; !slices.Equal(got, want) {
		t.Errorf("%q, want %q", got, want)
	}
}

// What was found in a compound is shown: the excerpt begins with it, and it is highlighted, though
// the line alone does not tell its language.
func TestACompoundIsHighlighted(t *testing.T) {
	stages := []api.Stage{{Stage: "gather", Also: []string{"de:steuererklar"}}}
	h := HighlighterOf("Steuer", stages)
	lines, first := h.Excerpt("Unterlagen\n\nGaragen, Steuererklärung, Tor\n", 1)
	if first != 2 || len(lines) != 1 {
		t.Fatalf("%q from line %d", lines, first)
	}
	if spans := h.Spans(lines[0]); len(spans) != 1 || lines[0][spans[0][0]:spans[0][1]] != "Steuererklärung" {
		t.Errorf("spans %v of %q", spans, lines[0])
	}
	if spans := NewHighlighter("Steuer").Spans(lines[0]); len(spans) != 0 {
		t.Errorf("without the funnel's word: %v", spans)
	}
}

// Of lines that hold as many words, the one that has them as asked is shown, where a name is
// defined before all, and the one with the phrase.
func TestTheTellingLine(t *testing.T) {
	const code = "// scheduled later\nreturn schedule(url)\n\nfunc schedule(url string) error {\n"
	phrase := []api.Stage{{Operators: []string{`"==" must occur`}}}
	for _, c := range []struct {
		question, text, want string
		stages               []api.Stage
	}{
		{"schedule", code, "func schedule(url string) error {", nil},
		{"schedule url", code, "return schedule(url)", nil},
		{"opens", "Opening hours\nIt opens at nine\n", "It opens at nine", nil},
		{"opens", "Opening hours\n", "Opening hours", nil},
		{`"=="`, "a = b\nif a == b {\n", "if a == b {", phrase},
	} {
		if lines, _ := HighlighterOf(c.question, c.stages).Excerpt(c.text, 1); lines[0] != c.want {
			t.Errorf("%s shows %q, want %q", c.question, lines[0], c.want)
		}
	}
}
