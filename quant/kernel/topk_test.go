package kernel

import (
	"cmp"
	"slices"
	"testing"

	"pgregory.net/rapid"
)

// bestOf is the definition of what TopK keeps.
func bestOf(scores []int32, k int, floor int32) (ids []uint32) {
	for i, s := range scores {
		if s >= floor {
			ids = append(ids, uint32(i))
		}
	}
	slices.SortStableFunc(ids, func(a, b uint32) int { return cmp.Compare(scores[b], scores[a]) })
	ids = ids[:min(k, len(ids))]
	slices.Sort(ids)
	return ids
}

func TestTopKIsExact(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		spread := rapid.SampledFrom([]int32{0, 3, 1000, 1<<31 - 1}).Draw(t, "spread")
		n := rapid.IntRange(0, 60000).Draw(t, "n")
		k := rapid.IntRange(1, 700).Draw(t, "k")
		floor := rapid.SampledFrom([]int32{-1 << 31, -5, 0, 7}).Draw(t, "floor")
		scores := make([]int32, n)
		r := random(rapid.Uint64().Draw(t, "seed"))
		for i := range scores {
			scores[i] = int32(int64(r.next()%(2*uint64(spread)+2)) - int64(spread) - 1)
		}
		top, err := NewTopK(k, floor)
		if err != nil {
			t.Fatal(err)
		}
		for i, s := range scores {
			top.Offer(uint32(i), s)
		}
		ids, got := top.Take()
		if want := bestOf(scores, k, floor); !slices.Equal(ids, want) {
			t.Fatalf("kept %d ids, want %d", len(ids), len(want))
		}
		for i, id := range ids {
			if got[i] != scores[id] {
				t.Fatalf("id %d has score %d, want %d", id, got[i], scores[id])
			}
		}
	})
}

// random is a small generator (splitmix64) whose sequence never changes.
type random uint64

func (r *random) next() uint64 {
	*r += 0x9E3779B97F4A7C15
	z := uint64(*r)
	z = (z ^ z>>30) * 0xBF58476D1CE4E5B9
	z = (z ^ z>>27) * 0x94D049BB133111EB
	return z ^ z>>31
}

func (r *random) bytes(b []byte) []byte {
	for i := range b {
		b[i] = byte(r.next() >> 32)
	}
	return b
}

// TestTopKLetsTheNextScoreIn offers scores one above and equal to the worst that is held, right
// after the threshold was set.
func TestTopKLetsTheNextScoreIn(t *testing.T) {
	for k := 1; k < 50; k++ {
		top, err := NewTopK(k, 0)
		if err != nil {
			t.Fatal(err)
		}
		var scores []int32
		for range 2 * k {
			scores = append(scores, 10)
		}
		for range k {
			scores = append(scores, 10, 11)
		}
		for i, s := range scores {
			top.Offer(uint32(i), s)
		}
		if ids, _ := top.Take(); !slices.Equal(ids, bestOf(scores, k, 0)) {
			t.Fatalf("best %d of tens and elevens: kept %v", k, ids)
		}
	}
}
