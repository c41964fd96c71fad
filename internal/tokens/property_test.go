package tokens

import (
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"pgregory.net/rapid"
)

// drawText draws texts of what the expressions tell apart: samples, cuts of
// them, characters of every class, and raw bytes.
func drawText(t *rapid.T, label string) string {
	fragment := rapid.OneOf(
		rapid.SampledFrom(samples[:len(samples)-10]),
		rapid.SampledFrom(seamCharacters),
		rapid.SampledFrom([]string{"the", "The", "THE", "func", "return", " x", "\n\t", "\n\n", "    ", "0x", "ff", "'s", "'LL", "();", "//", "https"}),
		rapid.StringOfN(rapid.RuneFrom([]rune{'a', 'B', 'あ', '\u0301', '\'', ' ', '\n', '/', '1', '!'}), 0, 12, -1),
		rapid.StringN(0, 8, -1),
		rapid.Map(rapid.SliceOfN(rapid.Byte(), 0, 6), func(b []byte) string { return string(b) }),
	)
	text := strings.Join(rapid.SliceOfN(fragment, 0, 8).Draw(t, label), "")
	from := rapid.IntRange(0, len(text)).Draw(t, label+" from")
	return text[from:]
}

func TestProperties(t *testing.T) {
	forEachVocab(t, func(t *testing.T, v *Vocab, r *reference) {
		rapid.Check(t, func(t *rapid.T) {
			text := drawText(t, "text")
			mustAgree(t, v, r, text)
			if v.CountString(text) != v.Count([]byte(string([]rune(text)))) {
				t.Fatalf("%q does not count as what it is with its invalid bytes replaced", text)
			}
			mustSplitAlike(t, v.split, string([]rune(text)))
		})
	})
}

// mustSplitAlike holds the ASCII rules against those for all characters.
func mustSplitAlike(t fataler, s *splitter, text string) {
	t.Helper()
	for i := 0; i < len(text); {
		end := s.next([]byte(text), i)
		if wide := s.nextWide([]byte(text), i); wide != end || end <= i {
			t.Fatalf("the piece of %q at %d ends at %d for ASCII's rules and at %d for all", text, i, end, wide)
		}
		i = end
	}
}

// TestCharacters puts characters beside one of each class: where the classes
// change and every so often between (TestClassTables has all of them).
func TestCharacters(t *testing.T) {
	forEachVocab(t, func(t *testing.T, v *Vocab, r *reference) {
		var text strings.Builder
		for c := range rune(utf8.MaxRune + 1) {
			if !utf8.ValidRune(c) || c%97 != 0 && classify(c) == classify(c-1) && classify(c) == classify(c+1) {
				continue
			}
			for _, context := range []string{"a", "A", "1", " ", "'", "\n"} {
				text.WriteRune(c)
				text.WriteString(context)
			}
			if text.Len() > textbookBytesMax {
				mustAgree(t, v, r, text.String())
				text.Reset()
			}
		}
		mustAgree(t, v, r, text.String())
	})
}

func TestClassTables(t *testing.T) {
	wide := wideClasses()
	for r := range rune(wideRunes) {
		if wide[r] != classify(r) {
			t.Fatalf("%U is %b in the table and %b by definition", r, wide[r], classify(r))
		}
	}
}

// TestMergesAlike holds the heap against the scan on pieces of all lengths.
func TestMergesAlike(t *testing.T) {
	forEachVocab(t, func(t *testing.T, v *Vocab, _ *reference) {
		rapid.Check(t, func(t *rapid.T) {
			piece := []byte(drawText(t, "piece") + "x" + drawText(t, "more"))
			var c chain
			c.merge(v.table, piece)
			var chained, scanned []int
			for i := 0; i < len(piece); i = c.after(i) {
				chained = append(chained, i)
			}
			for _, p := range v.table.mergeScan(nil, piece, len(piece)) {
				scanned = append(scanned, int(p.start))
			}
			if !slices.Equal(append(chained, len(piece)), scanned) {
				t.Fatalf("%q is cut at %v by the heap and at %v by the scan", piece, chained, scanned)
			}
		})
	})
}

// TestSeenForgets counts more pieces than are remembered, twice.
func TestSeenForgets(t *testing.T) {
	forEachVocab(t, func(t *testing.T, v *Vocab, r *reference) {
		var text strings.Builder
		for i := range 6 << seenBits {
			text.WriteString(" x" + string(rune('a'+i%26)) + strings.Map(func(r rune) rune { return r - '0' + 'k' }, strings.Repeat("7", i%5)+itoa(i)))
		}
		for range 2 {
			mustAgree(t, v, r, text.String())
		}
	})
}

func itoa(n int) string {
	if n < 10 {
		return string(rune('0' + n))
	}
	return itoa(n/10) + itoa(n%10)
}

// TestLongPieces: what is beyond PieceBytesMax is still counted, as encoded.
func TestLongPieces(t *testing.T) {
	if testing.Short() {
		t.Skip("megabytes of one piece")
	}
	forEachVocab(t, func(t *testing.T, v *Vocab, r *reference) {
		for _, text := range []string{strings.Repeat("abcdefghijklm", 20_000), strings.Repeat(" ", 100_000) + "x"} {
			mustEncode(t, v, text, r.encodeByModule(t, text), "module") // the textbook takes the square of the length
		}
		long := strings.Repeat("abcdefghijklmnop", (PieceBytesMax+PieceBytesMax/2)/16)
		n := v.CountString(long)
		if ids := v.EncodeString(nil, long); len(ids) != n {
			t.Fatalf("%d tokens counted and %d encoded", n, len(ids))
		}
		if want := v.CountString(long[:PieceBytesMax]) + v.CountString(long[PieceBytesMax:]); n != want {
			t.Fatalf("%d tokens, its stretches have %d", n, want)
		}
	})
}

func TestCountDoesNotAllocate(t *testing.T) {
	text := strings.Join(samples, " ")
	long := strings.Repeat("abcdefghij", 100)
	invalid := "some \xff bytes"
	forEachVocab(t, func(t *testing.T, v *Vocab, _ *reference) {
		if n := testing.AllocsPerRun(50, func() { v.CountString(text); v.CountString(long); v.CountString(invalid) }); n >= 1 {
			t.Errorf("%v allocations a call", n)
		}
	})
}

func FuzzAgainstReference(f *testing.F) {
	for _, text := range samples {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		forEachVocab(t, func(t *testing.T, v *Vocab, r *reference) {
			mustAgree(t, v, r, text)
			mustSplitAlike(t, v.split, string([]rune(text)))
			if half := len(text) / 2; Additive(text[:half], text[half:]) {
				mustAddUp(t, v, text[:half], text[half:])
			}
		})
	})
}
