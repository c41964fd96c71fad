package answer

import (
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

// show writes units one a line, with a mark for what they are.
func show(units []unit) []string {
	var out []string
	for _, u := range units {
		mark := ""
		if u.code {
			mark = "code: "
		}
		if u.heading {
			mark = "head: "
		}
		if u.header {
			mark = "columns: "
		}
		out = append(out, mark+strings.ReplaceAll(u.text, "\n", "⏎"))
	}
	return out
}

func TestSplit(t *testing.T) {
	for name, c := range map[string]struct {
		code bool
		in   string
		want []string
	}{
		"prose": {false, "A torn write is noticed\nby its checksum. Version 2.3 of e.g. the store says so! And Dr. Who? \"Yes.\" he\n\nNew paragraph",
			[]string{"A torn write is noticed by its checksum.", "Version 2.3 of e.g. the store says so!", "And Dr. Who?", "\"Yes.\" he", "New paragraph"}},
		"identifiers": {false, "It waits. kfree() frees, i.e. it ends. page_alloc too. but not this",
			[]string{"It waits.", "kfree() frees, i.e. it ends.", "page_alloc too. but not this"}},
		"chinese": {false, "校验和不对。数据坏了！", []string{"校验和不对。", "数据坏了！"}},
		"markdown": {false, "# The store\n\nIt is *fast.* And small.\n- first item\n- second item\n  goes on\n1. one\n\n| a | b |\n|---|---|\n| c | d |\n",
			[]string{"head: The store", "It is *fast.*", "And small.", "first item", "second item goes on", "1. one", "columns: a | b", "a: c | b: d"}},
		"fence":      {false, "Run this:\n```sh\nsluice ask. Now\n  more\n```\nThen look.", []string{"Run this:", "code: sluice ask. Now⏎  more", "Then look."}},
		"underlined": {false, "Memory barriers\n===============\n\nText here.", []string{"head: Memory barriers", "Text here."}},
		"indented":   {false, "An example::\n\n    x = 1\n    y = 2\n\nDone.", []string{"An example::", "code: x = 1⏎y = 2", "Done."}},
		"go": {true, "// Open opens a store. It waits\n// for nobody.\nfunc Open() {\n\treturn nil\n}\n\nvar x = 1 // not alone",
			[]string{"Open opens a store.", "It waits for nobody.", "code: func Open() {⏎\treturn nil⏎}", "code: var x = 1 // not alone"}},
		"kernel-doc": {true, "/**\n * kfree - free memory\n * @p: what to free\n *\n * Frees it. No lock is taken.\n */\nvoid kfree(void *p);",
			[]string{"kfree - free memory", "@p: what to free", "Frees it.", "No lock is taken.", "code: void kfree(void *p);"}},
		"python": {true, "def f():\n    \"\"\"Return the answer.\"\"\"\n    # Not this one. Nor that.\n    return 42\n",
			[]string{"code: def f():", "Return the answer.", "Not this one.", "Nor that.", "code: return 42"}},
		"no code in code of dashes": {true, "-- the table of users\nselect 1;", []string{"the table of users", "code: select 1;"}},
		"empty":                     {false, " \n\n\t\n", nil},
	} {
		if d := cmp.Diff(c.want, show(split(c.in, "", c.code))); d != "" {
			t.Errorf("%s: (-want +got)\n%s", name, d)
		}
	}
}

func TestSplitBoundsItsUnits(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		words := rapid.SliceOfN(rapid.SampledFrom([]string{"store", "a", ".", "\n", " ", "*/", "/*", "```\n", "# ", "- ", "漢字", "\xff", "|", strings.Repeat("x", 900)}), 0, 60).Draw(t, "words")
		text := strings.Join(words, "")
		for _, code := range []bool{false, true} {
			for _, u := range split(text, "", code) {
				if u.start < 0 || u.end < u.start || u.end > len(text) {
					t.Fatalf("%q stands at %d to %d of %d bytes", u.text, u.start, u.end, len(text))
				}
				if len(u.text) > unitBytesMax+len(" …") {
					t.Fatalf("a unit of %d bytes", len(u.text))
				}
				if strings.TrimSpace(u.text) == "" && !u.heading {
					t.Fatalf("an empty unit from %q", text)
				}
				if utf8.ValidString(text) && !utf8.ValidString(u.text) {
					t.Fatalf("%q cuts a character", u.text)
				}
			}
		}
	})
}
