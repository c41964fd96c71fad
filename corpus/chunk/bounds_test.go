package chunk

import (
	"fmt"
	"strings"
	"testing"
	"unicode/utf8"
)

// TestBounds holds the bounds on what hostile text may cost.
func TestBounds(t *testing.T) {
	for _, c := range []struct{ name, lang, unit string }{
		{"tiny functions", "c", "f(){}\n"},
		{"lines of a byte", "text", "a\n\n"},
		{"regular expressions that never end", "javascript", "=/["},
		{"sections of a byte", "markdown", "# a\n"},
		{"classes of a byte", "python", "class a:\n"},
	} {
		t.Run(c.name, func(t *testing.T) {
			text := []byte(strings.Repeat(c.unit, 50_000))
			passages, scopes, steps := run(c.lang, text)
			check(t, c.name, text, passages)
			if limit := scopesFree + len(text)/scopeBytes + 1; len(scopes) > limit {
				t.Errorf("%d scopes, want at most %d", len(scopes), limit)
			}
			if steps > stepsMax*len(text) {
				t.Errorf("%d steps for %d bytes", steps, len(text))
			}
		})
	}
}

func TestNestsAreBounded(t *testing.T) {
	s := new(splitter)
	s.reset(nil, []byte(strings.Repeat("{", 100_000)+strings.Repeat("}", 100_000)+"\nint f(void)\n{\n}\n"))
	s.begin()
	b := &braces{splitter: s, lang: braceLangs["c"], attach: -1}
	b.nests = append(b.nests, nest{kind: kindNamespace, scope: -1})
	b.scan()
	if cap(b.nests) > 2*nestsMax {
		t.Errorf("%d nests", cap(b.nests))
	}
	if len(s.scopes) != 1 {
		t.Errorf("the function after them is not seen")
	}
}

// TestALineOfManyElements holds that each byte of a line of YAML is looked at once: with one look
// an element this document takes a day.
func TestALineOfManyElements(t *testing.T) {
	text := []byte(strings.Repeat("- ", 4<<20) + "name: web\n")
	check(t, "yaml", text, Split(nil, "yaml", text))
}

// TestLabels holds that contexts and symbols stay short and whole.
func TestLabels(t *testing.T) {
	var md, c strings.Builder
	for level := 1; level <= 6; level++ {
		fmt.Fprintf(&md, "%s %s\n\n%s\n\n", strings.Repeat("#", level), strings.Repeat("xé", 60), strings.Repeat("word ", 300))
	}
	for i := range 12 {
		fmt.Fprintf(&c, "int a_function_whose_name_is_rather_long_%d(void)\n{\n}\n", i)
	}
	for lang, text := range map[string]string{"markdown": md.String(), "c": c.String()} {
		passages := Split(nil, lang, []byte(text))
		check(t, lang, []byte(text), passages)
		named := 0
		for _, p := range passages {
			if !utf8.ValidString(p.Context) || !utf8.ValidString(p.Symbol) {
				t.Errorf("%s: context %q, symbol %q", lang, p.Context, p.Symbol)
			}
			named += len(p.Context) + len(p.Symbol)
		}
		if named == 0 {
			t.Errorf("%s: nothing has a name", lang)
		}
	}
}

// TestLongText holds that a text of more cuts than are kept at once is divided as a short one is:
// functions stay whole.
func TestLongText(t *testing.T) {
	var c strings.Builder
	for i := range 4000 {
		fmt.Fprintf(&c, "static int f%d(void)\n{\n%s\treturn 0;\n}\n\n", i, strings.Repeat("\tsomething(to, do);\n", 5+i%23))
	}
	text := []byte(c.String())
	passages, scopes, _ := run("c", text)
	check(t, "c", text, passages)
	for _, s := range scopes {
		if holder(passages, s.start) != holder(passages, s.end-1) {
			t.Fatalf("%s is cut", text[s.name.lo:s.name.hi])
		}
	}
}
