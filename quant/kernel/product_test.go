package kernel

import (
	"math"
	"math/big"
	"slices"
	"testing"

	"pgregory.net/rapid"
)

// anyFloat gives all kinds of float32: plain ones, tiny and huge ones, denormals, infinities, NaN.
func anyFloat(r *random) float32 {
	switch r.next() % 4 {
	case 0:
		return math.Float32frombits(uint32(r.next()))
	case 1:
		return float32(int32(r.next()%2001)-1000) / 16
	case 2:
		return math.Float32frombits(uint32(r.next())&0x807FFFFF | uint32(r.next()%3)<<23)
	}
	return float32(int64(r.next())) / (1 << 63)
}

func sameFloat(a, b float32) bool {
	return math.Float32bits(a) == math.Float32bits(b) || a != a && b != b
}

func TestFusedMultiplyAddRoundsOnce(t *testing.T) {
	r := random(1)
	for range 200000 {
		a, b, c := anyFloat(&r), anyFloat(&r), anyFloat(&r)
		got := fma32(a, b, c)
		if sum := float64(a)*float64(b) + float64(c); math.IsNaN(sum) || math.IsInf(sum, 0) || sum == 0 {
			if !sameFloat(got, float32(sum)) {
				t.Fatalf("fma(%g, %g, %g) = %g, want %g", a, b, c, got, sum)
			}
			continue
		}
		x := new(big.Float).SetPrec(2000).SetFloat64(float64(a) * float64(b))
		x.Add(x, new(big.Float).SetFloat64(float64(c)))
		if want, _ := x.Float32(); !sameFloat(got, want) {
			t.Fatalf("fma(%g, %g, %g) = %g, want %g", a, b, c, got, want)
		}
	}
}

func TestHalfConversions(t *testing.T) {
	for h := range 1 << 16 {
		f := halfToFloat32(uint16(h))
		back := floatToHalf16(f)
		if want := uint16(h); f == f && back != want || f != f && back != want|0x200 {
			t.Fatalf("%#04x -> %g -> %#04x", h, f, back)
		}
		if f != f || math.IsInf(float64(f), 0) || h&0x7FFF == 0x7BFF {
			continue
		}
		// Halfway to the next one, ties go to even; a hair more or less goes to the nearer.
		middle := (f + halfToFloat32(uint16(h+1))) / 2
		up, down := math.Nextafter32(middle, middle*2), math.Nextafter32(middle, 0)
		if floatToHalf16(middle)&1 != 0 || floatToHalf16(up) != uint16(h+1) || floatToHalf16(down) != uint16(h) {
			t.Fatalf("around %g: %#04x %#04x %#04x after %#04x", middle, floatToHalf16(down), floatToHalf16(middle), floatToHalf16(up), h)
		}
	}
}

func TestExpAndTanhAreClose(t *testing.T) {
	for x := float32(-120); x < 120; x += 0.0137 {
		checkClose(t, "exp", x, exp32(x), math.Exp(float64(x)), 2)
		checkClose(t, "tanh", x/10, tanh32(x/10), math.Tanh(float64(x/10)), 8)
	}
	inf := float32(math.Inf(1))
	if exp32(inf) != inf || exp32(-inf) != 0 || tanh32(-inf) > -0.99999 || !math.IsNaN(float64(exp32(inf-inf))) {
		t.Error("infinities and NaN")
	}
}

func checkClose(t *testing.T, what string, x, got float32, want float64, units float64) {
	t.Helper()
	unit := math.Abs(want)/(1<<23) + 1.5e-45
	if off := math.Abs(float64(got) - want); off > units*unit && float32(want) != got {
		t.Fatalf("%s(%g) = %g, want %g (%g units)", what, x, got, want, off/unit)
	}
}

