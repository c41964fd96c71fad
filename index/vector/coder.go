package vector

import (
	"encoding/binary"
	"fmt"
	"math"

	"sluice/quant"
	"sluice/quant/kernel"
)

const (
	// DimMax is the largest dimension of a vector: a one-bit code has no more.
	DimMax = kernel.BitDimsMax

	dimUnit      = 128        // a record's dimension is a multiple of it; the rest is zero
	rotationSeed = 0x51_1C_E1 // of both codes
	scaleEvery   = 64         // dimensions that share a scale of the 4-bit code
	bitUnit      = 1 << 16    // of the one-bit code's scale
)

// padded is the dimension of the codes of vectors of dim values.
func padded(dim int) int { return (dim + dimUnit - 1) / dimUnit * dimUnit }

// RowBytes is the size of a passage's row: its record, then its one-bit code and that one's scale.
func RowBytes(dim int) int {
	d := padded(dim)
	return kernel.Dot4Bytes(d) + d/8 + 2
}

// Coder turns vectors into rows. It keeps scratch space: one goroutine at a time.
type Coder struct {
	dim        int
	near, bits *quant.Codec
	x          []float32
	signs      []byte
}

// NewCoder makes a coder for vectors of dim values.
func NewCoder(dim int) (*Coder, error) {
	if dim < 1 || dim > DimMax {
		return nil, fmt.Errorf("vectors of %d values, want 1 to %d", dim, DimMax)
	}
	d := padded(dim)
	spec := quant.Spec{Dim: d, Format: quant.Int4, Scale: quant.Half, Every: scaleEvery, Fit: quant.Search, Rotated: true, Seed: rotationSeed, Unbiased: true}
	near, err := quant.New(spec)
	if err != nil {
		return nil, err
	}
	spec.Format, spec.Every = quant.Bit1, quant.PerVector
	bits, err := quant.New(spec)
	if err != nil {
		return nil, err
	}
	return &Coder{dim: dim, near: near, bits: bits, x: make([]float32, d), signs: make([]byte, bits.Bytes())}, nil
}

// Row writes the row of x, RowBytes(dim) bytes. It fails as quant.Codec.Encode does.
func (c *Coder) Row(row []byte, x []float32) error {
	if len(x) != c.dim || len(row) != RowBytes(c.dim) {
		return fmt.Errorf("%w: %d values into %d bytes, want %d into %d", quant.ErrLength, len(x), len(row), c.dim, RowBytes(c.dim))
	}
	copy(c.x, x)
	n := c.near.Bytes()
	if err := c.near.Encode(row[:n], c.x); err != nil {
		return err
	}
	if err := c.bits.Encode(c.signs, c.x); err != nil {
		return err
	}
	d := len(c.x)
	copy(row[n:], c.signs[:d/8])
	var step [1]float32
	if err := kernel.HalfToFloat(step[:], []uint16{binary.LittleEndian.Uint16(c.signs[d/8:])}); err != nil {
		return err
	}
	scale := math.RoundToEven(float64(step[0]) * bitUnit)
	binary.LittleEndian.PutUint16(row[n+d/8:], uint16(min(max(scale, 0), float64(kernel.BitScaleMax(d)))))
	return nil
}

// question is a vector made ready for both codes: rotated, and rounded to 8 bits.
type question struct {
	values []int8
	step   float32 // value of level 1
	bits   *kernel.BitQuery
	near   *kernel.Dot4Query
}

// nearUnit is what a score of the 4-bit codes counts in: 1/nearUnit of a dot product.
const nearUnit = 1 << 20

// newQuestion prepares x. A scale of the 4-bit codes is that of their largest level.
func newQuestion(x []float32) (*question, error) {
	c, err := NewCoder(len(x))
	if err != nil {
		return nil, err
	}
	copy(c.x, x)
	q, err := c.near.Query(c.x)
	if err != nil {
		return nil, err
	}
	values, step := q.Ints()
	out := &question{values: values, step: step}
	if out.bits, err = kernel.NewBitQuery(values, 8, 0); err != nil {
		return nil, err
	}
	out.near, err = kernel.NewDot4Query(values, step*nearUnit/levelTop)
	return out, err
}

// levelTop is the largest level of the 4-bit code.
const levelTop = 7
