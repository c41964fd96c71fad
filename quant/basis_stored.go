package quant

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"math"
)

// A stored basis is a header of HeaderBytes and then Mean, Axes and Variance as little-endian
// float32.
//
//	0  "SLQB"       8  Dim  uint32       56  CRC-32C of what follows the header
//	4  version     12  zeros             60  CRC-32C of the 60 bytes before
//
// Format history:
//
//	1  the first
const basisVersion = 1

var basisMagic = []byte("SLQB")

// AppendBasis appends the basis's stored form, by which every reader of its codes gets the same
// numbers. It fails with ErrSpec.
func AppendBasis(dst []byte, b *Basis) ([]byte, error) {
	if b.turned {
		return nil, fmt.Errorf("%w: a turned basis", ErrSpec)
	}
	if err := b.validate(); err != nil {
		return nil, err
	}
	start := len(dst)
	dst = append(dst, make([]byte, HeaderBytes)...)
	for _, part := range [][]float32{b.Mean, b.Axes, b.Variance} {
		for _, v := range part {
			dst = binary.LittleEndian.AppendUint32(dst, math.Float32bits(v))
		}
	}
	h := dst[start:]
	copy(h, basisMagic)
	h[4] = basisVersion
	binary.LittleEndian.PutUint32(h[8:], uint32(b.Dim))
	binary.LittleEndian.PutUint32(h[56:], crc32.Checksum(h[HeaderBytes:], castagnoli))
	binary.LittleEndian.PutUint32(h[60:], crc32.Checksum(h[:60], castagnoli))
	return dst, nil
}

func (b *Basis) validate() error {
	axes := b.Dim * b.Dim
	if b.turned {
		axes = 0
	}
	if b.Dim < 1 || b.Dim > BasisDimMax || len(b.Mean) != b.Dim || len(b.Variance) != b.Dim || len(b.Axes) != axes {
		return fmt.Errorf("%w: a basis of dimension %d whose parts have other sizes", ErrSpec, b.Dim)
	}
	for _, part := range [][]float32{b.Mean, b.Axes, b.Variance} {
		if err := finite(part); err != nil {
			return fmt.Errorf("%w: %w", ErrSpec, err)
		}
	}
	return nil
}

// OpenBasis reads a stored basis and copies it. It fails with ErrForeign, ErrVersion, ErrTruncated,
// ErrCorrupt and ErrSpec.
func OpenBasis(data []byte) (*Basis, error) {
	if err := checkStored(data, basisMagic, basisVersion); err != nil {
		return nil, err
	}
	dim := int(min(binary.LittleEndian.Uint32(data[8:]), BasisDimMax+1))
	if dim < 1 || dim > BasisDimMax || !bytes.Equal(data[5:8], make([]byte, 3)) || !bytes.Equal(data[12:56], make([]byte, 44)) {
		return nil, fmt.Errorf("%w: a basis of dimension %d", ErrSpec, dim)
	}
	size := 4 * (2*dim + dim*dim)
	if len(data) < HeaderBytes+size {
		return nil, fmt.Errorf("%w: a basis of %d bytes of %d", ErrTruncated, len(data), HeaderBytes+size)
	}
	data = data[:HeaderBytes+size]
	if crc32.Checksum(data[HeaderBytes:], castagnoli) != binary.LittleEndian.Uint32(data[56:]) {
		return nil, ErrCorrupt
	}
	values := make([]float32, size/4)
	for i := range values {
		values[i] = math.Float32frombits(binary.LittleEndian.Uint32(data[HeaderBytes+4*i:]))
	}
	b := &Basis{Dim: dim, Mean: values[:dim:dim], Axes: values[dim : dim+dim*dim : dim+dim*dim], Variance: values[dim+dim*dim:]}
	return b, b.validate()
}
