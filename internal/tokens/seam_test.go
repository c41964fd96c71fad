package tokens

import (
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func TestAdditiveHolds(t *testing.T) {
	forEachVocab(t, func(t *testing.T, v *Vocab, _ *reference) {
		rapid.Check(t, func(t *rapid.T) {
			a, b := drawText(t, "a"), drawText(t, "b")
			if !Additive(a, b) {
				t.Skip()
			}
			mustAddUp(t, v, a, b)
		})
	})
}

func mustAddUp(t fataler, v *Vocab, a, b string) {
	t.Helper()
	apart := v.EncodeString(v.EncodeString(nil, a), b)
	if together := v.EncodeString(nil, a+b); !slices.Equal(apart, together) {
		t.Fatalf("%s: Additive(%q, %q), but together %v and apart %v", v.Name(), a, b, together, apart)
	}
}

// TestAdditiveEveryPair tries the whole table, with what may come before and after.
func TestAdditiveEveryPair(t *testing.T) {
	forEachVocab(t, func(t *testing.T, v *Vocab, _ *reference) {
		for _, last := range seamCharacters {
			for _, first := range seamCharacters {
				for _, before := range seamContexts {
					for _, after := range seamContexts {
						if a, b := before+last, first+after; Additive(a, b) {
							mustAddUp(t, v, a, b)
						}
					}
				}
			}
		}
	})
}

var (
	seamCharacters = []string{
		"\n", "\r", " ", "\t", "\u00a0", "\u0085", "\u2028", "a", "s", "l", "A", "あ", "ʰ", "ǅ", "\u0301", "1", "²", "٣",
		"'", "/", "[", "]", ".", "-", "😀", "\u200d", "\xff", "\xe3\x81", "\x82",
		"क", "\u093f", "\u094d", "ا", "\u064b",
	}
	seamContexts = []string{"", " ", "  ", "\n", "\n ", " \n", "a", "'l", "'", "A", "あA", "\u0301", "1", "12", "123", "/", "\n/", "[", "]\n", "s", "e", "t", " do", "क"}
)

// TestAdditiveIsTight: for every pair of kinds that Additive refuses there are
// texts that do not add up; no entry can be added to its table.
func TestAdditiveIsTight(t *testing.T) {
	kinds := map[string][]string{
		"newline": {"\n", "\r"}, "blank": {" ", "\t"}, "letter": {"a", "s", "e", "n", "あ", "क", "ا"}, "mark": {"\u0301", "\u093f", "\u094d", "\u064b"}, "digit": {"1"},
		"apostrophe": {"'"}, "slash": {"/"}, "bracket": {"[", "("},
	}
	for left, lasts := range kinds {
		for right, firsts := range kinds {
			if Additive(lasts[0], firsts[0]) || addsUpNever(t, lasts, firsts) {
				continue
			}
			t.Errorf("Additive refuses %s before %s, and all of them add up", left, right)
		}
	}
}

// addsUpNever reports whether some text ending and beginning so is not additive.
func addsUpNever(t *testing.T, lasts, firsts []string) bool {
	for _, name := range Names() {
		v, err := Get(name)
		if err != nil {
			t.Fatal(err)
		}
		for _, last := range lasts {
			for _, first := range firsts {
				for _, before := range seamContexts {
					for _, after := range seamContexts {
						a, b := before+last, first+after
						if !slices.Equal(v.EncodeString(v.EncodeString(nil, a), b), v.EncodeString(nil, a+b)) {
							return true
						}
					}
				}
			}
		}
	}
	return false
}

// TestFramesAddUp is what packing a window rests on.
func TestFramesAddUp(t *testing.T) {
	forEachVocab(t, func(t *testing.T, v *Vocab, r *reference) {
		rapid.Check(t, func(t *rapid.T) {
			var window strings.Builder
			sum := 0
			for range rapid.IntRange(1, 6).Draw(t, "passages") {
				frame := "[" + drawText(t, "passage") + "\n"
				sum += v.CountString(frame)
				window.WriteString(frame)
			}
			if n := v.CountString(window.String()); n != sum {
				t.Fatalf("%q counts %d, its frames %d", window.String(), n, sum)
			}
			mustAgree(t, v, r, window.String())
		})
	})
}
