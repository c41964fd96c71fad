package kernel

import "math"

// A curve is Φ(−u), or another function that falls from 1/2 to 0, for 0 ≤ u ≤ curveEnd: around
// each of sixteen points u = i/curveStep a polynomial of degree 4 in the distance in steps.
// [power][i].
type curve [5][16]float32

const (
	curveStep = float32(2.75)
	curveEnd  = float32(15.49 / 2.75)  // behind it u·Φ(−u) is below 5·10⁻⁸
	magic     = float32(3 * (1 << 22)) // what is added to it is rounded to an integer, which its low bits hold
	log2e     = float32(1.4426950408889634)
)

// curve32 is x·Φ(x) = max(x, 0) − u·Φ(−u) with u = |x|.
func curve32(x float32, c *curve) float32 {
	u := float32(math.Abs(float64(x)))
	if u > curveEnd {
		u = curveEnd
	}
	m := fma32(u, curveStep, magic)
	i := math.Float32bits(m) & 15
	r, f := fma32(u, curveStep, -float32(m-magic)), c[4][i]
	for power := 3; power >= 0; power-- {
		f = fma32(f, r, c[power][i])
	}
	if x > 0 {
		return fma32(-u, f, x)
	}
	return fma32(-u, f, 0)
}

func curveRef(dst, src []float32, c *curve) {
	for i, x := range src {
		dst[i] = curve32(x, c)
	}
}

func siluRef(dst, src []float32) {
	for i, x := range src {
		dst[i] = float32(x / float32(1+exp32(-x)))
	}
}

func addRef(dst, a, b []float32) {
	for i, v := range a {
		dst[i] = v + b[i]
	}
}

func multiplyRef(dst, a, b []float32) {
	for i, v := range a {
		dst[i] = v * b[i]
	}
}

func scaleRef(dst, x []float32, factor float32) {
	for i, v := range x {
		dst[i] = v * factor
	}
}

// layerNormRef: see LayerNorm.
func layerNormRef(dst, x, residual, gain, bias []float32, epsilon float32) {
	n := len(gain)
	for at := 0; at < len(dst); at += n {
		row := dst[at : at+n]
		var sums, squares [64]float32
		for i := range row {
			v := x[at+i]
			if residual != nil {
				v += residual[at+i]
			}
			row[i] = v
			sums[i%64] += v
		}
		mean := float32(foldSums(sums[:]) / float32(n))
		for i, v := range row {
			d := float32(v - mean)
			squares[i%64] = fma32(d, d, squares[i%64])
		}
		inverse := float32(1 / rootOf(float32(float32(foldSums(squares[:])/float32(n))+epsilon)))
		for i, v := range row {
			row[i] = fma32(float32(float32(v-mean)*inverse), gain[i], bias[i])
		}
	}
}

// rootOf is the square root, rounded once: that of a float64 has enough digits for it.
func rootOf(x float32) float32 { return float32(math.Sqrt(float64(x))) }

// foldSums adds the upper half of s onto the lower one until one is left; their number is a power
// of two.
func foldSums(s []float32) float32 {
	for n := len(s) / 2; n > 0; n /= 2 {
		for i := range n {
			s[i] += s[i+n]
		}
	}
	return s[0]
}

// Two to the power of −1/2 … 1/2, relative error 10⁻⁷.
const (
	power1, power2, power3 = float32(0.6931470036506653), float32(0.24022242426872253), float32(0.05550733581185341)
	power4, power5         = float32(0.009671512991189957), float32(0.001326472614891827)
)

// power32 is 2^y for y up to about 0, and 2^−100 below −100. That is nothing beside a sum of 1 or
// more, and no denormal number: what multiplies those takes a hundred times as long.
func power32(y float32) float32 {
	if y < -100 {
		y = -100
	}
	t := float32(y + magic)
	r, p := float32(y-float32(t-magic)), power5
	for _, c := range [...]float32{power4, power3, power2, power1, 1} {
		p = fma32(p, r, c)
	}
	return math.Float32frombits(math.Float32bits(p) + math.Float32bits(t)<<23)
}

// mostRef is the largest value; what is not a number is passed over.
func mostRef(x []float32) float32 {
	most := float32(math.Inf(-1))
	for _, v := range x {
		if v > most {
			most = v
		}
	}
	return most
}

// powersRef replaces every x by 2^(factor·x + offset) and gives 16 sums of every 16th.
func powersRef(sums *[16]float32, x []float32, factor, offset float32) {
	*sums = [16]float32{}
	for i, v := range x {
		x[i] = power32(fma32(v, factor, offset))
		sums[i%16] += x[i]
	}
}

// rotateRef turns the heads of one row; see Rotate.
func rotateRef(row, cos, sin []float32) {
	half := len(cos)
	for at := 0; at < len(row); at += 2 * half {
		for i := range half {
			x, y := row[at+i], row[at+half+i]
			row[at+i] = fma32(-y, sin[i], float32(x*cos[i]))
			row[at+half+i] = fma32(x, sin[i], float32(y*cos[i]))
		}
	}
}
