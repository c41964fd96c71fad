package kernel

const (
	panel      = 48 // columns of a packed panel: three vectors of 16
	tileRows   = 8  // rows of a register tile
	mulPiece   = 24 // rows in one call into assembly: whole tiles of every path
	depthMax   = 1 << 14
	depthLong  = 1 << 11 // deeper products take one tile's rows a call, so that no call is long
	columnsMax = 1 << 20
	tileHigh   = 16 // rows that a tile of AMX holds
	tileDeep   = 64 // terms of each
)

// weights is what the three kinds of packed matrices share.
type weights struct {
	k, n  int
	scale []float32 // of a column; padded to whole panels
	bias  []float32 // padded likewise
}

// N is the number of columns, K the number of terms of a product.
func (w *weights) N() int { return w.n }

// K is the number of terms of a product.
func (w *weights) K() int { return w.k }

func newWeights(kern Kernel, have, n, k int, scale, bias []float32) (weights, error) {
	err := firstError(exactly(kern, "weights", have, n*k), exactly(kern, "depth of a multiple of 8: rest", k%8, 0))
	if err == nil && (n <= 0 || k <= 0 || n > columnsMax || k > depthMax) {
		err = &ShapeError{kern.String(), "columns or depth", min(n, k), 1}
	}
	if err == nil && bias != nil {
		err = exactly(kern, "bias", len(bias), n)
	}
	if err != nil {
		return weights{}, err
	}
	w := weights{k: k, n: n, scale: make([]float32, panels(n)*panel), bias: make([]float32, panels(n)*panel)}
	copy(w.scale, scale)
	copy(w.bias, bias)
	return w, nil
}

func panels(n int) int { return (n + panel - 1) / panel }

// tiled rounds a depth up to what a row of a tile holds.
func tiled(k int) int { return (k + tileDeep - 1) &^ (tileDeep - 1) }

// Int8Matrix holds packed 8-bit weights.
type Int8Matrix struct {
	weights
	packed []int8  // [panel][k/4][48][4], zeros behind k up to what tiles take
	base   []int32 // of a column: −128·Σ weights, the offset of the activations
}

// PackInt8 packs n rows of k weights (row j makes output column j; k a multiple of 8), a scale for
// each, and a bias (nil: none).
func PackInt8(w []int8, n, k int, scale, bias []float32) (*Int8Matrix, error) {
	base, err := newWeights(MatmulInt8, len(w), n, k, scale, bias)
	if err == nil {
		err = exactly(MatmulInt8, "scales", len(scale), n)
	}
	if err != nil {
		return nil, err
	}
	deep := tiled(k)
	m := &Int8Matrix{weights: base, packed: make([]int8, panels(n)*panel*deep), base: make([]int32, panels(n)*panel)}
	for j := range n {
		row, column := w[j*k:(j+1)*k], m.packed[j/panel*panel*deep+j%panel*4:]
		sum := int32(0)
		for t := 0; t < k; t += 4 {
			a, b, c, d := row[t], row[t+1], row[t+2], row[t+3]
			four := column[t*panel : t*panel+4]
			four[0], four[1], four[2], four[3] = a, b, c, d
			sum += int32(a) + int32(b) + int32(c) + int32(d)
		}
		m.base[j] = -128 * sum
	}
	return m, nil
}

// Mul computes c = a · weights: c has a.M rows of N columns,
//
//	c = fma(float32(Σ_k a·w) · scale of the row, scale of the column, bias)
//
// the sum being an integer modulo 2^32.
func (m *Int8Matrix) Mul(c []float32, a *Rows) error {
	if err := m.check(MatmulInt8, c, a.M, a.K); err != nil {
		return err
	}
	m.mul(MatmulInt8.path(), c, a)
	return nil
}

func (m *Int8Matrix) mul(p Path, c []float32, a *Rows) {
	if p == AMX {
		m.mulTiles(c, a)
		return
	}
	t := newWalk(&m.weights, c, a.M, bandBytes/a.K)
	for t.next() {
		out, stride := t.out()
		mulInt8(p, out, stride, m, t.j, a, t.from, t.to)
	}
}

