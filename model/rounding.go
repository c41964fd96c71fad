package model

import (
	"fmt"
	"math"

	"sluice/quant"
)

// roundColumns rounds each of n rows of k weights, which make a column of outputs each, to 8 bits.
func roundColumns(w []float32, n, k int) (values []int8, scales []float32) {
	values, scales = make([]int8, n*k), make([]float32, n)
	for j := range n {
		row := w[j*k : (j+1)*k]
		top := largest(row)
		if top == 0 {
			continue
		}
		scales[j] = top / 127
		for i, v := range row {
			values[j*k+i] = int8(math.RoundToEven(float64(max(-127, min(127, v/scales[j])))))
		}
	}
	return values, scales
}

// roundBlocks rounds n rows of k weights to 4 bits, with the scale of each block that leaves the
// smallest squared error.
func roundBlocks(w []float32, n, k int, format quant.Format, block int) (values []int8, scales []float32, err error) {
	codec, err := quant.New(quant.Spec{Dim: k, Format: format, Scale: quant.Half, Every: block, Fit: quant.Search})
	if err != nil {
		return nil, nil, err
	}
	if k%block != 0 {
		return nil, nil, fmt.Errorf("blocks of %d do not divide rows of %d weights", block, k)
	}
	blocks, code, unit := k/block, make([]byte, codec.Bytes()), make([]float32, k)
	values, scales = make([]int8, n*k), make([]float32, n*blocks)
	for j := range n {
		row, steps := w[j*k:(j+1)*k], scales[j*blocks:(j+1)*blocks]
		top, err := encodeRow(codec, code, unit, row)
		if err != nil {
			return nil, nil, err
		}
		if err := codec.Levels(values[j*k:(j+1)*k], steps, code); err != nil {
			return nil, nil, err
		}
		for b := range steps {
			steps[b] *= top
		}
	}
	return values, scales, nil
}

// encodeRow codes a row of weights divided by the largest of them, because the codec's scales are
// float16, in which small weights would be none. unit is room for what is coded.
func encodeRow(codec *quant.Codec, code []byte, unit, row []float32) (top float32, err error) {
	clear(unit)
	if top = largest(row); top > 0 {
		for i, v := range row {
			unit[i] = v / top
		}
	}
	return top, codec.Encode(code, unit)
}

// largest is the largest magnitude.
func largest(x []float32) (top float32) {
	for _, v := range x {
		top = max(top, v, -v)
	}
	return top
}
