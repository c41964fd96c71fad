package quant

import (
	"fmt"
	"math"
)

// Format is the number format of one value. A code stands for a level, a small integer; value =
// level × scale / top, where top is the format's largest level.
type Format uint8

// The formats. Their numbers are stored: never renumber.
const (
	// Int8 has the levels -127 .. 127.
	Int8 Format = 1
	// Int4 has the levels -8 .. 7, stored plus 8: package kernel's 4-bit vectors and weights.
	Int4 Format = 2
	// FP4 is E2M1: 0, .5, 1, 1.5, 2, 3, 4, 6 and their negatives (OCP Microscaling Formats 1.0,
	// section 5.3.3).
	FP4 Format = 3
	// Int2 has the levels -3, -1, 1, 3.
	Int2 Format = 4
	// Bit1 has the levels -1 and 1.
	Bit1 Format = 5
	// Normal4 has the sixteen levels that are best for a normal distribution (Lloyd 1957, Max
	// 1960): with a rotation and one scale a vector this is TurboQuant (Zandieh et al. 2025,
	// algorithm 1).
	Normal4 Format = 6
	// Normal2 has the four levels that are best for a normal distribution.
	Normal2 Format = 7
	// Odd4 has the sixteen odd levels -15, -13 .. 15: symmetric, without a zero, extended RaBitQ's
	// grid.
	Odd4 Format = 8
)

// layout is what a format's loops need to know.
type layout struct {
	name   string
	bits   int
	top    int        // largest level
	low    int        // lowest level of the formats that have every integer between
	gap    int        // largest distance between neighbouring levels
	levels []int8     // by code, for formats of at most 4 bits
	edges  []float32  // ascending, the last beyond all values: values below edges[i] take the i-th lowest level; nil for the evenly spaced formats
	below  [256]uint8 // how many edges lie below -top, 1-top ..: edges are at least 1 apart
	order  []uint8    // codes from the lowest level up, beside edges
	unit   float32    // what an E8M0 scale of 1 makes of level 1
	normal float32    // what the largest level stands for in standard normal values, where the levels are best for them
	narrow float32    // the smallest scale worth trying, as a share of the block's largest magnitude
}

var layouts = map[Format]*layout{
	Int8:    {name: "int8", bits: 8, top: 127, low: -127, gap: 1, unit: 1.0 / 64, narrow: .9},
	Int4:    {name: "int4", bits: 4, top: 7, low: -8, gap: 1, levels: evenLevels(4), unit: 1.0 / 4, narrow: .45},
	FP4:     withEdges(&layout{name: "fp4", bits: 4, top: 12, gap: 4, levels: e2m1, unit: .5, narrow: .55}),
	Int2:    {name: "int2", bits: 2, top: 3, gap: 2, levels: oddLevels(2), unit: .5, narrow: .25},
	Bit1:    {name: "bit1", bits: 1, top: 1, gap: 2, levels: oddLevels(1), unit: 1, normal: .7978846, narrow: .1},
	Normal4: withEdges(&layout{name: "normal4", bits: 4, top: 127, gap: 31, levels: normal4, unit: 1.0 / 64, normal: 2.7325896, narrow: .45}),
	Normal2: withEdges(&layout{name: "normal2", bits: 2, top: 127, gap: 89, levels: normal2, unit: 1.0 / 64, normal: 1.5104176, narrow: .25}),
	Odd4:    {name: "odd4", bits: 4, top: 15, gap: 2, levels: oddLevels(4), unit: 1.0 / 8, narrow: .45},
}

var (
	e2m1 = []int8{0, 1, 2, 3, 4, 6, 8, 12, 0, -1, -2, -3, -4, -6, -8, -12}
	// 127/2.7326 and 127/1.5104 times the optimal levels of the standard normal distribution.
	normal4 = []int8{-127, -96, -75, -58, -44, -31, -18, -6, 6, 18, 31, 44, 58, 75, 96, 127}
	normal2 = []int8{-127, -38, 38, 127}
)

// String is the name that the bench prints.
func (f Format) String() string {
	if l := layouts[f]; l != nil {
		return l.name
	}
	return fmt.Sprintf("format %d", uint8(f))
}