func TestProductsAreTheFormulas(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		r := random(rapid.Uint64().Draw(t, "seed"))
		m, n, block := rapid.IntRange(1, 40).Draw(t, "m"), rapid.IntRange(1, 100).Draw(t, "n"), 8*rapid.IntRange(1, 4).Draw(t, "block/8")
		k := block * rapid.IntRange(1, 3).Draw(t, "blocks")
		w8, w4, wf := make([]int8, n*k), make([]int8, n*k), make([]float32, n*k)
		for i := range w8 {
			w8[i], w4[i], wf[i] = int8(r.next()), int8(r.next()%16)-8, float32(int8(r.next()))
		}
		scale, scales, bias := make([]float32, n), make([]float32, n*k/block), make([]float32, n)
		for j := range n {
			scale[j], bias[j] = float32(r.next()%8+1)/8, float32(int8(r.next()))
		}
		for j := range scales {
			scales[j] = float32(r.next()%8+1) / 8
		}
		a, _ := NewRows(m, k)
		af, x := make([]float32, m*k), make([]int8, k)
		for i := range m {
			for j := range x {
				x[j] = int8(r.next())
				af[i*k+j] = float32(x[j])
			}
			if err := a.SetInt8(i, x, 0.5); err != nil {
				t.Fatal(err)
			}
		}
		m8, e1 := PackInt8(w8, n, k, scale, bias)
		m4, e2 := PackInt4(w4, n, k, block, scales, bias)
		mf, e3 := PackFloat32(wf, n, k, bias)
		if err := firstError(e1, e2, e3); err != nil {
			t.Fatal(err)
		}
		c8, c4, cf := make([]float32, m*n), make([]float32, m*n), make([]float32, m*n)
		if err := firstError(m8.Mul(c8, a), m4.Mul(c4, a), mf.Mul(cf, af, m)); err != nil {
			t.Fatal(err)
		}
		// All values are small multiples of 1/16: float64 is exact, and so is every order of
		// float32 steps.
		for i := range m {
			for j := range n {
				want8, want4, wantf := 0.0, 0.0, float64(bias[j])
				for d := range k {
					v := float64(af[i*k+d])
					want8 += v * float64(w8[j*k+d])
					want4 += v * float64(w4[j*k+d]) * float64(scales[j*(k/block)+d/block])
					wantf += v * float64(wf[j*k+d])
				}
				want8, want4 = want8*0.5*float64(scale[j])+float64(bias[j]), want4*0.5+float64(bias[j])
				if got := c8[i*n+j]; got != float32(want8) {
					t.Fatalf("int8 [%d][%d] = %g, want %g", i, j, got, want8)
				}
				if got := c4[i*n+j]; got != float32(want4) {
					t.Fatalf("int4 [%d][%d] = %g, want %g", i, j, got, want4)
				}
				if got := cf[i*n+j]; got != float32(wantf) {
					t.Fatalf("f32 [%d][%d] = %g, want %g", i, j, got, wantf)
				}
			}
		}
	})
}

func TestDot4AndMaxSimAreTheFormulas(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		r := random(rapid.Uint64().Draw(t, "seed"))
		dims, n := 128*rapid.IntRange(1, 4).Draw(t, "dims/128"), rapid.IntRange(1, 40).Draw(t, "records")
		size := Dot4Bytes(dims)
		records, values, plain := make([]byte, n*size), make([]int8, dims), make([]float64, n)
		scales := make([]uint16, dims/64)
		q := make([]int8, dims)
		for d := range q {
			q[d] = int8(r.next())
		}
		ids := make([]uint32, n)
		for i := range n {
			for d := range values {
				values[d] = int8(r.next()%16) - 8
			}
			for b := range scales {
				scales[b] = floatToHalf16(float32(r.next()%16) / 1024)
			}
			ids[i] = uint32(i)
			if err := PackDot4(records[i*size:], values, scales); err != nil {
				t.Fatal(err)
			}
			for d, v := range values {
				plain[i] += float64(v) * float64(q[d]) * float64(halfToFloat32(scales[d/64]))
			}
			back, backScales := make([]int8, dims), make([]uint16, dims/64)
			if err := UnpackDot4(back, backScales, records[i*size:]); err != nil || string(asBytes(back)) != string(asBytes(values)) {
				t.Fatal("a record does not come back", err)
			}
		}
		query, err := NewDot4Query(q, 2)
		if err != nil {
			t.Fatal(err)
		}
		scores := make([]int32, n)
		if _, err := query.Scores(scores, records, ids); err != nil {
			t.Fatal(err)
		}
		table, _ := NewMaxSimTable(n)
		ms, err := NewMaxSimQuery(q, dims, []float32{0.5})
		if err != nil {
			t.Fatal(err)
		}
		if err := table.Build(ms, records); err != nil {
			t.Fatal(err)
		}
		for i := range n {
			if want := int32(math.RoundToEven(plain[i] * 2)); scores[i] != want {
				t.Fatalf("record %d scores %d, want %d", i, scores[i], want)
			}
			if want := math.RoundToEven(min(max(plain[i]*0.5, 0), 255)); float64(table.Row(i)[0]) != want {
				t.Fatalf("table row %d is %d, want %g", i, table.Row(i)[0], want)
			}
		}
	})
}

func asBytes(x []int8) []byte {
	out := make([]byte, len(x))
	for i, v := range x {
		out[i] = byte(v)
	}
	return out
}

