package lowbits

import (
	"context"
	"math"
	"runtime"
	"slices"
	"testing"

	"sluice/quant"
)

// slow measures a candidate the plain way: one code after the other, through the vectors
// themselves, ranks by sorting.
func slow(t *testing.T, v *Vectors, o Options, c Candidate) Row {
	t.Helper()
	o = o.withDefaults()
	code, err := c.build(newSource(v, o))
	if err != nil {
		t.Fatal(err)
	}
	count := v.Count() - o.Questions
	packed, decoded := make([]byte, code.Bytes()), make([]float32, v.Dim)
	exact, scores := make([][]float32, o.Questions), make([][]float32, o.Questions)
	queries := make([]*quant.PrincipalQuery, o.Questions)
	if p, ok := code.(principal8); ok {
		for q := range queries {
			if queries[q], err = p.Query(v.Row(q)); err != nil {
				t.Fatal(err)
			}
		}
	}
	var off, square float64
	for i := range count {
		x := v.Row(o.Questions + i)
		if err := code.Encode(packed, x); err != nil {
			t.Fatal(err)
		}
		if err := code.Decode(decoded, packed); err != nil {
			t.Fatal(err)
		}
		for j := range x {
			off += math.Pow(float64(decoded[j]-x[j]), 2)
			square += float64(x[j]) * float64(x[j])
		}
		for q := range scores {
			exact[q] = append(exact[q], float32(product64(v.Row(q), x)))
			score := float32(product64(v.Row(q), decoded)) + shiftOf(code)
			if queries[q] != nil {
				score, _ = queries[q].Dot8(packed)
			}
			scores[q] = append(scores[q], score)
		}
	}
	row := Row{Bytes: code.Bytes(), Error: math.Sqrt(off / square)}
	for _, k := range ranks[:2] {
		for q := range scores {
			truth := best(exact[q], make([]float32, count), k)
			*row.recallAt(k) += overlapOf(truth, scores[q]) / float64(len(scores))
		}
	}
	return row
}

// However fast the measurement is made, it is of the codes themselves: the same figures but for the
// last digit of a product, on one processor and on several.
func TestMeasureIsThePlainOne(t *testing.T) {
	v := uneven(5, 1330, 64)
	candidates := []Candidate{Sign(), Block("int", quant.Int4, 64, true), Block("int", quant.Int4, quant.PerVector, true), RaBitQ(1), RaBitQ(4),
		TurboQuant(2), Principal(.5), Principal(2), Principal8(1), Principal8(2)}
	o := Options{Questions: 30, Seed: 3, Candidates: candidates}
	fast, err := Measure(context.Background(), v, o)
	if err != nil {
		t.Fatal(err)
	}
	for i, c := range candidates {
		want := slow(t, v, o, c)
		// A product's last digit may swap two neighbours at the cut of a question or two.
		got, swap := fast[i], 2.0/float64(o.Questions)
		if math.Abs(got.Recall10-want.Recall10) > swap/10 || math.Abs(got.Recall100-want.Recall100) > swap/100 ||
			math.Abs(got.Error/want.Error-1) > 1e-4 || got.Bytes != want.Bytes {
			t.Errorf("%s: %+v, the plain way %+v", c.Name(), got, want)
		}
	}
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1))
	alone, err := Measure(context.Background(), v, o)
	if err != nil || !slices.Equal(alone, fast) {
		t.Errorf("one processor: %+v, several %+v, %v", alone, fast, err)
	}
}

// A basis fitted on other vectors is another basis, and a worse one.
func TestBasisFromOtherVectors(t *testing.T) {
	v, other := uneven(5, 1330, 64), uneven(6, 1330, 64)
	for i := range other.Values { // they vary most along the directions along which v varies least
		if i%64 < 32 {
			j := i - i%64 + 63 - i%64
			other.Values[i], other.Values[j] = other.Values[j], other.Values[i]
		}
	}
	o := Options{Questions: 30, Candidates: []Candidate{Principal(1), TurboQuant(1)}}
	own, err := Measure(context.Background(), v, o)
	if err != nil {
		t.Fatal(err)
	}
	o.BasisFrom = other
	foreign, err := Measure(context.Background(), v, o)
	if err != nil || foreign[0].Recall10 > own[0].Recall10-.1 || foreign[1] != own[1] {
		t.Errorf("%+v with a foreign basis, %+v with its own, %v", foreign, own, err)
	}
}
