package model

import (
	"context"
	"encoding/json"
	"fmt"
	"math"
	"os"
	"strings"
	"testing"
)

// reference is what transformers makes of small models with weights from a formula;
// recipes/encoder/random_models.py wrote it.
type reference struct {
	Models []referenceModel
}

type referenceModel struct {
	Config referenceConfig
	Texts  []referenceText
}

type referenceText struct {
	IDs, Types []int32
	Values     []float32
}

type referenceConfig struct {
	Family          Family
	Layers          int
	Width           int
	Heads           int
	Inner           int
	Vocabulary      int
	Positions       int
	Types           int
	Epsilon         float32
	Activation      string
	RotaryBase      float32 `json:"rotary_base"`
	RotaryBaseLocal float32 `json:"rotary_base_local"`
	RotaryShare     float32 `json:"rotary_share"`
	LocalWindow     int     `json:"local_window"`
	GlobalEvery     int     `json:"global_every"`
	Head            Head
	Outputs         int
	Pooling         Pooling
	Normalize       bool
}

func (c referenceConfig) model() Config {
	return Config{Family: c.Family, Layers: c.Layers, Width: c.Width, Heads: c.Heads, Inner: c.Inner, Vocabulary: c.Vocabulary,
		Positions: c.Positions, Types: c.Types, Epsilon: c.Epsilon, Activation: c.Activation, RotaryBase: c.RotaryBase,
		RotaryBaseLocal: c.RotaryBaseLocal, RotaryShare: c.RotaryShare, LocalWindow: c.LocalWindow, GlobalEvery: c.GlobalEvery,
		Head: c.Head, Outputs: c.Outputs, Pooling: c.Pooling, Normalize: c.Normalize}
}

func readReference(t *testing.T) []referenceModel {
	b, err := os.ReadFile("testdata/reference.json")
	if err != nil {
		t.Fatal(err)
	}
	var r reference
	if err := json.Unmarshal(b, &r); err != nil {
		t.Fatal(err)
	}
	if len(r.Models) == 0 {
		t.Fatal("no models: run recipes/encoder/random_models.py")
	}
	return r.Models
}

// formula is the tensors of a configuration with values that follow from their names: those of the
// recipe.
type formula struct{ shapes map[string][]int }

func formulaFor(c Config) formula {
	f := formula{map[string][]int{}}
	names, w := namings[c.Family], c.Width
	linear := func(name string, n, k int, bias bool) {
		f.shapes[name+".weight"] = []int{n, k}
		if bias {
			f.shapes[name+".bias"] = []int{n}
		}
	}
	norm := func(name string) {
		if f.shapes[name+".weight"] = []int{w}; c.Family != ModernBERT {
			f.shapes[name+".bias"] = []int{w}
		}
	}
	bert := c.Family == BERT
	linear(names.words, c.Vocabulary, w, false)
	if names.positions != "" {
		linear(names.positions, c.Positions, w, false)
	}
	if names.types != "" {
		linear(names.types, c.Types, w, false)
	}
	norm(names.embedNorm)
	for i := range c.Layers {
		for _, n := range at(i, names.qkv...) {
			linear(n, 3*w/len(names.qkv), w, bert)
		}
		linear(at(i, names.out)[0], w, w, bert)
		for _, n := range at(i, names.up...) {
			columns := c.Inner
			if names.gated && len(names.up) == 1 {
				columns *= 2
			}
			linear(n, columns, w, bert)
		}
		linear(at(i, names.down)[0], w, c.Inner, bert)
		if i > 0 || !names.normFirst {
			norm(at(i, names.attnNorm)[0])
		}
		norm(at(i, names.feedNorm)[0])
	}
	if names.lastNorm != "" {
		norm(names.lastNorm)
	}
	switch {
	case c.Head == Late:
		linear("linear", c.Outputs, w, false)
	case c.Head == Cross && bert:
		linear("pooler.dense", w, w, true)
		linear("classifier", 1, w, true)
	case c.Head == Cross:
		linear("head.dense", w, w, false)
		norm("head.norm")
		linear("classifier", 1, w, true)
	}
	return f
}

