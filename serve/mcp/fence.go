package mcp

import (
	"strings"

	"sluice/internal/defence"
	"sluice/internal/term"
)

// fenced is a body as data and nothing else: the fence is longer than any run of backticks in it,
// as in a packed window, so that no document can end it and write a result or an order of its own.
func fenced(body string) string {
	if !defence.Stands(defence.BodyFence) {
		return body + "\n"
	}
	longest, run := 2, 0
	for i := range len(body) {
		if body[i] != '`' {
			run = 0
			continue
		}
		run++
		longest = max(longest, run)
	}
	fence := strings.Repeat("`", longest+1)
	if !strings.HasSuffix(body, "\n") {
		body += "\n"
	}
	return fence + "\n" + body + fence + "\n"
}

// line is a name, or an error that speaks of one, on one line.
func line(s string) string {
	if !defence.Stands(defence.NameLine) {
		return s
	}
	return term.OneLine(s)
}

// words is an error on one line: several are apart by semicolons.
func words(err error) string {
	var all []string
	if several, ok := err.(interface{ Unwrap() []error }); ok { //nolint:errorlint // only the outermost is words of several
		for _, e := range several.Unwrap() {
			all = append(all, line(e.Error()))
		}
		return strings.Join(all, "; ")
	}
	return line(err.Error())
}
