package tokens

import (
	"math"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/dlclark/regexp2/v2"
	"github.com/tiktoken-go/tokenizer"
)

// The specification is a textbook tokenizer: the published expressions, run by
// an interpreter of them, and merging as it is defined, over the ranks of
// github.com/tiktoken-go/tokenizer. That module itself is held against too,
// except on the texts that the matcher generated for its version 0.10.0 gets
// wrong: it skips U+007F, which then counts nothing, and where \s*[\r\n]+ has
// to give characters back it goes to the first line's end and not to the last,
// so that a blank line of spaces is a piece too many.

const (
	o200kExpression  = `[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]*[\p{Ll}\p{Lm}\p{Lo}\p{M}]+(?i:'s|'t|'re|'ve|'m|'ll|'d)?|[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]+[\p{Ll}\p{Lm}\p{Lo}\p{M}]*(?i:'s|'t|'re|'ve|'m|'ll|'d)?|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n/]*|\s*[\r\n]+|\s+(?!\S)|\s+`
	cl100kExpression = `(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+`
)

// moduleWrong finds the texts that the module's matcher gets wrong.
var moduleWrong = regexp.MustCompile(`\x7f|[\r\n][\s\v\x{85}\p{Z}]*[\t\v\f\x{85}\p{Z}][\s\v\x{85}\p{Z}]*[\r\n]`)

type reference struct {
	module     tokenizer.Codec
	expression *regexp2.Regexp
	ranks      map[string]int32
}

var references = map[string]func() (*reference, error){
	O200kBase:  sync.OnceValues(func() (*reference, error) { return newReference(tokenizer.O200kBase, o200kExpression) }),
	Cl100kBase: sync.OnceValues(func() (*reference, error) { return newReference(tokenizer.Cl100kBase, cl100kExpression) }),
}

func newReference(name tokenizer.Encoding, expression string) (*reference, error) {
	module, err := tokenizer.Get(name)
	if err != nil {
		return nil, err
	}
	// The group keeps the module's generated matcher from being taken for it.
	r := &reference{module, regexp2.MustCompile("(?:"+expression+")", regexp2.None), make(map[string]int32)}
	for {
		token, err := module.Decode([]uint{uint(len(r.ranks))})
		if err != nil {
			return r, nil //nolint:nilerr // past the last rank
		}
		r.ranks[token] = int32(len(r.ranks))
	}
}

// pieces is the text as the expression cuts it.
func (r *reference) pieces(t fataler, text string) []string {
	t.Helper()
	var pieces []string
	m, err := r.expression.FindStringMatch(text)
	for ; m != nil && err == nil; m, err = r.expression.FindNextMatch(m) {
		pieces = append(pieces, m.String())
	}
	if err != nil {
		t.Fatalf("reference: %v", err)
	}
	return pieces
}

func (r *reference) merge(piece string) []int32 {
	if rank, ok := r.ranks[piece]; ok {
		return []int32{rank}
	}
	parts := strings.Split(piece, "")
	if len(parts) != len(piece) { // Split is by character
		parts = parts[:0]
		for i := range len(piece) {
			parts = append(parts, piece[i:i+1])
		}
	}
	for {
		at, lowest := -1, int32(math.MaxInt32)
		for i := range len(parts) - 1 {
			if rank, ok := r.ranks[parts[i]+parts[i+1]]; ok && rank < lowest {
				at, lowest = i, rank
			}
		}
		if at < 0 {
			break
		}
		parts[at] += parts[at+1]
		parts = slices.Delete(parts, at+1, at+2)
	}
	ids := make([]int32, len(parts))
	for i, part := range parts {
		ids[i] = r.ranks[part]
	}
	return ids
}

func (r *reference) encodeByModule(t fataler, text string) []int32 {
	t.Helper()
	ids, _, err := r.module.Encode(text)
	if err != nil {
		t.Fatalf("reference: %v", err)
	}
	narrow := make([]int32, len(ids))
	for i, id := range ids {
		narrow[i] = int32(id)
	}
	return narrow
}

func forEachVocab(t *testing.T, test func(t *testing.T, v *Vocab, r *reference)) {
	for _, name := range Names() {
		t.Run(name, func(t *testing.T) {
			v, err := Get(name)
			if err != nil {
				t.Fatal(err)
			}
			r, err := references[name]()
			if err != nil {
				t.Fatal(err)
			}
			test(t, v, r)
		})
	}
}

// fataler is what testing.T and rapid.T have in common.
type fataler interface {
	Helper()
	Fatalf(format string, args ...any)
}

// textbookBytesMax is the longest text given to the textbook where the module
// will do: it reads a hundred kilobytes a second.
const textbookBytesMax = 4 << 10

// mustAgree compares ids and count with the references, which are given the
// text with each invalid byte replaced, as the package doc defines it.
func mustAgree(t fataler, v *Vocab, r *reference, text string) {
	t.Helper()
	valid := string([]rune(text))
	wrong := moduleWrong.MatchString(valid)
	if wrong || len(text) <= textbookBytesMax {
		mustFollowTextbook(t, v, r, text, valid)
	}
	if !wrong {
		mustEncode(t, v, text, r.encodeByModule(t, valid), "module")
	}
}

func mustFollowTextbook(t fataler, v *Vocab, r *reference, text, valid string) {
	t.Helper()
	var ids []int32
	start := 0
	for _, piece := range r.pieces(t, valid) {
		end := v.split.next([]byte(valid), start)
		if valid[start:end] != piece {
			t.Fatalf("%s: the piece at %d of %.100q is %q here and %q in the textbook", v.Name(), start, valid, valid[start:end], piece)
		}
		ids = append(ids, r.merge(piece)...)
		start = end
	}
	if start != len(valid) {
		t.Fatalf("reference: the expression matches only %d bytes of %q", start, valid)
	}
	mustEncode(t, v, text, ids, "textbook")
}

func mustEncode(t fataler, v *Vocab, text string, want []int32, whose string) {
	t.Helper()
	got := v.Encode(nil, []byte(text))
	for i := range max(len(got), len(want)) {
		if i >= len(got) || i >= len(want) || got[i] != want[i] {
			t.Fatalf("%s: of %.100q, token %d of %d is among %v here and %v in the %s", v.Name(), text, i, len(want),
				got[min(i, len(got)):min(len(got), i+5)], want[min(i, len(want)):min(len(want), i+5)], whose)
		}
	}
	if n := v.CountString(text); n != len(want) {
		t.Fatalf("%s: CountString is %d and %d ids are encoded, of %.100q", v.Name(), n, len(want), text)
	}
}
