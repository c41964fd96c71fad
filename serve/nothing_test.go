package serve

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"sluice/api"
)

// TestNothingTellsTheTruth: where nothing is found, what stopped it is named, and what would help.
func TestNothingTellsTheTruth(t *testing.T) {
	b := newBench(t, nil)
	for _, c := range []struct {
		query string
		f     api.Filters
		why   string // what: which; ...
		says  string
	}{
		{"banannas", api.Filters{}, "words: banannas", "there is Bananas"},
		{"qqqqq zzzzz", api.Filters{}, "words: qqqqq; words: zzzzz", `nothing holds "zzzzz"`},
		{"who qqqqq what", api.Filters{}, "words: qqqqq", `nothing holds "qqqqq"`},
		{"what bananas", api.Filters{After: "2031-01-01"}, "filter: after 2031-01-01", "2031-01-01 or later"},
		{"who", api.Filters{}, "words: who", `nothing holds "who"`},
		{"->", api.Filters{}, "signs: ->", "in quotes"},
		{`"=>"`, api.Filters{}, "phrase: =>", `nothing holds "=>" as written`},
		{`"write torn"`, api.Filters{}, "phrase: write torn", "without the quotes 2 passages match"},
		{`"torn write" "yellow and bend"`, api.Filters{}, "phrase: torn write, yellow and bend", "nothing holds all that stands in quotes"},
		{`"torn write" "torn blocks"`, api.Filters{}, "phrase: torn blocks", "as written"},
		{"bananas -sun", api.Filters{}, "exclusion: -sun", "1 passage matches without -sun"},
		{"bananas", api.Filters{Path: []string{"nowhere"}}, "filter: path nowhere", `no document's path matches "nowhere"`},
		{"bananas path:*.rs", api.Filters{}, "filter: path *.rs", "*.rs"},
		{"bananas", api.Filters{Type: []string{"py"}}, "filter: type python", "python"},
		{"bananas", api.Filters{Type: []string{"go"}}, "filter: type go", "1 passage matches without type go"},
		{"bananas", api.Filters{Type: []string{"go"}, Path: []string{"*.md"}}, "filter: path *.md, type go", "1 passage matches without"},
		{"bananas", api.Filters{After: "2031-01-01"}, "filter: after 2031-01-01", "2031-01-01 or later"},
		{"bananas", api.Filters{Before: "1931-01-01"}, "filter: before 1931-01-01", "before 1931-01-01"},
		{"banannas", api.Filters{Type: []string{"go"}}, "words: banannas", "there is Bananas"},
	} {
		out, err := b.Search(t.Context(), api.SearchRequest{Query: c.query, Filters: c.f})
		if err != nil || len(out.Results) > 0 || out.Nothing == nil {
			t.Errorf("%q %+v: %d results, %+v, %v", c.query, c.f, len(out.Results), out.Nothing, err)
			continue
		}
		if got, text := reasonsOf(out.Nothing); got != c.why || !strings.Contains(text, c.says) {
			t.Errorf("%q %+v\n\tis   %s (%s)\n\twant %s (%s)", c.query, c.f, got, text, c.why, c.says)
		}
	}
	if out := b.search("bananas"); out.Nothing != nil {
		t.Errorf("something was found, and it says %+v", out.Nothing)
	}
}

func reasonsOf(n *api.Nothing) (what, text string) {
	var whats, texts []string
	for _, why := range n.Why {
		whats = append(whats, why.What+": "+why.Which)
		texts = append(texts, why.Text)
	}
	return strings.Join(whats, "; "), strings.Join(texts, "; ")
}

// TestNothingForABudget: a budget that is too small is told with one that is not, on the window and
// the answer; asked with that one there is something.
func TestNothingForABudget(t *testing.T) {
	b := newBench(t, nil)
	out, err := b.Context(t.Context(), api.ContextRequest{Query: "bananas", Budget: 1})
	if err != nil || out.Nothing == nil || len(out.Nothing.Why) != 1 || out.Nothing.Why[0].What != "budget" {
		t.Fatalf("%+v, %v", out.Nothing, err)
	}
	needs := out.Nothing.Why[0].Needs
	for budget, want := range map[int]int{needs: 1, needs - 1: 0} {
		out, err := b.Context(t.Context(), api.ContextRequest{Query: "bananas", Budget: budget})
		if err != nil || len(out.Passages) != want || (out.Nothing == nil) != (want > 0) {
			t.Errorf("a budget of %d: %d passages, %+v, %v", budget, len(out.Passages), out.Nothing, err)
		}
	}
	for _, maxBytes := range []int{4000, 300} { // agents always name one
		out, err = b.Context(t.Context(), api.ContextRequest{Query: "bananas", Budget: 1, MaxBytes: maxBytes})
		if err != nil || out.Nothing == nil || out.Nothing.Why[0].Needs != needs {
			t.Errorf("a budget of 1 within %d bytes: %+v, %v", maxBytes, out, err)
		}
	}
	if _, err = b.Context(t.Context(), api.ContextRequest{Query: "bananas", MaxBytes: 5}); err == nil || !strings.Contains(err.Error(), "raise max_bytes, to about") {
		t.Errorf("five bytes: %v", err)
	}
	answer, err := b.Ask(t.Context(), api.AskRequest{Query: "bananas", Budget: 1})
	if err != nil || answer.Nothing == nil || answer.Nothing.Why[0].Needs != needs {
		t.Errorf("%+v, %v", answer.Nothing, err)
	}
}

