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
)

func (p Precision) orDefault() Precision {
	if p == "" {
		return Float32
	}
	return p
}

// matrix is the weights of one product in some precision: dst = x·Wᵀ + bias, row by row.
type matrix interface {
	mul(a *arena, dst, x []float32) error
	work(rows int) int64
}

// floatMatrix keeps all bits.
type floatMatrix struct{ *kernel.Float32Matrix }

func (m floatMatrix) mul(_ *arena, dst, x []float32) error { return m.Mul(dst, x, len(x)/m.K()) }
func (m floatMatrix) work(rows int) int64                  { return productWork(rows, m.N(), m.K()) }

// roundedMatrix multiplies integers.
type roundedMatrix struct {
	integerProduct
	block int // of its weights that share a scale; 0: a column
}

// integerProduct is what the kernels for integer weights have in common.
type integerProduct interface {
	Mul(dst []float32, rows *kernel.Rows) error
	N() int
	K() int
}

// roundedRows is how many rows are rounded before they meet the weights: they then are still near.
const roundedRows = 192

func (m roundedMatrix) mul(a *arena, dst, x []float32) error {
	n, k := m.N(), m.K()
	for at, rows := 0, len(x)/k; at < rows; at += roundedRows {
		end := min(at+roundedRows, rows)
		rounded, err := a.round(x[at*k:end*k], k)
		if err != nil {
			return err
		}
		a.meter.lap(OpRounding, 0)
		if err := m.Mul(dst[at*n:end*n], rounded); err != nil {
			return err
		}
	}
	return nil
}

func (m roundedMatrix) work(rows int) int64 { return productWork(rows, m.N(), m.K()) }

func productWork(rows, n, k int) int64 { return int64(rows) * int64(n) * int64(k) }

// pack makes the matrix of n rows of k weights in a precision.
func (o Options) pack(w []float32, n, k int, bias []float32) (matrix, error) {
	switch o.Precision.orDefault() {
	case Float32:
		m, err := kernel.PackFloat32(w, n, k, bias)
		return floatMatrix{m}, err
	case Int8:
		values, scales := roundColumns(w, n, k)
		m, err := kernel.PackInt8(values, n, k, scales, bias)
		return roundedMatrix{m, 0}, err
	case Int4:
		block := cmp.Or(o.Block, blockDefault)
		values, scales, err := roundBlocks(w, n, k, quant.Int4, block)
		if err != nil {
			return nil, err
		}
		m, err := kernel.PackInt4(values, n, k, block, scales, bias)
		return roundedMatrix{m, block}, err
	}
	return nil, fmt.Errorf("the precision %q is not known", o.Precision)
}

// blockDefault is how many 4-bit weights share a scale.
const blockDefault = 64
