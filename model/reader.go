package model

import (
	"fmt"
	"slices"
)

// reader makes the parts of an encoder of the tensors of a file. It keeps the first error, so that
// what it makes can be listed without looking after each.
type reader struct {
	*Config
	names   naming
	tensors Tensors
	options Options
	turns   map[float32]*rotary // by base: layers share them
	err     error
}

func newReader(f *Files, o Options) *reader {
	return &reader{&f.Config, namings[f.Config.Family], f.Tensors, o, map[float32]*rotary{}, nil}
}

func (r *reader) fail(format string, args ...any) {
	if r.err == nil {
		r.err = fmt.Errorf(format, args...)
	}
}

// tensor reads one tensor, which must have the shape: nil where it has not, or once there was an
// error.
func (r *reader) tensor(name string, shape ...int) []float32 {
	if r.err != nil {
		return nil
	}
	have := r.tensors.Shape(name)
	if have == nil {
		r.fail("there is no tensor %s", name)
		return nil
	}
	if !slices.Equal(have, shape) {
		r.fail("the tensor %s has the shape %v, its configuration says %v", name, have, shape)
		return nil
	}
	n := 1
	for _, d := range shape {
		n *= d
	}
	values := make([]float32, n)
	if err := r.tensors.Float32(name, values); err != nil {
		r.fail("the tensor %s: %w", name, err)
	}
	return values
}

// has says whether there is a tensor.
func (r *reader) has(name string) bool { return r.tensors.Shape(name) != nil }

// stack reads matrices of k columns that stand one below the other, n rows in all, and their
// biases: nil where none of them has one.
func (r *reader) stack(n, k int, names ...string) (weights, bias []float32) {
	for _, name := range names {
		w := r.tensor(name+".weight", n/len(names), k)
		weights = append(weights, w...)
		if r.has(name + ".bias") {
			bias = append(bias, r.tensor(name+".bias", n/len(names))...)
		}
	}
	if len(bias) != 0 && len(bias) != n {
		r.fail("of %v some have a bias and some have none", names)
	}
	return weights, bias
}

// linear packs such a stack for a product.
func (r *reader) linear(n, k int, names ...string) matrix {
	w, bias := r.stack(n, k, names...)
	return r.pack(w, n, k, bias)
}

func (r *reader) pack(w []float32, n, k int, bias []float32) matrix {
	if r.err != nil {
		return nil
	}
	m, err := r.options.pack(w, n, k, bias)
	if err != nil {
		r.fail("weights of %d × %d: %w", n, k, err)
	}
	return m
}

func (r *reader) norm(name string) *norm {
	n := &norm{gain: r.tensor(name+".weight", r.Width), bias: make([]float32, r.Width), epsilon: r.Epsilon}
	if r.has(name + ".bias") {
		n.bias = r.tensor(name+".bias", r.Width)
	}
	return n
}

func (r *reader) embedding() *embedding {
	e := &embedding{width: r.Width, norm: r.norm(r.names.embedNorm)}
	e.words = &floatTable{r.Width, r.tensor(r.names.words+".weight", r.Vocabulary, r.Width)}
	if r.names.positions != "" {
		e.positions = r.tensor(r.names.positions+".weight", r.Positions, r.Width)
	}
	if r.Types > 0 && r.names.types != "" {
		e.types = r.tensor(r.names.types+".weight", r.Types, r.Width)
	}
	return e
}

func (r *reader) layer(i int) *layer {
	l := &layer{attention: r.attention(i), feed: r.feedForward(i), normFirst: r.names.normFirst}
	attn := at(i, r.names.attnNorm)[0]
	if !l.normFirst || r.has(attn+".weight") { // the first of these families has none: its rows are normalised
		l.attnNorm = r.norm(attn)
	}
	l.feedNorm = r.norm(at(i, r.names.feedNorm)[0])
	return l
}

func (r *reader) attention(i int) *attention {
	w := r.Width
	t := &attention{width: w, heads: r.Heads}
	weights, bias := r.stack(3*w, w, at(i, r.names.qkv...)...)
	t.out = r.linear(w, w, at(i, r.names.out)...)
	if i == r.Layers-1 && r.firstRowsOnly() {
		t.query, t.keys = r.pack(upTo(weights, w*w), w, w, upTo(bias, w)), r.pack(from(weights, w*w), 2*w, w, from(bias, w))
	} else {
		t.qkv = r.pack(weights, 3*w, w, bias)
	}
	base := r.RotaryBase
	if !r.global(i) {
		t.window = r.LocalWindow / 2
		if r.RotaryBaseLocal > 0 {
			base = r.RotaryBaseLocal
		}
	}
	if r.names.positions == "" {
		t.turn = r.rotary(base)
	}
	return t
}

func (r *reader) rotary(base float32) *rotary {
	if r.turns[base] == nil {
		r.turns[base] = newRotary(r.Positions, r.Width/r.Heads, base)
	}
	return r.turns[base]
}

func (r *reader) feedForward(i int) *feedForward {
	f := &feedForward{width: r.Width, inner: r.Inner, gated: r.names.gated}
	columns := r.Inner
	if f.gated {
		columns *= 2
	}
	f.up = r.linear(columns, r.Width, at(i, r.names.up...)...)
	f.down = r.linear(r.Width, r.Inner, at(i, r.names.down)...)
	bend, err := activationOf(r.Activation)
	if err != nil {
		r.fail("%w", err)
	}
	f.bend = bend
	return f
}

func (r *reader) lastNorm() *norm {
	if r.names.lastNorm == "" {
		return nil
	}
	return r.norm(r.names.lastNorm)
}

func upTo(x []float32, n int) []float32 { return x[:min(n, len(x))] }

func from(x []float32, n int) []float32 { return x[min(n, len(x)):] }
