package tokens

import (
	"slices"
	"strings"
	"testing"

	"github.com/tiktoken-go/tokenizer"
)

// The specification is github.com/tiktoken-go/tokenizer, which runs the
// vocabularies' regular expressions as they are written.

func forEachVocab(t *testing.T, test func(t *testing.T, v *Vocab, reference tokenizer.Codec)) {
	for _, name := range Names() {
		t.Run(name, func(t *testing.T) {
			v, err := Get(name)
			if err != nil {
				t.Fatal(err)
			}
			reference, err := tokenizer.Get(tokenizer.Encoding(name))
			if err != nil {
				t.Fatal(err)
			}
			test(t, v, reference)
		})
	}
}

// fataler is what testing.T and rapid.T have in common.
type fataler interface {
	Helper()
	Fatalf(format string, args ...any)
}

// mustAgree compares ids and counts with the reference, which is given text
// with each invalid byte replaced, as the package doc defines it.
func mustAgree(t fataler, v *Vocab, reference tokenizer.Codec, text string) {
	t.Helper()
	text = strings.ReplaceAll(text, "\x7f", "\x01") // see textbook_test.go
	ids, pieces, err := reference.Encode(string([]rune(text)))
	if err != nil {
		t.Fatalf("reference: %v", err)
	}
	want := make([]int32, len(ids))
	for i, id := range ids {
		want[i] = int32(id)
	}
	got := v.Encode(nil, []byte(text))
	if i := firstDifference(got, want); i >= 0 {
		before := strings.Join(pieces[max(0, i-4):i], "|")
		t.Fatalf("%s: token %d of %d differs (got %v, want %v) after %q, before %.60q", v.Name(), i, len(want),
			got[i:min(len(got), i+5)], want[i:min(len(want), i+5)], before, strings.Join(pieces[i:], "|"))
	}
	if n := v.CountString(text); n != len(want) {
		t.Fatalf("%s: CountString is %d and %d ids are encoded, of %.100q", v.Name(), n, len(want), text)
	}
}

func firstDifference(a, b []int32) int {
	if slices.Equal(a, b) {
		return -1
	}
	for i := range min(len(a), len(b)) {
		if a[i] != b[i] {
			return i
		}
	}
	return min(len(a), len(b))
}
