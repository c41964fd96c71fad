package quant

import (
	"encoding/binary"
	"fmt"
	"math"
	"slices"
)

// Codec encodes and decodes the vectors of one Spec. It keeps scratch space: one goroutine at a
// time; Clone gives another.
type Codec struct {
	spec     Spec
	layout   *layout
	rotation *rotation // nil without one
	perScale float32   // level × perScale × scale = value
	scales   int       // where the scales of a code begin
	work     []float32 // the rotated vector
	codes    []uint8   // unpacked
	trial    []uint8   // codes of the scale being tried
	fits     []fitted  // a block
}

// fitted is one block's choice, before its scale is rounded.
type fitted struct {
	step   float64 // value of level 1
	along  float64 // sum(x × level)
	square int64   // sum(level²)
}

// New compiles a Spec. It fails with ErrSpec.
func New(spec Spec) (*Codec, error) {
	if err := spec.Validate(); err != nil {
		return nil, err
	}
	c := &Codec{spec: spec, layout: layouts[spec.Format], scales: spec.codeBytes()}
	c.perScale = 1 / float32(c.layout.top)
	if spec.Scale == E8M0 {
		c.perScale = c.layout.unit
	}
	if spec.Rotated {
		c.rotation = newRotation(spec.Dim, spec.Seed)
	}
	c.scratch()
	return c, nil
}

// Clone returns a Codec of the same Spec that can run beside this one.
func (c *Codec) Clone() *Codec {
	clone := *c
	clone.scratch()
	return &clone
}

func (c *Codec) scratch() {
	c.work = make([]float32, c.spec.Dim)
	c.codes = make([]uint8, c.spec.Dim)
	c.trial = make([]uint8, c.spec.block())
	c.fits = make([]fitted, c.spec.blocks())
}

// Spec returns what the Codec was made from.
func (c *Codec) Spec() Spec { return c.spec }

// Bytes is the size of one vector's code.
func (c *Codec) Bytes() int { return c.spec.Bytes() }

// Encode writes the code of x, Dim values, to dst, Bytes() bytes. It fails with ErrLength,
// ErrNotFinite, and with ErrRange for values beyond the scale format's range or for a vector, not
// all zeros, below it: with Half every value above 65,504, or none of at least 2^-14 after the
// rotation.
func (c *Codec) Encode(dst []byte, x []float32) error {
	if len(x) != c.spec.Dim || len(dst) != c.spec.Bytes() {
		return fmt.Errorf("%w: %d values into %d bytes, want %d into %d", ErrLength, len(x), len(dst), c.spec.Dim, c.spec.Bytes())
	}
	if err := finite(x); err != nil {
		return err
	}
	copy(c.work, x)
	if c.rotation != nil {
		c.rotation.apply(c.work)
	}
	if err := c.checkRange(x); err != nil {
		return err
	}
	lengthen := c.fit()
	c.writeScales(dst, lengthen)
	pack(dst[:c.spec.codeBytes()], c.codes, c.layout.bits)
	if c.spec.Bound {
		c.writeBound(dst)
	}
	return nil
}

func finite(x []float32) error {
	for i, v := range x {
		if math.Float32bits(v)&0x7f800000 == 0x7f800000 {
			return fmt.Errorf("%w: %v at %d", ErrNotFinite, v, i)
		}
	}
	return nil
}

func (c *Codec) checkRange(x []float32) error {
	low, high := float32(halfMin), float32(halfMax)
	if c.spec.Scale == E8M0 {
		low, high = fromE8(e8Min), fromE8(e8Max)*c.perScale
	}
	switch top := magnitude(c.work); {
	case top > high || top != top: // a rotation of huge values can overflow
		return fmt.Errorf("%w: a value of %g, at most %g", ErrRange, top, high)
	case top < low && magnitude(x) > 0:
		return fmt.Errorf("%w: no value above %g, at least %g", ErrRange, top, low)
	}
	return nil
}

