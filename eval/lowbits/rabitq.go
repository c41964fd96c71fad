package lowbits

import (
	"encoding/binary"
	"math"

	"sluice/quant"
)

// RaBitQ is our reproduction of RaBitQ (1 bit) and extended RaBitQ (2, 4 bits): the mean taken off,
// rotated, rounded to odd levels that point most nearly along the vector, one unbiased factor a
// vector. As in faiss's index the mean's part of a score is stored and not estimated. Both numbers
// are float16 here; faiss keeps 8 bytes at 1 bit and 20 at more.
func RaBitQ(bits int) Candidate {
	inner := Block("rabitq", formatOdd[bits], quant.PerVector, true)
	return Candidate{Format: "rabitq", Bits: float64(bits), Rotation: true, build: func(s *source) (coder, error) {
		c, err := inner.build(s)
		return &centred{coder: c, mean: s.mean, work: make([]float32, s.dim)}, err
	}}
}

// formatOdd are the formats of evenly spaced odd levels by their bits.
var formatOdd = map[int]quant.Format{1: quant.Bit1, 2: quant.Int2, 4: quant.Odd4}

// centred codes vectors less their mean c. With z the decoded x-c, the score is <q-c, z> + <c, x> +
// a constant of the question = <q, z> + shift, shift = <c, x-z>, which is stored as its difference
// in units of shiftUnit.
type centred struct {
	coder
	mean, work []float32
	shift      float32
}

const shiftUnit = 1.0 / (1 << 15) // vectors have length 1, so a shift is within ±1

func (c *centred) Bytes() int { return c.coder.Bytes() + 2 }

func (c *centred) Encode(dst []byte, x []float32) error {
	for i, v := range x {
		c.work[i] = v - c.mean[i]
	}
	at := c.coder.Bytes()
	if err := c.coder.Encode(dst[:at], c.work); err != nil {
		return err
	}
	exact := product64(c.mean, c.work)
	if err := c.coder.Decode(c.work, dst[:at]); err != nil {
		return err
	}
	shift := math.RoundToEven((exact - product64(c.mean, c.work)) / shiftUnit)
	binary.LittleEndian.PutUint16(dst[at:], uint16(int16(min(max(shift, math.MinInt16), math.MaxInt16))))
	return nil
}

func (c *centred) Decode(dst []float32, code []byte) error {
	at := c.coder.Bytes()
	err := c.coder.Decode(dst, code[:at])
	for i, v := range c.mean {
		dst[i] += v
	}
	c.shift = float32(int16(binary.LittleEndian.Uint16(code[at:]))) * shiftUnit
	return err
}

// Shift is what was read by the last Decode.
func (c *centred) Shift() float32 { return c.shift }

func product64(a, b []float32) (sum float64) {
	for i, v := range a {
		sum += float64(v) * float64(b[i])
	}
	return sum
}
