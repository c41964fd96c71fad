package quant

import "fmt"

// DimMax is the largest dimension of a vector: sums of 127 × 127 over it still fit 32 bits.
const DimMax = 1 << 16

// PerVector as Spec.Every asks for one scale a vector.
const PerVector = 0

// Scale is the number format of scales.
type Scale uint8

// The scale formats. Their numbers are stored: never renumber.
const (
	// Half is float16: 2 bytes, relative rounding of at most 2^-11, magnitudes up to 65,504.
	Half Scale = 1
	// E8M0 is a power of two in a byte, as in MXFP4: magnitudes 2^-100 .. 2^100.
	E8M0 Scale = 2
)

// Fit says how a block's scale is found.
type Fit uint8

// The fits. Their numbers are stored: never renumber.
const (
	// AbsMax maps the block's largest magnitude to the largest level: nothing is clipped, and the
	// error of each value is bounded.
	AbsMax Fit = 1
	// Search takes, of several clipping points, the one whose codes leave the smallest squared
	// error with their best scale; for Bit1 that scale is the mean magnitude.
	Search Fit = 2
	// Norm takes the scale that suits normal values of the block's length, without looking further:
	// TurboQuant's. Only for Normal4, Normal2 and Bit1 with Half.
	Norm Fit = 3
	// Given takes levels and steps from whoever found them (SetLevels), and steps may be negative:
	// so a format that reaches further down than up can be turned over. Encode finds them as
	// Search.
	Given Fit = 4
)

// Spec describes a code completely: two equal Specs read each other's bytes.
type Spec struct {
	Dim      int    // values a vector, 1 .. DimMax
	Format   Format // of one value
	Scale    Scale  // number format of the scales
	Every    int    // values a scale: 32, 64, 128, 256, or PerVector; the last block may be shorter
	Fit      Fit
	Rotated  bool   // a randomised Hadamard rotation comes first
	Seed     uint64 // of the rotation; 0 without one
	Unbiased bool   // lengths are corrected so that <x, Decode> = <x, x>, RaBitQ's correction at any width; Half only
	Bound    bool   // each code ends its scales with a float16 >= |x - Decode|
}

// Validate returns an ErrSpec that says what is wrong, or nil.
func (s Spec) Validate() error {
	switch {
	case s.Dim < 1 || s.Dim > DimMax:
		return fmt.Errorf("%w: dimension %d is not in 1..%d", ErrSpec, s.Dim, DimMax)
	case layouts[s.Format] == nil:
		return fmt.Errorf("%w: %v", ErrSpec, s.Format)
	case s.Scale != Half && s.Scale != E8M0:
		return fmt.Errorf("%w: scale format %d", ErrSpec, s.Scale)
	case s.Every != PerVector && s.Every != 32 && s.Every != 64 && s.Every != 128 && s.Every != 256:
		return fmt.Errorf("%w: a scale every %d values; take 32, 64, 128, 256 or PerVector", ErrSpec, s.Every)
	case s.Fit != AbsMax && s.Fit != Search && s.Fit != Norm && s.Fit != Given:
		return fmt.Errorf("%w: fit %d", ErrSpec, s.Fit)
	case s.Fit == Norm && (layouts[s.Format].normal == 0 || s.Scale != Half):
		return fmt.Errorf("%w: fit Norm with %v and scale format %d", ErrSpec, s.Format, s.Scale)
	case s.Seed != 0 && !s.Rotated:
		return fmt.Errorf("%w: a seed without a rotation", ErrSpec)
	case s.Unbiased && s.Scale != Half:
		return fmt.Errorf("%w: a power of two cannot hold the unbiased length", ErrSpec)
	case s.Unbiased && s.Fit == AbsMax:
		return fmt.Errorf("%w: the unbiased length breaks the bound that AbsMax is for", ErrSpec)
	}
	return nil
}

// block is the number of values a scale.
func (s Spec) block() int {
	if s.Every == PerVector || s.Every > s.Dim {
		return s.Dim
	}
	return s.Every
}

func (s Spec) blocks() int { return (s.Dim + s.block() - 1) / s.block() }

// Bytes is the size of one vector's code: the packed values, their scales in order, the bound if
// there is one.
func (s Spec) Bytes() int { return s.codeBytes() + s.scaleBytes() + s.boundBytes() }

func (s Spec) codeBytes() int { return (s.Dim*s.Format.Bits() + 7) / 8 }

func (s Spec) scaleBytes() int {
	if s.Scale == Half {
		return 2 * s.blocks()
	}
	return s.blocks()
}

func (s Spec) boundBytes() int {
	if s.Bound {
		return 2
	}
	return 0
}
