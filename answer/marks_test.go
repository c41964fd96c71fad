package answer

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestLineMarks holds which lines are titles, rules and items: each mark, and its nearest neighbour
// that is none.
func TestLineMarks(t *testing.T) {
	for _, c := range []struct {
		name string
		is   func(string) bool
		yes  []string
		no   []string
	}{
		{"heading", isHeading, []string{"# A", "###### A", "== A ==", "==A=="}, []string{" A", "A", "#A", "#", "####### A", "====", "== A", "A ==", "= A ="}},
		{"rule", isRule, []string{"---", "===", "~~~~", "|---|:-:|", "- - -", "+--+", "***", "^^^", "___", "###", ":::"}, []string{"--", "---x", "...", ""}},
		{"item", startsItem, []string{"- a", "* a", "+ a", "| a", "@p: a", ":p: a", "1. a", "123) a", "9. a"},
			[]string{"a", "-a", "- ", "-", "*a", "=a", "1234. a", "12 a", "1.a", ". a", "1", "12", "1."}},
	} {
		for _, line := range c.yes {
			if !c.is(line) {
				t.Errorf("%q is no %s", line, c.name)
			}
		}
		for _, line := range c.no {
			if c.is(line) {
				t.Errorf("%q is a %s", line, c.name)
			}
		}
	}
}

// TestClip cuts what is longer than a unit: at the last space of its second half, else between two
// characters.
func TestClip(t *testing.T) {
	x := func(n int) string { return strings.Repeat("x", n) }
	for _, c := range []struct{ name, in, want string }{
		{"the longest", x(600), x(600)},
		{"one more", x(601), x(600) + " …"},
		{"a space late enough", x(301) + " " + x(400), x(301) + " …"},
		{"a space too early", x(300) + " " + x(400), x(300) + " " + x(299) + " …"},
		{"the last space", x(400) + " " + x(100) + " " + x(200), x(400) + " " + x(100) + " …"},
		{"a line's end", x(500) + "\n" + x(200), x(500) + " …"},
		{"a space after the end", x(600) + " x", x(600) + " …"},
		{"a character of three bytes", x(599) + "漢" + x(10), x(599) + " …"},
		{"no character at all", strings.Repeat("\x80", 601), " …"},
	} {
		if got := clip(c.in); got != c.want {
			t.Errorf("%s: %d bytes %q, want %d", c.name, len(got), got, len(c.want))
		}
	}
}

// TestCodeLines: eight lines of code stand together, and keep the indentation that tells them
// apart.
func TestCodeLines(t *testing.T) {
	lines := strings.Repeat("\tx = 1\n", 9)
	eight := strings.TrimSuffix(strings.Repeat("x = 1⏎", 8), "⏎")
	if d := cmp.Diff([]string{"code: " + eight, "code: x = 1"}, show(split(lines, "", true))); d != "" {
		t.Errorf("(-want +got)\n%s", d)
	}
	for _, c := range []struct {
		in   []string
		want string
	}{
		{[]string{"a"}, "a"},
		{[]string{"  a", "    b", " c"}, " a\n   b\nc"},
		{[]string{"a", "  b"}, "a\n  b"},
		{[]string{"\ta", "\t\tb"}, "a\n\tb"},
	} {
		var lines []piece
		for _, l := range c.in {
			lines = append(lines, piece{text: l})
		}
		if got := dedent(lines); got != c.want {
			t.Errorf("%q becomes %q, want %q", c.in, got, c.want)
		}
	}
}

// TestSplitMarks holds the marks that TestSplit has not: what opens a comment, what ends one, what
// stands alone.
func TestSplitMarks(t *testing.T) {
	for name, c := range map[string]struct {
		code bool
		in   string
		want []string
	}{
		"every mark of a comment": {true, "/// One.\nx\n//! Two.\nx\n// Three.\nx\n# Four.\nx\n-- Five.\nx\n;; Six.\nx\n* Seven.\nx\n'''Eight.'''",
			[]string{"One.", "code: x", "Two.", "code: x", "Three.", "code: x", "Four.", "code: x", "Five.", "code: x", "Six.", "code: x", "Seven.", "code: x", "Eight."}},
		"no marks":                  {true, "#define A\n--x\n;x\n*p = 1\n", []string{"code: #define A⏎--x⏎;x⏎*p = 1"}},
		"marks alone part comments": {true, "# One\n#\n# two\n", []string{"One", "two"}},
		"marks alone are no code":   {true, "x\n*\n*/\ny", []string{"code: x⏎y"}},
		"a comment in a line":       {true, "/*! One. */\nx", []string{"One.", "code: x"}},
		"a comment over lines":      {true, "/* One\n   two\n * three */\nx\n", []string{"One two three", "code: x"}},
		"a rule in a comment":       {true, "// One\n// ---\n// two\nx\n// -----\ny", []string{"One", "two", "code: x⏎y"}},
		"items in a comment":        {true, "// One\n// - two\n//   more\n// - three", []string{"One", "- two more", "- three"}},
		"fences in code part":       {true, "x\n```\n// One.\n```\ny", []string{"code: x", "One.", "code: y"}},
		"a rule below two lines":    {false, "One\ntwo\n---\nthree", []string{"One two", "three"}},
		"a table's edge":            {false, "a b\n|---|\nc", []string{"a b", "c"}},
		"a rule below an item's":    {false, "    x\n---\ny", []string{"code: x", "y"}},
		"headings":                  {false, "One\n## Two ##\nthree\n== Four ==\n#  \n", []string{"One", "head: Two", "three", "head: Four", "#"}},
		"code goes on":              {false, "    x\n    y\nz\n    w", []string{"code: x⏎y", "z w"}},
		"code after a tab":          {false, "\tx\n   y", []string{"code: x", "y"}},
		"items lose their marks":    {false, "+ one\n* two\n- - three", []string{"one", "two", "three"}},
		"a fence that stays open":   {false, "~~~\n# x\n- y", []string{"code: # x⏎- y"}},
		"white space at the end":    {true, "x \t\r\ny", []string{"code: x⏎y"}},
	} {
		if d := cmp.Diff(c.want, show(split(c.in, "", c.code))); d != "" {
			t.Errorf("%s: (-want +got)\n%s", name, d)
		}
	}
}
