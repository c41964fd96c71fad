package model

import "sluice/quant/kernel"

// arena is the memory of one group of texts on its way through the layers. It is used again for the
// next group and grows to the largest, so that steady work makes no garbage.
type arena struct {
	x         []float32   // the rows as they are
	y         []float32   // what a block of a layer adds to them
	z         []float32   // what a product reads: normalised rows, or what attention gave
	qkv       []float32   // questions, keys and values of all heads
	query     []float32   // questions apart, where only the first rows ask
	inner     []float32   // between the two products of a band of rows
	scaled    []float32   // what such a product reads, balanced
	rounded   kernel.Rows // of the product at work, where it multiplies integers
	attention kernel.AttentionRoom
	meter     *Meter // nil: nobody measures
}

// floats gives *buf the length n. What it held is lost where it grows.
func floats(buf *[]float32, n int) []float32 {
	if cap(*buf) < n {
		*buf = make([]float32, n+n/4)
	}
	*buf = (*buf)[:n]
	return *buf
}

// firsts keeps of the rows x only the first of each text of the group.
func (a *arena) firsts(g group, width int) {
	for i := g.first; i < g.end; i++ {
		from, _ := g.text(i)
		copy(a.x[(i-g.first)*width:], a.x[from*width:(from+1)*width])
	}
	a.x = a.x[:(g.end-g.first)*width]
}

// round gives rows of k values rounded to 8 bits. They are valid until the next ones.
func (a *arena) round(x []float32, k int) (*kernel.Rows, error) {
	if err := a.rounded.Resize(len(x)/k, k); err != nil {
		return nil, err
	}
	return &a.rounded, a.rounded.SetAll(x)
}
