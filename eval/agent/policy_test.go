package main

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
)

// TestShows: the line must stand below the name of its file, not anywhere.
func TestShows(t *testing.T) {
	want := task{path: "a/b.go", anchor: "func find("}
	for text, found := range map[string]bool{
		"1. a/b.go:3-9  0.93  /x/a/b.go\n```\n\tfunc find(x int)\n```\n":               true,
		"a/b.go:3-9  /x/a/b.go  id abc\n```\nfunc find(x)\n```\n":                      true,
		"1. a/b.go:3-9  id abc  source s  score 0.93\n```\nfunc find(x)\n```\n":        true,
		"1. a/b.go:3  0.93  /x/a/b.go\n```\n// func find( is below\n```\n":             false,
		"1. a/c.go:3-9  0.93  /x\n```\nfunc find(x)\n```\n":                            false,
		"1. a/b.go:3-9  0.93  /x\n```\nnothing\n```\n2. c.go:1  0.9  /x\nfunc find(\n": false,
	} {
		if shows(text, want) != found {
			t.Errorf("%q: %v", text, !found)
		}
	}
}

// TestRun: the agent opens what stands around the hits in their order, stops when the place is on
// screen, and pays for all that came before.
func TestRun(t *testing.T) {
	var asked []string
	call := func(_ context.Context, tool string, arguments map[string]any) (answer, error) {
		asked = append(asked, fmt.Sprintf("%s %v", tool, arguments["target"]))
		switch {
		case tool == "search":
			return answer{text: "1. a.go:100-110  0.9  /a.go\n```\nx\n```\n2. b.go:5  0.8  /b.go\n", structured: []byte("{}")}, nil
		case arguments["target"] == "b.go:1-65":
			return answer{text: "b.go:1-65  /b.go\nfunc find(\n"}, nil
		}
		return answer{text: "a.go:80-160  /a.go\nnothing\n"}, nil
	}
	count := func(s string) int { return strings.Count(s, "\n") }
	o, err := run(context.Background(), task{path: "b.go", anchor: "func find("}, call, count)
	if err != nil || !o.found || o.by != "read" || o.calls != 3 {
		t.Errorf("%+v, %v", o, err)
	}
	if got := strings.Join(asked, ", "); got != "search <nil>, read a.go:80-160, read b.go:1-65" {
		t.Error(got)
	}
	if want := 5 + 2 + 2; o.tokens != want {
		t.Errorf("%d tokens, want %d", o.tokens, want)
	}
	if o, err := run(context.Background(), task{path: "c.go", anchor: "func find("}, call, count); err != nil || o.found || o.calls != 4 {
		t.Errorf("what is not there: %+v, %v", o, err)
	}
	broken := func(context.Context, string, map[string]any) (answer, error) { return answer{}, errors.New("gone") }
	if _, err := run(context.Background(), task{}, broken, count); err == nil {
		t.Error("a server that is gone is no error")
	}
}
