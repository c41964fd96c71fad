package model

import (
	"math"

	"sluice/quant/kernel"
)

// rotary turns the values of each head by angles that grow with the position, so that a product of
// two rows depends on how far they are apart (Su et al. 2021). Value i is turned with value i +
// half of the head.
type rotary struct {
	half     int
	cos, sin []float32 // [position][half]
}

func newRotary(positions, width int, base float32) *rotary {
	half := width / 2
	r := &rotary{half, make([]float32, positions*half), make([]float32, positions*half)}
	for i := range half {
		step := math.Pow(float64(base), -2*float64(i)/float64(width))
		for p := range positions {
			sin, cos := math.Sincos(float64(p) * step)
			r.cos[p*half+i], r.sin[p*half+i] = float32(cos), float32(sin)
		}
	}
	return r
}

// run turns n heads of each row of a text, row i standing at position i.
func (r *rotary) run(rows heads, n int) {
	at := kernel.Rotation{Rows: rows.n, Stride: rows.stride, Heads: n, Width: 2 * r.half}
	mustFit(kernel.Rotate(rows.values, r.cos[:rows.n*r.half], r.sin[:rows.n*r.half], at))
}
