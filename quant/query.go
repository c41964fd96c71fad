package quant

import (
	"encoding/binary"
	"fmt"
	"math"
)

// Query is a question prepared for the codes of one Spec: rotated once, and rounded to 8 bits for
// Dot8. It is immutable and may be shared.
type Query struct {
	codec  *Codec    // its spec, layout and perScale only
	values []float32 // rotated
	bytes  []int8    // values / step, rounded
	step   float32
	length float64 // |q|
	off    float64 // |q - bytes × step|
}

// Query prepares q, Dim values. It fails with ErrLength and ErrNotFinite; with ErrRange if q's
// length overflows float32.
func (c *Codec) Query(q []float32) (*Query, error) {
	if len(q) != c.spec.Dim {
		return nil, fmt.Errorf("%w: question of %d values, want %d", ErrLength, len(q), c.spec.Dim)
	}
	if err := finite(q); err != nil {
		return nil, err
	}
	out := &Query{codec: c, values: append([]float32(nil), q...), bytes: make([]int8, len(q))}
	if c.rotation != nil {
		c.rotation.apply(out.values)
	}
	out.length = math.Sqrt(sumSquares(out.values))
	if !(out.length < math.MaxFloat32) {
		return nil, fmt.Errorf("%w: a question of length %g", ErrRange, out.length)
	}
	out.round()
	return out, nil
}

// round fills the 8-bit side: one step for the whole question, so that sums over blocks stay
// integers.
func (q *Query) round() {
	top := magnitude(q.values)
	q.step = max(top/127, math.SmallestNonzeroFloat32)
	var sum float64
	for i, v := range q.values {
		level := math.RoundToEven(float64(v) / float64(q.step))
		q.bytes[i] = int8(min(max(level, -127), 127))
		off := float64(v) - float64(float64(q.bytes[i])*float64(q.step))
		sum += float64(off * off)
	}
	q.off = math.Sqrt(sum)
}

// Ints is what a kernel of integers needs: the rotated question, rounded to 8 bits; value × step is
// nearly what it was. The slice is shared and read-only.
func (q *Query) Ints() (values []int8, step float32) { return q.bytes, q.step }

// Dot estimates <q, x> from the code of x, with the question in float32. It fails with ErrLength
// and ErrScale.
func (q *Query) Dot(code []byte) (float32, error) {
	return q.dot(code, q.floatSum)
}

// Dot8 is Dot with the question rounded to 8 bits: a sum of integers a block, times the block's
// scale.
func (q *Query) Dot8(code []byte) (float32, error) {
	score, err := q.dot(code, q.byteSum)
	return float32(score * q.step), err
}

func (q *Query) dot(code []byte, sum func(b int, packed []byte) float64) (float32, error) {
	spec := &q.codec.spec
	if len(code) != spec.Bytes() {
		return 0, fmt.Errorf("%w: code of %d bytes, want %d", ErrLength, len(code), spec.Bytes())
	}
	var total float64
	for b := range spec.blocks() {
		scale, ok := q.codec.scale(code, b)
		if !ok {
			return 0, fmt.Errorf("%w: block %d", ErrScale, b)
		}
		total += float64(sum(b, code) * float64(float32(scale*q.codec.perScale)))
	}
	return float32(total), nil
}

// floatSum is sum(q × level) over block b.
func (q *Query) floatSum(b int, packed []byte) (sum float64) {
	start := b * q.codec.spec.block()
	end := min(start+q.codec.spec.block(), len(q.values))
	for i := start; i < end; i++ {
		code := q.codec.layout.code(packed, i, len(q.values))
		sum += float64(q.values[i]) * float64(q.codec.layout.level(code)) // exact products
	}
	return sum
}

// byteSum is floatSum of the rounded question: an exact integer.
func (q *Query) byteSum(b int, packed []byte) float64 {
	start := b * q.codec.spec.block()
	end := min(start+q.codec.spec.block(), len(q.bytes))
	var total int32
	for i := start; i < end; i++ {
		code := q.codec.layout.code(packed, i, len(q.bytes))
		total += int32(q.bytes[i]) * q.codec.layout.level(code)
	}
	return float64(total)
}

// code reads value i of dim packed ones: the inverse of pack, one value at a time.
func (l *layout) code(packed []byte, i, dim int) uint8 {
	switch l.bits {
	case 8:
		return packed[i]
	case 4:
		group := i &^ (nibbleGroup - 1)
		half := (min(nibbleGroup, dim-group) + 1) / 2
		if i -= group; i < half {
			return packed[group/2+i] & 15
		}
		return packed[group/2+i-half] >> 4
	}
	per := 8 / l.bits
	return packed[i/per] >> (i % per * l.bits) & uint8(1<<l.bits-1)
}

// Bound is the largest error that Dot of this code can have; ok is false where the Spec stores no
// bound or its bytes are damaged. Dot8 can be off by Slack8(code) more.
func (q *Query) Bound(code []byte) (bound float32, ok bool) {
	spec := &q.codec.spec
	if !spec.Bound || len(code) != spec.Bytes() {
		return 0, false
	}
	h := binary.LittleEndian.Uint16(code[len(code)-2:])
	if h >= halfInfinity {
		return 0, false
	}
	return float32(q.length * float64(FromHalf(h)) * (1 + boundSlack)), true
}

// Likely is the error that Dot stays below but for a chance of 2 exp(-epsilon²/2) over the seeds of
// the rotation; RaBitQ takes epsilon 1.9. ok is false where Bound's is, or for a Spec that is not
// Rotated and Unbiased.
func (q *Query) Likely(code []byte, epsilon float32) (bound float32, ok bool) {
	bound, ok = q.Bound(code)
	if dim := q.codec.spec.Dim; dim > 1 {
		bound = min(bound, bound*epsilon/float32(math.Sqrt(float64(dim-1))))
	}
	return bound, ok && q.codec.spec.Rotated && q.codec.spec.Unbiased
}

// Slack8 is how far Dot8 of any code can be from its Dot, given the length of the decoded vector.
func (q *Query) Slack8(length float32) float32 {
	return float32((q.off + boundSlack*q.length) * float64(length))
}
