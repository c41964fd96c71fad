package model

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// hardLines is testdata/hard.json: a tokenizer with a small vocabulary, and what the reference
// makes of lines that are hard. recipes/encoder/lines.py wrote it.
type hardLines struct {
	Tokenizer json.RawMessage
	Lines     []struct {
		Hex string
		IDs []int32
	}
}

func readHard(t testing.TB) (*tokenizer, hardLines) {
	t.Helper()
	return readHardLines(t, "testdata/hard.json")
}

func readHardLines(t testing.TB, name string) (*tokenizer, hardLines) {
	t.Helper()
	b, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	var hard hardLines
	if err := json.Unmarshal(b, &hard); err != nil {
		t.Fatal(err)
	}
	tok, err := readTokenizer("tokenizer.json", hard.Tokenizer)
	if err != nil {
		t.Fatal(err)
	}
	return tok, hard
}

const noLimit = 1 << 30

func TestHardLines(t *testing.T) {
	for _, name := range []string{"hard.json", "pairs.json"} {
		t.Run(name, func(t *testing.T) { testHardLines(t, "testdata/"+name) })
	}
}

func testHardLines(t *testing.T, name string) {
	tok, hard := readHardLines(t, name)
	if len(hard.Lines) < 200 {
		t.Fatalf("only %d lines", len(hard.Lines))
	}
	for _, l := range hard.Lines {
		text, err := hex.DecodeString(l.Hex)
		if err != nil {
			t.Fatal(err)
		}
		if ids := tok.Encode(nil, string(text), noLimit); !slices.Equal(ids, l.IDs) {
			t.Errorf("%q:\n got %v\nwant %v", text, ids, l.IDs)
		}
	}
}

// TestManyLines compares the ids of 100,000 lines with the reference's.
func TestManyLines(t *testing.T) {
	tokenizers, _ := filepath.Glob(filepath.Join(referenceFolder(t), "*.lines"))
	if len(tokenizers) == 0 {
		t.Skip("no *.lines in SLUICE_REFERENCE: recipes/encoder/lines.py makes them")
	}
	for _, path := range tokenizers {
		t.Run(filepath.Base(path), func(t *testing.T) {
			name := strings.TrimSuffix(path, ".lines")
			config, err := os.ReadFile(name + "-tokenizer.json")
			if err != nil {
				t.Fatal(err)
			}
			tok, err := readTokenizer(name, config)
			if err != nil {
				t.Fatal(err)
			}
			lines, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			compareLines(t, tok, lines)
		})
	}
}

func compareLines(t *testing.T, tok *tokenizer, lines []byte) {
	next := func() int {
		n := int(int32(binary.LittleEndian.Uint32(lines)))
		lines = lines[4:]
		return n
	}
	count, wrong := 0, 0
	var ids, want []int32
	for ; len(lines) > 0; count++ {
		n := next()
		line := string(lines[:n])
		lines = lines[n:]
		want = want[:0]
		for range next() {
			want = append(want, int32(next()))
		}
		if ids = tok.Encode(ids[:0], line, noLimit); !slices.Equal(ids, want) {
			if wrong++; wrong < 10 {
				t.Errorf("line %d, %q:\n got %v\nwant %v", count, line, ids, want)
			}
		}
	}
	t.Logf("%d lines, %d with other ids", count, wrong)
	if wrong > 0 || count < 100_000 {
		t.Errorf("%d of %d lines have other ids than the reference's", wrong, count)
	}
}

// referenceFolder holds what the reference runtime made; the test is skipped without.
func referenceFolder(t testing.TB) string {
	t.Helper()
	dir := os.Getenv("SLUICE_REFERENCE")
	if dir == "" {
		t.Skip("SLUICE_REFERENCE names no folder with outputs of the reference: recipes/encoder/README.md says how to make one")
	}
	return dir
}

// TestEveryCodePoint: what becomes of each character of Unicode between two letters is what the
// reference makes of it, whatever version of Unicode the libraries below know.
func TestEveryCodePoint(t *testing.T) {
	want, err := os.ReadFile("testdata/unicode.sum")
	if err != nil {
		t.Fatal(err)
	}
	p := byteWords(normalization{Clean: true, CJK: true, Strip: true, Lower: true})
	h, words, ids := sha256.New(), []byte(nil), []int32(nil)
	for c := rune(0); c <= 0x10ffff; c++ {
		if c < 0xd800 || c >= 0xe000 {
			ids, words = p.wordsOf(ids, words, "a"+string(c)+"a")
			words = append(words, '\n')
			h.Write(words)
		}
	}
	if got := hex.EncodeToString(h.Sum(nil)); got != string(bytes.TrimSpace(want)) {
		t.Errorf("the words of all characters are not the reference's; recipes/encoder/unicode_tables.py makes the tables anew")
	}
}

// byteWords has a vocabulary of single bytes, so that its ids give the normalised words back.
func byteWords(n normalization) *wordPiece {
	vocabulary := make([]string, 0, 512)
	for _, prefix := range []string{"", "\x00"} {
		for b := range 256 {
			vocabulary = append(vocabulary, prefix+string([]byte{byte(b)}))
		}
	}
	return &wordPiece{normalization: n, table: n.ascii(), pieces: newTrie(vocabulary, "\x00"), unknown: -1, longest: wordMax}
}

