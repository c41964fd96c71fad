package model

import "sluice/quant/kernel"

// norm is layer normalisation (Ba et al. 2016): every row is moved to mean 0 and scaled to variance
// 1, then each column is scaled and moved by what was learned.
type norm struct {
	gain, bias []float32
	epsilon    float32
}

// run writes the normalised rows of x + added into dst, which may be x. added may be nil.
func (n *norm) run(dst, x, added []float32) {
	mustFit(kernel.LayerNorm(dst, x, added, n.gain, n.bias, n.epsilon))
}

// addTo adds x to dst.
func addTo(dst, x []float32) { mustFit(kernel.Add(dst, dst, x)) }

// mustFit stands around kernels whose arguments fit each other by how they are cut here.
func mustFit(err error) {
	if err != nil {
		panic("BUG: " + err.Error())
	}
}
