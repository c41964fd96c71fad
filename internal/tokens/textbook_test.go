package tokens

import (
	"math"
	"testing"

	"github.com/dlclark/regexp2/v2"
	"github.com/tiktoken-go/tokenizer"
)

// The reference's generated matcher (v0.10.0) skips U+007F: it is counted as
// nothing. Texts that have one are held against a textbook tokenizer instead:
// the same expression, interpreted, and merging as it is defined.

const (
	o200kExpression  = `[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]*[\p{Ll}\p{Lm}\p{Lo}\p{M}]+(?i:'s|'t|'re|'ve|'m|'ll|'d)?|[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]+[\p{Ll}\p{Lm}\p{Lo}\p{M}]*(?i:'s|'t|'re|'ve|'m|'ll|'d)?|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n/]*|\s*[\r\n]+|\s+(?!\S)|\s+`
	cl100kExpression = `(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+`
)

type textbook struct {
	pieces *regexp2.Regexp
	ranks  map[string]int32
}

func newTextbook(t *testing.T, reference tokenizer.Codec) *textbook {
	expression := map[string]string{O200kBase: o200kExpression, Cl100kBase: cl100kExpression}[reference.GetName()]
	// The group keeps the generated matcher from being taken.
	b := &textbook{regexp2.MustCompile("(?:"+expression+")", regexp2.None), make(map[string]int32)}
	for {
		token, err := reference.Decode([]uint{uint(len(b.ranks))})
		if err != nil {
			return b
		}
		b.ranks[token] = int32(len(b.ranks))
	}
}

func (b *textbook) encode(t fataler, text string) []int32 {
	t.Helper()
	var ids []int32
	m, err := b.pieces.FindStringMatch(text)
	for ; m != nil && err == nil; m, err = b.pieces.FindNextMatch(m) {
		ids = append(ids, b.merge(m.String())...)
	}
	if err != nil {
		t.Fatalf("textbook: %v", err)
	}
	return ids
}

func (b *textbook) merge(piece string) []int32 {
	parts := make([]string, len(piece))
	for i := range parts {
		parts[i] = piece[i : i+1]
	}
	for {
		at, lowest := -1, int32(math.MaxInt32)
		for i := range len(parts) - 1 {
			if rank, ok := b.ranks[parts[i]+parts[i+1]]; ok && rank < lowest {
				at, lowest = i, rank
			}
		}
		if at < 0 {
			break
		}
		parts[at] += parts[at+1]
		parts = append(parts[:at+1], parts[at+2:]...)
	}
	ids := make([]int32, len(parts))
	for i, p := range parts {
		ids[i] = b.ranks[p]
	}
	return ids
}

func TestTextbook(t *testing.T) {
	texts := append([]string{"\x7f", "a\x7f", "\x7fa", " \x7f", "(\x7f)\n/", "\x7fA", "\x7fあ", "1\x7f2", "\x7f\n", "\x7f'll"}, samples...)
	forEachVocab(t, func(t *testing.T, v *Vocab, reference tokenizer.Codec) {
		b := newTextbook(t, reference)
		for _, text := range texts {
			want := b.encode(t, string([]rune(text)))
			if got := v.EncodeString(nil, text); firstDifference(got, want) >= 0 {
				t.Errorf("%q is %v, want %v", text, got, want)
			}
		}
	})
}
