package model

import (
	"encoding/binary"
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"
	"sync"

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
func (t *towerTensors) rows(r *weightsTensor, f rowFunc) error {
	codec, err := quant.New(r.spec())
	if err != nil {
		return damaged(t.weights.file, "tensor %q cannot be (%v)", r.Name, err)
	}
	size := weightsFactorSize + codec.Bytes()
	each := max(readBytes/size, 1)
	buf := make([]byte, min(each, int(r.Shape[0]))*size)
	for i := 0; i < int(r.Shape[0]); {
		n := min(each, int(r.Shape[0])-i)
		rest, err := t.weights.data.view(buf[:n*size], r.At+int64(i)*int64(size))
		if err != nil {
			return fmt.Errorf("tensor %q: %w", r.Name, err)
		}
		for ; len(rest) > 0; rest, i = rest[size:], i+1 {
			if err := t.row(r, i, rest[:size], codec, f); err != nil {
				return err
			}
		}
	}
	return nil
}

// rowFunc gets the code of a row, and what it is multiplied by.
type rowFunc func(i int, factor float32, codec *quant.Codec, code []byte) error

func (t *towerTensors) row(r *weightsTensor, i int, stored []byte, codec *quant.Codec, f rowFunc) error {
	factor := math.Float32frombits(binary.LittleEndian.Uint32(stored))
	if !(factor >= 0 && factor <= factorMax) {
		return damaged(t.weights.file, "row %d of tensor %q is multiplied by %v", i, r.Name, factor)
	}
	if err := f(i, factor, codec, stored[weightsFactorSize:]); err != nil {
		return damaged(t.weights.file, "row %d of tensor %q is not read (%v)", i, r.Name, err)
	}
	return nil
}

// RowTensors is what Tensors may be besides: those that lie in memory rounded hand out single rows.
type RowTensors interface {
	// Rows gives a function that reads one row of a matrix; nil: all of it must be read. It may be
	// called concurrently.
	Rows(name string) (func(dst []float32, i int) error, error)
}

// Rows implements RowTensors.
func (t *towerTensors) Rows(name string) (func(dst []float32, i int) error, error) {
	r := t.rounded[name]
	if r == nil || t.weights.data.memory == nil {
		return nil, nil
	}
	first, err := quant.New(r.spec())
	if err != nil {
		return nil, damaged(t.weights.file, "tensor %q cannot be (%v)", r.Name, err)
	}
	rooms := sync.Pool{New: func() any { return newRowRoom(first.Clone()) }}
	return func(dst []float32, i int) error {
		room := rooms.Get().(*rowRoom)
		defer rooms.Put(room)
		stored, err := t.weights.data.view(room.code, r.At+int64(i)*int64(len(room.code)))
		if err != nil {
			return fmt.Errorf("tensor %q: %w", r.Name, err)
		}
		return t.row(r, i, stored, room.codec, func(_ int, factor float32, codec *quant.Codec, code []byte) error {
			return room.decode(dst, factor, code)
		})
	}, nil
}

// rowRoom is what reading one row takes.
type rowRoom struct {
	codec *quant.Codec
	code  []byte
	Rounded
}

func newRowRoom(codec *quant.Codec) *rowRoom {
	spec := codec.Spec()
	block := spec.Dim
	if spec.Every > 0 {
		block = min(spec.Every, block)
	}
	return &rowRoom{codec, make([]byte, weightsFactorSize+codec.Bytes()),
		Rounded{Levels: make([]int8, spec.Dim), Steps: make([]float32, (spec.Dim+block-1)/block), Block: block}}
}

// decode writes the values of a row as Rounded gives them, bit for bit.
func (r *rowRoom) decode(dst []float32, factor float32, code []byte) error {
	if err := r.codec.Levels(r.Levels, r.Steps, code); err != nil {
		return err
	}
	for i := range r.Steps {
		r.Steps[i] *= factor
	}
	r.values(dst, len(dst))
	return nil
}

// factorMax keeps products with it finite: codes decode to at most 65,504.
const factorMax = 1e30
