package source_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"sluice/corpus"
	"sluice/corpus/source"
)

// TestRules: what the rules leave out is left out by Walk, List, Stat and Open alike, and counted
// by its reason.
func TestRules(t *testing.T) {
	all := []string{"a.txt", "b/x", "b/y/z", "c"}
	for name, c := range map[string]struct {
		rules source.Rules
		left  map[string]corpus.Reason
		asIs  []string
	}{
		"none":                {source.Rules{}, nil, nil},
		"a name":              {source.Rules{Exclude: []string{"*.txt"}}, map[string]corpus.Reason{"a.txt": corpus.Excluded}, nil},
		"a folder":            {source.Rules{Exclude: []string{"/b/"}}, map[string]corpus.Reason{"b/x": corpus.Excluded, "b/y/z": corpus.Excluded}, nil},
		"but one":             {source.Rules{Exclude: []string{"/b/"}, Include: []string{"b/y/z"}}, map[string]corpus.Reason{"b/x": corpus.Excluded}, []string{"b/y/z"}},
		"forgotten":           {source.Rules{Forgotten: []string{"c"}}, map[string]corpus.Reason{"c": corpus.Forgotten}, nil},
		"a folder of that":    {source.Rules{Forgotten: []string{"b/"}}, map[string]corpus.Reason{"b/x": corpus.Forgotten, "b/y/z": corpus.Forgotten}, nil},
		"by their names":      {source.Rules{Forgotten: []string{corpus.ForgottenName("b/y"), corpus.ForgottenName("c/")}}, map[string]corpus.Reason{"b/y/z": corpus.Forgotten, "c": corpus.Forgotten}, nil},
		"with a slash":        {source.Rules{Forgotten: []string{"b/y", "c/"}}, map[string]corpus.Reason{"b/y/z": corpus.Forgotten, "c": corpus.Forgotten}, nil},
		"a size":              {source.Rules{MaxFileSize: 20}, map[string]corpus.Reason{"c": corpus.TooLarge}, nil},
		"a time, and no date": {source.Rules{ForgottenWhere: []corpus.Where{{After: time.Now().Add(-time.Hour)}}}, nil, nil},
		"a time long ago":     {source.Rules{ForgottenWhere: []corpus.Where{{Before: time.Now().Add(-time.Hour)}}}, nil, nil},
		"nobody's messages":   {source.Rules{ForgottenWhere: []corpus.Where{{From: "anna@example.org"}}}, nil, nil},
	} {
		t.Run(name, func(t *testing.T) {
			src, edit := open(t, c.rules)
			for _, p := range all {
				edit.Put(t, p, strings.Repeat(p+" ", len(p)*len(p)/16+1))
			}
			edit.Put(t, "c", strings.Repeat("long ", 30))
			check(t, src, all, c.left, c.asIs)
		})
	}
}

