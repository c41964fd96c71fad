package kernel

// The functions between the products of an encoder's layer. All work on rows of float32, and dst
// may be what they read.

// GELU replaces every x by x·Φ(x), Φ being the normal distribution, within 4·10⁻⁷ of the exact
// value.
func GELU(dst, src []float32) error { return curved(dst, src, &geluCurve) }

// GELUTanh replaces every x by x/2·(1 + tanh(√(2/π)·(x + 0.044715·x³))), what some models mean by
// GELU, within 4·10⁻⁷.
func GELUTanh(dst, src []float32) error { return curved(dst, src, &geluTanhCurve) }

func curved(dst, src []float32, c *curve) error {
	if err := exactly(Layer, "values", len(src), len(dst)); err != nil {
		return err
	}
	p := Layer.path()
	for at := 0; at < len(dst); at += floatPiece {
		end := min(at+floatPiece, len(dst))
		curveVector(p, dst[at:end], src[at:end], c)
	}
	return nil
}

// SiLU replaces every x by x/(1 + e^−x), within a few units in the last place.
func SiLU(dst, src []float32) error {
	if err := exactly(Layer, "values", len(src), len(dst)); err != nil {
		return err
	}
	p := Layer.path()
	for at := 0; at < len(dst); at += floatPiece {
		end := min(at+floatPiece, len(dst))
		siluVector(p, dst[at:end], src[at:end])
	}
	return nil
}

// Add computes a + b value by value.
func Add(dst, a, b []float32) error {
	return pairwise(dst, a, b, addVector)
}

// Multiply computes a·b value by value, as gated layers do.
func Multiply(dst, a, b []float32) error {
	return pairwise(dst, a, b, multiplyVector)
}

func pairwise(dst, a, b []float32, f func(p Path, dst, a, b []float32)) error {
	if err := firstError(exactly(Layer, "values", len(a), len(dst)), exactly(Layer, "values", len(b), len(dst))); err != nil {
		return err
	}
	p := Layer.path()
	for at := 0; at < len(dst); at += floatPiece {
		end := min(at+floatPiece, len(dst))
		f(p, dst[at:end], a[at:end], b[at:end])
	}
	return nil
}

// LayerNorm normalises rows of len(gain) values: with v = x + residual (nil: x alone), the mean and
// the variance of a row,
//
//	dst = fma((v − mean)·(1/√(variance + epsilon)), gain, bias)
//
// Sums are 64 running sums of every 64th value, folded as Sum folds 16.
func LayerNorm(dst, x, residual, gain, bias []float32, epsilon float32) error {
	n := len(gain)
	err := firstError(exactly(Layer, "values", len(x), len(dst)), atLeast(Layer, "gains", n, 1), exactly(Layer, "biases", len(bias), n))
	if err == nil && residual != nil {
		err = exactly(Layer, "values of the residual", len(residual), len(x))
	}
	if err == nil {
		err = exactly(Layer, "values (whole rows): rest", len(x)%n, 0)
	}
	if err != nil {
		return err
	}
	p, piece := Layer.path(), max(floatPiece/n, 1)*n
	for at := 0; at < len(dst); at += piece {
		end, r := min(at+piece, len(dst)), residual
		if r != nil {
			r = r[at:end]
		}
		layerNorm(p, dst[at:end], x[at:end], r, gain, bias, epsilon)
	}
	return nil
}

// Softmax replaces each row of width values by e^(scale·x) over the row's sum of them; scale is
// positive. Powers are within 2·10⁻⁷ of the exact ones, and never below 2⁻¹⁰⁰.
func Softmax(x []float32, width int, scale float32) error {
	err := atLeast(Layer, "width", width, 1)
	if err == nil {
		err = exactly(Layer, "values (whole rows): rest", len(x)%width, 0)
	}
	if err != nil {
		return err
	}
	p := Layer.path()
	for at := 0; at < len(x); at += width {
		row := x[at : at+width]
		sum := powersRow(p, row, float32(scale*log2e))
		scaleVector(p, row, row, float32(1/sum))
	}
	return nil
}

// powersRow replaces every x by 2^(factor·(x − the largest x)) and gives their sum.
func powersRow(p Path, x []float32, factor float32) float32 {
	var s [16]float32
	whole := len(x) &^ 15
	most := mostRef(x[whole:])
	if whole > 0 {
		most = max(most, mostVector(p, x[:whole]))
	}
	offset := -float32(most * factor)
	if whole > 0 {
		powersVector(p, &s, x[:whole], factor, offset)
	}
	for i, v := range x[whole:] {
		v = power32(fma32(v, factor, offset))
		x[whole+i] = v
		s[i] += v
	}
	return foldSums(s[:])
}

// Scale computes x·factor.
func Scale(dst, x []float32, factor float32) error {
	if err := exactly(Layer, "values", len(x), len(dst)); err != nil {
		return err
	}
	p := Layer.path()
	for at := 0; at < len(dst); at += floatPiece {
		end := min(at+floatPiece, len(dst))
		scaleVector(p, dst[at:end], x[at:end], factor)
	}
	return nil
}

// Rotation is where a text's heads stand in its rows, for Rotate: Rows rows that lie Stride values
// apart, and in each of them Heads heads of Width values, one behind the other.
type Rotation struct{ Rows, Stride, Heads, Width int }

// Rotate turns the halves of every head against each other (rotary positions): with x and y the
// values i and i + Width/2 of a head, and the cosine and sine i of its row,
//
//	x' = fma(−y, sin, x·cos)    y' = fma(x, sin, y·cos)
//
// cos and sin have Width/2 values a row.
func Rotate(x, cos, sin []float32, at Rotation) error {
	half := at.Width / 2
	err := firstError(atLeast(Layer, "rows", at.Rows, 1), atLeast(Layer, "heads", at.Heads, 1), atLeast(Layer, "width of a head", half, 1),
		exactly(Layer, "width of a head (even): rest", at.Width%2, 0), atLeast(Layer, "distance of rows", at.Stride, at.Heads*at.Width))
	if err == nil {
		err = firstError(atLeast(Layer, "values", len(x), (at.Rows-1)*at.Stride+at.Heads*at.Width),
			atLeast(Layer, "cosines", len(cos), at.Rows*half), atLeast(Layer, "sines", len(sin), at.Rows*half))
	}
	if err != nil {
		return err
	}
	p := Layer.path()
	for r := range at.Rows {
		rotateRow(p, x[r*at.Stride:][:at.Heads*at.Width], cos[r*half:][:half], sin[r*half:][:half])
	}
	return nil
}
