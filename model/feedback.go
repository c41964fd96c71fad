package model

import (
	"errors"
	"math"

	"sluice/quant"
	"sluice/quant/kernel"
)

// feedback rounds the weights of a product one input after the other and gives what each rounding
// left to the inputs that come after it, by how much the texts of the calibration made inputs go
// together: with H = Σ xᵀx = R·Rᵀ, R upper triangular, weight k becomes
//
//	round(w(k) + Σ_{i<k} (w(i) − rounded(i)) · R(i,k)/R(k,k))
//
// That is GPTQ (Frantar et al. 2022) in the form of LDLQ (Chee et al. 2023), which needs no
// inverse.
type feedback struct {
	k       int
	weight  []float32 // of an error of each input: the diagonal of H
	root    []float64 // R
	factors []float64 // row k: R(i,k)/R(k,k) for i < k
}

// damping is added to the diagonal, as a share of its mean: inputs that the texts hardly used would
// else be taken for certain.
const damping = .01

// newFeedback factors H.
func newFeedback(squares []float32, k int) (*feedback, error) {
	h, mean := make([]float64, k*k), 0.0
	for i, v := range squares {
		h[i] = float64(v)
	}
	for i := range k {
		mean += h[i*k+i] / float64(k)
	}
	f := &feedback{k: k, weight: make([]float32, k), root: h, factors: make([]float64, k*k)}
	for i := range k {
		h[i*k+i] += damping*mean + math.SmallestNonzeroFloat32
		f.weight[i] = float32(h[i*k+i])
	}
	if err := factor(h, k); err != nil {
		return nil, err
	}
	for j := range k {
		for i := range j {
			f.factors[j*k+i] = h[i*k+j] / h[j*k+j]
		}
	}
	return f, nil
}

// aim gives the weights that make of the rows x most nearly what n rows of weights w make of the
// rows wanted, before anything is rounded: w + w·(wanted − x)ᵀx·H⁻¹ (the asymmetric calibration of
// GPTAQ, Li et al. 2025).
func (f *feedback) aim(w []float32, n int, x, wanted []float32) ([]float32, error) {
	off := make([]float32, len(x))
	for i := range off {
		off[i] = wanted[i] - x[i]
	}
	cross, err := gram(x, off, f.k)
	if err != nil {
		return nil, err
	}
	m, err := kernel.PackFloat32(cross, f.k, f.k, nil)
	if err != nil {
		return nil, err
	}
	out := make([]float32, n*f.k)
	return out, shared(n, func(from, to int) error {
		if err := m.Mul(out[from*f.k:to*f.k], w[from*f.k:to*f.k], to-from); err != nil {
			return err
		}
		room := make([]float64, f.k)
		for j := from; j < to; j++ {
			row := out[j*f.k : (j+1)*f.k]
			f.solve(room, row)
			for i := range row {
				row[i] = w[j*f.k+i] + float32(room[i])
			}
		}
		return nil
	})
}

// solve finds z of z·R·Rᵀ = b.
func (f *feedback) solve(z []float64, b []float32) {
	for j := f.k - 1; j >= 0; j-- { // z·R first
		z[j] = (float64(b[j]) - product(f.root[j*f.k+j+1:(j+1)*f.k], z[j+1:])) / f.root[j*f.k+j]
	}
	for j := range z {
		z[j] = z[j]/f.root[j*f.k+j] - product(z[:j], f.factors[j*f.k:])
	}
}

// factor replaces the upper half of a symmetric matrix by R, h = R·Rᵀ (Cholesky, from the last row
// up).
func factor(h []float64, k int) error {
	for j := k - 1; j >= 0; j-- {
		last := h[j*k+j+1 : (j+1)*k]
		rest := h[j*k+j] - product(last, last)
		if !(rest > 0) {
			return errors.New("the inputs of the calibration are not finite, or there were none")
		}
		root := math.Sqrt(rest)
		h[j*k+j] = root
		for i := range j {
			h[i*k+j] = (h[i*k+j] - product(h[i*k+j+1:(i+1)*k], last)) / root
		}
	}
	return nil
}