func check(t *testing.T, src corpus.Source, all []string, left map[string]corpus.Reason, asIs []string) {
	t.Helper()
	ctx := context.Background()
	var walked []string
	report, err := src.Walk(ctx, func(it corpus.Item) error {
		walked = append(walked, it.Path)
		if it.AsIs != slices.Contains(asIs, it.Path) {
			t.Errorf("%s: as it is: %t", it.Path, it.AsIs)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	counted := map[corpus.Reason]int64{}
	for _, p := range all {
		_, serr := src.Stat(ctx, p)
		r, _, oerr := src.Open(ctx, p)
		if oerr == nil {
			r.Close()
		}
		why := left[p]
		if why != "" {
			counted[why]++
		}
		for how, err := range map[string]error{"stat": serr, "open": oerr} {
			if gone := errors.Is(err, corpus.ErrGone); corpus.ReasonOf(err) != why || gone != (why != "") {
				t.Errorf("%s of %s: %v, want %q", how, p, err, why)
			}
		}
		if slices.Contains(walked, p) != (why == "") {
			t.Errorf("walk lists %q; %s should be left out as %q", walked, p, why)
		}
	}
	for why, n := range counted {
		if report.LeftOut[why] == nil || report.LeftOut[why].Files != n {
			t.Errorf("%d left out as %s: the report says %+v", n, why, report.LeftOut[why])
		}
	}
	if len(report.LeftOut) != len(counted) || report.Taken.Files != int64(len(walked)) {
		t.Errorf("the report says %+v", report)
	}
}

// TestSameSender: a sender is named as people do it.
func TestSameSender(t *testing.T) {
	from := `"Anna Berg" <anna@example.org>`
	for who, want := range map[string]bool{
		"anna@example.org": true, "ANNA@example.org": true, "<anna@example.org>": true, "Anna Berg": true, from: true,
		"": false, "anna": false, "example.org": false, "hanna@example.org": false, "Berg": false,
	} {
		if got := corpus.SameSender(who, from); got != want {
			t.Errorf("%q is %q: %t", who, from, got)
		}
	}
	if !corpus.SameSender("Anna", "anna") || corpus.SameSender("Anna", "") || corpus.SameSender("", "") {
		t.Error("names without an address are compared as they are")
	}
}

// TestForgetting: a path that is forgotten is included no more.
func TestForgetting(t *testing.T) {
	r := source.Rules{Include: []string{"/a", "b"}, Forgotten: []string{"c"}}
	r.Forgetting([]string{"a", "c", "d/"})
	want := []string{corpus.ForgottenName("c"), corpus.ForgottenName("a"), corpus.ForgottenName("d")}
	if !slices.Equal(r.Include, []string{"b"}) || !slices.Equal(r.Forgotten, want) {
		t.Errorf("%+v", r)
	}
}

// TestUnknownOption: an option that a kind does not know is refused with those that it does.
func TestUnknownOption(t *testing.T) {
	k := Connector()
	k.Options = map[string]string{"depth": "how far"}
	set := source.Setting{Rules: source.Rules{Set: map[string]string{"dept": "3"}}}
	if _, err := k.Source(set); err == nil || !strings.Contains(err.Error(), "depth") {
		t.Errorf("%v", err)
	}
	set.Rules.Set = map[string]string{"depth": "3"}
	if _, err := k.Source(set); err != nil {
		t.Error(err)
	}
}

// TestPreviewOf: a preview counts what is taken, by type, and what is not, by reason.
func TestPreviewOf(t *testing.T) {
	src, edit := open(t, source.Rules{Exclude: []string{"/b/"}})
	for _, p := range []string{"a.txt", "b/x", "c.TXT", "d"} {
		edit.Put(t, p, "some words")
	}
	edit.Put(t, "binary", "\x00\x00\x00")
	p, err := source.PreviewOf(context.Background(), src, true, nil)
	if err != nil {
		t.Fatal(err)
	}
	if p.Taken.Files != 3 || len(p.Types) != 2 || p.Types[0].Name != ".txt" || p.Types[0].Files != 2 || p.Types[1].Name != source.NoExtension {
		t.Errorf("%+v", p)
	}
	left := map[corpus.Reason]int64{}
	for _, l := range p.LeftOut {
		left[l.Reason] = l.Files
	}
	if len(left) != 2 || left[corpus.Excluded] != 1 || left[corpus.Binary] != 1 {
		t.Errorf("left out: %+v", p.LeftOut)
	}
}

// single is a source of one document.
type single struct {
	corpus.Source
	it corpus.Item
}

func (s single) Walk(_ context.Context, visit func(corpus.Item) error) (*corpus.Report, error) {
	return &corpus.Report{}, visit(s.it)
}

// TestTimesAreTheDocuments: what is of a time is so by its own date, and not by that of the file
// that it lies in.
func TestTimesAreTheDocuments(t *testing.T) {
	day := time.Date(2024, 3, 5, 0, 0, 0, 0, time.UTC)
	rules := source.Rules{ForgottenWhere: []corpus.Where{{After: day, Before: day.Add(time.Hour)}}}
	for name, c := range map[string]struct {
		it    corpus.Item
		stays bool
	}{
		"of the time":           {corpus.Item{Path: "x", Time: day}, false},
		"of another one":        {corpus.Item{Path: "x", Time: day.Add(time.Hour), ModTime: day}, true},
		"of none, in such file": {corpus.Item{Path: "x", ModTime: day}, true},
	} {
		seen := false
		report, err := rules.Over(single{it: c.it}).Walk(t.Context(), func(corpus.Item) error { seen = true; return nil })
		if err != nil || seen != c.stays || (report.LeftOut[corpus.Forgotten] == nil) != c.stays {
			t.Errorf("%s: %t, %+v, %v", name, seen, report, err)
		}
	}
}
