package model

import (
	"fmt"
	"math"
)

// activation bends values in place.
type activation func(x []float32)

// activations by their names in a configuration.
var activations = map[string]activation{"gelu": gelu, "gelu_tanh": geluTanh, "relu": relu, "silu": silu}

func activationOf(name string) (activation, error) {
	f, ok := activations[name]
	if !ok {
		return nil, fmt.Errorf("the activation %q is not known", name)
	}
	return f, nil
}

func gelu(x []float32) {
	for i, v := range x {
		x[i] = float32(0.5 * float64(v) * (1 + math.Erf(float64(v)/math.Sqrt2)))
	}
}

func geluTanh(x []float32) {
	for i, v := range x {
		f := float64(v)
		x[i] = float32(0.5 * f * (1 + math.Tanh(math.Sqrt(2/math.Pi)*(f+0.044715*f*f*f))))
	}
}

func silu(x []float32) {
	for i, v := range x {
		x[i] = float32(float64(v) / (1 + math.Exp(-float64(v))))
	}
}

func relu(x []float32) {
	for i, v := range x {
		x[i] = max(v, 0)
	}
}

func tanh(x []float32) {
	for i, v := range x {
		x[i] = float32(math.Tanh(float64(v)))
	}
}
