package forward

import (
	"bytes"
	"encoding/json"
	"math"
	"strings"
	"testing"

	"sluice/model"
)

// ones is a small BERT whose tensors have the shapes that its configuration says.
type ones struct{ shapes map[string][]int }

func (o ones) Names() []string                                  { return nil }
func (o ones) Shape(name string) []int                          { return o.shapes[name] }
func (o ones) Encode(ids []int32, text string, max int) []int32 { return append(ids, 1, 2) }
func (o ones) Vocabulary() int                                  { return 50 }
func (o ones) Unknown([]int32) int                              { return 0 }

func (o ones) Float32(_ string, dst []float32) error {
	for i := range dst {
		dst[i] = float32(math.Sin(float64(i)))
	}
	return nil
}

func (o ones) Pair(ids, types []int32, _, _ string, _ int) (outIDs, outTypes []int32) {
	return ids, types
}

const width, inner, layers = 64, 128, 2

func files() *model.Files {
	o := ones{map[string][]int{}}
	matrix := func(name string, n, k int) { o.shapes[name+".weight"], o.shapes[name+".bias"] = []int{n, k}, []int{n} }
	norm := func(name string) { o.shapes[name+".weight"], o.shapes[name+".bias"] = []int{width}, []int{width} }
	for name, n := range map[string]int{"word": 50, "position": 32, "token_type": 2} {
		o.shapes["embeddings."+name+"_embeddings.weight"] = []int{n, width}
	}
	norm("embeddings.LayerNorm")
	for _, i := range []string{"0", "1"} {
		at := "encoder.layer." + i + "."
		for _, name := range []string{"self.query", "self.key", "self.value", "output.dense"} {
			matrix(at+"attention."+name, width, width)
		}
		norm(at + "attention.output.LayerNorm")
		matrix(at+"intermediate.dense", inner, width)
		matrix(at+"output.dense", width, inner)
		norm(at + "output.LayerNorm")
	}
	return &model.Files{Name: "ones", Tensors: o, Tokenizer: o, Config: model.Config{Family: model.BERT, Layers: layers, Width: width, Heads: 2,
		Inner: inner, Vocabulary: 50, Positions: 32, Types: 2, Epsilon: 1e-12, Activation: "gelu", Head: model.Embedding, Pooling: model.Mean}}
}

// TestRun: each operation has a row, the whole has as many products as the shape says, and a batch
// of longer texts than the model reads is left out.
func TestRun(t *testing.T) {
	const texts, tokens = 3, 8
	r, err := Run(t.Context(), files(), Options{Rounds: 1, Batches: []Batch{{texts, tokens}, {1, 33}}})
	if err != nil {
		t.Fatal(err)
	}
	seen, want := map[string]int{}, int64(layers*texts*tokens*(4*width*width+2*width*inner+2*width*tokens))
	for _, x := range r.Rows {
		if seen[x.Operation]++; x.Length != tokens {
			t.Errorf("a row of a batch that the model cannot read: %+v", x)
		}
		if got := int64(math.Round(x.Rate * x.MS * 1e6)); x.Operation == "all" && got != want {
			t.Errorf("%s: %d products, the shape says %d", x.Precision, got, want)
		}
	}
	for _, op := range []string{"embedding", "qkv", "attention", "out", "up", "activation", "down", "norm", "pool", "all"} {
		if seen[op] != len(model.Precisions()) {
			t.Errorf("%d rows for %s of %d precisions", seen[op], op, len(model.Precisions()))
		}
	}
	if seen["rounding"] != len(model.Precisions())-1 {
		t.Errorf("%d rows for rounding: float32 rounds nothing", seen["rounding"])
	}
	var text, document bytes.Buffer
	if err := r.WriteText(&text); err != nil || !strings.Contains(text.String(), "% peak") {
		t.Errorf("%v: %s", err, text.String())
	}
	var back Result
	if err := r.WriteJSON(&document); err != nil || json.Unmarshal(document.Bytes(), &back) != nil || len(back.Rows) != len(r.Rows) {
		t.Errorf("%v: %s", err, document.String())
	}
}
