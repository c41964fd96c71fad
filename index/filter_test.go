package index

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"sluice/index/text"
)

// TestGlobs holds what people expect of a path filter.
func TestGlobs(t *testing.T) {
	for _, c := range []struct {
		pattern, path string
		want          bool
	}{
		{"kernel/sched/core.c", "kernel/sched/core.c", true}, // the path itself
		{"kernel/*.c", "kernel/fork.c", true},
		{"kernel/*.c", "kernel/sched/core.c", false}, // a star stays in its folder
		{"kernel/**", "kernel/sched/core.c", true},
		{"kernel", "kernel/sched/core.c", true}, // a folder's name stands for all below it
		{"sched", "kernel/sched/core.c", false},
		{"*.c", "kernel/sched/core.c", true}, // without a slash: the base name too
		{"core.c", "kernel/sched/core.c", true},
		{"ore.c", "kernel/sched/core.c", false},
		{"{a,b}.md", "notes/b.md", true},
		{"", "notes/b.md", false},
	} {
		if got := globMatch(c.pattern, c.path); got != c.want {
			t.Errorf("%q matches %q: %t", c.pattern, c.path, got)
		}
		if got := globsOf([]string{c.pattern})[0].match(c.path); got != c.want {
			t.Errorf("by halves %q matches %q: %t", c.pattern, c.path, got)
		}
	}
	for pattern, want := range map[string]bool{"[a": false, "{a": false, "*.go": true, "": true} {
		if err := (&Filter{Paths: []string{pattern}}).Validate(); (err == nil) != want {
			t.Errorf("%q: %v", pattern, err)
		}
	}
}

// TestGlobsAsPeopleTypeThem: a folder, from wherever and however it is named, means what lies below
// it.
func TestGlobsAsPeopleTypeThem(t *testing.T) {
	const here, deeper, other = "src/net/a.go", "lib/src/net/a.go", "b.go"
	for pattern, want := range map[string][]string{
		"src":           {here},
		"src/":          {here},
		"./src":         {here},
		"./src/":        {here},
		".//src":        {here},
		"src/**":        {here, deeper},
		"./src/**":      {here, deeper},
		"src/net":       {here},
		"src//net/":     {here},
		"src/net/*":     {here, deeper},
		`src\net\*`:     {here, deeper},
		`src\net`:       {here},
		`.\src\`:        {here},
		`src\`:          {here},
		"/src":          {here},
		"/src/":         {here},
		"/src/**":       {here},
		"/src/net/*.go": {here},
		"/net":          nil,
		"/b.go":         {other},
		"/a.go":         nil,
		"a.go":          {here, deeper},
		"*.go":          {here, deeper, other},
		"**":            {here, deeper, other},
		".":             {here, deeper, other},
		"./":            {here, deeper, other},
		"/":             {here, deeper, other},
		"**/net/**":     {here, deeper},
		`b\.go`:         {other}, // the dot without its meaning, of which it has none
		"lib/src/":      {deeper},
		"{src,lib}/**":  {here, deeper},
		"":              nil,
		"../src":        nil,
	} {
		if err := (&Filter{Paths: []string{pattern}}).Validate(); err != nil {
			t.Errorf("%q: %v", pattern, err)
		}
		var got []string
		for _, p := range []string{here, deeper, other} {
			if slices.ContainsFunc(globsOf([]string{pattern}), func(g *glob) bool { return g.match(p) }) {
				got = append(got, p)
			}
		}
		if !slices.Equal(got, want) {
			t.Errorf("%q matches %q, want %q", pattern, got, want)
		}
	}
	f := &Filter{Within: []Within{{"a", "/src"}}}
	if a, b := f.in("a"), f.in("b"); len(a) != 1 || len(b) != 0 || !f.ofDocuments() {
		t.Errorf("within one source: %q there, %q elsewhere", a, b)
	}
}

// TestFilterMatches: values of one kind are or-ed, kinds are and-ed; dates go by the document's
// own, else by its file's, from After on and up to before Before.
func TestFilterMatches(t *testing.T) {
	at := time.Unix(1_000_000, 0)
	own := text.Document{Path: "a/b.go", Type: "go", ModTime: at.Add(time.Hour).UnixNano(), Time: at.UnixNano()}
	file := own
	file.Time = 0
	for _, c := range []struct {
		name string
		f    Filter
		d    text.Document
		want bool
	}{
		{"nothing", Filter{}, own, true},
		{"type", Filter{Types: []string{"md", "go"}}, own, true},
		{"other type", Filter{Types: []string{"md"}}, own, false},
		{"path or path", Filter{Paths: []string{"x", "a"}}, own, true},
		{"type and path", Filter{Types: []string{"go"}, Paths: []string{"x"}}, own, false},
		{"at the time", Filter{After: at}, own, true},
		{"after the time", Filter{After: at.Add(1)}, own, false},
		{"before the time", Filter{Before: at}, own, false},
		{"before a later time", Filter{Before: at.Add(1)}, own, true},
		{"the file's time", Filter{After: at.Add(time.Minute)}, file, true},
		{"before the file's time", Filter{Before: at.Add(time.Minute)}, file, false},
	} {
		if got := c.f.match(&c.d, globsOf(c.f.Paths)); got != c.want {
			t.Errorf("%s: %t", c.name, got)
		}
		if c.f.ofDocuments() != (c.name != "nothing") {
			t.Errorf("%s: documents are looked at: %t", c.name, c.f.ofDocuments())
		}
	}
}

// TestGlobsByHalves: looking at a folder once says of every path what looking at the whole does.
func TestGlobsByHalves(t *testing.T) {
	parts := []string{"a", "b", "a.c", "*", "*.c", "?", "**", "{a,b}", "[ab]"}
	var patterns, paths []string
	for _, x := range parts {
		for _, y := range append(parts, "") {
			for _, z := range append(parts, "") {
				patterns = append(patterns, strings.Trim(strings.ReplaceAll(x+"/"+y+"/"+z, "//", "/"), "/"))
			}
		}
	}
	for _, x := range []string{"", "a/", "b/", "a/b/", "a/b/a/", "c/"} {
		for _, y := range []string{"a", "b", "a.c", "x.c", "d"} {
			paths = append(paths, x+y)
		}
	}
	agreed := 0
	for _, g := range globsOf(patterns) {
		for _, p := range paths {
			if got, want := g.match(p), globMatch(g.pattern, p); got != want {
				t.Errorf("%q matches %q: %t, want %t", g.pattern, p, got, want)
			} else if want {
				agreed++
			}
		}
	}
	if agreed < 1000 {
		t.Errorf("only %d pairs match", agreed)
	}
}

// TestAFilterStops: a question that is cancelled waits for a few hundred documents, not for all.
func TestAFilterStops(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	n := 0
	err := eachNumber(ctx, 1_000_000, func(i uint32) error {
		if n++; i == 1000 {
			cancel()
		}
		return nil
	})
	if !errors.Is(err, context.Canceled) || n > 1000+looksApart {
		t.Errorf("%d documents were looked at, %v", n, err)
	}
}