// magnitude is the largest absolute value; NaN if one is NaN.
func magnitude(x []float32) float32 {
	var top float32
	for _, v := range x {
		top = max(top, math.Float32frombits(math.Float32bits(v)&^(1<<31)))
	}
	return top
}

// fit chooses codes and steps block by block, and returns the factor that makes lengths unbiased (1
// if not asked for).
func (c *Codec) fit() float64 {
	var length, along float64
	for b := range c.fits {
		x, codes := c.block(b)
		c.fits[b] = c.fitBlock(codes, x)
		length += float64(sumSquares(x))
		along += float64(c.fits[b].step * c.fits[b].along)
	}
	if !c.spec.Unbiased || along == 0 {
		return 1
	}
	return length / along
}

func (c *Codec) block(b int) (x []float32, codes []uint8) {
	size := c.spec.block()
	end := min((b+1)*size, c.spec.Dim)
	return c.work[b*size : end], c.codes[b*size : end]
}

func sumSquares(x []float32) float64 {
	var sum float64
	for _, v := range x {
		sum += float64(v) * float64(v) // exact, so it does not matter whether it is fused
	}
	return sum
}

func (c *Codec) writeScales(dst []byte, lengthen float64) {
	scales := dst[c.spec.codeBytes():]
	for b, f := range c.fits {
		scale := float32(f.step * lengthen / float64(c.perScale))
		if c.spec.Scale == E8M0 {
			scales[b] = storeE8(scale)
		} else {
			binary.LittleEndian.PutUint16(scales[2*b:], storeHalf(scale))
		}
	}
}

// storeE8 takes a scale that fit has already made a power of two, or 0 for a block of zeros.
func storeE8(scale float32) byte {
	if scale == 0 {
		return e8Zero
	}
	return e8Up(scale)
}

// storeHalf takes any scale; fit has made AbsMax's a float16 already, rounded up.
func storeHalf(scale float32) uint16 {
	if scale == 0 {
		return halfZero
	}
	return max(ToHalf(min(scale, halfMax)), 1)
}

// writeBound measures what Decode will make of dst and stores the distance, rounded up.
func (c *Codec) writeBound(dst []byte) {
	var sum float64
	for b := range c.fits {
		x, codes := c.block(b)
		scale, _ := c.scale(dst, b)
		for i, v := range x {
			off := float64(v) - float64(c.value(codes[i], scale))
			sum += float64(off * off)
		}
	}
	// Decode rounds after each step of the inverse rotation and so does the rotation here:
	// boundSlack covers both.
	distance := math.Sqrt(sum) + boundSlack*math.Sqrt(sumSquares(c.work))
	binary.LittleEndian.PutUint16(dst[len(dst)-2:], halfUp(float32(min(distance, halfMax))))
}

// boundSlack is the share of a vector's length that float32 rounding of rotations and scores may
// add to an error.
const boundSlack = 1e-5

// Decode writes the vector of a code to dst, Dim values. It fails with ErrLength and ErrScale.
func (c *Codec) Decode(dst []float32, code []byte) error {
	if len(dst) != c.spec.Dim || len(code) != c.spec.Bytes() {
		return fmt.Errorf("%w: %d bytes into %d values, want %d into %d", ErrLength, len(code), len(dst), c.spec.Bytes(), c.spec.Dim)
	}
	unpack(c.codes, code, c.layout.bits)
	for b := range c.fits {
		scale, ok := c.scale(code, b)
		_, codes := c.block(b)
		if !ok {
			return fmt.Errorf("%w: block %d", ErrScale, b)
		}
		for i, code := range codes {
			dst[b*c.spec.block()+i] = c.value(code, scale)
		}
	}
	if c.rotation != nil {
		c.rotation.invert(dst)
	}
	return nil
}

