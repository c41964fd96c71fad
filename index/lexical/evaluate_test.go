package lexical

import (
	"context"
	"errors"
	"math/bits"
	"slices"
	"sluice/index/arm"
	"testing"

	"pgregory.net/rapid"
)

// questionGen draws the keys of a question with weights.
func drawQuestion(t *rapid.T, lists map[string]map[uint32]byte, n int) (keys []string, weights []Weight) {
	var all []string
	for key := range lists {
		if hasClasses([]byte(key)) {
			all = append(all, key)
		}
	}
	slices.Sort(all)
	if len(all) == 0 {
		return nil, nil
	}
	keys = rapid.SliceOfNDistinct(rapid.SampledFrom(all), 0, min(len(all), arm.TermsMax), rapid.ID).Draw(t, "keys")
	for _, key := range keys {
		weights = append(weights, Weight{IDF(int64(n), int64(len(lists[key]))), rapid.IntRange(1, 4).Draw(t, "repeats"), 1})
	}
	return keys, weights
}

// bruteForce scores every passage by looking each key up in the model, and sorts.
func bruteForce(m model, keys []string, scorer *Scorer, admitted func(int) bool) (hits []arm.Scored) {
	for p, classes := range m.passages {
		h := arm.Scored{Place: arm.Place{Passage: uint32(p)}}
		for i, key := range keys {
			if class, ok := classes[key]; ok {
				h.Score += uint32(scorer.Tables[i][class]) << scorer.Shift
				h.Terms |= 1 << i
			}
		}
		if h.Terms != 0 && admitted(p) {
			hits = append(hits, h)
		}
	}
	slices.SortFunc(hits, byScoreAndID)
	return hits
}

// TestScanIsExactForEverySegmentation: the same best k, scores and terms as brute force however the
// passages are divided into segments, with deletions and filters, and every passage accounted for.
func TestScanIsExactForEverySegmentation(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		passages := passagesGen(0, 600).Draw(t, "passages")
		m := modelOf(passages)
		keys, weights := drawQuestion(t, m.lists(), len(passages))
		scorer := NewScorer(float64(m.total())/float64(max(len(passages), 1)), weights)
		deleted, allowed := drawBits(t, len(passages)), drawBits(t, len(passages))
		k := rapid.IntRange(1, 200).Draw(t, "k")
		want := bruteForce(m, keys, scorer, func(p int) bool { return !deleted.has(p) && allowed.has(p) })
		matched := int64(len(want))
		want = want[:min(k, len(want))]

		starts := []int{}
		ids := func(at arm.Place) (arm.PassageID, error) {
			return scrambledID(uint32(starts[at.Segment]) + at.Passage), nil
		}
		cut, stats := NewSearch(k, scorer, ids), arm.Stats{}
		for from := 0; from < len(passages); {
			to := from + rapid.IntRange(1, len(passages)-from).Draw(t, "cut")
			r, _ := buildRapid(t, passages[from:to])
			part := arm.Part{Reader: r, Segment: uint32(len(starts)), Deleted: deleted.slice(from, to), Allowed: allowed.slice(from, to)}
			starts = append(starts, from)
			st, err := cut.scan(context.Background(), &part, lookupAll(t, r, keys))
			if err != nil {
				t.Fatal(err)
			}
			stats = sum(stats, st)
			from = to
		}
		got, err := cut.Best(context.Background())
		if err == nil {
			err = arm.Rank(got, ids, len(got))
		}
		if err != nil {
			t.Fatal(err)
		}
		for i := range got {
			got[i].Passage += uint32(starts[got[i].Segment])
			got[i].Segment = 0
		}
		if !slices.Equal(got, want) {
			t.Fatalf("best %d of %d terms:\n%v\nwant\n%v", k, len(keys), got, want)
		}
		checkStats(t, stats, len(passages), deleted, allowed, matched)
	})
}

func checkStats(t *rapid.T, got arm.Stats, n int, deleted, allowed flags, matched int64) {
	want := arm.Stats{Passages: int64(n), Matched: matched, Bytes: got.Bytes}
	for p := range n {
		if deleted.has(p) {
			want.Deleted++
		} else if !allowed.has(p) {
			want.Filtered++
		}
	}
	if got != want {
		t.Fatalf("counts %+v, want %+v", got, want)
	}
}

func sum(a, b arm.Stats) arm.Stats {
	return arm.Stats{Passages: a.Passages + b.Passages, Deleted: a.Deleted + b.Deleted, Filtered: a.Filtered + b.Filtered,
		Matched: a.Matched + b.Matched, Bytes: a.Bytes + b.Bytes}
}

// flags is a set of passages by number.
type flags []bool

func drawBits(t *rapid.T, n int) flags {
	seed := rapid.Uint64().Draw(t, "bits")
	f := make(flags, n)
	for i := range f {
		seed = seed*6364136223846793005 + 1442695040888963407
		f[i] = seed>>61 != 0
	}
	if rapid.Bool().Draw(t, "few") {
		for i := range f {
			f[i] = !f[i]
		}
	}
	return f
}

func (f flags) has(p int) bool { return f[p] }