// Bits is the size of one code.
func (f Format) Bits() int { return layouts[f].bits }

// Step is the largest error of a value that was not clipped, as a share of its block's scale: half
// the largest gap between levels.
func (f Format) Step() float64 {
	return float64(layouts[f].gap) / 2 / float64(layouts[f].top)
}

func evenLevels(bits int) []int8 {
	out := make([]int8, 1<<bits)
	for code := range out {
		out[code] = int8(code - len(out)/2)
	}
	return out
}

func oddLevels(bits int) []int8 {
	out := make([]int8, 1<<bits)
	for code := range out {
		out[code] = int8(2*code - (len(out) - 1))
	}
	return out
}

// withEdges fills in the edges half way between neighbouring levels. Of two codes for one level
// (E2M1's zeros) the lower is used.
func withEdges(l *layout) *layout {
	for level := -l.top; level <= l.top; level++ {
		for code, have := range l.levels {
			if int(have) == level {
				l.order = append(l.order, uint8(code))
				break
			}
		}
	}
	for i := 1; i < len(l.order); i++ {
		l.edges = append(l.edges, float32(int(l.levels[l.order[i-1]])+int(l.levels[l.order[i]]))/2)
	}
	l.edges = append(l.edges, math.MaxFloat32)
	for start := -l.top; start <= l.top; start++ {
		below := 0
		for l.edges[below] < float32(start) {
			below++
		}
		l.below[start+l.top] = uint8(below)
	}
	return l
}

// nearest writes the codes of the levels nearest to x/step and returns sum(x × level) and
// sum(level²).
func (l *layout) nearest(codes []uint8, x []float32, step float32) (along float64, square int64) {
	inverse := 1 / step
	switch {
	case l.low != 0:
		return l.nearestInteger(codes, x, inverse)
	case l.edges != nil:
		return l.nearestEdge(codes, x, inverse)
	}
	return l.nearestOdd(codes, x, inverse)
}

// rounder added to a float32 of small size and taken away rounds it to an integer, ties to even;
// with it added, the integer stands in the low bits, over those of rounderBits.
const (
	rounder     = 12582912 // 1.5 × 2^23
	rounderBits = 0x4b400000
)

func (l *layout) nearestInteger(codes []uint8, x []float32, inverse float32) (along float64, square int64) {
	low, top, zero := float32(l.low), float32(l.top), int32(0)
	if l.levels != nil {
		zero = int32(-l.low)
	}
	codes = codes[:len(x)]
	for i, v := range x {
		y := clamp(float32(v*inverse), low, top) + rounder
		level := int32(math.Float32bits(y)) - rounderBits
		codes[i] = uint8(level + zero)
		along += float64(v) * float64(y-rounder)
		square += int64(level * level)
	}
	return along, square
}

func (l *layout) nearestOdd(codes []uint8, x []float32, inverse float32) (along float64, square int64) {
	top := int32(l.top)
	high, up := float32(top), float32(top+1)
	codes = codes[:len(x)]
	for i, v := range x {
		code := int32(clamp(float32(v*inverse), -high, high)+up) >> 1
		level := 2*code - top
		codes[i] = uint8(code)
		along += float64(v) * float64(level)
		square += int64(level * level)
	}
	return along, square
}

// nearestEdge counts the edges that are not above a value: those below its stretch of length 1 are
// counted beforehand, and at most one lies within.
func (l *layout) nearestEdge(codes []uint8, x []float32, inverse float32) (along float64, square int64) {
	high := float32(l.top) // above all edges
	codes = codes[:len(x)]
	for i, v := range x {
		y := clamp(float32(v*inverse), -high, high)
		below := l.below[uint8(int32(y+high))]
		under := math.Float32bits(y-l.edges[below]+0) >> 31 // 1 below the edge; a branch would be guessed wrong half the time
		below += uint8(1 - under)
		codes[i] = l.order[below]
		level := int32(l.levels[l.order[below]])
		along += float64(v) * float64(level)
		square += int64(level * level)
	}
	return along, square
}

// clamp is low for a NaN, which 0 × infinity makes of a zero where a step has vanished.
func clamp(v, low, high float32) float32 {
	if !(v > low) {
		return low
	}
	if v > high {
		return high
	}
	return v
}
