package roofline

import (
	"fmt"

	"sluice/quant/kernel"
)

// shapes are the products of a small encoder's layer: columns and terms.
var shapes = []struct{ n, k int }{{1152, 384}, {384, 384}, {1536, 384}, {384, 1536}}

// block is how many terms share a scale of 4-bit weights.
const block = 64

// products are the three kinds of packed weights of one shape, with rows to multiply.
type products struct {
	size string
	work float64
	run  map[kernel.Kernel]func() error
}

func newProducts(r *random, m, n, k int) (*products, error) {
	w, scales, bias := r.ints(n*k, 127), r.floats(n*k/block), r.floats(n)
	w8, err8 := kernel.PackInt8(w, n, k, bias, bias)
	w4, err4 := kernel.PackInt4(w, n, k, block, scales, bias)
	wf, errf := kernel.PackFloat32(r.floats(n*k), n, k, bias)
	a, erra := kernel.NewRows(m, k)
	for _, err := range []error{err8, err4, errf, erra} {
		if err != nil {
			return nil, err
		}
	}
	x, c := r.floats(m*k), make([]float32, m*n)
	return &products{fmt.Sprintf("%d × %d × %d", m, k, n), float64(m) * float64(n) * float64(k) / giga, map[kernel.Kernel]func() error{
		kernel.MatmulInt8: func() error { return w8.Mul(c, a) },
		kernel.MatmulInt4: func() error { return w4.Mul(c, a) },
		kernel.MatmulF32:  func() error { return wf.Mul(c, x, m) },
	}}, a.SetAll(x)
}

// productLimits are the limits that bind the products.
var productLimits = map[kernel.Kernel]limitKind{kernel.MatmulInt8: limitDot, kernel.MatmulInt4: limitNibble, kernel.MatmulF32: limitFMA}

// buildMatmul adds products of a question, of a passage and of a batch.
func buildMatmul(o *Options, g *group) error {
	r := random(8)
	for _, m := range []int{20, 128, 4096} {
		for _, s := range shapes {
			w, err := newProducts(&r, m, s.n, s.k)
			if err != nil {
				return err
			}
			for _, k := range []kernel.Kernel{kernel.MatmulInt8, kernel.MatmulInt4, kernel.MatmulF32} {
				for _, p := range o.pathsOf(k) {
					if p == kernel.Ref && (m != 128 || s.n > 384 || s.k > 384) {
						continue // one shape tells how slow it is
					}
					g.add(k.String(), p, w.size, "GMAC/s", w.work, g.compute(productLimits[k], p), func() { must(w.run[k]()) })
				}
			}
		}
	}
	return nil
}

// buildLayer adds what stands between the products: attention, held to the products of float32 that
// it takes, and the functions of rows, held to reading and writing in the cache.
func buildLayer(o *Options, g *group) error {
	const across = 384
	r := random(9)
	for _, s := range []kernel.AttentionShape{
		{Tokens: 20, Width: 32}, {Tokens: 128, Width: 32}, {Tokens: 128, Width: 64}, {Tokens: 512, Width: 32}, {Tokens: 512, Width: 64, Window: 64},
	} {
		s.Heads, s.Stride, s.OutStride = across/s.Width, 3*across, across
		x, out, room := r.floats(s.Tokens*s.Stride), make([]float32, s.Tokens*across), new(kernel.AttentionRoom)
		work := 2 * float64(s.Tokens) * float64(s.Tokens) * across / giga
		size := fmt.Sprintf("%d tokens, %d heads of %d", s.Tokens, s.Heads, s.Width)
		if s.Window > 0 {
			size += fmt.Sprintf(", window %d", s.Window)
			work = 2 * float64(s.Tokens*(2*s.Window+1)-s.Window*(s.Window+1)) * across / giga
		}
		for _, p := range o.pathsOf(kernel.Attention) {
			if p == kernel.Ref && s.Tokens > 20 {
				continue
			}
			g.add("attention", p, size, "GMAC/s", work, g.compute(limitFMA, p), func() {
				must(kernel.Attend(out, x, x[across:], x[2*across:], s, room))
			})
		}
	}
	return addRowFunctions(o, g, &r)
}

// addRowFunctions adds the functions of rows, for a passage of 128 tokens.
func addRowFunctions(o *Options, g *group, r *random) error {
	const m, across = 128, 384
	x, gain := r.floats(m*4*across), r.floats(across)
	y, few := make([]float32, len(x)), x[:m*across]
	rows, err := kernel.NewRows(m, across)
	if err != nil {
		return err
	}
	cache := g.limit(limitKey{kind: limitCache}, func() *limit { return readLimit(make([]byte, 1<<20)) })
	for _, f := range []struct {
		name   string
		values int
		passes float64 // over memory, 4 bytes a value
		run    func() error
	}{
		{"GELU", len(x), 2, func() error { return kernel.GELU(y, x) }},
		{"SiLU", len(x), 2, func() error { return kernel.SiLU(y, x) }},
		{"norm of a sum", len(few), 3, func() error { return kernel.LayerNorm(y[:len(few)], few, few, gain, gain, 1e-5) }},
		{"rounding to 8 bits", len(few), 1.25, func() error { return rows.SetAll(few) }},
	} {
		for _, p := range o.pathsOf(kernel.Layer) {
			g.add("layer", p, fmt.Sprintf("%s, %d × %d", f.name, m, f.values/m), "GB/s", f.passes*4*float64(f.values)/giga, cache, func() { must(f.run()) })
		}
	}
	return nil
}