func (f formula) Names() (names []string) {
	for n := range f.shapes {
		names = append(names, n)
	}
	return names
}

func (f formula) Shape(name string) []int { return f.shapes[name] }

func (f formula) Float32(name string, dst []float32) error {
	seed := uint64(0xCBF29CE484222325)
	for _, b := range []byte(name) {
		seed = (seed ^ uint64(b)) * 0x100000001B3
	}
	shape := f.shapes[name]
	for i := range dst {
		x := seed + uint64(i+1)*0x9E3779B97F4A7C15
		x = (x ^ x>>30) * 0xBF58476D1CE4E5B9
		x = (x ^ x>>27) * 0x94D049BB133111EB
		x ^= x >> 31
		u := float32(float64(x>>40)/(1<<24) - 0.5)
		switch {
		case len(shape) == 2:
			u *= float32(4 / math.Sqrt(float64(shape[1])))
		case strings.HasSuffix(name, ".weight"):
			u = 1 + u*0.5
		}
		dst[i] = u
	}
	return nil
}

// bytesTokenizer makes a token of each byte, between two marks. It counts what it is asked.
type bytesTokenizer struct{ vocabulary int }

func (b bytesTokenizer) Encode(ids []int32, text string, max int) []int32 {
	ids = append(ids, 1)
	for i := 0; i < len(text) && len(ids) < max-1; i++ {
		ids = append(ids, int32(3+int(text[i])%(b.vocabulary-3)))
	}
	return append(ids, 2)
}

func (b bytesTokenizer) Pair(ids, types []int32, first, second string, max int) ([]int32, []int32) {
	ids = b.Encode(ids, first, max)
	n := len(ids)
	ids = append(ids, b.Encode(nil, second, max-n+1)[1:]...)
	for i := range ids {
		kind := int32(0)
		if i >= n {
			kind = 1
		}
		types = append(types, kind)
	}
	return ids, types
}

func (b bytesTokenizer) Vocabulary() int { return b.vocabulary }

func formulaFiles(c Config) *Files {
	return &Files{ID: "formula", Name: "formula", Config: c, Tensors: formulaFor(c), Tokenizer: bytesTokenizer{c.Vocabulary}}
}

func mustNew(t testing.TB, c Config, o Options) *Encoder {
	t.Helper()
	e, err := New(formulaFiles(c), o)
	if err != nil {
		t.Fatal(err)
	}
	return e
}

// encodeBatch encodes texts of the reference in one batch and gives each its values.
func encodeBatch(t testing.TB, e *Encoder, texts []referenceText) [][]float32 {
	t.Helper()
	b := &batch{}
	for _, x := range texts {
		b.add(x.IDs, x.Types)
	}
	rows, err := e.vectors(context.Background(), b)
	if err != nil {
		t.Fatal(err)
	}
	out := make([][]float32, len(texts))
	for i := range texts {
		if !e.head.everyRow() {
			out[i] = rows[i]
			continue
		}
		for _, row := range rows[b.starts[i]:b.starts[i+1]] {
			out[i] = append(out[i], row...)
		}
	}
	return out
}

// TestReference: every architecture and every head gives what transformers gives, within 1e-4.
func TestReference(t *testing.T) {
	for i, m := range readReference(t) {
		c := m.Config.model()
		t.Run(fmt.Sprintf("%d/%s/%s/%s", i, c.Family, c.Head, c.Pooling), func(t *testing.T) {
			for j, got := range encodeBatch(t, mustNew(t, c, Options{}), m.Texts) {
				want := m.Texts[j].Values
				if len(got) != len(want) {
					t.Fatalf("text %d: %d values, want %d", j, len(got), len(want))
				}
				for k := range want {
					if d := math.Abs(float64(got[k] - want[k])); !(d <= 1e-4) {
						t.Fatalf("text %d of %d tokens, value %d: %g, transformers gives %g", j, len(m.Texts[j].IDs), k, got[k], want[k])
					}
				}
			}
		})
	}
}