func (f flags) slice(from, to int) arm.Bits {
	b := make(arm.Bits, (to-from+63)/64)
	for i := range to - from {
		if f[from+i] {
			b[i/64] |= 1 << (i % 64)
		}
	}
	return b
}

func lookupAll(t *rapid.T, r *Reader, keys []string) (terms []ScanTerm) {
	for i, key := range keys {
		l, ok, err := r.Lookup([]byte(key))
		if err != nil {
			t.Fatal(err)
		}
		if ok {
			terms = append(terms, ScanTerm{l, i})
		}
	}
	return terms
}

// TestScoreEqualsScan: scoring given passages adds up what scanning all of them does.
func TestScoreEqualsScan(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		passages := passagesGen(1, 600).Draw(t, "passages")
		m := modelOf(passages)
		keys, weights := drawQuestion(t, m.lists(), len(passages))
		scorer := NewScorer(float64(m.total())/float64(len(passages)), weights)
		r, _ := buildRapid(t, passages)
		asked := rapid.SliceOfNDistinct(rapid.Uint32Range(0, uint32(len(passages)-1)), 0, 100, rapid.ID).Draw(t, "asked")
		slices.Sort(asked)
		got := make([]uint32, len(asked))
		if err := scorer.score(lookupAll(t, r, keys), asked, got); err != nil {
			t.Fatal(err)
		}
		want := map[uint32]uint32{}
		for _, h := range bruteForce(m, keys, scorer, func(int) bool { return true }) {
			want[h.Passage] = h.Score
		}
		for i, p := range asked {
			if got[i] != want[p] {
				t.Fatalf("passage %d scores %d, want %d", p, got[i], want[p])
			}
		}
	})
}

// TestManyStripes: lists that go on over several stripes, with blocks across their borders.
func TestManyStripes(t *testing.T) {
	const n = 3*stripePassages + 77
	b := NewBuilder()
	for p := range n {
		body := "common"
		if p%7 == 0 {
			body += " seventh"
		}
		if p%stripePassages == stripePassages-1 {
			body += " border"
		}
		b.Add(arm.Fields{Body: []byte(body)})
	}
	sink := newMemorySink()
	if err := b.writeTo(sink); err != nil {
		t.Fatal(err)
	}
	r, err := sink.open()
	if err != nil {
		t.Fatal(err)
	}
	scorer, terms := prepare(t, NewAnalyzer(), r, "border seventh common")
	cut := NewSearch(n, scorer, numberIDs)
	stats, err := cut.scan(context.Background(), &arm.Part{Reader: r}, terms)
	if err != nil || stats.Matched != n {
		t.Fatalf("%d matched, want %d: %v", stats.Matched, n, err)
	}
	hits, err := cut.Best(context.Background())
	if err != nil || len(hits) != n {
		t.Fatalf("%d hits: %v", len(hits), err)
	}
	for p, h := range hits {
		want := arm.Scored{Place: arm.Place{Passage: uint32(p)}}
		for i, holds := range []bool{p%stripePassages == stripePassages-1, p%7 == 0, true} {
			if holds {
				want.Terms |= 1 << i
			}
		}
		length := uint32(bits.OnesCount32(want.Terms))
		for i, table := range scorer.Tables {
			if want.Terms>>i&1 != 0 {
				want.Score += uint32(table[classOf(1, lengthClassOf(length))]) << scorer.Shift
			}
		}
		if h != want {
			t.Fatalf("hit %d is %+v, want %+v", p, h, want)
		}
	}
}

// TestScanStops: a cancelled question ends.
func TestScanStops(t *testing.T) {
	r := sinkOf(t, []arm.Fields{{Body: []byte("word")}})
	scorer, terms := prepare(t, NewAnalyzer(), r, "word")
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := NewSearch(1, scorer, numberIDs).scan(ctx, &arm.Part{Reader: r}, terms); !errors.Is(err, context.Canceled) {
		t.Fatalf("error %v", err)
	}
}

// TestTiesAskedOnlyAtTheCut: ids are asked for when and only when ties reach over the cut.
func TestTiesAskedOnlyAtTheCut(t *testing.T) {
	var passages []arm.Fields
	for range 50 {
		passages = append(passages, arm.Fields{Body: []byte("same words")})
	}
	r := sinkOf(t, passages)
	scorer, terms := prepare(t, NewAnalyzer(), r, "words")
	for _, c := range []struct{ k, asked int }{{50, 0}, {60, 0}, {20, 50}} {
		asked := 0
		cut := NewSearch(c.k, scorer, func(at arm.Place) (arm.PassageID, error) { asked++; return scrambledID(at.Passage), nil })
		if _, err := cut.scan(context.Background(), &arm.Part{Reader: r}, terms); err != nil {
			t.Fatal(err)
		}
		hits, err := cut.Best(context.Background())
		if err != nil || len(hits) != min(c.k, 50) {
			t.Fatalf("%d hits of %d: %v", len(hits), c.k, err)
		}
		if (asked > 0) != (c.asked > 0) {
			t.Errorf("k %d: %d ids asked", c.k, asked)
		}
	}
}
