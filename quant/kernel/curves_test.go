package kernel

import (
	"bytes"
	"flag"
	"fmt"
	"go/format"
	"math"
	"os"
	"testing"
)

var update = flag.Bool("update", false, "write curves.go anew")

// The curves: half of 1 − erf(u/√2), and of 1 − tanh(√(2/π)·(u + 0.044715·u³)).
var curvesOf = []struct {
	name, what string
	have       *curve
	f          func(u float64) float64
}{
	{"geluCurve", "Φ(−u)", &geluCurve, func(u float64) float64 { return math.Erfc(u/math.Sqrt2) / 2 }},
	{"geluTanhCurve", "1/2·(1 − tanh(√(2/π)·(u + 0.044715·u³)))", &geluTanhCurve, func(u float64) float64 {
		return (1 - math.Tanh(math.Sqrt(2/math.Pi)*(u+0.044715*u*u*u))) / 2
	}},
}

// TestCurvesAreInterpolations makes the coefficients again: each polynomial meets its function at
// the five Chebyshev points of its interval.
func TestCurvesAreInterpolations(t *testing.T) {
	var source bytes.Buffer
	fmt.Fprint(&source, "package kernel\n\n// The coefficients of the curves, written by go test -run Curves -update.\n\nvar (\n")
	for _, c := range curvesOf {
		made := interpolate(c.f)
		for power := range made {
			for i, want := range made[power] {
				if got := c.have[power][i]; math.Abs(float64(got-want)) > 1e-9 && !*update {
					t.Errorf("%s: coefficient %d of interval %d is %g, must be %g", c.name, power, i, got, want)
				}
			}
		}
		fmt.Fprintf(&source, "// %s is %s.\n%s = curve{\n", c.name, c.what, c.name)
		for _, row := range made {
			for i := range row {
				fmt.Fprint(&source, map[int]string{0: "{", 8: "\n"}[i], row[i], map[bool]string{true: "},\n", false: ", "}[i == 15])
			}
		}
		fmt.Fprint(&source, "}\n")
	}
	fmt.Fprint(&source, ")\n")
	if *update {
		out, err := format.Source(source.Bytes())
		if err == nil {
			err = os.WriteFile("curves.go", out, 0o644)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
}

// interpolate solves for the coefficients (Newton's divided differences, then expanded).
func interpolate(f func(u float64) float64) (c curve) {
	const n = 5
	for i := range 16 {
		var at, y [n]float64
		for k := range n {
			at[k] = math.Cos(float64(2*k+1)/(2*n)*math.Pi) / 2
			y[k] = f((float64(i) + at[k]) / float64(curveStep))
		}
		for order := 1; order < n; order++ {
			for k := n - 1; k >= order; k-- {
				y[k] = (y[k] - y[k-1]) / (at[k] - at[k-order])
			}
		}
		var p [n]float64 // p = p·(r − at[k]) + y[k], from the highest down
		for k := n - 1; k >= 0; k-- {
			for power := n - 1; power > 0; power-- {
				p[power] = p[power-1] - at[k]*p[power]
			}
			p[0] = y[k] - at[k]*p[0]
		}
		for power := range n {
			c[power][i] = float32(p[power])
		}
	}
	return c
}

func TestGELUIsClose(t *testing.T) {
	inf := math.Inf(1)
	for _, c := range curvesOf {
		worst := 0.0
		check := func(x float32) {
			u := math.Abs(float64(x))
			want := math.Max(float64(x), 0)
			if u < 100 {
				want -= u * c.f(u)
			}
			if x > 0 && math.IsInf(float64(x), 0) {
				want = inf
			}
			if got := float64(curve32(x, c.have)); got != want {
				worst = max(worst, math.Abs(got-want))
			}
		}
		for x := float32(-9); x < 9; x += 1.37e-4 {
			check(x)
		}
		for _, x := range []float32{0, 1e-30, -1e-30, 1e4, -1e4, math.MaxFloat32, -math.MaxFloat32, float32(inf), float32(-inf)} {
			check(x)
		}
		if nan := curve32(float32(math.NaN()), c.have); worst > 4e-7 || nan == nan {
			t.Errorf("%s: off by %g at most, must be within 4e-7; of NaN it makes %g", c.name, worst, nan)
		}
	}
}

func TestSiLUIsClose(t *testing.T) {
	for x := float32(-80); x < 80; x += 0.0137 {
		got := []float32{x}
		if err := SiLU(got, got); err != nil {
			t.Fatal(err)
		}
		checkClose(t, "silu", x, got[0], float64(x)/(1+math.Exp(-float64(x))), 6)
	}
}