func (w *weights) check(kern Kernel, c []float32, m, k int) error {
	return firstError(exactly(kern, "depth", k, w.k), exactly(kern, "outputs", len(c), m*w.n))
}

// walk cuts a product into pieces for one call into assembly each: a whole panel of up to mulPiece
// rows straight into c, a last panel that is not full through a scratch tile. Bands of rows that
// fit the second-level cache meet all panels before the next band comes. It is a struct with
// methods, and not a function that takes a function, so that the scratch stays on the stack.
type walk struct {
	w         *weights
	c         []float32
	rows      int
	band, end int // rows band … end−1 are at work
	bandRows  int
	j         int // panel
	from, to  int // rows of the piece
	edge      [tileRows * panel]float32
}

// How much of the second-level cache the rows of a band may take. Weights of float32 are as large
// as that cache and come from behind it once a band, so there the bands are larger.
const (
	bandBytes  = 192 << 10
	bandFloats = 1 << 20
)

// newWalk starts a product of rows rows, bandRows of them a band, or as few as make bands of one
// size.
func newWalk(w *weights, c []float32, rows, bandRows int) walk {
	bandRows = max(bandRows/mulPiece, 1) * mulPiece
	bands := max((rows+bandRows-1)/bandRows, 1)
	bandRows = ((rows+bands-1)/bands + mulPiece - 1) / mulPiece * mulPiece
	return walk{w: w, c: c, rows: rows, end: min(bandRows, rows), bandRows: bandRows}
}

// next ends the piece before and moves to the next one.
func (t *walk) next() bool {
	if t.to > t.from && t.partial() {
		for r := t.from; r < t.to; r++ {
			copy(t.c[r*t.w.n+t.j*panel:(r+1)*t.w.n], t.edge[(r-t.from)*panel:])
		}
	}
	if t.from = t.to; t.from == t.end {
		t.j, t.from = t.j+1, t.band
	}
	if t.j == panels(t.w.n) {
		t.band, t.j = t.end, 0
		t.from, t.end = t.band, min(t.band+t.bandRows, t.rows)
	}
	step := mulPiece
	if t.partial() || t.w.k > depthLong {
		step = tileRows
	}
	t.to = min(t.from+step, t.end)
	return t.band < t.rows
}

func (t *walk) partial() bool { return (t.j+1)*panel > t.w.n }

// out is where the piece's outputs go, and the distance of its rows.
func (t *walk) out() (c []float32, stride int) {
	if t.partial() {
		return t.edge[:], panel
	}
	return t.c[t.from*t.w.n+t.j*panel:], t.w.n
}

// Float32Matrix holds packed float32 weights.
type Float32Matrix struct {
	weights
	packed []float32 // [panel][k][48]
}

// PackFloat32 packs n rows of k weights (row j makes output column j; k a multiple of 8) and a bias
// (nil: none).
func PackFloat32(w []float32, n, k int, bias []float32) (*Float32Matrix, error) {
	base, err := newWeights(MatmulF32, len(w), n, k, nil, bias)
	if err != nil {
		return nil, err
	}
	m := &Float32Matrix{weights: base, packed: make([]float32, panels(n)*panel*k)}
	m.Repack(w)
	return m, nil
}

// Repack replaces the weights (for products of activations with each other); len(rows) must be N·K.
func (w *Float32Matrix) Repack(rows []float32) {
	for j := range w.n {
		for t, v := range rows[j*w.k : (j+1)*w.k] {
			w.packed[j/panel*panel*w.k+t*panel+j%panel] = v
		}
	}
}

// Mul computes c = a · weights + bias for m rows of K values:
//
//	f = fma(a(k), w(k), f) for k ascending from f = bias
func (w *Float32Matrix) Mul(c, a []float32, m int) error {
	if err := firstError(w.check(MatmulF32, c, m, w.k), exactly(MatmulF32, "activations", len(a), m*w.k)); err != nil {
		return err
	}
	w.mul(MatmulF32.path(), c, a, m)
	return nil
}

func (w *Float32Matrix) mul(p Path, c, a []float32, m int) {
	t := newWalk(&w.weights, c, m, bandFloats/4/w.k)
	for t.next() {
		out, stride := t.out()
		mulFloat32(p, out, stride, w, t.j, a, t.from, t.to)
	}
}
