package check

import (
	"context"
	"slices"
	"strings"
	"testing"
)

var sources = []Source{
	{N: 1, Around: "torn.md Torn writes", Text: "A torn write is noticed because the checksum of its block fails. Every block has a CRC-32C, which is computed over the file's id. The store does not trust a disk.\n"},
	{N: 2, Around: "lease.md Lease of the flat", Text: "The lease begins on 3 March 2021 and ends on 28 February 2026. The rent is 1,250 euros a month; the deposit is 3,750 euros.\nMaria Lopez signed for the landlord, Jonas Weber for the tenant.\n"},
	{N: 3, Around: "fruit.md", Text: "Bananas are yellow and bend towards the sun. Apples keep in the cellar until March.\n"},
	{N: 4, Around: "db.md Databases", Text: "We moved from MySQL to Postgres in 2023, because MySQL lost a table.\n", Refuted: "the file has changed"},
	{N: 5, Around: "miete.md", Text: "Die Miete beträgt 900 Euro im Monat und ist nicht verhandelbar. Der Vertrag endet am 31. Dezember.\n"},
	{N: 6, Around: "备份.md", Text: "备份每天凌晨三点运行。备份不会复制缓存。\n"},
	{N: 7, Around: "acq.md", Text: "Borland acquired Ashton in 1991. Alice has 3 keys, Bob has 5 keys.\n"},
}

// TestClaims: what a claim says of the passages, and what becomes of its numbers.
func TestClaims(t *testing.T) {
	for _, c := range []struct {
		text, label string
		cited       []int
	}{
		// right
		{"A torn write is noticed because the checksum of its block fails [1].", Supported, []int{1}},
		{"The checksum of the block fails, so a torn write is noticed. [1]", Supported, []int{1}},
		{"Every block has a checksum: a CRC-32C [1].", Supported, []int{1}},
		{"The rent is 1250 euros a month [2].", Supported, []int{2}},
		{"The lease starts on 3 March 2021 [2].", Supported, []int{2}},
		{"Jonas Weber signed for the tenant [2].", Supported, []int{2}},
		{"\"bend towards the sun\" is said of bananas [3].", Supported, []int{3}},
		{"Bananas are yellow [3] and the rent is 1,250 euros [2].", Supported, []int{3, 2}},
		{"Die Miete beträgt 900 Euro im Monat [5].", Supported, []int{5}},
		{"Die Miete ist nicht verhandelbar [5].", Supported, []int{5}},
		{"备份每天凌晨三点运行 [6]。", Supported, []int{6}},
		{"Ashton was acquired by Borland [7].", Supported, []int{7}},
		{"Bananas are yellow.", Supported, []int{3}}, // found for it
		// wrong id
		{"Bananas are yellow and bend towards the sun [1].", Misattributed, []int{3}},
		{"The rent is 1,250 euros a month [9].", Misattributed, []int{2}},
		// wrong words, numbers, names
		{"Bananas are green and bend towards the sun [3].", Partly, []int{3}},
		{"The rent is 1,350 euros a month [2].", Partly, []int{2}},
		{"The lease ends on 28 February 2027 [2].", Partly, []int{2}},
		{"Maria Weber signed for the landlord in Lisbon [2].", Partly, []int{2}},
		{"\"bend towards the moon\" is said of bananas [3].", NotFound, nil},
		{"A torn write is noticed because the parity of its block fails [1].", Partly, []int{1}},
		{"Die Miete beträgt 950 Euro im Monat [5].", Partly, []int{5}},
		// denied
		{"The store trusts a disk [1].", Partly, []int{1}},
		{"Bananas are not yellow [3].", Partly, []int{3}},
		{"Die Miete ist verhandelbar [5].", Partly, []int{5}},
		{"备份会复制缓存 [6]。", Partly, []int{6}},
		// turned round, bound to something else
		{"Ashton acquired Borland in 1991 [7].", Partly, []int{7}},
		{"Alice has 5 keys [7].", Partly, []int{7}},
		{"The deposit is 1,250 euros [2].", Partly, []int{2}},
		// stitched
		{"A torn write is noticed because bananas bend towards the sun [1].", NotFound, nil},
		{"Apples keep in the cellar because the checksum of its block fails [1][3].", Partly, nil},
		// invented
		{"The Eiffel Tower was painted in seven colours [2].", NotFound, nil},
		{"Every morning the gardener waters roses.", NotFound, nil},
		// changed since
		{"We moved from MySQL to Postgres in 2023 [4].", NotFound, nil},
		// claims nothing
		{"Here is what the documents say:", "", nil},
		{"Do you want to know more?", "", nil},
		{"The documents do not mention this.", "", nil},
	} {
		got := New("", "", sources).Sentence(t.Context(), c.text)
		if got.Label != c.label || c.cited != nil && !slices.Equal(got.Citations, c.cited) {
			t.Errorf("%s\n\tis %q %v (%s), want %q %v", c.text, got.Label, got.Citations, got.Why, c.label, c.cited)
		}
		for _, m := range got.Marks {
			if mark := string([]rune(got.Text)[m.Start:m.End]); mark != "["+itoa(m.N)+"]" || m.N > len(sources) {
				t.Errorf("%q: the mark of %d is %q", got.Text, m.N, mark)
			}
		}
		if doubted := strings.Contains(got.Text, Doubt); doubted != (c.label == Partly || c.label == NotFound) {
			t.Errorf("%q is marked: %v", got.Text, doubted)
		}
	}
}