// Levels gives a code as the integers that package kernel multiplies, Dim of them, and the step of
// each block: a value is its level times its block's step, before the inverse rotation. It fails
// with ErrLength and ErrScale.
func (c *Codec) Levels(levels []int8, steps []float32, code []byte) error {
	if len(levels) != c.spec.Dim || len(steps) != c.spec.blocks() || len(code) != c.spec.Bytes() {
		return fmt.Errorf("%w: %d bytes into %d levels and %d steps, want %d into %d and %d", ErrLength,
			len(code), len(levels), len(steps), c.spec.Bytes(), c.spec.Dim, c.spec.blocks())
	}
	unpack(c.codes, code, c.layout.bits)
	c.layout.fill(levels, c.codes)
	for b := range steps {
		scale, ok := c.scale(code, b)
		if !ok {
			return fmt.Errorf("%w: block %d", ErrScale, b)
		}
		steps[b] = scale * c.perScale
	}
	return nil
}

// SetLevels writes the code of integers and of the step of each block, as Levels gives them, to
// dst. Steps are rounded to the scale format's precision. It fails with ErrLength and ErrRange, and
// takes Half only.
func (c *Codec) SetLevels(dst []byte, levels []int8, steps []float32) error {
	if len(levels) != c.spec.Dim || len(steps) != c.spec.blocks() || len(dst) != c.spec.Bytes() || c.spec.Scale != Half || c.spec.Bound {
		return fmt.Errorf("%w: %d levels and %d steps into %d bytes, want %d and %d into %d, with scales of 16 bits", ErrLength,
			len(levels), len(steps), len(dst), c.spec.Dim, c.spec.blocks(), c.spec.Bytes())
	}
	for i, level := range levels {
		code, ok := c.layout.codeOf(level)
		if !ok {
			return fmt.Errorf("%w: %v has no level %d", ErrRange, c.spec.Format, level)
		}
		c.codes[i] = code
	}
	pack(dst[:c.spec.codeBytes()], c.codes, c.layout.bits)
	for b, step := range steps {
		scale := step / c.perScale
		stored := storeHalf(max(scale, -scale))
		if scale < 0 {
			stored |= halfSign
		}
		if !(max(scale, -scale) <= halfMax) || scale < 0 && c.spec.Fit != Given {
			return fmt.Errorf("%w: a step of %g", ErrRange, step)
		}
		binary.LittleEndian.PutUint16(dst[c.spec.codeBytes()+2*b:], stored)
	}
	return nil
}

// codeOf is the code of a level; false for a level that the format does not have.
func (l *layout) codeOf(level int8) (uint8, bool) {
	if l.bits == 8 {
		return uint8(level), level != -128
	}
	if l.low != 0 {
		return uint8(level) - uint8(l.low), int(level) >= l.low && int(level) <= l.top
	}
	i := slices.Index(l.levels, level)
	return uint8(i), i >= 0
}

// scale reads the scale of block b; false for one that no encoder writes.
func (c *Codec) scale(code []byte, b int) (float32, bool) {
	if c.spec.Scale == E8M0 {
		return e8Scale(code[c.scales+b])
	}
	stored := binary.LittleEndian.Uint16(code[c.scales+2*b:])
	if stored&halfSign != 0 && stored != halfZero && c.spec.Fit == Given {
		scale, ok := halfScale(stored &^ halfSign)
		return -scale, ok
	}
	return halfScale(stored)
}

func (c *Codec) value(code uint8, scale float32) float32 {
	return float32(float32(c.layout.level(code))*float32(scale*c.perScale)) + 0 // a zero is never a minus zero
}

// fill writes the levels of codes.
func (l *layout) fill(levels []int8, codes []uint8) {
	if l.bits == 8 {
		for i, code := range codes {
			levels[i] = int8(code)
		}
		return
	}
	var all [16]int8
	copy(all[:], l.levels)
	for i, code := range codes {
		levels[i] = all[code&15]
	}
}

func (l *layout) level(code uint8) int32 {
	if l.bits == 8 {
		return int32(int8(code))
	}
	return int32(l.levels[code])
}
