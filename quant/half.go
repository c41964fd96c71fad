package quant

import "math"

const (
	halfInfinity = 0x7c00
	halfMax      = 65504
	// halfMin is the smallest normal float16. A vector whose largest value lies below it has lost
	// its precision.
	halfMin = 1.0 / (1 << 14)
)

// ToHalf rounds to the nearest float16, ties to even; what is too large becomes infinite.
func ToHalf(f float32) uint16 {
	bits := math.Float32bits(f)
	sign, magnitude := uint16(bits>>16&0x8000), bits&0x7fffffff
	switch {
	case magnitude > 0x7f800000:
		return sign | 0x7e00
	case magnitude >= 0x477ff000: // 65520: half way to the next power of two
		return sign | halfInfinity
	case magnitude < 0x38800000: // subnormal: adding 2^-1 leaves the value, in units of 2^-24, in the low bits
		return sign | uint16(math.Float32bits(math.Float32frombits(magnitude)+0.5)-0x3f000000)
	}
	odd := magnitude >> 13 & 1
	return sign | uint16((magnitude-0x38000000+0xfff+odd)>>13)
}

// FromHalf is the value of a float16, exactly.
func FromHalf(h uint16) float32 {
	sign, exponent, fraction := uint32(h&0x8000)<<16, uint32(h>>10&31), uint32(h&0x3ff)
	switch exponent {
	case 0:
		value := float32(fraction) / (1 << 24)
		return math.Float32frombits(math.Float32bits(value) | sign)
	case 31:
		return math.Float32frombits(sign | 0x7f800000 | fraction<<13)
	}
	return math.Float32frombits(sign | (exponent+112)<<23 | fraction<<13)
}

// halfUp is the smallest float16 that is at least f, for f >= 0.
func halfUp(f float32) uint16 {
	h := ToHalf(f)
	if FromHalf(h) < f {
		h++
	}
	return h
}

// E8M0 is a power of two in a byte: 2^(e-127). Only the middle is used, so that no product
// overflows.
//
// A block of zeros has a scale of its own, so that a scale that was wiped out is told from one that
// was zero: minus zero, or the byte 1. The number 0 is never a scale.
const (
	halfZero = 0x8000
	halfSign = 0x8000
	e8Zero   = 1
	e8Min    = 27
	e8Max    = 227
)

// halfScale is the value of a stored scale; false for one that no encoder writes.
func halfScale(h uint16) (float32, bool) {
	if h == halfZero {
		return 0, true
	}
	return FromHalf(h), h > 0 && h < halfInfinity
}

// e8Scale is the value of a stored scale; false for one that no encoder writes.
func e8Scale(e uint8) (float32, bool) {
	if e == e8Zero {
		return 0, true
	}
	return fromE8(e), e >= e8Min && e <= e8Max
}

func fromE8(e uint8) float32 { return math.Float32frombits(uint32(e) << 23) }

// e8Up is the smallest usable power of two that is at least f, for 0 < f <= fromE8(e8Max).
func e8Up(f float32) uint8 {
	bits := math.Float32bits(f)
	e := bits >> 23
	if bits&0x7fffff != 0 {
		e++
	}
	return uint8(min(max(e, e8Min), e8Max))
}