// TestNumbersOutsideTheList never appear, however they are written.
func TestNumbersOutsideTheList(t *testing.T) {
	for _, cite := range []string{"[9]", "[12, 13]", "[^9]", "[source 9]", "【9†file.md】", "[9-11]", "[0]", "[99999]", "[1, 9]", "[9][10]", "[Passage #9]"} {
		for _, text := range []string{"Bananas are yellow %.", "Bananas are yellow.%", "% Bananas are yellow", "Roses sing % and dance %."} {
			got := New("", "", sources).Sentence(t.Context(), strings.ReplaceAll(text, "%", cite))
			for _, m := range cites.FindAllStringSubmatch(got.Text, -1) {
				for _, n := range numbersIn(m[1] + m[2]) {
					if n < 1 || n > len(sources) || len(got.Marks) == 0 {
						t.Errorf("%q with %q became %q", text, cite, got.Text)
					}
				}
			}
		}
	}
}

// TestSplitter: however a text is cut on its way, its sentences are the same, and all of it.
func TestSplitter(t *testing.T) {
	text := "Bananas are yellow. [3] Apples keep [3][2]. The rent, e.g. in March, is due!\n\n- one [1]\n- two. [2]\n```go\na[0] = 1. // no\nb()\n```\nLast 【1†x】. 它不存在。[6] End"
	var whole []string
	for size := 1; size <= len(text); size++ {
		var s Splitter
		var got []string
		for at := 0; at < len(text); at += size {
			got = append(got, s.Add(text[at:min(at+size, len(text))])...)
		}
		got = append(got, s.End()...)
		if strings.Join(got, "") != text {
			t.Fatalf("by %d: %q", size, got)
		}
		if whole == nil {
			whole = got
			if len(got) != 9 {
				t.Errorf("%d sentences: %q", len(got), got)
			}
		} else if !slices.Equal(got, whole) {
			t.Fatalf("by %d: %q, by 1: %q", size, got, whole)
		}
	}
}

