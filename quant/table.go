package quant

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"math"
)

// A table is a header of HeaderBytes and then Count codes of Spec.Bytes() each. All numbers are
// little-endian.
//
//	0  "SLQT"          8  Dim    uint32     24  Count  uint64
//	4  version        12  Every  uint32     32  Bytes  uint32, of one code
//	5  Format         16  Seed   uint64     36  zeros
//	6  Scale                                60  CRC-32C of the 60 bytes before
//	7  flags: 1 Rotated, 2 Unbiased, 4 Bound, 8 Search, 16 Norm
//
// Format history:
//
//	1  the first
const tableVersion = 1

// HeaderBytes is the size of a table's header, so that codes begin on a cache line if the table
// does.
const HeaderBytes = 64

const (
	flagRotated = 1 << iota
	flagUnbiased
	flagBound
	flagSearch
	flagNorm
	flagsKnown = 1<<iota - 1
)

var (
	tableMagic = []byte("SLQT")
	castagnoli = crc32.MakeTable(crc32.Castagnoli)
)

// Table is the codes of many vectors with the header that describes them.
type Table struct {
	Spec  Spec
	Codes []byte // Count codes of Spec.Bytes(), one after the other
}

// Count is the number of codes.
func (t *Table) Count() int { return len(t.Codes) / t.Spec.Bytes() }

// At is code i, 0 <= i < Count().
func (t *Table) At(i int) []byte {
	size := t.Spec.Bytes()
	return t.Codes[i*size : (i+1)*size : (i+1)*size]
}

// AppendTable appends the table's stored form, HeaderBytes + len(t.Codes) bytes. It fails with
// ErrSpec, and with ErrLength for codes that are not a whole number of codes.
func AppendTable(dst []byte, t *Table) ([]byte, error) {
	if err := t.Spec.Validate(); err != nil {
		return nil, err
	}
	if len(t.Codes)%t.Spec.Bytes() != 0 {
		return nil, fmt.Errorf("%w: %d bytes of codes of %d", ErrLength, len(t.Codes), t.Spec.Bytes())
	}
	return append(append(dst, t.header()...), t.Codes...), nil
}

func (t *Table) header() []byte {
	h := make([]byte, HeaderBytes)
	copy(h, tableMagic)
	h[4], h[5], h[6], h[7] = tableVersion, byte(t.Spec.Format), byte(t.Spec.Scale), t.Spec.flags()
	binary.LittleEndian.PutUint32(h[8:], uint32(t.Spec.Dim))
	binary.LittleEndian.PutUint32(h[12:], uint32(t.Spec.Every))
	binary.LittleEndian.PutUint64(h[16:], t.Spec.Seed)
	binary.LittleEndian.PutUint64(h[24:], uint64(t.Count()))
	binary.LittleEndian.PutUint32(h[32:], uint32(t.Spec.Bytes()))
	binary.LittleEndian.PutUint32(h[60:], crc32.Checksum(h[:60], castagnoli))
	return h
}

func (s Spec) flags() (flags byte) {
	for flag, set := range map[byte]bool{flagRotated: s.Rotated, flagUnbiased: s.Unbiased, flagBound: s.Bound, flagSearch: s.Fit == Search, flagNorm: s.Fit == Norm} {
		if set {
			flags |= flag
		}
	}
	return flags
}

// OpenTable reads a stored table; its Codes share data's memory. It fails with ErrForeign,
// ErrVersion, ErrTruncated, ErrCorrupt and ErrSpec. The codes themselves carry no checksum: the
// segment that holds them does.
func OpenTable(data []byte) (*Table, error) {
	if err := checkHeader(data); err != nil {
		return nil, err
	}
	spec := Spec{
		Dim:      int(min(binary.LittleEndian.Uint32(data[8:]), math.MaxInt32)),
		Every:    int(min(binary.LittleEndian.Uint32(data[12:]), math.MaxInt32)),
		Seed:     binary.LittleEndian.Uint64(data[16:]),
		Format:   Format(data[5]),
		Scale:    Scale(data[6]),
		Fit:      map[byte]Fit{0: AbsMax, flagSearch: Search, flagNorm: Norm}[data[7]&(flagSearch|flagNorm)], // 0, no fit, for both flags
		Rotated:  data[7]&flagRotated != 0,
		Unbiased: data[7]&flagUnbiased != 0,
		Bound:    data[7]&flagBound != 0,
	}
	if err := spec.Validate(); err != nil {
		return nil, err
	}
	return openCodes(spec, data)
}

// checkStored checks what both stored forms begin with.
func checkStored(data, magic []byte, version byte) error {
	switch {
	case len(data) < len(magic) && bytes.HasPrefix(magic, data):
		return fmt.Errorf("%w: %d bytes", ErrTruncated, len(data))
	case !bytes.HasPrefix(data, magic):
		return ErrForeign
	case len(data) < HeaderBytes:
		return fmt.Errorf("%w: %d bytes of a header of %d", ErrTruncated, len(data), HeaderBytes)
	case crc32.Checksum(data[:60], castagnoli) != binary.LittleEndian.Uint32(data[60:]):
		return ErrCorrupt
	case data[4] != version:
		return fmt.Errorf("%w: %d, this program reads %d", ErrVersion, data[4], version)
	}
	return nil
}

func checkHeader(data []byte) error {
	if err := checkStored(data, tableMagic, tableVersion); err != nil {
		return err
	}
	if data[7]&^flagsKnown != 0 || !bytes.Equal(data[36:60], make([]byte, 24)) {
		return fmt.Errorf("%w: unknown flags", ErrVersion)
	}
	return nil
}

func openCodes(spec Spec, data []byte) (*Table, error) {
	size := uint64(spec.Bytes())
	count, rest := binary.LittleEndian.Uint64(data[24:]), uint64(len(data)-HeaderBytes)
	switch {
	case uint64(binary.LittleEndian.Uint32(data[32:])) != size:
		return nil, fmt.Errorf("%w: codes of %d bytes, the spec's have %d", ErrSpec, binary.LittleEndian.Uint32(data[32:]), size)
	case count > rest/size:
		return nil, fmt.Errorf("%w: %d codes of %d bytes in %d bytes", ErrTruncated, count, size, rest)
	}
	end := HeaderBytes + int(count*size)
	return &Table{Spec: spec, Codes: data[HeaderBytes:end:end]}, nil
}
