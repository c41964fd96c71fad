package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"path/filepath"
	"strings"
	"testing"

	"github.com/spf13/cobra"

	"sluice/api"
	"sluice/index/blockfile"
	"sluice/internal/clock"
	"sluice/internal/term"
	"sluice/serve"
)

// terminal is an app whose stdout is taken for a terminal.
func terminal() (*app, *bytes.Buffer, *bytes.Buffer) {
	var out, errs bytes.Buffer
	a := &app{stdin: strings.NewReader(""), stdout: &out, stderr: &errs, getenv: func(string) string { return "" }, dir: "/notes",
		clock: clock.System{}, execPath: func() (string, error) { return "/bin/sluice", nil }}
	a.run(context.Background(), []string{"version"}) // sets up the streams
	out.Reset()
	a.clean, a.style, a.piped = term.Clean, term.Style{On: true}, false
	return a, &out, &errs
}

func TestHostileTextsAreHarmlessOnATerminal(t *testing.T) {
	a, out, _ := terminal()
	evil := "\x1b]0;owned\x07 torn \u202e\x9b31m\xff"
	r := api.Result{Rank: 1, Path: evil, URI: "/notes/" + evil, Context: evil, Where: evil, Lines: [2]int{1, 1}, Fresh: "fresh", Text: evil + "\n"}
	a.printSearch(context.Background(), nil, &api.Search{Query: "torn", Results: []api.Result{r}}, &searchFlags{around: -1})
	a.printAsk(&api.Ask{Query: "torn", Answer: evil, Citations: []api.Citation{{N: 1, Result: r}}})
	a.printContext(&api.Context{Query: "torn", Window: evil, Passages: []api.Citation{{N: 1, Result: r}}}, true)
	a.printRead(&api.Read{Status: "ok", Result: r})
	a.printWhy(&api.Why{Passages: []api.WhyPassage{{Path: evil, Text: evil}}})
	a.printSources([]api.Source{{Label: evil, URI: evil, Errors: []string{evil}}})
	a.printSynced(&api.Add{Sources: []api.Synced{{Label: evil, Added: 1}}}, nil)
	a.printStatus(&api.Status{Store: evil, Degraded: []api.Degraded{{What: evil, Why: evil}}, Caches: []api.Cache{{Path: evil}}})
	_ = a.out.Flush()
	text := out.String()
	for _, paint := range []string{"\x1b[35m", "\x1b[1;31m", "\x1b[2m", "\x1b[1m", "\x1b[0m"} {
		text = strings.ReplaceAll(text, paint, "")
	}
	if i := strings.IndexAny(text, "\x1b\x07\u202e\u009b"); i >= 0 {
		t.Errorf("a control reaches the terminal: %q", text[max(0, i-40):min(len(text), i+20)])
	}
	if !strings.Contains(out.String(), "\x1b[1;31mtorn\x1b[0m") {
		t.Error("the question's term is not highlighted")
	}
}

func TestPlainOutputHasNoPaintAndExactBytes(t *testing.T) {
	a, out, _ := terminal()
	a.clean, a.style = func(s string) string { return s }, term.Style{}
	a.printRead(&api.Read{Status: "ok", Result: api.Result{Text: "a\x1bb"}})
	_ = a.out.Flush()
	if out.String() != "a\x1bb\n" {
		t.Errorf("%q", out.String())
	}
}

// Where an original has more than lines, people are told where in it a result stands.
func TestPlacesInOriginalsAreShown(t *testing.T) {
	a, out, _ := terminal()
	a.clean, a.style = func(s string) string { return s }, term.Style{}
	r := api.Result{Rank: 1, Path: "b.xlsx", URI: "/notes/b.xlsx", Where: "sheet Costs, row 8", Lines: [2]int{8, 9}, Fresh: "fresh", Text: "torn\n"}
	a.printSearch(context.Background(), nil, &api.Search{Query: "torn", Results: []api.Result{r}}, &searchFlags{around: -1})
	a.printAsk(&api.Ask{Query: "torn", Answer: "Torn.", Citations: []api.Citation{{N: 1, Result: r}}})
	a.printSynced(&api.Add{Sources: []api.Synced{{Label: "books", Added: 1, BadMarks: 2}}}, nil)
	_ = a.out.Flush()
	for _, want := range []string{"b.xlsx:8  0.00  sheet Costs, row 8\n", "[1] b.xlsx:8-9  sheet Costs, row 8\n", "  2 marks were dropped: "} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("no %q in %q", want, out.String())
		}
	}
}

