package chunk

import (
	"bytes"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"unicode/utf16"

	"pgregory.net/rapid"
)

// languages are one of every scanner, with one that has none of its own.
var languages = []string{"c", "cpp", "go", "java", "javascript", "typescript", "rust", "python", "markdown", "rst",
	"asciidoc", "text", "yaml", "json", "csv", "ini"}

// samples returns the sources of testdata.
func samples(tb testing.TB) [][]byte {
	files, _ := filepath.Glob("testdata/*/*.txt")
	if len(files) == 0 {
		tb.Fatal("no test data")
	}
	var out [][]byte
	for _, f := range files {
		text, err := os.ReadFile(f)
		if err != nil {
			tb.Fatal(err)
		}
		out = append(out, text)
	}
	return out
}

// pieces are what scanners trip over.
var pieces = []string{"{", "}", "(", ")", "[", "]", ";", "\"", "'", "`", "/*", "*/", "//", "/", "\\", "\\\n", "\n", "\r\n",
	"\n\n", "\t", " ", "#if X\n", "#else\n", "#endif\n", "#define F(x) \\\n", "R\"x(", ")x\"", "r#\"", "\"#", "${", "\"\"\"",
	"'a", "'\\''", "def f(x):\n", "class A:\n", "    ", "@d\n", "func (a *B) C() {", "int f(void)\n{", "fn g<'a>() {",
	"impl A for B {", "# H\n", "T\n===\n", "```\n", "- i\n", "| a |\n", "A. B? C! ", "。", "é", "日本", "\x00", "\xff", "\xc3",
	"operator()(", "template<", ">", "=>", "= {", ": {", "namespace n {", "extern \"C\" {", "---\n", "  x: 1\n", "\uFEFF",
	"|---|---|\n", "| a | b |\n", "|===\n", "===  ===\n", "a;b;c\n", "- k: v\n", "k: |\n", "\"k\": {", "[s]\n"}

// mutated draws a text: pieces of sources and of what scanners trip over, then one of several
// encodings.
func mutated(all [][]byte) *rapid.Generator[[]byte] {
	return rapid.Custom(func(t *rapid.T) []byte {
		var text []byte
		for range rapid.IntRange(0, 12).Draw(t, "parts") {
			switch rapid.IntRange(0, 4).Draw(t, "part") {
			case 0, 1:
				src := rapid.SampledFrom(all).Draw(t, "source")
				lo := rapid.IntRange(0, len(src)-1).Draw(t, "lo")
				text = append(text, src[lo:min(len(src), lo+rapid.IntRange(1, 3000).Draw(t, "n"))]...)
			case 2:
				p := rapid.SampledFrom(pieces).Draw(t, "piece")
				text = append(text, bytes.Repeat([]byte(p), rapid.SampledFrom([]int{1, 1, 1, 2, 150, 2000}).Draw(t, "times"))...)
			case 3:
				text = append(text, rapid.SliceOfN(rapid.Byte(), 0, 300).Draw(t, "bytes")...)
			case 4:
				for _, p := range rapid.SliceOfN(rapid.SampledFrom(pieces), 0, 200).Draw(t, "pieces") {
					text = append(text, p...)
				}
			}
		}
		return encoded(text, rapid.IntRange(0, 6).Draw(t, "encoding"))
	})
}

// encoded returns text in one of several encodings or line endings; mostly as it is.
func encoded(text []byte, how int) []byte {
	switch how {
	case 0:
		var out []byte
		for _, u := range utf16.Encode([]rune(string(text))) {
			out = append(out, byte(u), byte(u>>8))
		}
		return out
	case 1:
		var latin []byte
		for _, r := range string(text) {
			latin = append(latin, byte(r))
		}
		return latin
	case 2:
		return bytes.ReplaceAll(text, newline, []byte("\r\n"))
	case 3:
		return bytes.ReplaceAll(text, newline, nil)
	}
	return text
}

// stepsMax is how many steps of the search a byte of text may take: cuts are at least 12 bytes
// apart and each looks back over 1,200 bytes, twice at a flush.
const stepsMax = 2 * 100 / 12

// TestSplitProperties holds the rules of Split on mutated sources in every encoding.
func TestSplitProperties(t *testing.T) {
	gen := mutated(samples(t))
	rapid.Check(t, func(t *rapid.T) {
		text := gen.Draw(t, "text")
		lang := rapid.SampledFrom(languages).Draw(t, "lang")
		before := bytes.Clone(text)
		passages, scopes, steps := run(lang, text)
		check(t, lang, text, passages)
		if !bytes.Equal(text, before) {
			t.Fatalf("Split changed its input")
		}
		if limit := stepsMax*len(text) + 1000; steps > limit {
			t.Fatalf("%d steps for %d bytes", steps, len(text))
		}
		if limit := scopesFree + len(text)/scopeBytes + 1; len(scopes) > limit {
			t.Fatalf("%d scopes in %d bytes", len(scopes), len(text))
		}
		for _, s := range scopes {
			if s.start > s.head || s.head > s.end || s.end > len(text) || s.name.hi > len(text) || s.name.lo > s.name.hi {
				t.Fatalf("bad scope %+v", s)
			}
		}
		again := Split(slices.Clone(passages[:min(1, len(passages))]), lang, text)
		if !slices.Equal(again[min(1, len(passages)):], passages) {
			t.Fatalf("a second Split differs")
		}
		Title(lang, "", text)
		Detect("x", text)
	})
}

// TestSplitShort holds that a short passage is the document's only one or stands between others
// that are too long to take it in.
func TestSplitShort(t *testing.T) {
	for _, text := range samples(t) {
		for _, lang := range languages {
			passages, _, _ := run(lang, text)
			for i, p := range passages {
				if p.End-p.Start >= passageBytesMin {
					continue
				}
				if i > 0 && p.End-passages[i-1].Start < passageBytesAim {
					t.Errorf("%s: %q could have gone with the passage before it", lang, text[p.Start:p.End])
				}
			}
		}
	}
}

// FuzzSplit holds the rules of Split on whatever the fuzzer finds.
func FuzzSplit(f *testing.F) {
	for i, text := range samples(f) {
		f.Add(byte(i), text[:min(len(text), 2000)])
	}
	for i, p := range pieces {
		f.Add(byte(i), bytes.Repeat([]byte(p), 300))
	}
	f.Fuzz(func(t *testing.T, lang byte, text []byte) {
		l := languages[int(lang)%len(languages)]
		passages, _, steps := run(l, text)
		check(t, l, text, passages)
		if steps > stepsMax*len(text)+1000 {
			t.Fatalf("%d steps for %d bytes", steps, len(text))
		}
		Title(l, "", text)
	})
}
