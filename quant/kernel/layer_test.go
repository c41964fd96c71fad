package kernel

import (
	"math"
	"slices"
	"testing"
)

// compareFloats runs f on the reference and on a path, each on its own copy of x.
func compareFloats(t *testing.T, p Path, what string, x []float32, f func(p Path, x []float32)) {
	t.Helper()
	want, got := slices.Clone(x), slices.Clone(x)
	f(Ref, want)
	f(p, got)
	if !sameFloats(want, got) {
		t.Fatalf("%v: %s of %d values differs from the reference\n%v\n%v", p, what, len(x), want, got)
	}
}

func TestLayerPaths(t *testing.T) {
	r := random(50)
	for _, p := range accelerated(Layer) {
		for n := range 200 {
			x, y := randomFloats(&r, n, true), randomFloats(&r, n, true)
			for i := range x {
				if r.next()%2 == 0 {
					x[i] = (float32(r.next()%(1<<24))/(1<<23) - 1) * 7
				}
			}
			compareFloats(t, p, "gelu", x, func(p Path, x []float32) { curveVector(p, x, x, &geluCurve) })
			compareFloats(t, p, "the other gelu", x, func(p Path, x []float32) { curveVector(p, x, x, &geluTanhCurve) })
			compareFloats(t, p, "silu", x, func(p Path, x []float32) { siluVector(p, x, x) })
			compareFloats(t, p, "sum", x, func(p Path, x []float32) { addVector(p, x, x, y) })
			compareFloats(t, p, "product", x, func(p Path, x []float32) { multiplyVector(p, x, x, y) })
			compareFloats(t, p, "multiple", x, func(p Path, x []float32) { scaleVector(p, x, x, 1.1) })
			if n == 0 {
				continue
			}
			compareFloats(t, p, "powers", x, func(p Path, x []float32) { x[0] = powersRow(p, x, 0.3) })
			x = randomFloats(&r, n, false)
			compareFloats(t, p, "powers", x, func(p Path, x []float32) { x[0] = powersRow(p, x, 2.5) })
		}
	}
}

func TestLayerNormPaths(t *testing.T) {
	r := random(51)
	for _, p := range accelerated(Layer) {
		for n := 1; n <= 400; n += 1 + int(r.next()%3)*15 { // many multiples of 16 among them
			n = map[bool]int{true: n &^ 15, false: n}[n > 20]
			for rows := 1; rows <= 3; rows++ {
				x, residual := randomFloats(&r, n*rows, n%5 == 0), randomFloats(&r, n*rows, false)
				gain, bias := randomFloats(&r, n, false), randomFloats(&r, n, false)
				compareFloats(t, p, "norm", x, func(p Path, x []float32) { layerNorm(p, x, x, residual, gain, bias, 1e-12) })
				compareFloats(t, p, "norm without residual", x, func(p Path, x []float32) { layerNorm(p, x, x, nil, gain, bias, 1e-5) })
				compareFloats(t, p, "norm onto the residual", residual, func(p Path, y []float32) { layerNorm(p, y, x, y, gain, bias, 1e-5) })
			}
		}
	}
}

func TestRotatePaths(t *testing.T) {
	r := random(52)
	for _, p := range accelerated(Layer) {
		for half := 1; half <= 48; half++ {
			for heads := 1; heads <= 3; heads++ {
				cos, sin := randomFloats(&r, half, false), randomFloats(&r, half, false)
				compareFloats(t, p, "turned heads", randomFloats(&r, 2*half*heads, half%4 == 0), func(p Path, x []float32) { rotateRow(p, x, cos, sin) })
			}
		}
	}
}