// TestNothingIsLeft: what matched and is gone from the disk, and an empty store, are told as that.
func TestNothingIsLeft(t *testing.T) {
	b := newBench(t, nil)
	b.sources["notes"].Remove("fruit.md")
	out, err := b.Search(t.Context(), api.SearchRequest{Query: "bananas"})
	if err != nil || out.Nothing == nil {
		t.Fatalf("%+v, %v", out, err)
	}
	if got, _ := reasonsOf(out.Nothing); got != "gone: " {
		t.Errorf("gone: %s", got)
	}
	empty := newBench(t, nil)
	if _, err := empty.Forget(t.Context(), api.ForgetRequest{Targets: []string{"notes"}}); err != nil {
		t.Fatal(err)
	}
	if out, err = empty.Search(t.Context(), api.SearchRequest{Query: "bananas"}); err != nil || out.Nothing == nil {
		t.Fatalf("%+v, %v", out, err)
	}
	if got, _ := reasonsOf(out.Nothing); got != "empty: " {
		t.Errorf("empty: %s", got)
	}
}

// TestSlipsAreOffered: a misspelt word beside others that find something is told with the word that
// is like it, on every answer, and nothing is searched for but what was asked.
func TestSlipsAreOffered(t *testing.T) {
	b := newBench(t, nil)
	for query, want := range map[string][]string{
		"torn checksun":    {`nothing holds "checksun"; there is checksum`},
		"torn checksum":    nil,
		"torn zzzzzz":      nil,
		"torn of":          nil,
		"torn of the fox":  nil,
		"torn by them":     nil, // no slip of the
		"wrte torn blocks": {`nothing holds "wrte"; there is write`},
	} {
		window, err := b.Context(t.Context(), api.ContextRequest{Query: query})
		if err != nil {
			t.Fatal(err)
		}
		search := b.search(query)
		if !slices.Equal(search.Funnel[0].Notes, want) || !slices.Equal(window.Funnel[0].Notes, want) || len(search.Results) == 0 {
			t.Errorf("%q: told %q and %q", query, search.Funnel[0].Notes, window.Funnel[0].Notes)
		}
	}
}

// TestOperatorsAreTold: what was read and what was not stands in the funnel of every answer.
func TestOperatorsAreTold(t *testing.T) {
	b := newBench(t, nil)
	const query = `torn -sun`
	search := b.search(query)
	window, err := b.Context(t.Context(), api.ContextRequest{Query: query})
	if err != nil {
		t.Fatal(err)
	}
	for name, funnel := range map[string][]api.Stage{"search": search.Funnel, "context": window.Funnel} {
		if !slices.Equal(funnel[0].Operators, []string{"sun must not occur"}) || len(funnel[0].AsText) > 0 {
			t.Errorf("%s: %q, as text %q", name, funnel[0].Operators, funnel[0].AsText)
		}
	}
	if s := b.search("error code -1"); len(s.Funnel[0].Operators) > 0 || len(s.Funnel[0].AsText) != 1 {
		t.Errorf("%+v", s.Funnel[0])
	}
}

// TestAMebibyteIsAsked: a question of the longest kind is answered, and says what was used.
func TestAMebibyteIsAsked(t *testing.T) {
	b := newBench(t, nil)
	var log strings.Builder
	log.WriteString("why are bananas yellow\n")
	for i := 0; log.Len() < 1<<20-64; i++ {
		fmt.Fprintf(&log, "%s request took %d ms\n", time.Unix(int64(i), 0).UTC().Format(time.RFC3339), i%977)
	}
	out := b.search(log.String())
	if len(out.Results) == 0 || out.Results[0].Path != "fruit.md" || !slices.Contains(out.Funnel[0].Words, "bananas") {
		t.Errorf("%d results, used %q", len(out.Results), out.Funnel[0].Words)
	}
}

// TestOverviewTellsWhatWasRead: a source that was read and holds nothing is not one that was never
// read.
func TestOverviewTellsWhatWasRead(t *testing.T) {
	b := newBench(t, nil)
	b.add("bare")
	b.sync()
	b.add("new")
	o, err := b.Overview(t.Context())
	if err != nil || len(o.Sources) != 3 {
		t.Fatalf("%+v, %v", o, err)
	}
	for i, want := range []struct {
		label     string
		documents int64
		read      bool
	}{{"bare", 0, true}, {"new", 0, false}, {"notes", 3, true}} {
		if s := o.Sources[i]; s.Label != want.label || s.Documents != want.documents || (s.Synced != "") != want.read {
			t.Errorf("%+v, and not %+v", s, want)
		}
	}
}

// A word that nothing holds is told as it was typed, a part of an identifier not beside the whole,
// and no number is offered another one.
func TestSlipsAreTold(t *testing.T) {
	b := newBench(t, nil)
	b.sources["notes"].Put("oom.c", "long oom_badness(struct task_struct *p)\n{\n\treturn p->points;\n}\n// Prüfung, at 0x1b\n")
	b.sync()
	for question, want := range map[string][]string{
		"long oom_badnes":    {`nothing holds "oom_badnes"; there is oom_badness`},
		"long Prüfungg":      {`nothing holds "Prüfungg"; there is Prüfung`},
		"long 0x1a 02.04.31": nil,
	} {
		if got := b.search(question).Funnel[0].Notes; !slices.Equal(got, want) {
			t.Errorf("%s: %q, want %q", question, got, want)
		}
	}
}