// TestInert: nothing of an answer loads or leads anywhere that the user did not name.
func TestInert(t *testing.T) {
	for in, want := range map[string]string{
		"See ![x](https://evil.example/?q=1) now.":      "See ![x] (`https://evil.example/?q=1`) now.",
		"See [here](https://evil.example/a).":           "See [here] (`https://evil.example/a`).",
		"See [here][1x].":                               "See [here] [1x].",
		"See https://evil.example/a, please.":           "See `https://evil.example/a`, please.",
		"See [docs](https://user.example/a).":           "See [docs](https://user.example/a).",
		"See https://user.example/a.":                   "See https://user.example/a.",
		"<img src=x onerror=alert(1)> hello":            "`<img src=x onerror=alert(1)>` hello",
		"[x]: https://evil.example":                     "[x] : `https://evil.example`",
		"go javascript:alert(1) there":                  "go `javascript:alert(1)` there",
		"<https://evil.example>":                        "`<https://evil.example>`",
		"a plain sentence: with `code[0](x)` and 1 < 2": "a plain sentence: with `code[0](x)` and 1 < 2",
		"write www.evil.example in it":                  "write `www.evil.example` in it",
	} {
		if got := newInert("look at https://user.example/a for me").text(in); got != want {
			t.Errorf("%q became %q, want %q", in, got, want)
		}
	}
}

// whole checks an answer as it is checked on its way: cut, and sentence by sentence.
func whole(t *testing.T, text string) (shown string, labels []string) {
	t.Helper()
	var s Splitter
	c := New("", "", sources)
	for _, one := range append(s.Add(text), s.End()...) {
		r := c.Sentence(t.Context(), one)
		shown += r.Text
		if r.Label != "" {
			labels = append(labels, r.Label)
		}
	}
	return shown, labels
}

// TestMarksOfCode: marks of code hide no claim, and bring no number that is no source's.
func TestMarksOfCode(t *testing.T) {
	lie := "Roses sing in the cellar of the moon [99]."
	for text, want := range map[string][]string{
		"```x``` " + lie:                                           {NotFound},
		"Bananas are yellow. [3] ~~~ " + lie:                       {Supported, NotFound},
		"Bananas are yellow. [3] ~~~\n" + lie + "\n~~~\n":          {Supported, NotFound},
		"Bananas are yellow. [3]\n``` " + lie:                      {Supported, NotFound},
		"\n``` " + lie:                                             {NotFound},
		"````\n```\n````\n" + lie:                                  {NotFound},
		"````go\n```\nx()\n````\n" + lie + " Roses dance at noon.": {NotFound, NotFound},
		"~~~\nabc\n~~~ " + lie + "\nRoses dance at noon.":          {NotFound, NotFound, NotFound}, // "abc" claims, too
		"```go\n" + lie + "\n\nRoses dance at noon.":               {NotFound, NotFound},           // never closed
		"```\n" + lie + "\n```\n":                                  {NotFound},
		"```markdown\n# Fruit\nBananas are yellow. [3]\n```\n":     {Supported},
		"```text\n" + lie + "\n```":                                {NotFound},
		"```python\n" + lie + "\n```":                              {NotFound},
		"`" + lie + "`":                                            {NotFound},
		"```go\nfor i := range a { a[99] = b[i] }\n```\n":          nil,
		"```\ngo install ./cmd/sluice && ./sluice find x\n```\n":   nil,
		"```\ngit push origin main\n```\n":                         nil,
		"~~~sh\ncp a b\n~~~":                                       nil,
	} {
		shown, labels := whole(t, text)
		if !slices.Equal(labels, want) || strings.Contains(shown, "[99]") {
			t.Errorf("%q became %q: %q, want %q", text, shown, labels, want)
		}
	}
}

// TestAClaimWithoutEnd costs no search: it is bounded, and so is what is held back of it.
func TestAClaimWithoutEnd(t *testing.T) {
	var s Splitter
	c := New("", "", sources)
	for _, one := range s.Add(strings.Repeat("the bananas of the cellar are yellow and ", 1000)) {
		if len(one) > heldMax {
			t.Fatalf("%d bytes are held back", len(one))
		}
		if r := c.Sentence(t.Context(), one); r.Label != NotFound || !strings.Contains(r.Why, "words") {
			t.Fatalf("%q: %s", r.Label, r.Why)
		}
	}
	over, cancel := context.WithCancel(t.Context())
	cancel()
	if r := c.Sentence(over, "Bananas are yellow [3]."); r.Label != NotFound || !strings.Contains(r.Why, "time") {
		t.Errorf("after the time: %+v", r)
	}
}