// TestLayerFormulas compares with the formulas in float64.
func TestLayerFormulas(t *testing.T) {
	r := random(53)
	const n, rows = 100, 5
	x, residual, gain, bias := randomFloats(&r, n*rows, false), randomFloats(&r, n*rows, false), randomFloats(&r, n, false), randomFloats(&r, n, false)
	norm, soft := make([]float32, n*rows), slices.Clone(x)
	if err := firstError(LayerNorm(norm, x, residual, gain, bias, 1e-3), Softmax(soft, n, 0.7)); err != nil {
		t.Fatal(err)
	}
	for at := 0; at < n*rows; at += n {
		sum, squares, powers := 0.0, 0.0, 0.0
		for i := range n {
			v := float64(x[at+i]) + float64(residual[at+i])
			sum, squares, powers = sum+v, squares+v*v, powers+math.Exp(0.7*float64(x[at+i]))
		}
		mean := sum / n
		for i := range n {
			v := float64(x[at+i]) + float64(residual[at+i])
			want := (v-mean)/math.Sqrt(squares/n-mean*mean+1e-3)*float64(gain[i]) + float64(bias[i])
			if math.Abs(want-float64(norm[at+i])) > 1e-4 {
				t.Fatalf("row %d, value %d of the norm is %g, must be %g", at/n, i, norm[at+i], want)
			}
			if want := math.Exp(0.7*float64(x[at+i])) / powers; math.Abs(want/float64(soft[at+i])-1) > 2e-6 {
				t.Fatalf("row %d, value %d of the softmax is %g, must be %g", at/n, i, soft[at+i], want)
			}
		}
	}
}

// TestRotateTurns turns each pair by an angle of its own, and leaves what lies between the rows.
func TestRotateTurns(t *testing.T) {
	r := random(54)
	at := Rotation{Rows: 3, Stride: 90, Heads: 2, Width: 40}
	x := randomFloats(&r, 2*90+80, false)
	before := slices.Clone(x)
	cos, sin := make([]float32, 3*20), make([]float32, 3*20)
	for i := range cos {
		cos[i], sin[i] = float32(math.Cos(float64(i))), float32(math.Sin(float64(i)))
	}
	if err := Rotate(x, cos, sin, at); err != nil {
		t.Fatal(err)
	}
	for i, got := range x {
		row, column := i/90, i%90
		want := float64(before[i])
		if column < 80 {
			angle, to := float64(row*20+column%20), -20
			if column%40 < 20 {
				to = 20
			}
			other := float64(before[i+to])
			if to > 0 {
				other = -other
			}
			want = want*math.Cos(angle) + other*math.Sin(angle)
		}
		if math.Abs(want-float64(got)) > 1e-5 {
			t.Fatalf("row %d, value %d is %g, must be %g", row, column, got, want)
		}
	}
	if err := Rotate(x, cos, sin, Rotation{Rows: 4, Stride: 90, Heads: 2, Width: 40}); err == nil {
		t.Error("more rows than there are were turned")
	}
}

// TestRowsAreUsedAgain sets rows of several shapes in turn, on the same memory.
func TestRowsAreUsedAgain(t *testing.T) {
	r := random(55)
	a, err := NewRows(9, 128)
	if err != nil {
		t.Fatal(err)
	}
	for _, shape := range [][2]int{{3, 24}, {9, 128}, {1, 8}, {4, 64}} {
		m, k := shape[0], shape[1]
		x := randomFloats(&r, m*k, false)
		if err := firstError(a.Resize(m, k), a.SetAll(x)); err != nil {
			t.Fatal(err)
		}
		b, _ := NewRows(m, k)
		for i := range m {
			if err := b.Set(i, x[i*k:(i+1)*k]); err != nil {
				t.Fatal(err)
			}
		}
		if !slices.Equal(a.values, b.values) || !slices.Equal(a.scale, b.scale) {
			t.Errorf("%v: rows that were used before differ from new ones", shape)
		}
	}
	x := make([]float32, 4*64)
	x[64] = float32(math.Inf(1))
	if err := a.SetAll(x); err == nil {
		t.Error("a row that is not finite was taken")
	}
}
