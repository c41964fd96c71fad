package model

import (
	"context"
	"errors"
	"fmt"
	"math"
	"runtime"
	"strings"
	"testing"
	"time"

	"sluice/quant/kernel"
)

var allPrecisions = Precisions()

// small is a BERT of the shapes of real ones, made small.
func small() Config {
	return Config{Family: BERT, Layers: 3, Width: 128, Heads: 4, Inner: 256, Vocabulary: 300, Positions: 128, Types: 2,
		Epsilon: 1e-12, Activation: "gelu", Head: Embedding, Pooling: CLS, Normalize: true}
}

func everyKind() (all []Config) {
	mean, late, cross := small(), small(), small()
	mean.Pooling, mean.Normalize = Mean, false
	late.Head, late.Outputs = Late, 32
	cross.Head = Cross
	nomic := small()
	nomic.Family, nomic.Activation, nomic.RotaryBase, nomic.RotaryShare, nomic.Pooling = NomicBERT, "silu", 1000, 1, Mean
	modern := small()
	modern.Family, modern.Epsilon, modern.Types = ModernBERT, 1e-5, 0
	modern.RotaryBase, modern.RotaryBaseLocal, modern.RotaryShare, modern.LocalWindow, modern.GlobalEvery = 160000, 10000, 1, 16, 3
	return []Config{small(), mean, late, cross, nomic, modern}
}

// someTexts are texts of many lengths, some equal.
func someTexts(c Config, n int) (texts []referenceText) {
	for i := range n {
		ids := make([]int32, 1+(i*37)%(c.Positions-1))
		for j := range ids {
			ids[j] = int32((i*i*31 + j*j*7 + j) % c.Vocabulary)
		}
		texts = append(texts, referenceText{IDs: ids, Types: make([]int32, len(ids))})
	}
	return texts
}

func sameBits(a, b []float32) bool {
	if len(a) != len(b) {
		return false
	}
	for i := range a {
		if math.Float32bits(a[i]) != math.Float32bits(b[i]) {
			return false
		}
	}
	return true
}

// TestABatchChangesNothing: a text has the same vector, bit for bit, alone and among others, on one
// core and on many.
func TestABatchChangesNothing(t *testing.T) {
	for _, c := range everyKind() {
		for _, p := range allPrecisions {
			t.Run(fmt.Sprintf("%s/%s/%s/%s", c.Family, c.Head, c.Pooling, p), func(t *testing.T) {
				texts := someTexts(c, 17)
				one := mustNew(t, c, Options{Precision: p, Workers: 1})
				together := encodeBatch(t, one, texts)
				spread := encodeBatch(t, mustNew(t, c, Options{Precision: p, Workers: 5}), texts)
				for i := range texts {
					alone := encodeBatch(t, one, texts[i:i+1])[0]
					if !sameBits(alone, together[i]) {
						t.Errorf("text %d of %d tokens is another one in a batch", i, len(texts[i].IDs))
					}
					if !sameBits(spread[i], together[i]) {
						t.Errorf("text %d of %d tokens is another one on five workers", i, len(texts[i].IDs))
					}
				}
			})
		}
	}
}

// everyRowKept is a head that reads the first row and does not say so: the last layer is then
// computed for all rows.
type everyRowKept struct{ sentence }

func (e *everyRowKept) firstRowsOnly() bool { return false }

func (e *everyRowKept) run(a *arena, g group, values []float32) error {
	a.firsts(g, e.Width)
	return e.sentence.run(a, g, values)
}

// TestOnlyTheFirstRows: where only the first row is read, the last layer leaves the others out,
// which is less work, and the vector is the same, bit for bit.
func TestOnlyTheFirstRows(t *testing.T) {
	for _, c := range everyKind() {
		if c.Head != Embedding || c.Pooling != CLS {
			continue
		}
		for _, p := range allPrecisions {
			texts := someTexts(c, 9)
			few, all := &Meter{Clock: noClock}, &Meter{Clock: noClock}
			short := encodeBatch(t, mustNew(t, c, Options{Precision: p, Meter: few}), texts)
			long := encodeBatch(t, fullLast(t, c, Options{Precision: p, Meter: all}), texts)
			for i := range texts {
				if !sameBits(short[i], long[i]) {
					t.Errorf("%s %s: text %d differs where the last layer is computed for one row", c.Family, p, i)
				}
			}
			if few.Products[OpDown] >= all.Products[OpDown] {
				t.Errorf("%s %s: %v products where one row of the last layer is computed, %v where all are", c.Family, p, few.Products, all.Products)
			}
		}
	}
}

