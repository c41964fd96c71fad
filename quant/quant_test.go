package quant

import (
	"bytes"
	"errors"
	"math"
	"slices"
	"testing"

	"sluice/quant/kernel"

	"pgregory.net/rapid"
)

// specs are all formats × scales × block lengths × fits that exist, rotated and not, for one
// dimension.
func specs(dim int) []Spec {
	var out []Spec
	for format := range layouts {
		for _, scale := range []Scale{Half, E8M0} {
			for _, every := range []int{32, 64, 128, 256, PerVector} {
				for _, fit := range []Fit{AbsMax, Search, Norm} {
					s := Spec{Dim: dim, Format: format, Scale: scale, Every: every, Fit: fit, Bound: true}
					if s.Validate() != nil {
						continue // Norm is for few
					}
					out = append(out, s)
					s.Rotated, s.Seed = true, 7
					s.Unbiased = scale == Half && fit != AbsMax
					out = append(out, s)
				}
			}
		}
	}
	return out
}

func drawSpec(t *rapid.T) Spec {
	dim := rapid.IntRange(1, 400).Draw(t, "dim")
	return rapid.SampledFrom(specs(dim)).Draw(t, "spec")
}

// drawVector draws values of very different sizes, zeros and whole blocks of zeros among them, at
// least one of them large.
func drawVector(t *rapid.T, dim int) []float32 {
	seed := splitmix(rapid.Uint64().Draw(t, "values"))
	spread := rapid.IntRange(0, 30).Draw(t, "spread")
	gap := rapid.IntRange(0, 3).Draw(t, "gap")
	x := make([]float32, dim)
	for i := range x {
		if i/32%4 < gap {
			continue
		}
		mantissa := float32(int32(seed.next())) / (1 << 31)
		x[i] = mantissa * float32(math.Exp2(-float64(seed.next()%uint64(spread+1))))
	}
	x[dim-1] = 1
	return x
}

func mustNew(t testing.TB, spec Spec) *Codec {
	t.Helper()
	c, err := New(spec)
	if err != nil {
		t.Fatalf("%+v: %v", spec, err)
	}
	return c
}

type fataler interface {
	Helper()
	Fatalf(string, ...any)
}

func code(t fataler, c *Codec, x []float32) (bytes []byte, decoded []float32) {
	t.Helper()
	bytes, decoded = make([]byte, c.Bytes()), make([]float32, len(x))
	if err := c.Encode(bytes, x); err != nil {
		t.Fatalf("%+v: encode: %v", c.Spec(), err)
	}
	if err := c.Decode(decoded, bytes); err != nil {
		t.Fatalf("%+v: decode: %v", c.Spec(), err)
	}
	return bytes, decoded
}

func dot64(a, b []float32) (sum float64) {
	for i := range a {
		sum += float64(a[i]) * float64(b[i])
	}
	return sum
}

func distance(a, b []float32) float64 {
	var sum float64
	for i := range a {
		sum += math.Pow(float64(a[i])-float64(b[i]), 2)
	}
	return math.Sqrt(sum)
}

// Without a rotation and with AbsMax no value is off by more than Format.Step times its block's
// scale.
func TestAbsMaxErrorOfEachValue(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		spec := drawSpec(t)
		spec.Fit, spec.Rotated, spec.Seed, spec.Unbiased = AbsMax, false, 0, false
		c, _ := New(spec)
		x := drawVector(t, spec.Dim)
		bytes, decoded := code(t, c, x)
		for i := range x {
			b := i / spec.block()
			stored, _ := c.scale(bytes, b)
			scale := float64(stored * c.perScale * float32(c.layout.top))
			top := float64(magnitude(x[b*spec.block() : min((b+1)*spec.block(), spec.Dim)]))
			if limit := 1.002*top + 0x1p-24; spec.Scale == Half && scale > limit {
				t.Fatalf("block %d: scale %g for a largest value of %g", b, scale, top)
			}
			if scale < top || spec.Scale == E8M0 && scale > max(2*top, 0x1p-90) {
				t.Fatalf("block %d: scale %g for a largest value of %g", b, scale, top)
			}
			if off := math.Abs(float64(x[i]) - float64(decoded[i])); off > scale*spec.Format.Step()*(1+1e-5) {
				t.Fatalf("value %d: %g became %g, scale %g", i, x[i], decoded[i], scale)
			}
		}
	})
}

