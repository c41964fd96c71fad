package kernel

import (
	"math"
	"sync"
)

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

// Rows are activations: M rows of K values of 8 bits, with one scale a row.
type Rows struct {
	M, K   int
	values []uint8   // value + 128
	scale  []float32 // value · scale is the number
	block  int       // how many values one entry of sums covers; 0: no sums
	sums   []int32   // [M][K/block]: −8·Σ value, the offset of 4-bit weights

	widening sync.Mutex
	words    []uint16 // values as words, for processors that cannot multiply bytes: see wide
}

// NewRows makes room for m rows of k values, k a multiple of 8. block is the block of the 4-bit
// weights that the rows will meet (0: none). Rows are read-only for products: several may run at
// once.
func NewRows(m, k, block int) (*Rows, error) {
	r := &Rows{}
	return r, r.Resize(m, k, block)
}

// Resize gives the rows another shape, as NewRows does. It allocates only where they never were as
// large. What they hold afterwards is undefined.
func (r *Rows) Resize(m, k, block int) error {
	if m <= 0 || m > columnsMax || k <= 0 || k > depthMax || k%8 != 0 {
		return &ShapeError{MatmulInt8.String(), "depth (a multiple of 8)", k, depthMax}
	}
	if block != 0 && (block < 0 || block%8 != 0 || k%block != 0) {
		return &ShapeError{MatmulInt4.String(), "block (a multiple of 8 that divides the depth)", block, k}
	}
	r.M, r.K, r.block = m, k, block
	r.values = resized(r.values, (m+tileHigh-1)/tileHigh*tileHigh*k+tileDeep)[:m*k] // tiles read whole rows of tiles
	r.scale = resized(r.scale, m)
	if block != 0 {
		r.sums = resized(r.sums, m*(k/block))
	}
	if r.words != nil || available(AVX2) && !available(AVX512) {
		r.words = resized(r.words, m*k)
	}
	return nil
}

// resized is a slice of n values, s itself where it has room.
func resized[T any](s []T, n int) []T {
	if cap(s) >= n {
		return s[:n]
	}
	return make([]T, n)
}

// Set rounds x, the row m, to 8 bits: scale = max|x|/127, values round(x·(127/max|x|)) to even. A
// row whose largest size is below 2^-119 is taken for zeros, with scale 0: there 127/max|x| leaves
// float32. A row that is not finite is refused.
func (r *Rows) Set(m int, x []float32) error {
	if err := firstError(exactly(MatmulInt8, "values of a row", len(x), r.K), r.checkRow(m)); err != nil {
		return err
	}
	return r.set(MatmulInt8.path(), m, x)
}

// SetAll rounds all rows, which lie in x one behind the other; see Set. It stops at one that is not
// finite.
func (r *Rows) SetAll(x []float32) error {
	if err := exactly(MatmulInt8, "values of the rows", len(x), r.M*r.K); err != nil {
		return err
	}
	p := MatmulInt8.path()
	for m := range r.M {
		if err := r.set(p, m, x[m*r.K:(m+1)*r.K]); err != nil {
			return err
		}
	}
	return nil
}

func (r *Rows) set(p Path, m int, x []float32) error {
	bits := largest(p, x)
	if bits >= 0x7F800000 {
		return &ShapeError{MatmulInt8.String(), "values that are not finite, in row", m, 0}
	}
	inverse := float32(0)
	if r.scale[m] = 0; bits >= 0x04000000 {
		size := math.Float32frombits(bits)
		r.scale[m], inverse = size/127, 127/size
	}
	roundRow(p, r.values[m*r.K:(m+1)*r.K], x, inverse)
	r.follow(m)
	return nil
}

// checkRow says whether there is a row m.
func (r *Rows) checkRow(m int) error {
	if m < 0 || m >= r.M {
		return &ShapeError{MatmulInt8.String(), "row", m, r.M - 1}
	}
	return nil
}

// Int8 gives row m as integers, with their scale; for tests and for callers that bring integers
// along.
func (r *Rows) Int8(m int, values []int8) (scale float32) {
	for k := range values {
		values[k] = int8(r.values[m*r.K+k] ^ 128)
	}
	return r.scale[m]
}

// SetInt8 sets row m to integers and a scale.
func (r *Rows) SetInt8(m int, values []int8, scale float32) error {
	if err := firstError(exactly(MatmulInt8, "values of a row", len(values), r.K), r.checkRow(m)); err != nil {
		return err
	}
	for k, v := range values {
		r.values[m*r.K+k] = uint8(v) ^ 128
	}
	r.scale[m] = scale
	r.follow(m)
	return nil
}

