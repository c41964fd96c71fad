package main

import (
	"context"
	"encoding/json"
	"fmt"
	"regexp"
	"strconv"
	"strings"
)

// tools is what the agent calls: a tool with arguments, and what comes back into its window.
type tools func(ctx context.Context, tool string, arguments map[string]any) (answer, error)

// answer is what one call brings into the window.
type answer struct {
	text       string
	structured json.RawMessage // nil: none
}

// outcome is how one task went.
type outcome struct {
	found         bool
	by            string // the call that brought the place on screen
	calls         int
	bytes, tokens int
}

const (
	readsMax  = 6  // windows that are opened around hits
	linesUp   = 20 // around a hit
	linesDown = 60
)

// run is the agent: it searches, then opens what stands around the best hits, one after the other,
// and at last searches for more. It knows the place that it looks for only to know when to stop.
func run(ctx context.Context, t task, call tools, count func(string) int) (outcome, error) {
	var o outcome
	ask := func(tool string, arguments map[string]any) (string, error) {
		got, err := call(ctx, tool, arguments)
		if err != nil {
			return "", fmt.Errorf("%s %v: %w", tool, arguments, err)
		}
		o.calls++
		for _, part := range []string{got.text, string(got.structured)} {
			o.bytes += len(part)
			o.tokens += count(part)
		}
		if o.found = shows(got.text, t); o.found {
			o.by = tool
		}
		return got.text, nil
	}
	text, err := ask("search", map[string]any{"query": t.question})
	if err != nil || o.found {
		return o, err
	}
	for i, h := range hits(text) {
		if i == readsMax {
			break
		}
		target := fmt.Sprintf("%s:%d-%d", h.path, max(1, h.first-linesUp), h.first+linesDown)
		if _, err := ask("read", map[string]any{"target": target}); err != nil || o.found {
			return o, err
		}
	}
	_, err = ask("search", map[string]any{"query": t.question, "n": 30, "max_bytes": 12000})
	return o, err
}

// hit is a place that an answer names.
type hit struct {
	path  string
	first int
}

var headLine = regexp.MustCompile(`(?m)^\d+\. (.+?):(\d+)(?:-\d+)?(?: |$)`)

// hits reads the places of a search's text.
func hits(text string) (all []hit) {
	for _, m := range headLine.FindAllStringSubmatch(text, -1) {
		if n, err := strconv.Atoi(m[2]); err == nil {
			all = append(all, hit{m[1], n})
		}
	}
	return all
}

var place = regexp.MustCompile(`^(?:\d+\. )?(\S+?):\d+(?:-\d+)?\s`)

// shows tells whether a text has the line of the task's place, below the name of its file.
func shows(text string, t task) bool {
	in := ""
	for line := range strings.Lines(text) {
		if m := place.FindStringSubmatch(line); m != nil && !strings.HasPrefix(line, " ") && !strings.HasPrefix(line, "\t") {
			in = m[1]
		}
		if in == t.path && strings.HasPrefix(strings.TrimSpace(line), t.anchor) {
			return true
		}
	}
	return false
}