// The stored bound holds for the vector, for both ways to score it, and against the float64 dot
// product.
func TestBoundHolds(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		spec := drawSpec(t)
		c, _ := New(spec)
		x, question := drawVector(t, spec.Dim), drawVector(t, spec.Dim)
		bytes, decoded := code(t, c, x)
		q, err := c.Query(question)
		if err != nil {
			t.Fatalf("%v", err)
		}
		bound, ok := q.Bound(bytes)
		if !ok {
			t.Fatalf("no bound")
		}
		exact := dot64(question, x)
		if got := distance(x, decoded) * q.length; got > float64(bound) {
			t.Fatalf("|x - y||q| = %g, bound %g", got, bound)
		}
		score, err := q.Dot(bytes)
		if err != nil || math.Abs(float64(score)-exact) > float64(bound) {
			t.Fatalf("Dot %g (%v), exact %g, bound %g", score, err, exact, bound)
		}
		slack := q.Slack8(float32(math.Sqrt(dot64(decoded, decoded))))
		rounded, err := q.Dot8(bytes)
		if err != nil || math.Abs(float64(rounded)-float64(score)) > float64(slack) {
			t.Fatalf("Dot8 %g (%v), Dot %g, slack %g", rounded, err, score, slack)
		}
	})
}

// The bound is not merely large: on normal values it is within a factor of what the format's error
// must be.
func TestErrorIsSmallEnough(t *testing.T) {
	limits := map[Format]float64{Int8: .012, Int4: .125, Odd4: .115, FP4: .135, Int2: .37, Bit1: .62, Normal4: .105, Normal2: .35}
	random := splitmix(3)
	for format, limit := range limits {
		c := mustNew(t, Spec{Dim: 384, Format: format, Scale: Half, Every: PerVector, Fit: Search, Rotated: true})
		var off, length float64
		for range 50 {
			x := normal(&random, 384)
			_, decoded := code(t, c, x)
			off += math.Pow(distance(x, decoded), 2)
			length += dot64(x, x)
		}
		if got := math.Sqrt(off / length); got > limit || got < limit/2 {
			t.Errorf("%v: relative error %.4f, want at most %.4f and not below half of it", format, got, limit)
		}
	}
}

func normal(random *splitmix, dim int) []float32 {
	x := make([]float32, dim)
	for i := range x {
		for range 12 {
			x[i] += float32(random.next()>>11)/(1<<53) - .5
		}
	}
	return x
}

// Search never leaves a larger squared error than AbsMax, but for the rounding of the scale.
func TestSearchBeatsAbsMax(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		spec := drawSpec(t)
		spec.Unbiased, spec.Fit = false, AbsMax
		x := drawVector(t, spec.Dim)
		a, _ := New(spec)
		spec.Fit = Search
		s, _ := New(spec)
		_, plain := code(t, a, x)
		_, searched := code(t, s, x)
		if got, limit := distance(x, searched), distance(x, plain)+1e-3*math.Sqrt(dot64(x, x)); got > limit {
			t.Fatalf("search leaves %g, absmax %g", got, limit)
		}
	})
}

// With Unbiased the decoded vector has exactly x's own length along x, up to the rounding of
// float16 scales.
func TestUnbiasedLength(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		spec := drawSpec(t)
		spec.Scale, spec.Fit, spec.Unbiased = Half, Search, true
		c, _ := New(spec)
		x := drawVector(t, spec.Dim)
		_, decoded := code(t, c, x)
		if ratio := dot64(x, decoded) / dot64(x, x); math.Abs(ratio-1) > 1e-3 {
			t.Fatalf("<x,y>/<x,x> = %g", ratio)
		}
	})
}

