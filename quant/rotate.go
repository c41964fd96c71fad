package quant

import (
	"math"
	"math/bits"
)

// rotation is a randomised Hadamard transform: signs drawn from a seed and Walsh-Hadamard
// transforms of a power of two, alternating. A dimension that is no power of two is covered by two
// blocks, the first and the last values, which overlap; two rounds let every value reach every
// other. It is orthonormal, so lengths and dot products stay as they are. (Ailon and Chazelle, The
// Fast Johnson-Lindenstrauss Transform, 2009; overlapping blocks as in RaBitQ's library.)
type rotation struct {
	dim, block int
	steps      []rotationStep
}

// rotationStep flips the signs of all values, then transforms the block that begins at start.
type rotationStep struct {
	signs []uint32 // 0 or the sign bit of a float32, a value
	start int
}

const rotationRounds = 2

func newRotation(dim int, seed uint64) *rotation {
	r := &rotation{dim: dim, block: 1 << (bits.Len(uint(dim)) - 1)}
	random := splitmix(seed)
	for range rotationRounds {
		r.steps = append(r.steps, rotationStep{random.signs(dim), 0})
		if r.block < dim {
			r.steps = append(r.steps, rotationStep{random.signs(dim), dim - r.block})
		}
	}
	return r
}

// apply rotates x in place.
func (r *rotation) apply(x []float32) {
	for _, step := range r.steps {
		flip(x, step.signs)
		hadamard(x[step.start : step.start+r.block])
	}
}

// invert undoes apply in place.
func (r *rotation) invert(x []float32) {
	for i := len(r.steps) - 1; i >= 0; i-- {
		hadamard(x[r.steps[i].start : r.steps[i].start+r.block])
		flip(x, r.steps[i].signs)
	}
}

func flip(x []float32, signs []uint32) {
	for i := range x {
		x[i] = math.Float32frombits(math.Float32bits(x[i]) ^ signs[i])
	}
}

// hadamard transforms x, whose length is a power of two, in place, and is its own inverse. Two
// stages share a pass, which changes no sum.
func hadamard(x []float32) {
	half := 1
	for ; 4*half <= len(x); half *= 4 {
		for start := 0; start < len(x); start += 4 * half {
			hadamardFour(x[start:start+4*half], half)
		}
	}
	if half < len(x) {
		low, high := x[:half], x[half:2*half]
		for i, a := range low {
			b := high[i]
			low[i], high[i] = a+b, a-b
		}
	}
	scale := float32(1 / math.Sqrt(float64(len(x))))
	for i := range x {
		x[i] = float32(x[i] * scale)
	}
}

// hadamardFour is the stages of distance half and 2 × half.
func hadamardFour(x []float32, half int) {
	p, q, r, s := x[:half], x[half:][:half], x[2*half:][:half], x[3*half:][:half]
	for i, a := range p {
		b, c, d := q[i], r[i], s[i]
		ab, cd, aB, cD := a+b, c+d, a-b, c-d
		p[i], q[i], r[i], s[i] = ab+cd, aB+cD, ab-cd, aB-cD
	}
}

// splitmix is the SplitMix64 generator (Steele, Lea and Flood, 2014): a seed's bits are the same
// for ever.
type splitmix uint64

func (s *splitmix) next() uint64 {
	*s += 0x9e3779b97f4a7c15
	z := uint64(*s)
	z = (z ^ z>>30) * 0xbf58476d1ce4e5b9
	z = (z ^ z>>27) * 0x94d049bb133111eb
	return z ^ z>>31
}

func (s *splitmix) signs(count int) []uint32 {
	out := make([]uint32, count)
	var word uint64
	for i := range out {
		if i%64 == 0 {
			word = s.next()
		}
		out[i] = uint32(word&1) << 31
		word >>= 1
	}
	return out
}
