package chunk

import (
	"bytes"
	"unicode/utf8"
)

// failer is what testing.TB and rapid.T share.
type failer interface {
	Helper()
	Fatalf(format string, args ...any)
}

// check holds the rules that Split promises on passages, the division of text.
func check(t failer, name string, text []byte, passages []Passage) {
	t.Helper()
	at, line, valid := 0, 1, utf8.Valid(text)
	for i, p := range passages {
		switch {
		case p.Start < at || p.End <= p.Start || p.End > len(text):
			t.Fatalf("%s: passage %d is [%d,%d) after %d of %d", name, i, p.Start, p.End, at, len(text))
		case p.End-p.Start > passageBytesMax:
			t.Fatalf("%s: passage %d has %d bytes", name, i, p.End-p.Start)
		case !allSpace(text[at:p.Start]):
			t.Fatalf("%s: %q before passage %d is left out", name, text[at:p.Start], i)
		case valid && !utf8.Valid(text[p.Start:p.End]):
			t.Fatalf("%s: passage %d cuts a rune", name, i)
		case allSpace(text[p.Start:p.End]):
			t.Fatalf("%s: passage %d is white space", name, i)
		}
		line += bytes.Count(text[at:p.Start], newline)
		n := bytes.Count(text[p.Start:p.End], newline)
		if p.Line != line || p.Lines != n+1 {
			t.Fatalf("%s: passage %d is on lines %d+%d, want %d+%d", name, i, p.Line, p.Lines, line, n+1)
		}
		if len(p.Context) > contextBytesMax || len(p.Symbol) > symbolBytesMax {
			t.Fatalf("%s: passage %d has context %q, symbol %q", name, i, p.Context, p.Symbol)
		}
		at, line = p.End, line+n
	}
	if !allSpace(text[at:]) {
		t.Fatalf("%s: %q at the end is left out", name, text[at:])
	}
}

func allSpace(text []byte) bool {
	for _, c := range text {
		if !isSpace(c) {
			return false
		}
	}
	return true
}

// run splits text and returns the passages with the scopes that were seen and the steps of the
// search.
func run(lang string, text []byte) ([]Passage, []scope, int) {
	s := new(splitter)
	s.reset(nil, text)
	if s.begin() {
		s.scan(lang)
		s.finish()
	}
	return s.dst, s.scopes, s.steps
}