// follow brings what is derived from row m up to date.
func (r *Rows) follow(m int) {
	r.blockSums(m)
	if r.words != nil {
		widenRow(r.words[m*r.K:(m+1)*r.K], r.values[m*r.K:])
	}
}

// wide gives the values as words. Where AVX2 is the best path they are kept from the start; where
// it was only asked for they are made once.
func (r *Rows) wide() []uint16 {
	r.widening.Lock()
	defer r.widening.Unlock()
	if r.words == nil {
		r.words = make([]uint16, len(r.values))
		widenRow(r.words, r.values)
	}
	return r.words
}

// blockSums fills the sums of row m.
func (r *Rows) blockSums(m int) {
	if r.block == 0 {
		return
	}
	blocks := r.K / r.block
	for b := range blocks {
		sum := int32(0)
		for _, v := range r.values[m*r.K+b*r.block:][:r.block] {
			sum += int32(v)
		}
		r.sums[m*blocks+b] = -8 * (sum - 128*int32(r.block))
	}
}

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
	for i, v := range w {
		j, t := i/k, i%k
		m.packed[j/panel*panel*deep+t/4*4*panel+j%panel*4+t%4] = v
		m.base[j] -= 128 * int32(v)
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
	t := newWalk(&m.weights, c, a.M, a.K)
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

// bandBytes is how much of the second-level cache the rows of a band may take.
const bandBytes = 192 << 10

// newWalk starts a product of rows rows of rowBytes bytes.
func newWalk(w *weights, c []float32, rows, rowBytes int) walk {
	n := max(bandBytes/rowBytes/mulPiece, 1) * mulPiece
	return walk{w: w, c: c, rows: rows, end: min(n, rows), bandRows: n}
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

// Int4Matrix holds packed 4-bit weights with a scale for each block of terms.
type Int4Matrix struct {
	weights
	block  int
	packed []byte    // [panel][k/8][48][4]: terms 8i … 8i+3 low, 8i+4 … 8i+7 high, value + 8
	scales []float32 // [panel][k/block][48]
	base   []int32   // like scales: −128·Σ (value + 8), the offset of the activations
}

// PackInt4 packs n rows of k weights −8 … 7 with a scale for each block of terms (block a multiple
// of 8 that divides k; scales[j·(k/block) + b]) and a bias (nil: none).
func PackInt4(w []int8, n, k, block int, scales, bias []float32) (*Int4Matrix, error) {
	base, err := newWeights(MatmulInt4, len(w), n, k, nil, bias)
	if err == nil && (block <= 0 || block%8 != 0 || k%block != 0) {
		err = &ShapeError{MatmulInt4.String(), "block (a multiple of 8 that divides the depth)", block, k}
	}
	if err == nil {
		err = exactly(MatmulInt4, "scales", len(scales), n*k/block)
	}
	if err != nil {
		return nil, err
	}
	blocks := k / block
	m := &Int4Matrix{weights: base, block: block, packed: make([]byte, panels(n)*panel*k/2),
		scales: make([]float32, panels(n)*panel*blocks), base: make([]int32, panels(n)*panel*blocks)}
	for i, v := range w {
		j, t := i/k, i%k
		m.packed[j/panel*panel*k/2+t/8*4*panel+j%panel*4+t%4] |= byte(v+8) & 15 << (t % 8 / 4 * 4)
		at := j/panel*panel*blocks + t/block*panel + j%panel
		m.base[at] -= 128 * int32(byte(v+8)&15)
		m.scales[at] = scales[j*blocks+t/block]
	}
	return m, nil
}

// Mul computes c = a · weights: with dot(b) the integer product of block b,
//
//	f = fma(float32(dot(b)), scale(b), f) for b ascending from f = 0
//	c = fma(f, scale of the row, bias)
func (m *Int4Matrix) Mul(c []float32, a *Rows) error {
	if err := firstError(m.check(MatmulInt4, c, a.M, a.K), exactly(MatmulInt4, "block of the activations", a.block, m.block)); err != nil {
		return err
	}
	m.mul(MatmulInt4.path(), c, a)
	return nil
}

func (m *Int4Matrix) mul(p Path, c []float32, a *Rows) {
	t := newWalk(&m.weights, c, a.M, a.K)
	for t.next() {
		out, stride := t.out()
		mulInt4(p, out, stride, m, t.j, a, t.from, t.to)
	}
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
	t := newWalk(&w.weights, c, m, 4*w.k)
	for t.next() {
		out, stride := t.out()
		mulFloat32(p, out, stride, w, t.j, a, t.from, t.to)
	}
}