func noClock() time.Duration { return 0 }

// fullLast makes the encoder whose last layer is computed for all rows.
func fullLast(t *testing.T, c Config, o Options) *Encoder {
	e := mustNew(t, c, o)
	whole := formulaFiles(c)
	whole.Config.Pooling = Mean // a reader packs the last layer as one product then
	r := newReader(whole, o)
	e.layers[c.Layers-1] = r.layer(c.Layers - 1)
	if r.err != nil {
		t.Fatal(r.err)
	}
	e.head = &everyRowKept{sentence{&e.config}}
	return e
}

// TestSteadyMemory: what a text costs in allocations does not grow with its tokens or the layers,
// once the arena has met the largest.
func TestSteadyMemory(t *testing.T) {
	for _, p := range allPrecisions {
		allocations := map[string]float64{}
		for _, layers := range []int{2, 6} {
			for _, tokens := range []int{5, 120} {
				c := small()
				c.Layers = layers
				e := mustNew(t, c, Options{Precision: p, Workers: 1})
				b := &batch{}
				for range 4 {
					b.add(make([]int32, tokens), nil)
				}
				values := make([]float32, b.texts()*e.Dims())
				allocations[fmt.Sprintf("%d layers, %d tokens", layers, tokens)] = testing.AllocsPerRun(5, func() {
					if err := e.encode(context.Background(), b, values); err != nil {
						t.Fatal(err)
					}
				})
			}
		}
		for what, n := range allocations {
			if n > 4 {
				t.Errorf("%s, %s: %v allocations a batch", p, what, n)
			}
		}
	}
}

// stopAfter is a context that ends when it was looked at n times.
type stopAfter struct {
	context.Context
	left int
}

func (s *stopAfter) Err() error {
	if s.left--; s.left < 0 {
		return context.Canceled
	}
	return nil
}

// TestACancelledTextStops: between two layers, and the encoder goes on to work.
func TestACancelledTextStops(t *testing.T) {
	c := small()
	meter := &Meter{Clock: noClock}
	e := mustNew(t, c, Options{Meter: meter})
	texts := someTexts(c, 1)
	whole := encodeBatch(t, e, texts)
	all := meter.Products[OpUp]
	*meter = Meter{Clock: noClock}
	b := &batch{}
	b.add(texts[0].IDs, nil)
	if _, err := e.vectors(&stopAfter{context.Background(), 1}, b); !errors.Is(err, context.Canceled) {
		t.Fatalf("got %v", err)
	}
	if n := meter.Products[OpUp]; n == 0 || n >= all {
		t.Errorf("%d products after it was cancelled behind the first layer, %d without", n, all)
	}
	if again := encodeBatch(t, e, texts); !sameBits(again[0], whole[0]) {
		t.Error("another vector after a text that was cancelled")
	}
}

// TestRoles: a text gets the prefix of its role.
func TestRoles(t *testing.T) {
	c := small()
	c.QueryPrefix, c.PassagePrefix = "query: ", "passage: "
	e := mustNew(t, c, Options{})
	ctx := context.Background()
	query, err := e.Encode(ctx, []string{"a"}, Query)
	if err != nil {
		t.Fatal(err)
	}
	passage, err := e.Encode(ctx, []string{"a"}, Passage)
	if err != nil {
		t.Fatal(err)
	}
	for prefix, got := range map[string][]float32{"query: ": query[0], "passage: ": passage[0]} {
		want, err := e.EncodeTokens(ctx, [][]int32{e.tokenizer.Encode(nil, prefix+"a", c.Positions)})
		if err != nil {
			t.Fatal(err)
		}
		if !sameBits(got, want[0]) {
			t.Errorf("not the vector of %q", prefix+"a")
		}
	}
}

