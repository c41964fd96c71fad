package kernel

import (
	"math"
	"testing"
)

// attentionShapes are texts of every kind of length, width and window.
func attentionShapes() (shapes []AttentionShape) {
	for i, tokens := range []int{1, 2, 7, 8, 9, 15, 16, 17, 23, 24, 25, 31, 32, 33, 47, 64, 77, 128, 300} {
		for j, width := range []int{4, 12, 32, 36, 64, 128} {
			if tokens > 64 && (width > 36 || testing.Short() && width > 4) {
				continue // short runs are emulated too
			}
			s := AttentionShape{Tokens: tokens, Heads: 1 + (i+j)%3, Width: width, Queries: tokens}
			s.Stride, s.OutStride = 3*s.Heads*width+4*(j%2), s.Heads*width+i%2
			if (i+j)%2 == 1 {
				s.Window = 1 + (i*7+j)%40
			}
			if (i+j)%5 == 1 {
				s.Queries = 1 + i%tokens
			}
			shapes = append(shapes, s)
		}
	}
	return shapes
}

// attend runs all heads of x on one path.
func attend(p Path, x []float32, s AttentionShape, room *AttentionRoom) []float32 {
	out, across := make([]float32, s.Queries*s.OutStride), s.Heads*s.Width
	for h := range s.Heads {
		attendHead(p, out[h*s.Width:], x[h*s.Width:], x[across+h*s.Width:], x[2*across+h*s.Width:], &s, room)
	}
	return out
}

func TestAttentionPaths(t *testing.T) {
	r := random(60)
	for _, p := range accelerated(Attention) {
		var room, other AttentionRoom
		for _, s := range attentionShapes() {
			x := randomFloats(&r, s.Tokens*s.Stride, false)
			for i := range x {
				x[i] *= float32(int(1) << (r.next() % 3))
			}
			if !sameFloats(attend(Ref, x, s, &other), attend(p, x, s, &room)) {
				t.Fatalf("%v: %+v differs from the reference", p, s)
			}
		}
	}
}

// TestAttentionIsTheFormula compares with the formula in float64.
func TestAttentionIsTheFormula(t *testing.T) {
	r := random(61)
	var room AttentionRoom
	for _, s := range attentionShapes() {
		x := randomFloats(&r, s.Tokens*s.Stride, false)
		out, across := make([]float32, s.Queries*s.OutStride), s.Heads*s.Width
		if err := Attend(out, x, x[across:], x[2*across:], s, &room); err != nil {
			t.Fatal(err)
		}
		for _, i := range []int{0, s.Queries / 2, s.Queries - 1} {
			for c := range across {
				if want := attentionFormula(x, s, i, c); math.Abs(want-float64(out[i*s.OutStride+c])) > 1e-4 {
					t.Fatalf("%+v: query %d, value %d is %g, must be %g", s, i, c, out[i*s.OutStride+c], want)
				}
			}
		}
	}
}

func attentionFormula(x []float32, s AttentionShape, i, c int) float64 {
	across, h, sum, total := s.Heads*s.Width, c/s.Width*s.Width, 0.0, 0.0
	for j := range s.Tokens {
		if s.Window > 0 && max(i-j, j-i) > s.Window {
			continue
		}
		dot := 0.0
		for d := range s.Width {
			dot += float64(x[i*s.Stride+h+d]) * float64(x[j*s.Stride+across+h+d])
		}
		power := math.Exp(dot / math.Sqrt(float64(s.Width)))
		sum, total = sum+power*float64(x[j*s.Stride+2*across+c]), total+power
	}
	return sum / total
}

func TestAttentionChecksShapes(t *testing.T) {
	good := AttentionShape{Tokens: 5, Heads: 2, Width: 8, Stride: 48, OutStride: 16}
	x, out, room := make([]float32, 5*48), make([]float32, 5*16), AttentionRoom{}
	if err := Attend(out, x, x[16:], x[32:], good, &room); err != nil {
		t.Fatal(err)
	}
	for what, change := range map[string]func(s *AttentionShape){
		"no tokens": func(s *AttentionShape) { s.Tokens = 0 }, "more tokens": func(s *AttentionShape) { s.Tokens = 6 },
		"no heads": func(s *AttentionShape) { s.Heads = 0 }, "more heads": func(s *AttentionShape) { s.Heads = 3 },
		"an odd width": func(s *AttentionShape) { s.Width = 6 }, "rows that overlap": func(s *AttentionShape) { s.Stride = 15 },
		"results that overlap": func(s *AttentionShape) { s.OutStride = 15 }, "more queries": func(s *AttentionShape) { s.Queries = 6 },
		"a negative window": func(s *AttentionShape) { s.Window = -1 },
	} {
		bad := good
		if change(&bad); Attend(out, x, x[16:], x[32:], bad, &room) == nil {
			t.Errorf("%s: taken", what)
		}
	}
	refused(t, map[string]error{
		"few queries": Attend(out, x[:4*48+15], x[16:], x[32:], good, &room), "few keys": Attend(out, x, x[16:16+4*48+15], x[32:], good, &room),
		"few values": Attend(out, x, x[16:], x[32:32+4*48+15], good, &room), "few results": Attend(out[1:], x, x[16:], x[32:], good, &room),
	})
	long := AttentionShape{Tokens: TokensMax + 1, Heads: 1, Width: 4, Stride: 4, OutStride: 4, Queries: 1}
	if x := floats(4 * long.Tokens); Attend(out, x, x, x, long, &room) == nil {
		t.Error("more tokens than there may be: taken")
	}
}
