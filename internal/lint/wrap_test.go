package lint

import (
	"go/ast"
	"go/format"
	"regexp"
	"strings"
	"testing"
)

var (
	directive = regexp.MustCompile(`^//([a-z0-9]+:[a-z0-9]|nolint|line |export |extern |\s*\+build )`)
	listItem  = regexp.MustCompile(`^\s+([-*+•]|\d+[.)])\s+\S`)
	linkLine  = regexp.MustCompile(`^\s*\[[^\]]+\]:\s`)
	tableGap  = regexp.MustCompile(`\S( {3,}|\t)\S`)
	marker    = regexp.MustCompile(`^([-*+•–—=#|]+|\d+[.)])$`)
	outputs   = regexp.MustCompile(`(?i)^\s*(unordered )?output:`)
)

// wrapComments gives the source of a file with those paragraphs of its // comments wrapped anew
// that have a line too wide. What is laid out by hand stays: indented code, tables, headings,
// directives, addresses, expected output of examples, comments behind code, /* */.
func wrapComments(f *goFile) []byte {
	if f.generated() {
		return f.src
	}
	lines := strings.Split(string(f.src), "\n")
	var out []string
	next := 0
	for _, group := range f.syntax.Comments {
		first, last, prefix, ok := wrappable(f, group, lines)
		if !ok {
			continue
		}
		out = append(out, lines[next:first]...)
		out = append(out, wrapGroup(prefix, lines[first:last+1])...)
		next = last + 1
	}
	src := []byte(strings.Join(append(out, lines[next:]...), "\n"))
	if pretty, err := format.Source(src); err == nil {
		return pretty
	}
	return src
}

// wrappable gives the lines of a group of comments, from 0, and what stands before each //, if all
// of them are // comments that have their lines for themselves.
func wrappable(f *goFile, group *ast.CommentGroup, lines []string) (first, last int, prefix string, ok bool) {
	at := f.fset.PositionFor(group.Pos(), false)
	first, last = at.Line-1, f.fset.PositionFor(group.End(), false).Line-1
	prefix = lines[first][:at.Column-1]
	for _, c := range group.List {
		if !strings.HasPrefix(c.Text, "//") || f.test && outputs.MatchString(c.Text[2:]) {
			return 0, 0, "", false
		}
	}
	return first, last, prefix, strings.TrimSpace(prefix) == ""
}

// wrapGroup wraps one group: paragraphs and items of lists are wrapped each for itself.
func wrapGroup(prefix string, lines []string) (out []string) {
	for len(lines) > 0 {
		n := paragraph(lines)
		if tooWide(lines[:n]) && !fixed(lines[0]) {
			out = append(out, fill(prefix, lines[:n])...)
		} else {
			out = append(out, lines[:n]...)
		}
		lines = lines[n:]
	}
	return out
}

func textOf(line string) string { return strings.TrimPrefix(strings.TrimLeft(line, " \t"), "//") }

func indentOf(text string) int { return len(text) - len(strings.TrimLeft(text, " \t")) }

// fixed tells whether a line keeps its layout.
func fixed(line string) bool {
	text := textOf(line)
	switch {
	case strings.TrimSpace(text) == "", directive.MatchString(strings.TrimSpace(line)), linkLine.MatchString(text):
		return true
	case strings.HasPrefix(text, " # "), strings.HasPrefix(strings.TrimSpace(text), "|"):
		return true
	case listItem.MatchString(text):
		return false
	}
	return indentOf(text) != 1 || text[0] == '\t' || tableGap.MatchString(text)
}

// paragraph counts the lines that belong together from the first on: a line that is fixed stands
// alone, an item of a list goes on with deeper lines, and prose with prose.
func paragraph(lines []string) int {
	if fixed(lines[0]) {
		return 1
	}
	first := textOf(lines[0])
	item := listItem.MatchString(first)
	n := 1
	for n < len(lines) {
		text := textOf(lines[n])
		if listItem.MatchString(text) || strings.TrimSpace(text) == "" {
			break
		}
		if item && indentOf(text) <= indentOf(first) || !item && fixed(lines[n]) {
			break
		}
		n++
	}
	return n
}

func tooWide(lines []string) bool {
	for _, l := range lines {
		if columnsOf(l) > commentColumnsMax && !cannotBreak(l) {
			return true
		}
	}
	return false
}

