package model

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"maps"
	"math"
	"slices"

	"sluice/quant"
)

// number is how one number of a tensor is stored, little-endian.
type number uint8

const (
	float32s  number = 1
	float16s  number = 2
	bfloat16s number = 3
	others    number = 4 // integers and the like, which no layer reads
)

// bytes is the size of one number that a layer can read.
func (n number) bytes() int64 {
	if n == float32s {
		return 4
	}
	return 2
}

const (
	// rankMax is the most dimensions of a tensor.
	rankMax = 8
	// nameBytesMax is the longest name of a tensor.
	nameBytesMax = 512
	// tensorsMax is the most tensors of a file; the largest encoders have about a thousand.
	tensorsMax = 1 << 16
	// readBytes is how much of a tensor is held while it is converted.
	readBytes = 1 << 20
)

// entry says where a tensor lies in its file. Whoever makes one has compared its size with its
// shape, and its place with the size of the file.
type entry struct {
	number     number
	shape      []int // as the family has it
	at         int64 // in the file
	transposed bool  // stored the other way round; only of two dimensions
}

// stored are tensors as others publish them: dense, each in one stretch of a file. A tensor is read
// when it is asked for, so that what is in memory at once is what the caller has room for.
type stored struct {
	file    string
	r       io.ReaderAt
	entries map[string]entry
	names   []string
}

func newStored(file string, r io.ReaderAt, entries map[string]entry) *stored {
	return &stored{file, r, entries, slices.Sorted(maps.Keys(entries))}
}

// Names implements Tensors.
func (s *stored) Names() []string { return s.names }

// Shape implements Tensors.
func (s *stored) Shape(name string) []int { return s.entries[name].shape }

// Float32 implements Tensors.
func (s *stored) Float32(name string, dst []float32) error {
	e, ok := s.entries[name]
	if !ok {
		return damaged(s.file, "there is no tensor %q", name)
	}
	if e.number == others {
		return unsupported(s.file, "tensor %q does not hold floating-point numbers", name)
	}
	if count, _ := elements(e.shape); count != int64(len(dst)) {
		panic(fmt.Sprintf("BUG: tensor %q has %d values, not %d", name, count, len(dst)))
	}
	var err error
	if e.transposed {
		err = s.readTransposed(e, dst)
	} else {
		err = s.readRows(e, dst)
	}
	if err != nil {
		return fmt.Errorf("tensor %q: %w", name, err)
	}
	return nil
}

func (s *stored) readRows(e entry, dst []float32) error {
	buf := make([]byte, min(readBytes, int64(len(dst))*e.number.bytes()))
	for at := e.at; len(dst) > 0; {
		n := min(len(dst), len(buf)/int(e.number.bytes()))
		if err := s.read(e.number, buf, dst[:n], at); err != nil {
			return err
		}
		dst, at = dst[n:], at+int64(n)*e.number.bytes()
	}
	return nil
}

// readTransposed reads a tensor of a rows and b columns that is stored as b rows of a.
func (s *stored) readTransposed(e entry, dst []float32) error {
	a, b := e.shape[0], e.shape[1]
	buf, row := make([]byte, min(readBytes, int64(a)*e.number.bytes())), make([]float32, a)
	for j := range b {
		if err := s.readRow(e.number, buf, row, e.at+int64(j)*int64(a)*e.number.bytes()); err != nil {
			return err
		}
		for i, v := range row {
			dst[i*b+j] = v
		}
	}
	return nil
}

func (s *stored) readRow(n number, buf []byte, row []float32, at int64) error {
	for len(row) > 0 {
		k := min(len(row), len(buf)/int(n.bytes()))
		if err := s.read(n, buf, row[:k], at); err != nil {
			return err
		}
		row, at = row[k:], at+int64(k)*n.bytes()
	}
	return nil
}

// read reads the numbers at one place of the file.
func (s *stored) read(n number, buf []byte, dst []float32, at int64) error {
	buf = buf[:len(dst)*int(n.bytes())]
	if err := readFull(s.r, buf, at); err != nil {
		return damaged(s.file, "byte %d cannot be read (%v)", at, err)
	}
	convert(n, dst, buf)
	for i, v := range dst {
		if math.Float32bits(v)&0x7f800000 == 0x7f800000 {
			return damaged(s.file, "the number at byte %d is not finite", at+int64(i)*n.bytes())
		}
	}
	return nil
}

func convert(n number, dst []float32, src []byte) {
	switch n {
	case float32s:
		for i := range dst {
			dst[i] = math.Float32frombits(binary.LittleEndian.Uint32(src[4*i:]))
		}
	case float16s:
		for i := range dst {
			dst[i] = quant.FromHalf(binary.LittleEndian.Uint16(src[2*i:]))
		}
	case bfloat16s:
		for i := range dst {
			dst[i] = math.Float32frombits(uint32(binary.LittleEndian.Uint16(src[2*i:])) << 16)
		}
	}
}

// readFull fills buf from one place of a file. An end that comes too early is an error.
func readFull(r io.ReaderAt, buf []byte, at int64) error {
	n, err := r.ReadAt(buf, at)
	if n == len(buf) {
		return nil
	}
	if err == nil || errors.Is(err, io.EOF) {
		return io.ErrUnexpectedEOF
	}
	return err
}

// elementsMax bounds the product of a shape: no encoder has a tensor of 2^36 numbers.
const elementsMax = 1 << 36

// elements is the product of a shape, and whether it is one that a tensor may have.
func elements[T int | int64](shape []T) (count int64, ok bool) {
	count = 1
	if len(shape) > rankMax {
		return 0, false
	}
	for _, n := range shape {
		if n <= 0 || int64(n) > elementsMax/count {
			return 0, false
		}
		count *= int64(n)
	}
	return count, true
}

// asInts is a shape that elements has let pass.
func asInts(shape []int64) []int {
	out := make([]int, len(shape))
	for i, n := range shape {
		out[i] = int(n)
	}
	return out
}
