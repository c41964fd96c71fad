package flow

import (
	"math/bits"
	"reflect"
	"strings"
	"testing"

	"sluice/index"
)

// TestBalance: what went in came out or was dropped; a passage lost or invented is an error that
// says where.
func TestBalance(t *testing.T) {
	for _, c := range []struct {
		name    string
		in, out int64
		dropped map[Reason]int64
		ok      bool
	}{
		{"nothing", 0, 0, nil, true},
		{"all through", 5, 5, nil, true},
		{"some dropped", 10, 3, map[Reason]int64{BelowCut: 4, Gone: 3}, true},
		{"all dropped", 4, 0, map[Reason]int64{Timeout: 4}, true},
		{"one lost", 10, 3, map[Reason]int64{BelowCut: 4, Gone: 2}, false},
		{"one invented", 10, 4, map[Reason]int64{BelowCut: 4, Gone: 3}, false},
		{"lost without a reason", 1, 0, nil, false},
		{"from nowhere", 0, 1, nil, false},
	} {
		s := NewStats("judge", c.in)
		s.Out = c.out
		for r, n := range c.dropped {
			s.Drop(r, n)
		}
		err := s.Balance()
		if (err == nil) != c.ok {
			t.Errorf("%s: Balance is %v", c.name, err)
		}
		if err != nil && !strings.Contains(err.Error(), "judge") {
			t.Errorf("%s: %q does not name the stage", c.name, err)
		}
	}
}

// TestDrop adds up by reason, and keeps no reason that nothing was dropped for.
func TestDrop(t *testing.T) {
	s := NewStats("pack", 9)
	s.Drop(Duplicate, 2)
	s.Drop(Duplicate, 3)
	s.Drop(Merged, 1)
	s.Drop(Budget, 0)
	want := Stats{Stage: "pack", In: 9, Dropped: map[Reason]int64{Duplicate: 5, Merged: 1}}
	if !reflect.DeepEqual(s, want) {
		t.Errorf("got %+v, want %+v", s, want)
	}
}

// TestDefaults: what is not set is as the documents say, and what is set stays.
func TestDefaults(t *testing.T) {
	want := Options{Gather: 30_000, Judge: 1_000, Read: 256, Pack: 117, Vocab: "o200k_base", Effort: Fast}
	for _, none := range []Options{{}, {Gather: -1, Judge: -1, Read: -1, Pack: -1}} {
		if got := none.WithDefaults(); got != want {
			t.Errorf("%+v becomes %+v, want %+v", none, got, want)
		}
	}
	set := Options{Gather: 1, Judge: 1, Read: 1, Pack: 1, Budget: 1, Vocab: "cl100k_base", Effort: Deep, Explain: true}
	if got := set.WithDefaults(); got != set {
		t.Errorf("%+v becomes %+v", set, got)
	}
}

// TestEveryScoredTermHasABit: a hit tells its terms by the bits of a word, one each.
func TestEveryScoredTermHasABit(t *testing.T) {
	if n := bits.Len32(^index.Hit{}.Terms); n != index.TermsMax {
		t.Errorf("%d terms are scored, and a hit has %d bits", index.TermsMax, n)
	}
}
