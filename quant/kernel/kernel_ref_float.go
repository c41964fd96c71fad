package kernel

import "math"

// fma32 is a·b + c with one rounding, to float32. The product of two float32 is exact in float64;
// the sum is rounded to odd there (Boldo, Melquiond 2008), so that the second rounding, to float32,
// is the only one that counts.
func fma32(a, b, c float32) float32 {
	p, d := float64(a)*float64(b), float64(c)
	s := p + d
	t := s - p
	if lost := (p - (s - t)) + (d - t); lost != 0 && lost == lost && !math.IsInf(s, 0) {
		if u := math.Float64bits(s); u&1 == 0 {
			if (lost > 0) == (s > 0) {
				u++
			} else {
				u--
			}
			s = math.Float64frombits(u)
		}
	}
	return float32(s)
}

// roundInt32 rounds to even; what does not fit gives math.MinInt32.
func roundInt32(x float32) int32 {
	if r := math.RoundToEven(float64(x)); r >= -1<<31 && r < 1<<31 {
		return int32(r)
	}
	return math.MinInt32
}

// halfToFloat32 converts the bits of one float16.
func halfToFloat32(h uint16) float32 {
	sign, exp, man := uint32(h&0x8000)<<16, uint32(h>>10&31), uint32(h&1023)
	switch {
	case exp == 31 && man != 0:
		return math.Float32frombits(sign | 0x7FC00000 | man<<13)
	case exp == 31:
		return math.Float32frombits(sign | 0x7F800000)
	case exp == 0:
		f := float32(man) * (1.0 / (1 << 24))
		return math.Float32frombits(math.Float32bits(f) | sign)
	}
	return math.Float32frombits(sign | (exp+112)<<23 | man<<13)
}

// floatToHalf16 gives the bits of the nearest float16.
func floatToHalf16(f float32) uint16 {
	u := math.Float32bits(f)
	sign, abs := uint16(u>>16&0x8000), u&0x7FFFFFFF
	switch {
	case abs > 0x7F800000:
		return sign | 0x7E00 | uint16(abs>>13)&0x3FF
	case abs >= 0x477FF000: // from 65,520 on the nearest is infinity
		return sign | 0x7C00
	case abs < 0x38800000: // below 2^-14 the unit is 2^-24
		return sign | uint16(math.RoundToEven(float64(math.Float32frombits(abs))*(1<<24)))
	}
	odd := abs >> 13 & 1
	return sign | uint16((abs-0x38000000+0xFFF+odd)>>13)
}

func halfToFloatRef(dst []float32, src []uint16) {
	for i, h := range src {
		dst[i] = halfToFloat32(h)
	}
}

func floatToHalfRef(dst []uint16, src []float32) {
	for i, f := range src {
		dst[i] = floatToHalf16(f)
	}
}

// Constants of exp: x = n·ln 2 + r with |r| ≤ ln 2 / 2, e^r by a polynomial of degree 6 (Cephes
// expf).
const (
	expMax, expMin         = float32(89), float32(-104)
	expLog2e               = float32(1.44269504088896341)
	expLn2High, expLn2Low  = float32(0.693359375), float32(-2.12194440e-4)
	exp0, exp1, exp2, exp3 = float32(1.9875691500e-4), float32(1.3981999507e-3), float32(8.3334519073e-3), float32(4.1665795894e-2)
	exp4, exp5             = float32(1.6666665459e-1), float32(5.0000001201e-1)
)

// exp32 defines Exp for one value. The power of two is multiplied in as two halves, so that
// infinities and denormals come out right.
func exp32(x float32) float32 {
	if x > expMax {
		x = expMax
	}
	if x < expMin {
		x = expMin
	}
	if x != x {
		return x
	}
	n := float32(math.RoundToEven(float64(float32(x * expLog2e))))
	r := fma32(n, -expLn2Low, fma32(n, -expLn2High, x))
	p := exp0
	for _, c := range [...]float32{exp1, exp2, exp3, exp4, exp5} {
		p = fma32(p, r, c)
	}
	p = fma32(p, float32(r*r), r)
	p = float32(p + 1)
	half := int32(n) >> 1
	return float32(float32(p*powerOfTwo(half)) * powerOfTwo(int32(n)-half))
}

func powerOfTwo(n int32) float32 { return math.Float32frombits(uint32(n+127) << 23) }

// Constants of tanh: a ratio of an odd polynomial of degree 13 and an even one of degree 6 (Eigen's
// ptanh).
const (
	tanhMax, tanhTiny                = float32(7.90531110763549805), float32(0.0004)
	tanhP1, tanhP3, tanhP5           = float32(4.89352455891786e-03), float32(6.37261928875436e-04), float32(1.48572235717979e-05)
	tanhP7, tanhP9, tanhP11, tanhP13 = float32(5.12229709037114e-08), float32(-8.60467152213735e-11), float32(2.00018790482477e-13), float32(-2.76076847742355e-16)
	tanhQ0, tanhQ2, tanhQ4, tanhQ6   = float32(4.89352518554385e-03), float32(2.26843463243900e-03), float32(1.18534705686654e-04), float32(1.19825839466702e-06)
)

// tanh32 defines Tanh for one value.
func tanh32(x float32) float32 {
	if x != x || x < tanhTiny && x > -tanhTiny {
		return x
	}
	x = max(min(x, tanhMax), -tanhMax)
	s := float32(x * x)
	p := tanhP13
	for _, c := range [...]float32{tanhP11, tanhP9, tanhP7, tanhP5, tanhP3, tanhP1} {
		p = fma32(p, s, c)
	}
	q := fma32(fma32(fma32(tanhQ6, s, tanhQ4), s, tanhQ2), s, tanhQ0)
	return float32(float32(p*x) / q)
}

func expRef(dst, src []float32) {
	for i, x := range src {
		dst[i] = exp32(x)
	}
}

func tanhRef(dst, src []float32) {
	for i, x := range src {
		dst[i] = tanh32(x)
	}
}

// sumLanesRef adds every 16th value up; len(x) is a multiple of 16.
func sumLanesRef(sums *[16]float32, x []float32) {
	*sums = [16]float32{}
	for i, v := range x {
		sums[i%16] += v
	}
}
