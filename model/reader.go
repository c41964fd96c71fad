package model

import (
	"fmt"
	"slices"
	"sync"
)

// reader makes the parts of an encoder of the tensors of a file. It keeps the first error, so that
// what it makes can be listed without looking after each.
type reader struct {
	*Config
	names   naming
	tensors Tensors
	options Options
	turns   *turns // layers share them
	err     error
}

func newReader(f *Files, o Options) *reader {
	return &reader{&f.Config, namings[f.Config.Family], f.Tensors, o, &turns{all: map[float32]*rotary{}}, nil}
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

// linear packs such a stack for a product.
func (r *reader) linear(n, k int, names ...string) matrix {
	return r.pack(part{names, false}, r.stack(n, k, names...))
}

func (r *reader) pack(p part, s stack) matrix {
	if r.err != nil {
		return nil
	}
	m, err := r.options.packAs(p, s)
	if err != nil {
		r.fail("the weights of %s: %w", p.name(), err)
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
	e := &embedding{width: r.Width, words: r.words(), norm: r.norm(r.names.embedNorm)}
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
	names := at(i, r.names.qkv...)
	qkv := r.stack(3*w, w, names...)
	p := part{names, true}
	t.out = r.linear(w, w, at(i, r.names.out)...)
	if i == r.Layers-1 && r.firstRowsOnly() {
		t.query, t.keys = r.pack(p, qkv.part(0, w)), r.pack(p, qkv.part(w, 3*w))
	} else {
		t.qkv = r.pack(p, qkv)
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

// turns are the angles of positions, by their base.
type turns struct {
	sync.Mutex
	all map[float32]*rotary
}

func (r *reader) rotary(base float32) *rotary {
	r.turns.Lock()
	defer r.turns.Unlock()
	if r.turns.all[base] == nil {
		r.turns.all[base] = newRotary(r.Positions, r.Width/r.Heads, base)
	}
	return r.turns.all[base]
}

// allLayers reads the layers, a run of them on each core.
func (r *reader) allLayers() []*layer {
	all := make([]*layer, r.Layers)
	err := shared(r.Layers, func(from, to int) error {
		own := *r
		for i := from; i < to; i++ {
			all[i] = own.layer(i)
		}
		return own.err
	})
	if err != nil {
		r.fail("%w", err)
	}
	return all
}

func (r *reader) feedForward(i int) *feedForward {
	f := &feedForward{width: r.Width, inner: r.Inner, gated: r.names.gated, atOnce: feedRows}
	columns := r.Inner
	if f.gated {
		columns *= 2
	}
	up := at(i, r.names.up...)
	f.up = r.pack(part{up, true}, r.stack(columns, r.Width, up...))
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