// RaBitQ's theorem: over seeds the estimate is unbiased, and passes Likely about as rarely as it
// says.
func TestOneBitIsUnbiasedOverSeeds(t *testing.T) {
	const dim, seeds = 200, 400
	random := splitmix(11)
	x, question := normal(&random, dim), normal(&random, dim)
	exact, sum, squares, beyond := dot64(question, x), 0.0, 0.0, 0
	for seed := range uint64(seeds) {
		c := mustNew(t, Spec{Dim: dim, Format: Bit1, Scale: Half, Fit: Search, Rotated: true, Seed: seed, Unbiased: true, Bound: true})
		bytes, _ := code(t, c, x)
		q, _ := c.Query(question)
		score, _ := q.Dot(bytes)
		off := float64(score) - exact
		sum, squares = sum+off, squares+off*off
		if limit, _ := q.Likely(bytes, 1.9); math.Abs(off) > float64(limit) {
			beyond++
		}
	}
	deviation := math.Sqrt(squares / seeds)
	if mean := sum / seeds; math.Abs(mean) > 4*deviation/math.Sqrt(seeds) {
		t.Errorf("mean error %g with deviation %g over %d seeds", mean, deviation, seeds)
	}
	if limit := 2 * math.Exp(-1.9*1.9/2); float64(beyond)/seeds > limit {
		t.Errorf("%d of %d estimates are off by more than the likely bound, want at most %.3f of them", beyond, seeds, limit)
	}
	if beyond == 0 {
		t.Error("no estimate is beyond the likely bound: it says nothing")
	}
}

func TestRotationIsOrthonormal(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		dim := rapid.IntRange(1, 700).Draw(t, "dim")
		r := newRotation(dim, rapid.Uint64().Draw(t, "seed"))
		x, y := drawVector(t, dim), drawVector(t, dim)
		rx, ry := append([]float32(nil), x...), append([]float32(nil), y...)
		r.apply(rx)
		r.apply(ry)
		size := math.Sqrt(dot64(x, x) * dot64(y, y))
		if math.Abs(dot64(rx, ry)-dot64(x, y)) > 1e-5*size {
			t.Fatalf("dot product %g became %g", dot64(x, y), dot64(rx, ry))
		}
		r.invert(rx)
		if distance(x, rx) > 1e-5*math.Sqrt(dot64(x, x)) {
			t.Fatalf("inverse is off by %g", distance(x, rx))
		}
	})
}

// A single spike spreads over all values, also where the dimension is no power of two.
func TestRotationSpreads(t *testing.T) {
	for _, dim := range []int{3, 100, 256, 257, 384, 511, 768} {
		for _, at := range []int{0, dim / 2, dim - 1} {
			x := make([]float32, dim)
			x[at] = 1
			newRotation(dim, 5).apply(x)
			still := 0
			for _, v := range x {
				if math.Abs(float64(v)) < .01/math.Sqrt(float64(dim)) {
					still++
				}
			}
			if still > dim/4 {
				t.Errorf("dimension %d, spike at %d: %d values know nothing of it", dim, at, still)
			}
			if top := float64(magnitude(x)); dim > 10 && top > 8/math.Sqrt(float64(dim)) {
				t.Errorf("dimension %d, spike at %d: a value of %.2f is left, evenly it would be %.3f", dim, at, top, 1/math.Sqrt(float64(dim)))
			}
		}
	}
}

