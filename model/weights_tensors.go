package model

import (
	"encoding/binary"
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"

	"sluice/quant"
)

// Rounded is a matrix of integers: the value of a weight is its level times the step of its block.
type Rounded struct {
	Format quant.Format
	Levels []int8
	Steps  []float32 // a block, row by row
	Block  int       // weights of a row that share a step
}

// RoundedTensors is what Tensors may be besides: those that hold rounded matrices hand them out as
// they are.
type RoundedTensors interface {
	// Rounded is nil for a tensor that is not rounded.
	Rounded(name string) (*Rounded, error)
}

// towerTensors are the tensors that one tower sees.
type towerTensors struct {
	weights *Weights
	plain   *stored // those that are not rounded
	rounded map[string]*weightsTensor
	names   []string
}

func (w *Weights) tower(tower string) *towerTensors {
	t := &towerTensors{weights: w, rounded: map[string]*weightsTensor{}}
	plain, seen := map[string]entry{}, map[string]bool{}
	take := func(name string, from *weightsTensor) {
		if seen[name] {
			return
		}
		seen[name] = true
		switch from.Form {
		case AsFloat32:
			plain[name] = entry{number: float32s, shape: asInts(from.Shape), at: from.At}
		case AsFloat16:
			plain[name] = entry{number: float16s, shape: asInts(from.Shape), at: from.At}
		default:
			t.rounded[name] = from
		}
	}
	for full, from := range w.index {
		if owner, name, own := strings.Cut(full, "/"); own && owner == tower {
			take(name, from)
		}
	}
	for name, from := range w.index {
		if !strings.Contains(name, "/") {
			take(name, from)
		}
	}
	t.plain = newStored(w.file, w.data, plain)
	t.names = slices.Sorted(maps.Keys(seen))
	return t
}

// Names implements Tensors.
func (t *towerTensors) Names() []string { return t.names }

// Shape implements Tensors.
func (t *towerTensors) Shape(name string) []int {
	if r := t.rounded[name]; r != nil {
		return asInts(r.Shape)
	}
	return t.plain.Shape(name)
}

// Float32 implements Tensors.
func (t *towerTensors) Float32(name string, dst []float32) error {
	r := t.rounded[name]
	if r == nil {
		return t.plain.Float32(name, dst)
	}
	return t.rows(r, func(i int, factor float32, codec *quant.Codec, code []byte) error {
		row := dst[i*codec.Spec().Dim : (i+1)*codec.Spec().Dim]
		if err := codec.Decode(row, code); err != nil {
			return err
		}
		for j := range row {
			row[j] *= factor
		}
		return nil
	})
}

// Rounded implements RoundedTensors.
func (t *towerTensors) Rounded(name string) (*Rounded, error) {
	r := t.rounded[name]
	if r == nil {
		return nil, nil
	}
	rows, width := int(r.Shape[0]), int(r.Shape[1])
	out := &Rounded{Format: roundedForms[r.Form], Levels: make([]int8, rows*width), Block: width}
	if r.Every > 0 {
		out.Block = min(r.Every, width)
	}
	blocks := (width + out.Block - 1) / out.Block
	out.Steps = make([]float32, rows*blocks)
	err := t.rows(r, func(i int, factor float32, codec *quant.Codec, code []byte) error {
		steps := out.Steps[i*blocks : (i+1)*blocks]
		if err := codec.Levels(out.Levels[i*width:(i+1)*width], steps, code); err != nil {
			return err
		}
		for j := range steps {
			steps[j] *= factor
		}
		return nil
	})
	return out, err
}

// rows calls f with the code of each row of a rounded tensor, and with what it is multiplied by.
func (t *towerTensors) rows(r *weightsTensor, f func(i int, factor float32, codec *quant.Codec, code []byte) error) error {
	codec, err := quant.New(r.spec())
	if err != nil {
		return damaged(t.weights.file, "tensor %q cannot be (%v)", r.Name, err)
	}
	size := weightsFactorSize + codec.Bytes()
	each := max(readBytes/size, 1)
	buf := make([]byte, min(each, int(r.Shape[0]))*size)
	for i := 0; i < int(r.Shape[0]); {
		n := min(each, int(r.Shape[0])-i)
		if _, err := t.weights.data.ReadAt(buf[:n*size], r.At+int64(i)*int64(size)); err != nil {
			return fmt.Errorf("tensor %q: %w", r.Name, err)
		}
		for rest := buf[:n*size]; len(rest) > 0; rest, i = rest[size:], i+1 {
			factor := math.Float32frombits(binary.LittleEndian.Uint32(rest))
			if !(factor >= 0 && factor <= factorMax) {
				return damaged(t.weights.file, "row %d of tensor %q is multiplied by %v", i, r.Name, factor)
			}
			if err := f(i, factor, codec, rest[weightsFactorSize:size]); err != nil {
				return damaged(t.weights.file, "row %d of tensor %q is not read (%v)", i, r.Name, err)
			}
		}
	}
	return nil
}

// factorMax keeps products with it finite: codes decode to at most 65,504.
const factorMax = 1e30
