package model

import (
	"context"
	"fmt"
	"maps"
	"math"
	"slices"

	"sluice/quant"
)

// RoundOptions tells how the weights of a model are rounded.
type RoundOptions struct {
	Products Form                  // of the matrices that rows are multiplied by: a rounded one
	Words    Form                  // of the table of tokens; "": it stays as it is
	Texts    []string              // that the model reads meanwhile; nil: CalibrationTexts
	Progress func(done, total int) // layers; may be nil
}

// Round rounds the weights of a model so that what it makes of texts changes least. Its layers are
// taken one after the other: each is fitted to what the whole model makes of the texts, reading
// what the layers before it make once they are rounded. So it makes up for a part of what those
// left.
func Round(ctx context.Context, f *Files, o RoundOptions) (*Files, error) {
	format, ok := roundedForms[o.Products]
	if !ok {
		return nil, fmt.Errorf("the form %q does not round", o.Products)
	}
	if o.Texts == nil {
		o.Texts = CalibrationTexts()
	}
	out := *f
	tensors := &roundedTensors{f.Tensors, map[string]*Rounded{}, map[string][]float32{}}
	out.Tensors = tensors
	if o.Words != "" {
		if err := tensors.roundWords(f, roundedForms[o.Words]); err != nil {
			return nil, err
		}
	}
	whole := *f
	whole.Config.Pooling, whole.Config.Head = Mean, Embedding // all rows, also in the last layer
	r := &rounder{format, map[string][]float32{}, tensors}
	b := calibrationBatch(f, o.Texts)
	return &out, r.layers(ctx, &whole, group{b, 0, b.texts()}, o.Progress)
}

// rounder takes two models through the same texts: the whole one, and the one that is being
// rounded.
type rounder struct {
	format quant.Format
	wanted map[string][]float32 // what the products of a layer read in the whole model
	out    *roundedTensors
}

func (r *rounder) layers(ctx context.Context, f *Files, g group, progress func(done, total int)) error {
	begin := *f
	begin.Tensors = r.out
	whole, rounded := newReader(f, Options{pack: r.note}), newReader(f, Options{pack: r.learn})
	first := newReader(&begin, Options{})
	a, b := &arena{}, &arena{}
	for _, one := range []struct {
		*reader
		*arena
	}{{whole, a}, {first, b}} {
		e := one.embedding()
		if one.err != nil {
			return one.err
		}
		if err := e.run(one.arena, g); err != nil {
			return err
		}
	}
	for i := range f.Config.Layers {
		for _, one := range []struct {
			*reader
			*arena
		}{{whole, a}, {rounded, b}} {
			if err := ctx.Err(); err != nil {
				return err
			}
			l := one.layer(i)
			if one.err != nil {
				return one.err
			}
			l.feed.atOnce = math.MaxInt // a product learns from all rows
			if err := l.run(one.arena, g, false); err != nil {
				return fmt.Errorf("layer %d: %w", i, err)
			}
		}
		clear(r.wanted)
		if progress != nil {
			progress(i+1, f.Config.Layers)
		}
	}
	return nil
}

// note makes a product of the whole model.
func (r *rounder) note(p part, s stack) (matrix, error) {
	m, err := Options{}.packFloat(s)
	return noted{m, r, p.name()}, err
}

// noted remembers what a product reads.
type noted struct {
	matrix
	*rounder
	name string
}

func (m noted) mul(a *arena, op Operation, dst, x []float32) error {
	m.wanted[m.name] = slices.Clone(x)
	return m.matrix.mul(a, op, dst, x)
}

// learn makes a product that is rounded when it first reads something.
func (r *rounder) learn(p part, s stack) (matrix, error) { return learning{r, p, s}, nil }

type learning struct {
	*rounder
	part
	stack
}

func (m learning) mul(a *arena, op Operation, dst, x []float32) error {
	s, balance, err := m.product(m.part, m.stack, x)
	if err != nil {
		return fmt.Errorf("the weights of %s: %w", m.part.name(), err)
	}
	m.out.keep(m.part, s, balance)
	rounded, err := packRounded(s, balance)
	if err != nil {
		return err
	}
	return rounded.mul(a, op, dst, x)
}

// roundedTensors are the tensors of a model that was rounded.
type roundedTensors struct {
	Tensors                      // as they were
	rounded map[string]*Rounded  // instead
	floats  map[string][]float32 // instead, or besides
}

// balanceName is the tensor of what the inputs of a product are multiplied by.
func balanceName(product string) string { return product + ".balance" }

// keep takes over a stack that was rounded.
func (t *roundedTensors) keep(p part, s stack, balance []float32) {
	n := s.n / len(p.names)
	for i, name := range p.names {
		one := s.part(i*n, (i+1)*n)
		t.rounded[name+".weight"] = one.rounded
		if one.bias != nil {
			t.floats[name+".bias"] = one.bias
		}
	}
	if balance != nil {
		t.floats[balanceName(p.name())] = balance
	}
}

func (t *roundedTensors) roundWords(f *Files, format quant.Format) error {
	name, n, k := wordTables[f.Config.Family], f.Config.Vocabulary, f.Config.Width
	values := make([]float32, n*k)
	if err := t.Float32(name, values); err != nil {
		return err
	}
	one, err := roundAlone(values, n, k, format)
	t.rounded[name] = one
	return err
}

// Names implements Tensors.
func (t *roundedTensors) Names() []string {
	names := append(slices.Collect(maps.Keys(t.floats)), t.Tensors.Names()...)
	slices.Sort(names)
	return slices.Compact(names)
}

// Shape implements Tensors.
func (t *roundedTensors) Shape(name string) []int {
	if v, ok := t.floats[name]; ok {
		return []int{len(v)}
	}
	return t.Tensors.Shape(name)
}

// Float32 implements Tensors.
func (t *roundedTensors) Float32(name string, dst []float32) error {
	if v, ok := t.floats[name]; ok {
		copy(dst, v)
		return nil
	}
	if r := t.rounded[name]; r != nil {
		r.values(dst, t.Shape(name)[1])
		return nil
	}
	return t.Tensors.Float32(name, dst)
}

// Rounded implements RoundedTensors.
func (t *roundedTensors) Rounded(name string) (*Rounded, error) {
	if r := t.rounded[name]; r != nil {
		return r, nil
	}
	if before, ok := t.Tensors.(RoundedTensors); ok && t.floats[name] == nil {
		return before.Rounded(name)
	}
	return nil, nil
}
