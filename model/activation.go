package model

import (
	"fmt"

	"sluice/quant/kernel"
)

// activation bends the values x into dst, which may be x.
type activation func(dst, x []float32) error

// activations by their names in a configuration.
var activations = map[string]activation{
	"gelu": kernel.GELU, "gelu_tanh": kernel.GELUTanh, "silu": kernel.SiLU, "relu": relu,
}

func activationOf(name string) (activation, error) {
	f, ok := activations[name]
	if !ok {
		return nil, fmt.Errorf("the activation %q is not known", name)
	}
	return f, nil
}

func relu(dst, x []float32) error {
	for i, v := range x {
		dst[i] = max(v, 0)
	}
	return nil
}