// product is the sum of a·b, in four sums that do not wait for each other.
func product(a, b []float64) float64 {
	var s [4]float64
	b = b[:len(a)]
	whole := len(a) &^ 3
	for i := 0; i < whole; i += 4 {
		s[0] += a[i] * b[i]
		s[1] += a[i+1] * b[i+1]
		s[2] += a[i+2] * b[i+2]
		s[3] += a[i+3] * b[i+3]
	}
	for i := whole; i < len(a); i++ {
		s[0] += a[i] * b[i]
	}
	return s[0] + s[1] + s[2] + s[3]
}

// round rounds n rows of k weights, with a step each block of them.
func (f *feedback) round(w []float32, n int, format quant.Format, block int) (values []int8, steps []float32) {
	values, steps = make([]int8, n*f.k), make([]float32, n*f.k/block)
	_ = shared(n, func(from, to int) error {
		left := make([]float64, f.k)
		for j := from; j < to; j++ {
			f.row(values[j*f.k:(j+1)*f.k], steps[j*f.k/block:(j+1)*f.k/block], w[j*f.k:(j+1)*f.k], left, levelsOf[format], block)
		}
		return nil
	})
	return values, steps
}

// row rounds one row. left is room for what each rounding left.
func (f *feedback) row(values []int8, steps, w []float32, left []float64, l *levels, block int) {
	wanted := make([]float32, block)
	for from := 0; from < f.k; from += block {
		for i := range wanted { // what is left of the blocks before decides the step
			wanted[i] = w[from+i] + float32(product(left[:from], f.factors[(from+i)*f.k:][:from]))
		}
		step := l.step(wanted, f.weight[from:from+block])
		steps[from/block] = step
		for i := from; i < from+block; i++ {
			x := float64(wanted[i-from]) + product(left[from:i], f.factors[i*f.k+from:][:i-from])
			if step != 0 {
				values[i] = l.nearest(float32(x) / step)
			}
			left[i] = float64(w[i]) - float64(values[i])*float64(step)
		}
	}
}

// levels are the numbers that a 4-bit weight can be, in steps of its block.
type levels struct {
	top     float32 // the largest
	nearest func(x float32) int8
	signs   []float32 // of steps that are worth trying: levels may reach further down than up
}

var levelsOf = map[quant.Format]*levels{
	quant.Int4: {7, func(x float32) int8 { return int8(max(-8, min(7, math.RoundToEven(float64(x))))) }, []float32{1, -1}},
	quant.FP4:  {12, nearestFP4, []float32{1}},
}

// Shares of a block's largest value that are tried as its largest level.
const (
	shareLeast = .5
	shareTries = 12
)

// step is the one that leaves the smallest squared error, each value's weighted.
func (l *levels) step(x, weight []float32) (best float32) {
	top, least := largest(x)/l.top, float32(math.Inf(1))
	if top == 0 {
		return 0
	}
	for _, sign := range l.signs {
		for t := range shareTries {
			step, off := sign*top*(1-(1-shareLeast)*float32(t)/shareTries), float32(0)
			inverse := 1 / step
			for i, v := range x {
				d := v - float32(l.nearest(v*inverse))*step
				off += d * d * weight[i]
			}
			if off < least {
				best, least = step, off
			}
		}
	}
	return best
}

// nearestFP4 gives the nearest of 0, 1, 2, 3, 4, 6, 8, 12 and their negatives.
func nearestFP4(x float32) int8 {
	size, level := max(x, -x), 0
	for level < len(edgesFP4) && size > edgesFP4[level] {
		level++
	}
	if x < 0 {
		return -sizesFP4[level]
	}
	return sizesFP4[level]
}

var (
	sizesFP4 = [...]int8{0, 1, 2, 3, 4, 6, 8, 12}
	edgesFP4 = [...]float32{.5, 1.5, 2.5, 3.5, 5, 7, 10}
)