func TestBadVectors(t *testing.T) {
	inf, nan := float32(math.Inf(1)), float32(math.NaN())
	edit := func(at int, v float32) []float32 {
		x := make([]float32, 64)
		x[0] = 1
		x[at] = v
		return x
	}
	for _, spec := range specs(64) {
		c := mustNew(t, spec)
		dst := make([]byte, c.Bytes())
		for name, bad := range map[string]struct {
			x    []float32
			want error
		}{
			"short": {make([]float32, 63), ErrLength}, "long": {make([]float32, 65), ErrLength}, "none": {nil, ErrLength},
			"NaN": {edit(63, nan), ErrNotFinite}, "infinite": {edit(5, inf), ErrNotFinite}, "-infinite": {edit(0, -inf), ErrNotFinite},
			"huge": {edit(0, math.MaxFloat32), ErrRange}, "tiny": {edit(0, math.SmallestNonzeroFloat32), ErrRange},
		} {
			if err := c.Encode(dst, bad.x); !errors.Is(err, bad.want) {
				t.Errorf("%+v: %s: %v, want %v", spec, name, err, bad.want)
			}
		}
		if err := c.Encode(dst[1:], edit(0, 1)); !errors.Is(err, ErrLength) {
			t.Errorf("short destination: %v", err)
		}
		huge := edit(3, math.MaxFloat32)
		huge[4] = math.MaxFloat32
		for name, bad := range map[string]struct {
			q    []float32
			want error
		}{"none": {nil, ErrLength}, "short": {make([]float32, 63), ErrLength}, "NaN": {edit(3, nan), ErrNotFinite}, "infinite": {edit(3, inf), ErrNotFinite}, "huge": {huge, ErrRange}} {
			if _, err := c.Query(bad.q); !errors.Is(err, bad.want) {
				t.Errorf("a question, %s: %v, want %v", name, err, bad.want)
			}
		}
	}
}

// Denormal values beside a normal one, and vectors of zeros, are legal and keep their bounds.
func TestDenormalsAndZeros(t *testing.T) {
	for _, spec := range specs(96) {
		c := mustNew(t, spec)
		x := make([]float32, 96)
		_, decoded := code(t, c, x)
		for i, v := range decoded {
			if v != 0 {
				t.Fatalf("%+v: zero %d became %g", spec, i, v)
			}
		}
		for i := range x {
			x[i] = math.SmallestNonzeroFloat32
		}
		x[0] = .5
		bytes, decoded := code(t, c, x)
		q, _ := c.Query(x)
		if bound, _ := q.Bound(bytes); distance(x, decoded)*q.length > float64(bound) {
			t.Errorf("%+v: off by %g, bound %g", spec, distance(x, decoded), bound)
		}
	}
}

// A damaged scale is an error on every way out, never a score.
func TestDamagedScales(t *testing.T) {
	x := make([]float32, 64)
	for i := range x {
		x[i] = float32(i) - 31.7
	}
	half := map[string][2]byte{"zero": {0, 0}, "infinite": {0, 0x7c}, "NaN": {1, 0x7e}, "negative": {0, 0xbc}}
	power := map[string][2]byte{"zero": {0}, "NaN": {255}, "too large": {e8Max + 1}, "too small": {e8Min - 1}}
	for _, spec := range specs(64) {
		c := mustNew(t, spec)
		good, decoded := code(t, c, x)
		q, _ := c.Query(x)
		cases, width := half, 2
		if spec.Scale == E8M0 {
			cases, width = power, 1
		}
		for name, bytes := range cases {
			bad := append([]byte(nil), good...)
			copy(bad[spec.codeBytes():][:width], bytes[:])
			_, dot := q.Dot(bad)
			_, dot8 := q.Dot8(bad)
			for _, err := range []error{c.Decode(decoded, bad), dot, dot8} {
				if !errors.Is(err, ErrScale) {
					t.Errorf("%+v: scale %s: %v", spec, name, err)
				}
			}
		}
		if _, err := q.Dot(good[1:]); !errors.Is(err, ErrLength) {
			t.Errorf("short code: %v", err)
		}
		if err := c.Decode(decoded[1:], good); !errors.Is(err, ErrLength) {
			t.Errorf("short destination: %v", err)
		}
	}
}

