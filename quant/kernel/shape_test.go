package kernel

import (
	"errors"
	"math"
	"testing"
)

// refused calls what must not fit, and says what was taken.
func refused(t *testing.T, calls map[string]error) {
	t.Helper()
	for what, err := range calls {
		if shape := (*ShapeError)(nil); !errors.As(err, &shape) {
			t.Errorf("%s: taken (%v)", what, err)
		}
	}
}

func floats(n int) []float32 { return make([]float32, n) }

func TestRowFunctionsCheckShapes(t *testing.T) {
	refused(t, map[string]error{
		"gelu": GELU(floats(8), floats(9)), "the other gelu": GELUTanh(floats(8), floats(7)), "silu": SiLU(floats(8), floats(9)),
		"exp": Exp(floats(8), floats(9)), "tanh": Tanh(floats(8), floats(7)), "multiple": Scale(floats(8), floats(9), 1),
		"half to float": HalfToFloat(floats(8), make([]uint16, 9)), "float to half": FloatToHalf(make([]uint16, 8), floats(9)),
		"first of a sum": Add(floats(8), floats(9), floats(8)), "second of a sum": Add(floats(8), floats(8), floats(7)),
		"first of a product": Multiply(floats(8), floats(7), floats(8)), "second of a product": Multiply(floats(8), floats(8), floats(9)),
		"norm":            LayerNorm(floats(8), floats(16), nil, floats(8), floats(8), 1),
		"no gain":         LayerNorm(nil, nil, nil, nil, nil, 1),
		"bias":            LayerNorm(floats(8), floats(8), nil, floats(8), floats(7), 1),
		"residual":        LayerNorm(floats(16), floats(16), floats(8), floats(8), floats(8), 1),
		"part of a row":   LayerNorm(floats(12), floats(12), nil, floats(8), floats(8), 1),
		"no width":        Softmax(floats(8), 0, 1),
		"part of a width": Softmax(floats(10), 4, 1),
	})
	turn := func(change func(x, cos, sin *[]float32, at *Rotation)) error {
		x, cos, sin, at := floats(2*90+80), floats(3*20), floats(3*20), Rotation{Rows: 3, Stride: 90, Heads: 2, Width: 40}
		change(&x, &cos, &sin, &at)
		return Rotate(x, cos, sin, at)
	}
	if err := turn(func(_, _, _ *[]float32, _ *Rotation) {}); err != nil {
		t.Fatal(err)
	}
	refused(t, map[string]error{
		"no rows":        turn(func(_, _, _ *[]float32, at *Rotation) { at.Rows = 0 }),
		"no heads":       turn(func(_, _, _ *[]float32, at *Rotation) { at.Heads = 0 }),
		"no width":       turn(func(_, _, _ *[]float32, at *Rotation) { at.Width = 0 }),
		"an odd width":   turn(func(_, _, _ *[]float32, at *Rotation) { at.Width = 39 }),
		"rows that lap":  turn(func(_, _, _ *[]float32, at *Rotation) { at.Stride = 79 }),
		"fewer values":   turn(func(x, _, _ *[]float32, _ *Rotation) { *x = (*x)[1:] }),
		"fewer cosines":  turn(func(_, cos, _ *[]float32, _ *Rotation) { *cos = (*cos)[1:] }),
		"one sine fewer": turn(func(_, _, sin *[]float32, _ *Rotation) { *sin = (*sin)[1:] }),
	})
}

// second is the error of a call that gives something too.
func second[T any](_ T, err error) error { return err }

func TestProductsCheckShapes(t *testing.T) {
	const m, n, k = 3, 5, 16
	ints := func(n int) []int8 { return make([]int8, n) }
	rows := func(m, k int) error { return second(NewRows(m, k)) }
	pack8 := func(have, n, k, scales int, bias []float32) error {
		return second(PackInt8(ints(have), n, k, floats(scales), bias))
	}
	pack4 := func(block, scales int) error { return second(PackInt4(ints(n*k), n, k, block, floats(scales), nil)) }
	a, w8 := must(NewRows(m, k)), must(PackInt8(ints(n*k), n, k, floats(n), nil))
	w4, wf := must(PackInt4(ints(n*k), n, k, 8, floats(n*k/8), nil)), must(PackFloat32(floats(n*k), n, k, nil))
	c, other, infinite := floats(m*n), must(NewRows(m, k+8)), floats(k)
	infinite[k-1] = float32(math.Inf(-1))
	if err := firstError(w8.Mul(c, a), w4.Mul(c, a), wf.Mul(c, floats(m*k), m), wf.Mul(nil, nil, 0)); err != nil {
		t.Fatal(err)
	}
	refused(t, map[string]error{
		"no rows": rows(0, 8), "many rows": rows(columnsMax+1, 8), "no depth": rows(1, 0), "depth of 12": rows(1, 12), "much depth": rows(1, depthMax+8),
		"row before the first": a.Set(-1, floats(k)), "row behind the last": a.Set(m, floats(k)), "a short row": a.Set(0, floats(k-1)),
		"integers behind the last": a.SetInt8(m, ints(k), 1), "few integers": a.SetInt8(0, ints(k-1), 1),
		"values of all rows": a.SetAll(floats(m*k - 1)), "infinity": a.Set(0, infinite),
		"few weights": pack8(n*k-1, n, k, n, nil), "weights of depth 12": pack8(n*12, n, 12, n, nil), "few scales": pack8(n*k, n, k, n-1, nil),
		"no columns": pack8(0, 0, k, 0, nil), "no terms": pack8(0, n, 0, n, nil), "few biases": pack8(n*k, n, k, n, floats(n-1)),
		"many columns": pack8((columnsMax+1)*8, columnsMax+1, 8, columnsMax+1, nil), "many terms": pack8(depthMax+8, 1, depthMax+8, 1, nil),
		"no block": pack4(0, n), "block of 4": pack4(4, n*k/4), "block of 24": pack4(24, n), "few scales of blocks": pack4(8, n*k/8-1),
		"few outputs of 8 bits": w8.Mul(c[1:], a), "other depth of 8 bits": w8.Mul(c, other),
		"few outputs of 4 bits": w4.Mul(c[1:], a), "other depth of 4 bits": w4.Mul(c, other),
		"few outputs": wf.Mul(c[1:], floats(m*k), m), "few activations": wf.Mul(c, floats(m*k-1), m),
	})
}