// wordsOf are the normalised words of a text.
func (p *wordPiece) wordsOf(ids []int32, words []byte, text string) ([]int32, []byte) {
	ids, words = p.append(ids[:0], text, noLimit), words[:0]
	for _, id := range ids {
		if id < 256 && len(words) > 0 {
			words = append(words, ' ')
		}
		words = append(words, byte(id))
	}
	return ids, words
}

func TestEncodeCuts(t *testing.T) {
	tok, hard := readHard(t)
	for _, l := range hard.Lines {
		text, _ := hex.DecodeString(l.Hex)
		whole := tok.Encode(nil, string(text), noLimit)
		for _, max := range []int{0, 1, 2, 3, 5, 17, len(whole) - 1, len(whole), len(whole) + 1} {
			want := whole
			if max < len(whole) { // the text is cut, the marks stay
				want = append(slices.Clone(whole[:max0(max-1)]), whole[len(whole)-1])[:max0(max)]
			}
			if got := tok.Encode(nil, string(text), max); max >= 2 && !slices.Equal(got, want) || len(got) > max0(max) {
				t.Fatalf("%q cut to %d:\n got %v\nwant %v", text, max, got, want)
			}
		}
	}
}

func max0(n int) int { return max(n, 0) }

func TestPair(t *testing.T) {
	tok, _ := readHard(t)
	cls, sep := tok.spec.id("[CLS]"), tok.spec.id("[SEP]")
	a, b := tok.text(nil, "a b c", noLimit), tok.text(nil, "d e f g", noLimit)
	for _, c := range []struct{ max, first, second int }{{100, 3, 4}, {10, 3, 4}, {9, 3, 3}, {6, 3, 0}, {5, 2, 0}, {3, 0, 0}} {
		ids, types := tok.Pair([]int32{7}, []int32{9}, "a b c", "d e f g", c.max)
		want := slices.Concat([]int32{7, cls}, a[:c.first], []int32{sep}, b[:c.second], []int32{sep})
		wantTypes := slices.Concat([]int32{9}, make([]int32, c.first+2), slices.Repeat([]int32{1}, c.second+1))
		if !slices.Equal(ids, want) || !slices.Equal(types, wantTypes) {
			t.Errorf("cut to %d: got %v %v, want %v %v", c.max, ids, types, want, wantTypes)
		}
	}
}

func TestEncodeMakesNoGarbage(t *testing.T) {
	tok, _ := readHard(t)
	text := strings.Repeat("The quick naïve fox [MASK] 日本 jumps over Straße 12.5% ", 50)
	ids := tok.Encode(nil, text, noLimit)
	if n := testing.AllocsPerRun(10, func() { ids = tok.Encode(ids[:0], text, noLimit) }); n != 0 {
		t.Errorf("%v allocations for a text", n)
	}
}

func TestUnknown(t *testing.T) {
	tok, _ := readHard(t)
	n := 0
	for _, id := range tok.Encode(nil, "a "+strings.Repeat("x", 101)+" b "+strings.Repeat("y", 102), noLimit) {
		if id == tok.spec.Unknown {
			n++
		}
	}
	if n != 2 {
		t.Errorf("%d unknown tokens, not 2", n)
	}
}

func BenchmarkEncode(b *testing.B) {
	dir := referenceFolder(b)
	config, err := os.ReadFile(filepath.Join(dir, "bge-small-en-v1.5-tokenizer.json"))
	if err != nil {
		b.Skip(err)
	}
	tok, err := readTokenizer("", config)
	if err != nil {
		b.Fatal(err)
	}
	text, err := os.ReadFile("../ARCHITECTURE.md")
	if err != nil {
		b.Fatal(err)
	}
	b.SetBytes(int64(len(text)))
	var ids []int32
	for b.Loop() {
		ids = tok.Encode(ids[:0], string(text), noLimit)
	}
}

// TestKnowsItsOwn: where a vocabulary was made for ideographs, each is a word; in another one it is
// a letter.
func TestKnowsItsOwn(t *testing.T) {
	for size, want := range map[rune]bool{300: false, 5000: true} {
		words := []string{"[UNK]", "lease", "end", "##s"}
		for r := rune(0x4e00); r < 0x4e00+size; r++ {
			words = append(words, string(r))
		}
		tok, err := newTokenizer("test", tokenizerSpec{Kind: kindWordPiece, Vocabulary: words, Prefix: "##", Longest: 100, Single: []templatePiece{{Text: 1}}, Pair: []templatePiece{{Text: 1}, {Text: 2}},
			Normalization: normalization{Clean: true, CJK: true}})
		if err != nil {
			t.Fatal(err)
		}
		if got := tok.knows("一七万三上下不与"); got != want {
			t.Errorf("a vocabulary of %d ideographs knows Chinese: %t", size, got)
		}
		if !tok.knows("lease ends") || tok.knows("аренда") {
			t.Error("lease ends, or аренда")
		}
	}
}
