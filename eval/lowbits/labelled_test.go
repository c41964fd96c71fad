package lowbits

import (
	"bytes"
	"context"
	"errors"
	"math"
	"strings"
	"testing"

	"sluice/quant"
)

const twoSets = `{"set":"a","documents":3,"first":2,"document_of":[0,1,1,2]}
{"set":"b","documents":2,"first":6,"document_of":[1,0]}
{"set":"a","row":0,"grades":{"1":1},"bm25":[[0,9.5],[1,8.5]]}
{"set":"b","row":1,"grades":{"0":2,"1":1},"bm25":[[1,3],[0,2]]}
`

// rows 0 and 1 are questions; the best passage of set a is document 1's second, of set b document
// 0's.
func twoSetVectors() *Vectors {
	return &Vectors{Dim: 2, Values: []float32{1, 0, 0, 1 /**/, .5, 0, .1, 0, .9, .1, .2, 0 /**/, 0, .3, .1, .8}}
}

func TestLabelled(t *testing.T) {
	rows, err := Labelled(context.Background(), twoSetVectors(), strings.NewReader(twoSets),
		Options{Questions: 2, Candidates: []Candidate{Block("int", quant.Int8, quant.PerVector, false)}})
	if err != nil || len(rows) != 2 {
		t.Fatalf("%d rows, %v", len(rows), err)
	}
	// BM25: set a finds its document second, set b has both in the wrong order; the vectors have
	// both right.
	a, b := 1/math.Log2(3), (1+2/math.Log2(3))/(2+1/math.Log2(3))
	for _, r := range rows {
		if want := (1/a + 1/b) / 2; math.Abs(r.Alone.NDCG-want) > 1e-9 || r.Alone.Recall != 0 || math.Abs(r.Alone.OfFloat32-1) > 1e-9 {
			t.Errorf("%+v, want nDCG × %g", r, want)
		}
	}
	if rows[0].Format != "float" || rows[1].Bytes != 4 {
		t.Errorf("%+v", rows)
	}
	var out bytes.Buffer
	if err := WriteLabelText(&out, rows); err != nil || strings.Count(out.String(), "\n") != 4 {
		t.Errorf("%q, %v", out.String(), err)
	}
}

func TestFuse(t *testing.T) {
	dense := []scored{{Document: 1, Score: .9}, {Document: 2, Score: .5}, {Document: 3, Score: .1}}
	bm25 := []scored{{Document: 3, Score: 10}, {Document: 2, Score: 6}}
	got := fuse(dense, bm25)
	// Standardised: dense 1.2247, 0, -1.2247, times 1.5; bm25 1, -1, and -1 for document 1.
	want := []scored{{Document: 1, Score: 1.5*1.224745 - 1}, {Document: 3, Score: -1.5*1.224745 + 1}, {Document: 2, Score: -1}}
	for i, w := range want {
		if got[i].Document != w.Document || math.Abs(got[i].Score-w.Score) > 1e-5 {
			t.Fatalf("%v, want %v", got, want)
		}
	}
	if got := fuse(dense, nil); got[0].Document != 1 || len(got) != 3 {
		t.Errorf("without BM25: %v", got)
	}
}

func TestNDCG(t *testing.T) {
	grades := map[int]float64{7: 3, 8: 1}
	if got := ndcg([]scored{{Document: 7}, {Document: 8}}, grades); math.Abs(got-1) > 1e-12 {
		t.Errorf("ideal order: %g", got)
	}
	ranking := make([]scored, 10)
	if got := ndcg(append(ranking, scored{Document: 7}), grades); got != 0 {
		t.Errorf("found eleventh: %g", got)
	}
	if got := recallOf([]scored{{Document: 8}, {Document: 9}}, grades); got != .5 {
		t.Errorf("recall %g", got)
	}
}

func TestBadLabels(t *testing.T) {
	for name, text := range map[string]string{
		"empty":            "",
		"no questions":     `{"set":"a","documents":3,"first":2,"document_of":[0,1,1,2]}`,
		"not JSON":         "document\tgrade\n",
		"unknown set":      `{"set":"c","row":0,"grades":{"1":1}}`,
		"too many rows":    `{"set":"a","documents":3,"first":7,"document_of":[0,1]}`,
		"negative row":     `{"set":"a","documents":3,"first":-1,"document_of":[0]}`,
		"unknown document": `{"set":"a","documents":1,"first":0,"document_of":[1]}`,
		"no grades":        twoSets + `{"set":"a","row":0}`,
		"foreign row":      twoSets + `{"set":"a","row":8,"grades":{"1":1}}`,
		"foreign grade":    twoSets + `{"set":"a","row":0,"grades":{"3":1}}`,
		"no number":        twoSets + `{"set":"a","row":0,"grades":{"x":1}}`,
		"foreign score":    twoSets + `{"set":"a","row":0,"grades":{"1":1},"bm25":[[3,1]]}`,
	} {
		if _, err := Labelled(context.Background(), twoSetVectors(), strings.NewReader(text), Options{Questions: 2}); !errors.Is(err, ErrLabels) {
			t.Errorf("%s: %v", name, err)
		}
	}
}
