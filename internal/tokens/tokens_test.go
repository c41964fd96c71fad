package tokens

import (
	"errors"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"
)

// samples cover what the expressions tell apart; each is also a fuzz seed.
var samples = []string{
	"\x7f", "a\x7f", "\x7fa", " \x7f", "(\x7f)\n/", "\x7fA", "\x7fあ", "1\x7f2", "\x7f\n", "\x7f'll",
	"a\n \n", "a\n  \n\t\nb", "a \r\n \r\n b", "\n\n \n \u2028\n ",
	"", "a", " ", "\n", "\r\n", "\t", "'", "/", "\x00", "\x00\x00",
	"Hello, world!", "supercalifragilisticexpialidocious",
	"it's IT'S don't WE'RE they'Ve I'm i'Ll he'd 'sfoo x'ſ 'ſ ''s 's's", "'", "a'", "a'r", "a'rx", "a'l", "'ll'", "can't\u0301",
	"1 12 123 1234 12345678901234567890", "1a2b3c", "x1y22z333", "½¾²٣١٤५", "12²", "3.14159e-10",
	"a b  c   d    e", "a\tb\t\tc", "trailing   ", "trailing\n  ", "\n  x", "x\n\n\n  \n y", "  \r\n\t\r\n  z", "a \n b", "a\u00a0b\u2003c\u3000d", "\u2028x\u0085y", " \u00a0 x",
	"};\n/* x */\n//\n/", "a/b/c\n/d", "http://x.y/z?a=b&c=d#e", "--------\r\n\r\n/", "!!\n!!", "]\n\n[", " (a)", " ((", "  (",
	"fooBar FooBar FOOBar HTMLParser XMLHttpRequest iPhone ǅabc ʰA", "あAB", "\u0301AB", "\u0301ab", "\u0301 \u0301", "a\u0301b", "A\u0301B", "1\u0301", "\u0301\u0301", "中A文b", "ªa ºA",
	"日本語のテキスト、漢字とかな。", "中文字符測試，標點符號。", "한국어 텍스트", "Привет, мир! ЭТО тест", "مرحبا بالعالم", "שלום עולם", "हिन्दी में पाठ", "ภาษาไทยไม่มีช่องว่าง", "Ελληνικά ΚΕΊΜΕΝΟ", "Tiếng Việt có dấu", "İstanbul ıİ",
	"😀😃 👨‍👩‍👧‍👦 🇩🇪🇫🇷 👍🏽 ❤️ ☃", "a😀b", " 😀", "𝒜𝓁𝑔𝑒𝒷𝓇𝒶", "\U000E0100\U0010FFFD\uFFFE",
	"<|endoftext|><|endofprompt|>", "\xff", "a\xffb", "\xe4\xb8", "\xf0\x9f\x98", "\xed\xa0\x80", "\xc0\xaf", "x\xe4\xb8\nab",
	strings.Repeat(" ", 300), strings.Repeat("a", 300), strings.Repeat("=", 200) + "\n", strings.Repeat("ab", 128), strings.Repeat("\n", 100),
	strings.Repeat("あ", 150), strings.Repeat("9", 100), strings.Repeat("\t", 77) + "x", strings.Repeat("Aa", 90), strings.Repeat("aあA", 60),
}

func TestSamples(t *testing.T) {
	forEachVocab(t, func(t *testing.T, v *Vocab, r *reference) {
		for _, text := range samples {
			mustAgree(t, v, r, text)
			mustAgree(t, v, r, "x"+text+"y")
			mustAgree(t, v, r, " "+text+" ")
		}
	})
}

// sources are files of many kinds that every Go installation has, and the
// repository's own documents.
func sources(t testing.TB, bytesMax int) []string {
	var texts []string
	bytes := 0
	for _, pattern := range []string{
		"src/net/http/*.go", "src/runtime/*.s", "src/runtime/*.c", "src/unicode/tables.go", "src/cmd/compile/internal/ssa/_gen/*.rules",
		"src/runtime/*.py", "src/strconv/testdata/*", "src/html/entity.go", "lib/time/README", "misc/wasm/*", "src/image/testdata/*.png",
		"src/vendor/golang.org/x/text/unicode/norm/tables15.0.0.go", "src/cmd/go/testdata/script/*.txt", "src/compress/testdata/*.txt", "src/strings/*_test.go",
	} {
		paths, err := filepath.Glob(filepath.Join(runtime.GOROOT(), filepath.FromSlash(pattern)))
		if err != nil {
			t.Fatal(err)
		}
		for _, path := range append(paths, filepath.FromSlash("../../ARCHITECTURE.md")) {
			text, err := os.ReadFile(path)
			if err != nil || len(text) > bytesMax/4 || bytes+len(text) > bytesMax {
				continue
			}
			bytes += len(text)
			texts = append(texts, string(text))
		}
	}
	if bytes < 1<<19 {
		t.Skipf("the Go installation's sources are not here: %d bytes found", bytes)
	}
	return texts
}

func TestSources(t *testing.T) {
	bytesMax := 4 << 20
	if testing.Short() {
		bytesMax = 1 << 20
	}
	texts := sources(t, bytesMax)
	forEachVocab(t, func(t *testing.T, v *Vocab, r *reference) {
		for _, text := range texts {
			mustAgree(t, v, r, text)
			mustAgree(t, v, r, strings.ReplaceAll(text[:len(text)/4], "\n", "\r\n"))
		}
	})
}

func TestUnknown(t *testing.T) {
	_, err := Get("p50k_base")
	var unknown *UnknownError
	if !errors.As(err, &unknown) || unknown.Name != "p50k_base" {
		t.Fatalf("Get of an unknown vocabulary: %v", err)
	}
	for _, name := range Names() {
		if !strings.Contains(err.Error(), name) {
			t.Errorf("%q does not list %s", err, name)
		}
		v, err := Get(name)
		if err != nil || v.Name() != name {
			t.Errorf("Get(%q) = %v, %v", name, v, err)
		}
	}
	if _, err := Get(Default); err != nil {
		t.Error(err)
	}
}

func TestConcurrent(t *testing.T) {
	v, err := Get(Default)
	if err != nil {
		t.Fatal(err)
	}
	want := make([]int, len(samples))
	for i, text := range samples {
		want[i] = len(v.EncodeString(nil, text))
	}
	var group sync.WaitGroup
	for worker := range 8 {
		group.Go(func() {
			for i := range 20 * len(samples) {
				i = (i*7 + worker) % len(samples)
				if n := v.CountString(samples[i]); n != want[i] {
					t.Errorf("CountString(%.40q) = %d, want %d", samples[i], n, want[i])
				}
			}
		})
	}
	group.Wait()
}

// TestRanks: the embedded vocabulary is the module's, token for token.
func TestRanks(t *testing.T) {
	forEachVocab(t, func(t *testing.T, v *Vocab, r *reference) {
		for token, want := range r.ranks {
			if got := v.table.rank([]byte(token), 0, len(token)); got != want {
				t.Fatalf("the rank of %q is %d, want %d", token, got, want)
			}
		}
		n := len(v.table.long)
		for _, key := range v.table.short {
			n += min(int(key>>56), 1)
		}
		for _, key := range v.table.mid {
			n += min(int(key.hi>>56), 1)
		}
		if n != len(r.ranks) {
			t.Fatalf("%d tokens, want %d", n, len(r.ranks))
		}
	})
}