func TestBadSpecs(t *testing.T) {
	good := Spec{Dim: 8, Format: Int4, Scale: Half, Every: 32, Fit: Search}
	for name, edit := range map[string]func(*Spec){
		"dimension 0":        func(s *Spec) { s.Dim = 0 },
		"negative dimension": func(s *Spec) { s.Dim = -1 },
		"large dimension":    func(s *Spec) { s.Dim = DimMax + 1 },
		"no format":          func(s *Spec) { s.Format = 0 },
		"unknown format":     func(s *Spec) { s.Format = 99 },
		"no scale":           func(s *Spec) { s.Scale = 0 },
		"block of 48":        func(s *Spec) { s.Every = 48 },
		"negative block":     func(s *Spec) { s.Every = -32 },
		"no fit":             func(s *Spec) { s.Fit = 0 },
		"idle seed":          func(s *Spec) { s.Seed = 1 },
		"unbiased E8M0":      func(s *Spec) { s.Scale, s.Unbiased = E8M0, true },
		"Norm of integers":   func(s *Spec) { s.Fit = Norm },
		"unbiased AbsMax":    func(s *Spec) { s.Fit, s.Unbiased = AbsMax, true },
	} {
		s := good
		edit(&s)
		if _, err := New(s); !errors.Is(err, ErrSpec) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := New(good); err != nil {
		t.Error(err)
	}
}

func TestHalf(t *testing.T) {
	for h := range uint32(1 << 16) {
		f := FromHalf(uint16(h))
		if f == f && ToHalf(f) != uint16(h) {
			t.Fatalf("%#04x is %g, which is %#04x", h, f, ToHalf(f))
		}
		if h >= halfInfinity-1 {
			continue
		}
		next := FromHalf(uint16(h) + 1)
		if between := (f + next) / 2; ToHalf(between) != uint16(h+h&1) {
			t.Fatalf("half way between %g and %g became %g", f, next, FromHalf(ToHalf(between)))
		}
		if up := halfUp(math.Nextafter32(f, next)); up != uint16(h)+1 {
			t.Fatalf("just above %g goes up to %g", f, FromHalf(up))
		}
	}
	if ToHalf(65520) != halfInfinity || ToHalf(65519) != halfInfinity-1 {
		t.Error("overflow is in the wrong place")
	}
}

func TestPackRoundTrip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		dim := rapid.IntRange(1, 300).Draw(t, "dim")
		for _, l := range layouts {
			codes, back := make([]uint8, dim), make([]uint8, dim)
			random := splitmix(rapid.Uint64().Draw(t, "codes"))
			for i := range codes {
				codes[i] = uint8(random.next()) & uint8(1<<l.bits-1)
			}
			packed := make([]byte, (dim*l.bits+7)/8)
			pack(packed, codes, l.bits)
			unpack(back, packed, l.bits)
			for i := range codes {
				if back[i] != codes[i] || l.code(packed, i, dim) != codes[i] {
					t.Fatalf("%s: code %d of %d: %d became %d and %d", l.name, i, dim, codes[i], back[i], l.code(packed, i, dim))
				}
			}
		}
	})
}

// Every level is its own nearest, and nothing else is nearer to a value than what nearest takes.
func TestNearest(t *testing.T) {
	for _, l := range layouts {
		codes := make([]uint8, 1)
		for i := -4 * l.top; i <= 4*l.top; i++ {
			v := float32(i) / 4
			l.nearest(codes, []float32{v}, 1)
			got := math.Abs(float64(v) - float64(l.level(codes[0])))
			for code := range 1 << l.bits {
				if off := math.Abs(float64(v) - float64(l.level(uint8(code)))); off < got && l.level(uint8(code)) != -128 {
					t.Fatalf("%s: %g became %d, %d is nearer", l.name, v, l.level(codes[0]), l.level(uint8(code)))
				}
			}
		}
	}
}

// With normal values TurboQuant's error is what its paper's theorem 1 says for 1, 2 and 4 bits:
// .36, .117, .009.
func TestNormErrorsOfTheory(t *testing.T) {
	random := splitmix(8)
	for format, want := range map[Format]float64{Bit1: .363, Normal2: .1175, Normal4: .0095} {
		c := mustNew(t, Spec{Dim: 512, Format: format, Scale: Half, Every: PerVector, Fit: Norm, Rotated: true})
		var off, length float64
		for range 100 {
			x := normal(&random, 512)
			_, decoded := code(t, c, x)
			off += math.Pow(distance(x, decoded), 2)
			length += dot64(x, x)
		}
		if got := off / length; math.Abs(got/want-1) > .05 {
			t.Errorf("%v: mean squared error %.4f, want %.4f", format, got, want)
		}
	}
}

