package kernel

import (
	"math"
	"sync"
)

// Rows are activations: M rows of K values of 8 bits, with one scale a row.
type Rows struct {
	M, K   int
	values []uint8   // value + 128
	scale  []float32 // value · scale is the number

	widening sync.Mutex
	words    []uint16 // values as words, for processors that cannot multiply bytes: see wide
}

// NewRows makes room for m rows of k values, k a multiple of 8. Rows are read-only for products:
// several may run at once.
func NewRows(m, k int) (*Rows, error) {
	r := &Rows{}
	return r, r.Resize(m, k)
}

// Resize gives the rows another shape, as NewRows does. It allocates only where they never were as
// large. What they hold afterwards is undefined.
func (r *Rows) Resize(m, k int) error {
	if m <= 0 || m > columnsMax || k <= 0 || k > depthMax || k%8 != 0 {
		return &ShapeError{MatmulInt8.String(), "depth (a multiple of 8)", k, depthMax}
	}
	r.M, r.K = m, k
	r.values = resized(r.values, (m+tileHigh-1)/tileHigh*tileHigh*k+tileDeep)[:m*k] // tiles read whole rows of tiles
	r.scale = resized(r.scale, m)
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
