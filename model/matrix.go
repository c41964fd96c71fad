package model

import (
	"cmp"
	"fmt"
	"math"

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
	name   string // of its first tensor
	normed bool   // it reads rows that were normalised
}

// pack makes the matrix of a stack of weights in a precision.
func (o Options) pack(p part, s stack) (matrix, error) {
	if cmp.Or(o.Precision, Float32) == Float32 {
		m, err := kernel.PackFloat32(s.values, s.n, s.k, s.bias)
		if err == nil && o.observe != nil {
			return o.observe.observe(p.name, floatMatrix{m}, s.k), nil
		}
		return floatMatrix{m}, err
	}
	balance := []float32(nil)
	if s.rounded == nil {
		balance = o.balance(p, s.values, s.k)
		rounded, err := o.round(p.name, balanced(s.values, balance), s.n, s.k, balance)
		if err != nil {
			return nil, err
		}
		s.rounded = rounded
	}
	return packRounded(s, inverses(balance))
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

// formats4 are the numbers of the precisions of 4 bits.
var formats4 = map[Precision]quant.Format{Int4: quant.Int4, FP4: quant.FP4}

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

// round rounds n rows of k weights, by what the calibration saw where there is one.
func (o Options) round(name string, w []float32, n, k int, balance []float32) (*Rounded, error) {
	if o.Precision == Int8 {
		levels, steps := roundColumns(w, n, k)
		return &Rounded{Format: quant.Int8, Levels: levels, Steps: steps, Block: k}, nil
	}
	format, ok := formats4[o.Precision]
	if !ok {
		return nil, fmt.Errorf("the precision %q is not known", o.Precision)
	}
	out := &Rounded{Format: format, Block: blockDefault}
	if k%out.Block != 0 {
		return nil, fmt.Errorf("blocks of %d do not divide rows of %d weights", out.Block, k)
	}
	in := o.seen(name)
	if in == nil {
		var err error
		out.Levels, out.Steps, err = roundBlocks(w, n, k, out.Format, out.Block)
		return out, err
	}
	f, err := newFeedback(in, balance)
	if err != nil {
		return nil, err
	}
	out.Levels, out.Steps = f.round(w, n, out.Format, out.Block)
	return out, nil
}

// seen is what the calibration saw of a product; nil: nothing.
func (o Options) seen(name string) *inputs {
	if o.Calibration == nil {
		return nil
	}
	return o.Calibration.inputs[name]
}

// balance is what each input of a product is divided by, and its weights multiplied, so that inputs
// that are always large do not take all steps of a row for themselves (SmoothQuant, Xiao et al.
// 2022): the root of the largest input over that of the largest weight. Normalised rows need it,
// for their norms give some inputs large gains. nil: nothing is to be divided.
func (o Options) balance(p part, w []float32, k int) []float32 {
	in := o.seen(p.name)
	if in == nil || !p.normed {
		return nil
	}
	weights := make([]float32, k)
	for i, v := range w {
		weights[i%k] = max(weights[i%k], v, -v)
	}
	out, mean := make([]float32, k), 0.0
	for i := range out {
		out[i] = float32(math.Sqrt(float64(max(in.largest[i], tiny) / max(weights[i], tiny))))
		mean += math.Log(float64(out[i])) / float64(k)
	}
	for i := range out {
		out[i] /= float32(math.Exp(mean))
	}
	return out
}

const tiny = 1e-5

func balanced(w, balance []float32) []float32 {
	if balance == nil {
		return w
	}
	out := make([]float32, len(w))
	for i, v := range w {
		out[i] = v * balance[i%len(balance)]
	}
	return out
}

func inverses(x []float32) []float32 {
	if x == nil {
		return nil
	}
	out := make([]float32, len(x))
	for i, v := range x {
		out[i] = 1 / v
	}
	return out
}

// blockDefault is how many 4-bit weights share a scale.
const blockDefault = 64