// An Int4 code with a float16 scale every 64 values is the record of package kernel's 4-bit
// vectors; kernel's unit is a seventh of ours.
func TestInt4IsTheKernelsRecord(t *testing.T) {
	random := splitmix(2)
	c := mustNew(t, Spec{Dim: 384, Format: Int4, Scale: Half, Every: 64, Fit: Search})
	if c.Bytes() != kernel.Dot4Bytes(384) {
		t.Fatalf("%d bytes, the kernel's record has %d", c.Bytes(), kernel.Dot4Bytes(384))
	}
	bytes, decoded := code(t, c, normal(&random, 384))
	values, scales := make([]int8, 384), make([]uint16, 6)
	if err := kernel.UnpackDot4(values, scales, bytes); err != nil {
		t.Fatal(err)
	}
	for i, v := range values {
		want := float64(v) * float64(FromHalf(scales[i/64])) / 7
		if math.Abs(float64(decoded[i])-want) > 1e-6*math.Abs(want) {
			t.Fatalf("value %d: %g, by the kernel's reading %g", i, decoded[i], want)
		}
	}
}

// turned: steps may be negative where they are given, and nowhere else.
func turned(t *rapid.T, spec Spec, levels []int8, steps []float32) {
	for _, fit := range []Fit{Given, spec.Fit} {
		spec.Fit = fit
		c, err := New(spec)
		if err != nil {
			t.Fatal(err)
		}
		code, gotLevels, got, want := make([]byte, c.Bytes()), slices.Clone(levels), slices.Clone(steps), slices.Clone(steps)
		for i := range want {
			want[i] = -want[i]
		}
		err = c.SetLevels(code, levels, want)
		if fit != Given {
			if any := slices.ContainsFunc(steps, func(s float32) bool { return s > 0 }); any != errors.Is(err, ErrRange) {
				t.Fatalf("fit %d: negative steps: %v", fit, err)
			}
			continue
		}
		if err == nil {
			err = c.Levels(gotLevels, got, code)
		}
		if err != nil || !slices.Equal(got, want) || !slices.Equal(gotLevels, levels) {
			t.Fatalf("steps %v are read back as %v, %v", want, got, err)
		}
	}
}

// TestLevelsAreTheCode: levels times steps are what Decode gives, bit for bit, for every spec
// without a rotation.
func TestLevelsAreTheCode(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		spec := drawSpec(t)
		spec.Rotated, spec.Seed = false, 0
		c, err := New(spec)
		if err != nil {
			t.Fatal(err)
		}
		code, values := make([]byte, c.Bytes()), make([]float32, spec.Dim)
		if err := c.Encode(code, drawVector(t, spec.Dim)); err != nil {
			t.Fatal(err)
		}
		if err := c.Decode(values, code); err != nil {
			t.Fatal(err)
		}
		levels, steps := make([]int8, spec.Dim), make([]float32, spec.blocks())
		if err := c.Levels(levels, steps, code); err != nil {
			t.Fatal(err)
		}
		for i, v := range values {
			if got := float32(levels[i]) * steps[i/spec.block()]; got != v {
				t.Fatalf("value %d: level %d × step %g is %g, decoded %g", i, levels[i], steps[i/spec.block()], got, v)
			}
		}
		if spec.Scale == Half && !spec.Bound {
			again := make([]byte, c.Bytes())
			if err := c.SetLevels(again, levels, steps); err != nil || !bytes.Equal(again, code) {
				t.Fatalf("written again as %x (%v), it was %x", again, err, code)
			}
			turned(t, spec, levels, steps)
		}
		if err := c.Levels(levels, steps, code[1:]); !errors.Is(err, ErrLength) {
			t.Fatalf("a code that is too short: %v", err)
		}
	})
}
