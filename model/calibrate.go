package model

import (
	"context"
	_ "embed"
	"strings"

	"sluice/quant/kernel"
)

// Calibration is what the products of a model read on a few texts. Rounding then spares what they
// read most.
type Calibration struct{ inputs map[string]*inputs }

// Calibrate runs a model on texts and looks at what its products read.
func Calibrate(ctx context.Context, f *Files, texts []string) (*Calibration, error) {
	c := &Calibration{map[string]*inputs{}}
	whole := *f
	whole.Config.Pooling = Mean // all rows, also in the last layer
	e, err := New(&whole, Options{Workers: 1, observe: c})
	if err != nil {
		return nil, err
	}
	b := &batch{}
	for _, text := range texts {
		b.add(f.Tokenizer.Encode(nil, text, min(calibrationTokens, f.Config.Positions)), nil)
	}
	_, err = e.vectors(ctx, b)
	return c, err
}

// calibrationTokens is how much of a text a calibration reads.
const calibrationTokens = 128

// calibration.txt is 120 passages of this repository, of code and of prose, with an empty line
// between them. recipes/encoder/calibration.py wrote it.
//
//go:embed calibration.txt
var calibrationText string

// CalibrationTexts are texts of many kinds to calibrate with.
func CalibrationTexts() []string { return strings.Split(calibrationText, "\n\n") }

// inputs are the rows x that one product read.
type inputs struct {
	k       int
	largest []float32 // magnitude of each of the k values
	squares []float32 // Σ xᵀx, k × k
}

// observed is a matrix whose inputs are looked at.
type observed struct {
	matrix
	seen *inputs
}

func (m observed) mul(a *arena, op Operation, dst, x []float32) error {
	if err := m.seen.add(x); err != nil {
		return err
	}
	return m.matrix.mul(a, op, dst, x)
}

// observe makes room for the inputs of a product.
func (c *Calibration) observe(name string, m matrix, k int) matrix {
	c.inputs[name] = &inputs{k, make([]float32, k), make([]float32, k*k)}
	return observed{m, c.inputs[name]}
}

// add looks at rows.
func (in *inputs) add(x []float32) error {
	rows, k := len(x)/in.k, in.k
	depth := (rows + 7) / 8 * 8
	columns := make([]float32, k*depth) // x turned over: column j in row j, zeros behind it
	for r := range rows {
		for j, v := range x[r*k : (r+1)*k] {
			columns[j*depth+r] = v
			in.largest[j] = max(in.largest[j], v, -v)
		}
	}
	m, err := kernel.PackFloat32(columns, k, depth, nil)
	if err != nil {
		return err
	}
	sums := make([]float32, k*k)
	if err := m.Mul(sums, columns, k); err != nil {
		return err
	}
	addTo(in.squares, sums)
	return nil
}
