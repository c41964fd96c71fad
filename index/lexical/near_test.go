package lexical

import (
	"bytes"
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"sluice/index/arm"
)

// TestNearFindsWhatComparingAllFinds: passing over beginnings that are too far leaves nothing out.
// There are enough terms for many blocks of the dictionary, in three scripts.
func TestNearFindsWhatComparingAllFinds(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 5))
	word := func(letters []rune) string {
		w := make([]rune, 1+r.IntN(7))
		for i := range w {
			w[i] = letters[r.IntN(len(letters))]
		}
		return string(w)
	}
	scripts := [][]rune{[]rune("abcdest"), []rune("дачуое"), []rune("αβγε")}
	var passages []arm.Fields
	for range 1000 {
		passages = append(passages, arm.Fields{Body: []byte(word(scripts[0]) + " " + word(scripts[1]) + " " + word(scripts[2])), Path: "a/b.txt", First: true})
	}
	reader := sinkOf(t, passages)
	for i := range 12 {
		asked := word(scripts[i%3])
		for edits := 1; edits <= 2; edits++ {
			var want, got []string
			for _, prefix := range [][]byte{ExactKey(nil, nil), StemKey(nil, nil)} {
				err := reader.Terms(prefix, func(key []byte, l List) error {
					term := key[len(prefix):]
					if n := plainDistance([]rune(asked), []rune(string(term))); n <= edits && term[0] >= ' ' {
						want = append(want, fmt.Sprintf("%s %d %d", term, n, l.DF()))
					}
					return nil
				})
				if err != nil {
					t.Fatal(err)
				}
			}
			err := reader.Near(context.Background(), []byte(asked), edits, func(n *Near) error {
				got = append(got, fmt.Sprintf("%s %d %d", n.Term, n.Edits, n.DF))
				return nil
			})
			if err != nil || !slices.Equal(got, want) {
				t.Fatalf("%q within %d: %v, %v; want %v", asked, edits, got, err, want)
			}
		}
	}
}

// plainDistance is the restricted Damerau-Levenshtein distance by its definition, over the ends of
// both words.
func plainDistance(a, b []rune) int {
	known := map[[2]int]int{}
	var from func(i, j int) int
	from = func(i, j int) (n int) {
		if n, ok := known[[2]int{i, j}]; ok {
			return n
		}
		defer func() { known[[2]int{i, j}] = n }()
		switch {
		case i == len(a) || j == len(b):
			return len(a) - i + len(b) - j
		case a[i] == b[j]:
			return from(i+1, j+1)
		}
		n = 1 + min(from(i+1, j+1), from(i+1, j), from(i, j+1))
		if i+1 < len(a) && j+1 < len(b) && a[i] == b[j+1] && a[i+1] == b[j] {
			n = min(n, 1+from(i+2, j+2))
		}
		return n
	}
	return from(0, 0)
}

// TestNearIsBounded: a question for near words ends when its context does.
func TestNearIsBounded(t *testing.T) {
	reader := sinkOf(t, []arm.Fields{{Body: bytes.Repeat([]byte("alpha beta gamma "), 3)}})
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if err := reader.Near(ctx, []byte("alpho"), 2, func(*Near) error { return nil }); err != context.Canceled {
		t.Errorf("it ended with %v", err)
	}
}