func TestFinish(t *testing.T) {
	for _, c := range []struct {
		err  error
		code int
		want string
	}{
		{nil, 0, ""},
		{libraryError(&cobra.Command{}, errors.New("odd")), 2, "sluice: odd; `sluice --help` lists the verbs\n"},
		{&ranError{serve.Partlyf("a\nb"), true}, 3, "sluice: a\n  b\n"},
		{&ranError{&serve.Error{Class: serve.Corrupt, Err: errors.New("bad")}, true}, 4, "sluice: bad\n"},
	} {
		a, _, errs := terminal()
		if code := a.finish(c.err); code != c.code || errs.String() != c.want {
			t.Errorf("%v: exit %d, %q", c.err, code, errs.String())
		}
	}
}

// TestDamageIsNamed: an error that unwraps to several keeps its own words.
func TestDamageIsNamed(t *testing.T) {
	a, _, errs := terminal()
	bad := &blockfile.CorruptError{File: "x.text", Block: 7, Kind: blockfile.KindText, What: "its checksum fails"}
	err := a.verb(func(*cobra.Command, []string) (any, func(), error) { return nil, nil, bad })(&cobra.Command{}, nil)
	if code := a.finish(err); code != 4 || !strings.Contains(errs.String(), "x.text, block 7 is damaged") {
		t.Errorf("exit %d, %q", code, errs.String())
	}
}

func TestJSONIsOneDocumentAlsoOnFailure(t *testing.T) {
	a, out, _ := terminal()
	a.json = true
	if code := a.finish(&ranError{serve.Nothingf("no <store> & nothing"), false}); code != 1 {
		t.Errorf("exit %d", code)
	}
	var doc api.Failure
	if err := json.Unmarshal(out.Bytes(), &doc); err != nil || doc.Code != 1 || !strings.Contains(out.String(), "<store> &") {
		t.Errorf("%q, %v", out.String(), err)
	}
}

func TestShownPaths(t *testing.T) {
	a, _, _ := terminal()
	for uri, want := range map[string]string{"/notes/a/b.go": "a/b.go", "/other/c.go": "/other/c.go", "/notes": "."} {
		if got := a.shown(uri); got != filepath.FromSlash(want) {
			t.Errorf("%s is shown as %s, want %s", uri, got, filepath.FromSlash(want))
		}
	}
}

func TestShellWords(t *testing.T) {
	if got := shellWords([]string{"/bin/sluice", "mcp", "--in", "/it's here/$x", ""}); got != `/bin/sluice mcp --in '/it'\''s here/$x' ''` {
		t.Error(got)
	}
}

func TestOnlyYesIsYes(t *testing.T) {
	for answer, want := range map[string]bool{"y\n": true, "YES\n": true, " yes ": true, "\n": false, "": false, "no\n": false, "yikes\n": false} {
		a, _, errs := terminal()
		a.stdin = strings.NewReader(answer)
		if got := a.confirm("Index this?"); got != want || errs.String() != "Index this? [y/N] " {
			t.Errorf("%q: %v, asked %q", answer, got, errs.String())
		}
	}
}

// Nothing to read is said where there was nothing, not where it could not be read, or nobody
// waited.
func TestNothingToReadIsSaidOnlyThen(t *testing.T) {
	for want, err := range map[string]error{"notes: nothing to read\n": nil, "notes: nothing was read\n": context.Canceled} {
		a, out, _ := terminal()
		a.printSynced(&api.Add{Sources: []api.Synced{{Label: "notes"}}}, err)
		_ = a.out.Flush()
		if out.String() != want {
			t.Errorf("%v: %q, want %q", err, out.String(), want)
		}
	}
}