// fill sets the words of a paragraph in lines that are narrow enough. A dash or a number with a dot
// never begins a line: it would be read as an item of a list.
func fill(prefix string, lines []string) (out []string) {
	first := textOf(lines[0])
	lead := first[:indentOf(first)]
	hang := lead
	var words []string
	for _, l := range lines {
		words = append(words, strings.Fields(textOf(l))...)
	}
	if listItem.MatchString(first) {
		gap := indentOf(strings.TrimPrefix(first[len(lead):], words[0]))
		hang = lead + strings.Repeat(" ", len([]rune(words[0]))+gap)
		words[1] = words[0] + strings.Repeat(" ", gap) + words[1]
		words = words[1:]
	}
	line := prefix + "//" + lead + words[0]
	for i, w := range words[1:] {
		with := line + " " + w
		glued := marker.MatchString(w)
		after := i+2 < len(words) && marker.MatchString(words[i+2])
		room := commentColumnsMax
		if after {
			room -= 1 + columnsOf(words[i+2]) // the mark that follows must fit on the same line
		}
		if columnsOf(with) > room && !glued {
			out = append(out, line)
			with = prefix + "//" + hang + w
		}
		line = with
	}
	return append(out, line)
}

var wrapCases = []struct{ name, in, want string }{
	{"a paragraph is filled, its neighbours stay", `
// Aa bb cc dd ee ff gg hh ii jj kk ll mm nn oo pp qq rr ss tt uu vv ww xx yy zz 11 22 33 44 55 66 77 88
// 99.
//
// Short
// lines.
`, `
// Aa bb cc dd ee ff gg hh ii jj kk ll mm nn oo pp qq rr ss tt uu vv ww xx yy zz 11 22 33 44 55 66
// 77 88 99.
//
// Short
// lines.
`},
	{"an item of a list hangs", `
// List:
//   - aa bb cc dd ee ff gg hh ii jj kk ll mm nn oo pp qq rr ss tt uu vv ww xx yy zz 11 22 33 44 55 66 77
//     88
//   - next
`, `
// List:
//   - aa bb cc dd ee ff gg hh ii jj kk ll mm nn oo pp qq rr ss tt uu vv ww xx yy zz 11 22 33 44 55
//     66 77 88
//   - next
`},
	{"code and tables stay", `
// See:
//
//	aa bb cc dd ee ff gg hh ii jj kk ll mm nn oo pp qq rr ss tt uu vv ww xx yy zz 11 22 33 44 55 66 77 88 99
//
// name        what is in it, told in so many words that the line is wider than a line of prose may ever be
`, ""},
	{"an address and a directive stay", `
// https://example.org/aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa
//
//nolint:all // aa bb cc dd ee ff gg hh ii jj kk ll mm nn oo pp qq rr ss tt uu vv ww xx yy zz 11 22 33 44 55 66
`, ""},
	{"a dash begins no line", `
// Aa bb cc dd ee ff gg hh ii jj kk ll mm nn oo pp qq rr ss tt uu vv ww xx yy zz 11 22 33 44 55 66 77 - 88
`, `
// Aa bb cc dd ee ff gg hh ii jj kk ll mm nn oo pp qq rr ss tt uu vv ww xx yy zz 11 22 33 44 55 66
// 77 - 88
`},
	{"a comment behind code stays", `
var x = 1 // aa bb cc dd ee ff gg hh ii jj kk ll mm nn oo pp qq rr ss tt uu vv ww xx yy zz 11 22 33 44 55 66 77
`, ""},
	{"no comment", "\nvar x = `\n// aa bb cc dd ee ff gg hh ii jj kk ll mm nn oo pp qq rr ss tt uu vv ww xx yy zz 11 22 33 44 55 66 77 88\n`\n", ""},
	{"in code, a tab is four columns wide", `
func f() {
	// aa bb cc dd ee ff gg hh ii jj kk ll mm nn oo pp qq rr ss tt uu vv ww xx yy zz 11 22 33 44 55 66 77
}
`, `
func f() {
	// aa bb cc dd ee ff gg hh ii jj kk ll mm nn oo pp qq rr ss tt uu vv ww xx yy zz 11 22 33 44 55
	// 66 77
}
`},
}

func TestWrapComments(t *testing.T) {
	const head, tail = "package p\n", "\nvar _ = 0\n"
	for _, c := range wrapCases {
		t.Run(c.name, func(t *testing.T) {
			f, err := parseSource("p.go", []byte(head+c.in+tail))
			if err != nil {
				t.Fatal(err)
			}
			want := c.want
			if want == "" {
				want = c.in
			}
			if got := string(wrapComments(f)); got != head+want+tail {
				t.Errorf("wrapped\n%s\nas\n%s", c.in, got)
			}
		})
	}
}
