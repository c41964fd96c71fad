package quant

import (
	"encoding/binary"
	"fmt"
	"math"
)

// PrincipalQuery is a question prepared for the codes of one Principal. It is immutable and may be
// shared.
type PrincipalQuery struct {
	budget Budget
	along  float32   // what a step along the mean is worth; 0 where the code does not tell
	signs  []float32 // what each sign is worth
	ints   []int8    // signs / step of their part, rounded
	parts  []Part
	mean   float32 // <q, mean>, the same for all codes
	length float64
}

// Part is a run of a code's signs for which a question rounded to 8 bits has one step.
type Part struct {
	End  int // the sign after its last; a multiple of 32 but for the last part
	Step float32
}

// Query prepares q. It fails as Codec.Query does.
func (p *Principal) Query(q []float32) (*PrincipalQuery, error) {
	if len(q) != p.basis.Dim {
		return nil, fmt.Errorf("%w: question of %d values, want %d", ErrLength, len(q), p.basis.Dim)
	}
	if err := finite(q); err != nil {
		return nil, err
	}
	out := &PrincipalQuery{budget: p.budget, signs: make([]float32, p.budget.Bits), mean: dotFloat32(q, p.basis.Mean), length: math.Sqrt(sumSquares(q))}
	if p.toMean != nil {
		out.along = dotFloat32(q, p.toMean)
		q = append([]float32(nil), q...)
		p.moveAlong(q, -out.along)
	}
	y := make([]float32, p.used)
	p.basis.project(y, q)
	for _, c := range p.classes {
		c.rotation.apply(y[c.start:c.end])
		size := c.end - c.start
		for k := range c.bits {
			for i := range size {
				out.signs[c.planes[k]+i] = float32(y[c.start+i]*c.step) * float32(int(1)<<k)
			}
		}
	}
	out.round(p.parts)
	return out, finite(append(out.signs, out.mean, float32(out.length)))
}

func (q *PrincipalQuery) round(ends []int) {
	q.ints = make([]int8, len(q.signs))
	start := 0
	for _, end := range ends {
		signs := q.signs[start:end]
		step := max(magnitude(signs)/127, math.SmallestNonzeroFloat32)
		for i, v := range signs {
			q.ints[start+i] = int8(min(max(math.RoundToEven(float64(v)/float64(step)), -127), 127))
		}
		q.parts = append(q.parts, Part{end, step})
		start = end
	}
}

// Signs is what a one-bit kernel needs: score = (Σ over parts of step × Σ ±values[i]) × the code's
// factor + base, where sign i of a code is bit i%8 of byte i/8, set for plus, and values[i] × its
// part's step is nearly what the sign is worth. With Budget.Along the score has Mean times the
// code's second number more.
func (q *PrincipalQuery) Signs() (values []int8, parts []Part, base float32) {
	return q.ints, q.parts, q.mean
}

// Mean is what the second number of a code is worth, its distance along the mean.
func (q *PrincipalQuery) Mean() float32 { return q.along }

// Dot estimates <q, x> from the code of x. It fails with ErrLength and ErrScale.
func (q *PrincipalQuery) Dot(code []byte) (float32, error) {
	return q.dot(code, func(code []byte) (sum float64) {
		for i, v := range q.signs {
			sum += float64(v) * float64(int(code[i/8]>>(i%8)&1)*2-1)
		}
		return sum
	})
}

// Dot8 is Dot with the question rounded to 8 bits: one sum of integers a part.
func (q *PrincipalQuery) Dot8(code []byte) (float32, error) {
	return q.dot(code, func(code []byte) (total float64) {
		start := 0
		for _, part := range q.parts {
			var sum int32
			for i := start; i < part.End; i++ {
				sum += int32(q.ints[i]) * (int32(code[i/8]>>(i%8)&1)*2 - 1)
			}
			total += float64(float64(sum) * float64(part.Step))
			start = part.End
		}
		return total
	})
}

func (q *PrincipalQuery) dot(code []byte, sum func([]byte) float64) (float32, error) {
	if len(code) != q.budget.bytes() {
		return 0, fmt.Errorf("%w: code of %d bytes, want %d", ErrLength, len(code), q.budget.bytes())
	}
	factor, along, err := q.budget.numbers(code)
	if err != nil {
		return 0, err
	}
	return float32(float64(sum(code)*float64(factor)) + float64(q.mean) + float64(float64(along)*float64(q.along))), nil
}

// Bound is the largest error that Dot of this code can have; ok is false where the budget stores no
// bound or its bytes are damaged.
func (q *PrincipalQuery) Bound(code []byte) (bound float32, ok bool) {
	if !q.budget.Bound || len(code) != q.budget.bytes() {
		return 0, false
	}
	h := binary.LittleEndian.Uint16(code[len(code)-2:])
	return float32(q.length * float64(FromHalf(h))), h < halfInfinity
}
