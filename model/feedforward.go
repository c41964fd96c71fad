package model

import "sluice/quant/kernel"

// feedForward widens each row, bends it, and makes it narrow again. In a gated block the first
// product gives twice the inner width: what is bent, and what that is multiplied by.
type feedForward struct {
	width, inner int
	gated        bool
	atOnce       int // rows
	up, down     matrix
	bend         activation
}

// feedRows is how many rows go through both products before the next ones do: what lies between
// them then stays in the second-level cache, and takes little memory however long a text is.
const feedRows = 96

// run sets a.y to what the block gives the rows x.
func (f *feedForward) run(a *arena, x []float32) error {
	rows := len(x) / f.width
	y := floats(&a.y, len(x))
	for from := 0; from < rows; from += min(f.atOnce, rows) {
		to := from + min(f.atOnce, rows-from)
		if err := f.band(a, y[from*f.width:to*f.width], x[from*f.width:to*f.width]); err != nil {
			return err
		}
	}
	return nil
}

func (f *feedForward) band(a *arena, y, x []float32) error {
	rows, columns := len(x)/f.width, f.inner
	if f.gated {
		columns *= 2
	}
	inner := floats(&a.inner, rows*columns)
	if err := f.up.mul(a, OpUp, inner, x); err != nil {
		return err
	}
	if f.gated {
		inner = f.gate(inner, rows)
	} else {
		mustFit(f.bend(inner, inner))
	}
	a.meter.lap(OpActivation, 0)
	return f.down.mul(a, OpDown, y, inner)
}

// gate bends the first half of each row and multiplies it by the second, in place.
func (f *feedForward) gate(inner []float32, rows int) []float32 {
	for r := range rows {
		row, dst := inner[r*2*f.inner:(r+1)*2*f.inner], inner[r*f.inner:(r+1)*f.inner]
		mustFit(f.bend(row[:f.inner], row[:f.inner]))
		mustFit(kernel.Multiply(dst, row[:f.inner], row[f.inner:]))
	}
	return inner[:rows*f.inner]
}
