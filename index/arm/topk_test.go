package arm

import (
	"cmp"
	"encoding/binary"
	"errors"
	"math/bits"
	"slices"
	"testing"

	"pgregory.net/rapid"
)

// scrambled gives a place an id that says nothing of its order.
func scrambled(at Place) (id PassageID, err error) {
	binary.BigEndian.PutUint64(id[:], (uint64(at.Segment)<<32|uint64(at.Passage)+1)*0x9E3779B97F4A7C15)
	return id, nil
}

func byScoreAndID(a, b Scored) int {
	x, _ := scrambled(a.Place)
	y, _ := scrambled(b.Place)
	return cmp.Or(cmp.Compare(b.Score, a.Score), slices.Compare(x[:], y[:]))
}

// TestTopKIsExact: whatever is offered, in whatever order and with however many ties, the best k by
// score and id come out, and Rank puts them in that order.
func TestTopKIsExact(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		scoreMax := rapid.SampledFrom([]uint32{1, 2, 9, 1000}).Draw(t, "largest score")
		k := rapid.IntRange(1, 60).Draw(t, "k")
		top := NewTopK(k, scoreMax, scrambled)
		var all []Scored
		for i := range rapid.IntRange(0, 500).Draw(t, "offers") {
			h := Scored{Place: Place{uint32(i % 3), uint32(i)}, Score: rapid.Uint32Range(0, scoreMax).Draw(t, "score")}
			if err := top.Offer(h.Place, h.Score); err != nil {
				t.Fatal(err)
			}
			if h.Score > 0 { // a score of 0 is no match
				all = append(all, h)
			}
		}
		slices.SortFunc(all, byScoreAndID)
		want := all[:min(k, len(all))]
		got, err := top.Best()
		if err == nil {
			err = Rank(got, scrambled, len(got))
		}
		if err != nil || !slices.Equal(got, want) {
			t.Fatalf("best %d:\n%v\nwant\n%v (%v)", k, got, want, err)
		}
	})
}

// TestRankOrdersTiesAsFarAsAsked: ids are asked for where a tie reaches into the first places, and
// nowhere further down.
func TestRankOrdersTiesAsFarAsAsked(t *testing.T) {
	hits := []Scored{{Score: 5}, {Score: 7}, {Score: 5}, {Score: 5}, {Score: 1}, {Score: 1}}
	for i := range hits {
		hits[i].Passage = uint32(i)
	}
	asked := 0
	ids := func(at Place) (PassageID, error) { asked++; return scrambled(at) }
	if err := Rank(hits, ids, 2); err != nil || asked != 3 {
		t.Fatalf("asked for %d ids, %v", asked, err)
	}
	if !slices.IsSortedFunc(hits[:4], byScoreAndID) || hits[4].Passage != 4 {
		t.Errorf("%v", hits)
	}
}

// TestAnUnreadableIDIsAnError: a tie that cannot be resolved must not be guessed.
func TestAnUnreadableIDIsAnError(t *testing.T) {
	torn := errors.New("torn")
	ids := func(Place) (PassageID, error) { return PassageID{}, torn }
	top := NewTopK(1, 9, ids)
	for i := range 3 {
		if err := top.Offer(Place{0, uint32(i)}, 4); err != nil && !errors.Is(err, torn) {
			t.Fatal(err)
		}
	}
	if _, err := top.Best(); !errors.Is(err, torn) {
		t.Errorf("the cut through a tie: %v", err)
	}
	if err := Rank([]Scored{{Score: 1}, {Score: 1}}, ids, 2); !errors.Is(err, torn) {
		t.Errorf("the order of a tie: %v", err)
	}
}

func TestBits(t *testing.T) {
	b := Bits{1 << 3, 1}
	if b.Count() != 2 || !b.Has(3) || !b.Has(64) || b.Has(4) || b.Has(65) || (Bits)(nil).Has(0) || (Bits)(nil).Count() != 0 {
		t.Errorf("%v", b)
	}
}

// TestEveryTermHasABit: a passage tells the terms of a question by the bits of a word, one each.
func TestEveryTermHasABit(t *testing.T) {
	if n := bits.Len32(^Scored{}.Terms); n != TermsMax {
		t.Errorf("%d terms, %d bits", TermsMax, n)
	}
}