// TestLongTexts: a text is cut at the positions that the model has.
func TestLongTexts(t *testing.T) {
	c := small()
	e := mustNew(t, c, Options{})
	long := strings.Repeat("abcdefgh ", 100)
	v, err := e.Encode(context.Background(), []string{long, ""}, Passage)
	if err != nil {
		t.Fatal(err)
	}
	cut, err := e.EncodeTokens(context.Background(), [][]int32{e.tokenizer.Encode(nil, long, c.Positions)})
	if err != nil || !sameBits(v[0], cut[0]) {
		t.Errorf("not the vector of the text's first %d tokens: %v", c.Positions, err)
	}
	if _, err := e.EncodeTokens(context.Background(), [][]int32{make([]int32, c.Positions+1)}); err == nil {
		t.Error("more tokens than positions were taken")
	}
	if _, err := e.EncodeTokens(context.Background(), [][]int32{{int32(c.Vocabulary)}}); err == nil {
		t.Error("a token outside of the vocabulary was taken")
	}
}

// TestHeads: what a head does not give is refused.
func TestHeads(t *testing.T) {
	ctx := context.Background()
	for _, c := range everyKind() {
		e := mustNew(t, c, Options{})
		_, vector := e.Encode(ctx, []string{"a"}, Query)
		late, each := e.EncodeLate(ctx, []string{"ab", "c"}, Query)
		scores, pair := e.Score(ctx, "a question", []string{"one", "another"})
		for head, err := range map[Head]error{Embedding: vector, Late: each, Cross: pair} {
			if (err == nil) != (head == c.Head) {
				t.Errorf("%s for %s: %v", c.Head, head, err)
			}
		}
		if c.Head == Late && (len(late) != 2 || len(late[0]) != 4 || len(late[1]) != 3 || len(late[0][0]) != c.Outputs) {
			t.Errorf("vectors of tokens: %v", late)
		}
		if c.Head == Cross && (len(scores) != 2 || scores[0] == scores[1]) {
			t.Errorf("scores %v", scores)
		}
	}
}

// TestShapesThatLie: a configuration that does not fit the tensors, or cannot be, is refused before
// anything of its size is allocated.
func TestShapesThatLie(t *testing.T) {
	for what, lie := range map[string]func(c *Config){
		"family":     func(c *Config) { c.Family = "gpt" },
		"layers":     func(c *Config) { c.Layers = 4 },
		"no layers":  func(c *Config) { c.Layers = 0 },
		"many":       func(c *Config) { c.Layers = 1 << 40 },
		"width":      func(c *Config) { c.Width = 104 },
		"heads":      func(c *Config) { c.Heads = 5 },
		"no heads":   func(c *Config) { c.Heads = 0 },
		"thin heads": func(c *Config) { c.Heads = 64 },
		"inner":      func(c *Config) { c.Inner = 1 << 13 },
		"odd inner":  func(c *Config) { c.Inner = 383 },
		"vocabulary": func(c *Config) { c.Vocabulary = 1 << 21 },
		"positions":  func(c *Config) { c.Positions = 1 << 17 },
		"types":      func(c *Config) { c.Types = 3 },
		"epsilon":    func(c *Config) { c.Epsilon = float32(math.NaN()) },
		"activation": func(c *Config) { c.Activation = "mish" },
		"head":       func(c *Config) { c.Head = "oracle" },
		"pooling":    func(c *Config) { c.Pooling = "first" },
		"no linear":  func(c *Config) { c.Head = Late },
		"rotary":     func(c *Config) { c.Family = NomicBERT },
		"angles": func(c *Config) {
			c.Family, c.RotaryBase, c.RotaryShare = NomicBERT, 1000, 1
			c.Width, c.Heads, c.Positions = 256, 1, 1<<17
		},
	} {
		f := formulaFiles(small())
		lie(&f.Config)
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		if _, err := New(f, Options{}); err == nil {
			t.Errorf("%s: taken", what)
		}
		if runtime.ReadMemStats(&after); after.TotalAlloc-before.TotalAlloc > 8<<20 {
			t.Errorf("%s: %d bytes were allocated", what, after.TotalAlloc-before.TotalAlloc)
		}
	}
}

// TestPositionsAreThoseOfAttention: a text that the configuration allows is one that attention
// takes. Where positions are turned no tensor bounds them.
func TestPositionsAreThoseOfAttention(t *testing.T) {
	for _, c := range everyKind() {
		if c.Positions = kernel.TokensMax; c.check() != nil {
			t.Errorf("%s: %d positions: %v", c.Family, c.Positions, c.check())
		}
		if c.Positions++; c.check() == nil {
			t.Errorf("%s: %d positions: taken", c.Family, c.Positions)
		}
	}
}
