package lexical

import (
	"hash/fnv"
	"math"
	"sluice/index/arm"
	"testing"

	"pgregory.net/rapid"
)

// TestIDF compares with the plain formula.
func TestIDF(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.Int64Range(0, 1<<40).Draw(t, "n")
		df := rapid.Int64Range(0, n).Draw(t, "df")
		want := math.Log(1 + (float64(n-df)+.5)/(float64(df)+.5))
		if got := IDF(n, df); math.Abs(got-want) > 1e-8*max(1, want) {
			t.Fatalf("IDF(%d, %d) = %v, want %v", n, df, got, want)
		}
	})
	if got := IDF(10, 20); got != IDF(10, 10) {
		t.Errorf("df beyond n: %v", got)
	}
}

// TestImpactsNeverChange holds the impacts of some questions to a sum that was computed once:
// another machine, compiler or refactoring must not rank otherwise.
func TestImpactsNeverChange(t *testing.T) {
	h := fnv.New64a()
	for _, n := range []int64{1, 10, 1000, 1_161_249, 10_000_000_000} {
		for _, average := range []float64{0, 1, 7.25, 147.8, 1234.5} {
			s := NewScorer(average, []Weight{{IDF(n, 0), 1, 1}, {IDF(n, n/2), 2, 1}, {IDF(n, n), 40, 1}, {IDF(n, n/97), 1, 1}})
			for _, table := range s.Tables {
				for _, v := range table {
					h.Write([]byte{byte(v), byte(v >> 8)})
				}
			}
			h.Write([]byte{byte(s.Shift)})
		}
	}
	const want = 0xc6ee7afa04a818de
	if got := h.Sum64(); got != want {
		t.Errorf("sum of impacts %#x, want %#x", got, uint64(want))
	}
}

// TestImpacts: more often is never less, longer is never more, every match counts, and the best sum
// fits a stripe.
func TestImpacts(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		weights := rapid.SliceOfN(rapid.Custom(func(t *rapid.T) Weight {
			return Weight{rapid.OneOf(rapid.Float64Range(0, 25), rapid.Float64()).Draw(t, "idf"), rapid.IntRange(0, 1000).Draw(t, "repeats"), rapid.IntRange(0, 3).Draw(t, "lists")}
		}), 0, arm.TermsMax).Draw(t, "weights")
		s := NewScorer(rapid.Float64Range(0, 1e5).Draw(t, "average"), weights)
		sum := 0
		for _, table := range s.Tables {
			best := uint16(0)
			for class, v := range table {
				if v == 0 {
					t.Fatalf("class %02x has no impact", class)
				}
				if class >= lengthClasses && v < table[class-lengthClasses] {
					t.Fatalf("class %02x: more often is less", class)
				}
				if class%lengthClasses > 0 && v > table[class-1] {
					t.Fatalf("class %02x: longer is more", class)
				}
				best = max(best, v)
			}
			sum += int(best)
		}
		if sum > scoreMax {
			t.Fatalf("the best sum is %d", sum)
		}
	})
}

// TestScoresAreBM25: in units of ScoreUnit, within the rounding of classes that hold one value.
func TestScoresAreBM25(t *testing.T) {
	const idf, average = 7.5, 100.0
	s := NewScorer(average, []Weight{{idf, 1, 1}})
	for f, tf := range tfValue {
		for l, length := range lengthValue {
			want := idf * tf * (K1 + 1) / (tf + K1*(1-lengthShare+lengthShare*length/average))
			got := float64(uint32(s.Tables[0][f<<lengthBits|l])<<s.Shift) * ScoreUnit
			if math.Abs(got-want) > ScoreUnit*float64(int(1)<<s.Shift) {
				t.Fatalf("tf %v, length %v: %v, want %v", tf, length, got, want)
			}
		}
	}
}

func TestClasses(t *testing.T) {
	for tf := uint32(1); tf < 40; tf++ {
		class := classOf(tf, 0) >> lengthBits
		if tfLow[class] > tf || int(class)+1 < tfClasses && tfLow[class+1] <= tf {
			t.Errorf("tf %d is in class %d", tf, class)
		}
	}
	for length := uint32(0); length < 20000; length++ {
		got := lengthClassOf(length)
		best := 0
		for c, v := range lengthValue {
			if math.Abs(math.Log(float64(max(length, 1))/v)) < math.Abs(math.Log(float64(max(length, 1))/lengthValue[best])) {
				best = c
			}
		}
		if int(got) != best {
			t.Errorf("length %d is in class %d, nearest is %d", length, got, best)
		}
	}
}
