package model

import "math"

// rotary turns the values of each head by angles that grow with the position, so that a product of
// two rows depends on how far they are apart (Su et al. 2021). Value i is turned with value i +
// half.
type rotary struct {
	turned   int       // how many of a head's values are turned; even
	cos, sin []float32 // [position][turned/2]
}

func newRotary(positions, turned int, base float32) *rotary {
	half := turned / 2
	r := &rotary{turned, make([]float32, positions*half), make([]float32, positions*half)}
	for i := range half {
		step := math.Pow(float64(base), -2*float64(i)/float64(turned))
		for p := range positions {
			sin, cos := math.Sincos(float64(p) * step)
			r.cos[p*half+i], r.sin[p*half+i] = float32(cos), float32(sin)
		}
	}
	return r
}

// run turns all heads of the rows of a text, row i standing at position i.
func (r *rotary) run(rows heads, n, width int) {
	half := r.turned / 2
	for i := range rows.n {
		cos, sin := r.cos[i*half:(i+1)*half], r.sin[i*half:(i+1)*half]
		for h := range n {
			x := rows.at(i, h, width)
			for c := range half {
				a, b := x[c], x[c+half]
				x[c], x[c+half] = a*cos[c]-b*sin[c], b*cos[c]+a*sin[c]
			}
		}
	}
}
