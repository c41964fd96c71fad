package main

import (
	"bytes"
	_ "embed"
	"fmt"
	"runtime"
	"strings"

	"sluice/internal/promise"
)

//go:embed head.md
var head string

// page writes PROMISES.md.
func page(rows []promise.Row, counted []promise.Counted) []byte {
	var b bytes.Buffer
	b.WriteString(head)
	fmt.Fprintf(&b, "\nWritten by `go run ./internal/promise/prove` (%s, %s/%s).\n\n", runtime.Version(), runtime.GOOS, runtime.GOARCH)
	b.WriteString("| # | fault | promise | injections | missed | 3/n |\n|--:|---|---|--:|--:|--:|\n")
	for _, r := range rows {
		t := totalOf(r, counted)
		fmt.Fprintf(&b, "| %d | %s | %s | %d | %d | %s |\n", r.Number, r.Fault, r.Promise, t.injections(), t.misses(), bound(t))
	}
	b.WriteString("\n## What proves each row\n")
	for _, r := range rows {
		fmt.Fprintf(&b, "\n### %d. %s\n\n", r.Number, upperFirst(r.Fault))
		t := totalOf(r, counted)
		for _, kind := range t.kinds() {
			fmt.Fprintf(&b, "- %s: %d, missed %d\n", kind, t.reached[kind], t.missed[kind])
		}
		b.WriteString("\n")
		for _, test := range r.Tests {
			fmt.Fprintf(&b, "    go test -run '^%s$' ./%s\n", test.Name, test.Package)
		}
		if r.Full != "" {
			fmt.Fprintf(&b, "    %s   # the whole sweep\n", r.Full)
		}
		if len(r.Defences) > 0 {
			fmt.Fprintf(&b, "\nFails without: %s.\n", defences(r))
		}
	}
	return b.Bytes()
}

// bound is the 95 % upper bound of the share of misses; none where something was missed.
func bound(t total) string {
	if t.misses() > 0 || t.injections() == 0 {
		return "none"
	}
	return fmt.Sprintf("%.2g", promise.Bound(t.injections()))
}

func defences(r promise.Row) string {
	var names []string
	for _, d := range r.Defences {
		names = append(names, "`"+string(d)+"`")
	}
	return strings.Join(names, ", ")
}

func upperFirst(s string) string { return strings.ToUpper(s[:min(1, len(s))]) + s[min(1, len(s)):] }
