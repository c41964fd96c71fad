package model

import (
	"fmt"
	"math"
	"runtime"
	"sync"

	"sluice/quant"
	"sluice/quant/kernel"
)

// product rounds the weights of one product that reads the rows x where the whole model's reads
// other ones. balance is what its inputs are multiplied by; nil: nothing.
func (r *rounder) product(p part, s stack, x []float32) (rounded stack, balance []float32, err error) {
	w, wanted := s.values, r.wanted[p.name()]
	if p.normed {
		divided := balanceOf(wanted, w, s.k)
		w, balance = multiplied(w, divided), inverses(divided)
		x, wanted = multiplied(x, balance), multiplied(wanted, balance)
	}
	means := [2][]float64{mean(wanted, s.k), mean(x, s.k)}
	squares, err := gram(x, x, s.k)
	if err != nil {
		return s, nil, err
	}
	f, err := newFeedback(squares, s.k)
	if err != nil {
		return s, nil, err
	}
	target, err := f.aim(w, s.n, x, wanted)
	if err != nil {
		return s, nil, err
	}
	out := &Rounded{Format: r.format, Block: blockOf(r.format, s.k)}
	if s.k%out.Block != 0 {
		return s, nil, fmt.Errorf("blocks of %d do not divide rows of %d weights", out.Block, s.k)
	}
	if r.format == quant.Int8 {
		out.Levels, out.Steps = roundColumns(target, s.n, s.k)
	} else {
		out.Levels, out.Steps = f.round(target, s.n, r.format, out.Block)
	}
	rounded = stack{n: s.n, k: s.k, rounded: out}
	if s.bias != nil {
		rounded.bias = out.moved(s, w, means)
	}
	return rounded, balance, nil
}

// moved is the bias that leaves the mean of each output where it was.
func (r *Rounded) moved(s stack, w []float32, means [2][]float64) []float32 {
	bias, row := make([]float32, s.n), make([]float32, s.k)
	for j := range bias {
		at := s.k / r.Block
		one := Rounded{Levels: r.Levels[j*s.k : (j+1)*s.k], Steps: r.Steps[j*at : (j+1)*at], Block: r.Block}
		one.values(row, s.k)
		off := 0.0
		for i, v := range row {
			off += float64(w[j*s.k+i])*means[0][i] - float64(v)*means[1][i]
		}
		bias[j] = s.bias[j] + float32(off)
	}
	return bias
}

// values are what the levels stand for, in rows of k.
func (r *Rounded) values(dst []float32, k int) {
	blocks := (k + r.Block - 1) / r.Block
	for i, level := range r.Levels {
		dst[i] = float32(level) * r.Steps[i/k*blocks+i%k/r.Block]
	}
}

// mean is that of rows of k values.
func mean(x []float32, k int) []float64 {
	out := make([]float64, k)
	for i, v := range x {
		out[i%k] += float64(v)
	}
	for i := range out {
		out[i] /= float64(len(x) / k)
	}
	return out
}

// gramRows is how many rows are turned over at once.
const gramRows = 1024

// gram is Σ aᵀb over the rows of both, k × k.
func gram(a, b []float32, k int) ([]float32, error) {
	sum, part := make([]float32, k*k), make([]float32, k*k)
	for len(a) > 0 {
		n := min(len(a), gramRows*k)
		left, depth := columns(a[:n], k)
		right, _ := columns(b[:n], k)
		m, err := kernel.PackFloat32(right, k, depth, nil)
		if err != nil {
			return nil, err
		}
		if err := shared(k, func(from, to int) error { return m.Mul(part[from*k:to*k], left[from*depth:to*depth], to-from) }); err != nil {
			return nil, err
		}
		addTo(sum, part)
		a, b = a[n:], b[n:]
	}
	return sum, nil
}

// columns turns rows over: column j in row j, zeros behind it up to a multiple of eight.
func columns(x []float32, k int) (out []float32, depth int) {
	depth = (len(x)/k + 7) / 8 * 8
	out = make([]float32, k*depth)
	for i, v := range x {
		out[i%k*depth+i/k] = v
	}
	return out, depth
}

// shared does n pieces of work on all cores, a run of them on each.
func shared(n int, work func(from, to int) error) (err error) {
	workers := runtime.GOMAXPROCS(0)
	errs := make([]error, workers)
	var all sync.WaitGroup
	for i := range workers {
		all.Go(func() { errs[i] = work(n*i/workers, n*(i+1)/workers) })
	}
	all.Wait()
	for _, e := range errs {
		if e != nil {
			err = e
		}
	}
	return err
}

// balanceOf is what each input of a product is divided by, and its weights multiplied, so that
// inputs that are always large do not take all steps of a row for themselves (SmoothQuant, Xiao et
// al. 2022): the root of the largest input over that of the largest weight. Normalised rows need
// it, for their norms give some inputs large gains.
func balanceOf(x, w []float32, k int) []float32 {
	inputs, weights := largestOf(x, k), largestOf(w, k)
	out, level := make([]float32, k), 0.0
	for i := range out {
		out[i] = float32(math.Sqrt(float64(max(inputs[i], tiny) / max(weights[i], tiny))))
		level += math.Log(float64(out[i])) / float64(k)
	}
	for i := range out {
		out[i] /= float32(math.Exp(level))
	}
	return out
}

const tiny = 1e-5

// largestOf is the largest magnitude of each column of rows of k values.
func largestOf(x []float32, k int) []float32 {
	out := make([]float32, k)
	for i, v := range x {
		out[i%k] = max(out[i%k], v, -v)
	}
	return out
}

// multiplied multiplies each row of x.
func multiplied(x, by []float32) []float32 {
	out := make([]float32, len(x))
	for i, v := range x {
		out[i] = v * by[i%len(by)]
	}
	return out
}

func inverses(x []float32) []float32 {
	out := make([]float32, len(x))
	for i, v := range x {
		out[i] = 1 / v
	}
	return out
}
