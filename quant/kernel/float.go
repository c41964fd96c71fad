package kernel

// HalfToFloat converts float16 bits to float32, exactly. A NaN becomes quiet.
func HalfToFloat(dst []float32, src []uint16) error {
	if err := exactly(Half, "values", len(src), len(dst)); err != nil {
		return err
	}
	p := Half.path()
	for at := 0; at < len(dst); at += floatPiece {
		end := min(at+floatPiece, len(dst))
		halfToFloat(p, dst[at:end], src[at:end])
	}
	return nil
}

// FloatToHalf converts float32 to float16 bits, rounding to nearest, ties to even. A NaN becomes
// quiet and keeps the upper bits of its payload.
func FloatToHalf(dst []uint16, src []float32) error {
	if err := exactly(Half, "values", len(src), len(dst)); err != nil {
		return err
	}
	p := Half.path()
	for at := 0; at < len(dst); at += floatPiece {
		end := min(at+floatPiece, len(dst))
		floatToHalf(p, dst[at:end], src[at:end])
	}
	return nil
}

// floatPiece is how many values one call into assembly takes.
const floatPiece = 1 << 14

// Exp replaces every x by e^x, within 1 unit in the last place or so (see exp32 for the exact
// definition). dst may be src.
func Exp(dst, src []float32) error {
	if err := exactly(Math, "values", len(src), len(dst)); err != nil {
		return err
	}
	p := Math.path()
	for at := 0; at < len(dst); at += floatPiece {
		end := min(at+floatPiece, len(dst))
		expVector(p, dst[at:end], src[at:end])
	}
	return nil
}

// Tanh replaces every x by tanh x, within a few units in the last place (see tanh32). dst may be
// src.
func Tanh(dst, src []float32) error {
	if err := exactly(Math, "values", len(src), len(dst)); err != nil {
		return err
	}
	p := Math.path()
	for at := 0; at < len(dst); at += floatPiece {
		end := min(at+floatPiece, len(dst))
		tanhVector(p, dst[at:end], src[at:end])
	}
	return nil
}

// Sum adds up x in a fixed order: 16 running sums of every 16th value, then 8 onto 8, 4 onto 4, 2
// onto 2, 1 onto 1. Slices longer than 16,384 are summed piece by piece, and the pieces' sums in
// order.
func Sum(x []float32) (total float32) {
	p := Math.path()
	for at := 0; at < len(x); at += floatPiece {
		total += sumPiece(p, x[at:min(at+floatPiece, len(x))])
	}
	return total
}

func sumPiece(p Path, x []float32) float32 {
	var s [16]float32
	whole := len(x) &^ 15
	sumLanes(p, &s, x[:whole])
	for i, v := range x[whole:] {
		s[i] += v
	}
	return foldSums(s[:])
}
