package model

import (
	"cmp"
	"fmt"

	"sluice/quant"
	"sluice/quant/kernel"
)

// Precision is how the weights of products are held, and what their activations are rounded to.
type Precision string

// The precisions.
const (
	Float32 Precision = "float32"
	Int8    Precision = "int8" // weights with a scale a column; activations of 8 bits with a scale a row
	Int4    Precision = "int4" // weights with a scale each few terms; activations as with Int8
	FP4     Precision = "fp4"  // the same with weights of E2M1: 0, ½, 1, 1½, 2, 3, 4, 6
)

// Precisions lists them all.
func Precisions() []Precision { return []Precision{Float32, Int8, Int4, FP4} }

// matrix is the weights of one product in some precision: dst = x·Wᵀ + bias, row by row.
type matrix interface {
	mul(a *arena, op Operation, dst, x []float32) error
}

// floatMatrix keeps all bits.
type floatMatrix struct{ *kernel.Float32Matrix }

func (m floatMatrix) mul(a *arena, op Operation, dst, x []float32) error {
	rows := len(x) / m.K()
	err := m.Mul(dst, x, rows)
	a.meter.product(op, rows, m.N(), m.K())
	return err
}

// roundedMatrix multiplies integers.
type roundedMatrix struct {
	integerProduct
	balance []float32 // what each input is multiplied by; nil: nothing
}

// integerProduct is what the kernels for integer weights have in common.
type integerProduct interface {
	Mul(dst []float32, rows *kernel.Rows) error
	N() int
	K() int
}

// roundedRows is how many rows are rounded before they meet the weights: they then are still near.
const roundedRows = 192

func (m roundedMatrix) mul(a *arena, op Operation, dst, x []float32) error {
	n, k := m.N(), m.K()
	for at, rows := 0, len(x)/k; at < rows; at += roundedRows {
		end := min(at+roundedRows, rows)
		rounded, err := a.round(m.scaled(a, x[at*k:end*k]), k)
		if err != nil {
			return err
		}
		a.meter.lap(OpRounding, 0)
		if err := m.Mul(dst[at*n:end*n], rounded); err != nil {
			return err
		}
		a.meter.product(op, end-at, n, k)
	}
	return nil
}

// scaled multiplies each input by its balance.
func (m roundedMatrix) scaled(a *arena, x []float32) []float32 {
	if m.balance == nil {
		return x
	}
	out := floats(&a.scaled, len(x))
	for at, k := 0, len(m.balance); at < len(x); at += k {
		mustFit(kernel.Multiply(out[at:at+k], x[at:at+k], m.balance))
	}
	return out
}

// part names a product of a model.
type part struct {
	names  []string // of its matrices, one below the other
	normed bool     // it reads rows that were normalised
}

func (p part) name() string { return p.names[0] }

// packAs makes the matrix of a stack of weights in the precision that is asked for.
func (o Options) packAs(p part, s stack) (matrix, error) {
	switch {
	case o.pack != nil:
		return o.pack(p, s)
	case s.rounded == nil && cmp.Or(o.Precision, Float32) == Float32:
		return o.packFloat(s)
	case s.rounded == nil:
		format, ok := formats[o.Precision]
		if !ok {
			return nil, fmt.Errorf("the precision %q is not known", o.Precision)
		}
		var err error
		if s.rounded, err = roundAlone(s.values, s.n, s.k, format); err != nil {
			return nil, err
		}
	}
	return packRounded(s, s.balance)
}

func (o Options) packFloat(s stack) (matrix, error) {
	m, err := kernel.PackFloat32(s.values, s.n, s.k, s.bias)
	return floatMatrix{m}, err
}

// packRounded makes the matrix of weights that are integers.
func packRounded(s stack, balance []float32) (matrix, error) {
	w := s.rounded
	if w.Format == quant.Int8 {
		m, err := kernel.PackInt8(w.Levels, s.n, s.k, w.Steps, s.bias)
		return roundedMatrix{m, balance}, err
	}
	if w.Format == quant.FP4 {
		codes, steps := codesFP4(w)
		m, err := kernel.PackFP4(codes, s.n, s.k, w.Block, steps, s.bias)
		return roundedMatrix{m, balance}, err
	}
	m, err := kernel.PackInt4(w.Levels, s.n, s.k, w.Block, w.Steps, s.bias)
	return roundedMatrix{m, balance}, err
}

// formats are the numbers of the precisions that round.
var formats = map[Precision]quant.Format{Int8: quant.Int8, Int4: quant.Int4, FP4: quant.FP4}

// codesFP4 are the codes of levels, and the steps of the values that the codes stand for: a level
// is twice its value.
func codesFP4(w *Rounded) (codes []byte, steps []float32) {
	codes, steps = make([]byte, len(w.Levels)), make([]float32, len(w.Steps))
	for i, level := range w.Levels {
		size := max(level, -level)
		for code, s := range sizesFP4 {
			if s == size {
				codes[i] = byte(code)
			}
		}
		if level < 0 {
			codes[i] |= 8
		}
	}
	for i, s := range w.Steps {
		steps[i] = 2 * s
	}
	return codes, steps
}

// roundAlone rounds n rows of k weights by themselves.
func roundAlone(w []float32, n, k int, format quant.Format) (out *Rounded, err error) {
	out = &Rounded{Format: format, Block: blockOf(format, k)}
	if format == quant.Int8 {
		out.Levels, out.Steps = roundColumns(w, n, k)
		return out, nil
	}
	out.Levels, out.Steps, err = roundBlocks(w, n, k, format, out.Block)
	return out, err
}

// blockOf is how many of k weights share a step.
func blockOf(format quant.Format, k int) int {
	switch {
	case format == quant.Int8:
		return k
	case k%blockDefault == 0:
		return blockDefault
	}
	return blockLeast
}

// How many 4-bit weights share a scale; the least, where that does not divide their rows.
const (
	blockDefault = 64
	blockLeast   = 32
)