func TestMaxSimTakesTheBestOfEachToken(t *testing.T) {
	table, _ := NewMaxSimTable(3)
	copy(table.Row(0), []byte{5, 0, 9})
	copy(table.Row(1), []byte{4, 7, 1})
	copy(table.Row(2), []byte{200, 200, 200})
	ids := []uint16{0, 1, 2, 3, 65535}
	scores := make([]int32, 4)
	sum, err := table.Scores(scores, ids, []Span{{0, 2}, {2, 1}, {3, 2}, {5, 0}})
	if err != nil || sum != 5+7+9+600 || scores[0] != 21 || scores[1] != 600 || scores[2] != 0 || scores[3] != 0 {
		t.Fatal(scores, sum, err)
	}
	if _, err := table.Scores(scores, ids, []Span{{3, 3}}); err == nil {
		t.Fatal("a span past the end was taken")
	}
	if _, err := table.Scores(scores, make([]uint16, 70000), []Span{{0, 65537}}); err == nil {
		t.Fatal("a span longer than there are ids was taken")
	}
	if _, err := table.Scores(scores, ids, []Span{{math.MaxUint64, 2}}); err == nil {
		t.Fatal("a span that wraps was taken")
	}
}

// TestManyPassagesAreCutIntoPieces scores more ids than one call takes.
func TestManyPassagesAreCutIntoPieces(t *testing.T) {
	table, _ := NewMaxSimTable(256)
	for i := range 256 {
		table.Row(i)[5] = byte(i)
	}
	ids := make([]uint16, 70000)
	for i := range ids {
		ids[i] = uint16(i % 251)
	}
	var spans []Span
	for n := uint32(0); n < 400; n++ {
		spans = append(spans, Span{uint64(n) * 7, n})
	}
	spans = append(spans, Span{0, 65536}, Span{3, 65536}, Span{250, 1})
	scores := make([]int32, len(spans))
	if _, err := table.Scores(scores, ids, spans); err != nil {
		t.Fatal(err)
	}
	for i, s := range spans {
		best := int32(0)
		for _, id := range ids[s.Start : s.Start+uint64(s.Count)] {
			best = max(best, int32(id))
		}
		if scores[i] != best {
			t.Fatalf("passage %d scores %d, want %d", i, scores[i], best)
		}
	}
}

// TestWordsFollowRows sets rows before and after they were widened.
func TestWordsFollowRows(t *testing.T) {
	if !available(AVX2) {
		t.Skip("rows are widened for AVX2 only")
	}
	r := random(44)
	const m, k = 3, 24
	rows, err := NewRows(m, k)
	if err != nil {
		t.Fatal(err)
	}
	rows.words = nil // as where a better path is at hand, whatever this machine has
	for i := range m {
		if err := rows.SetInt8(i, randomInts(&r, k), 1); err != nil {
			t.Fatal(err)
		}
	}
	rows.wide()
	if err := rows.SetInt8(1, randomInts(&r, k), 1); err != nil {
		t.Fatal(err)
	}
	if err := rows.Set(2, randomFloats(&r, k, false)); err != nil {
		t.Fatal(err)
	}
	for i, v := range rows.values {
		if rows.wide()[i] != uint16(v) {
			t.Fatalf("value %d is %d as a byte and %d as a word", i, v, rows.wide()[i])
		}
	}
}

// TestFP4IsE2M1 multiplies each of the sixteen weights by one.
func TestFP4IsE2M1(t *testing.T) {
	const k = 16
	codes := make([]byte, 16*k)
	for i := range 16 {
		codes[i*k+3] = byte(i)
	}
	w, err := PackFP4(codes, 16, k, 8, slices.Repeat([]float32{0.25}, 16*k/8), nil)
	if err != nil {
		t.Fatal(err)
	}
	a, c := must(NewRows(1, k)), make([]float32, 16)
	if err := firstError(a.SetInt8(0, []int8{0, 0, 0, 1, 15: 0}, 1), w.Mul(c, a)); err != nil {
		t.Fatal(err)
	}
	for i, want := range []float32{0, 0.5, 1, 1.5, 2, 3, 4, 6} {
		if c[i] != want/4 || c[i+8] != -want/4 {
			t.Errorf("codes %d and %d stand for %g and %g, must be ±%g", i, i+8, c[i]*4, c[i+8]*4, want)
		}
	}
	if _, err := PackFP4(codes, 16, k, 12, nil, nil); err == nil {
		t.Error("blocks that do not divide the depth were taken")
	}
}

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}
