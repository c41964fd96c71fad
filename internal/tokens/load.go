package tokens

import (
	_ "embed" // the vocabulary files
	"encoding/binary"
	"fmt"

	"github.com/klauspost/compress/zstd"
)

// Each file is one zstd frame with a checksum, of: the number of tokens
// (uint32, little-endian), the length of each token in the order of their
// ranks (one byte each), and their bytes without anything between them.
// _vocabulary/main.go writes them.
var (
	//go:embed vocabulary/o200k_base.zst
	o200kBaseFile []byte
	//go:embed vocabulary/cl100k_base.zst
	cl100kBaseFile []byte
)

// unpackedBytesMax is a ceiling for what one vocabulary may unpack to; the
// larger one is 1.6 MB.
const unpackedBytesMax = 8 << 20

func load(name string, packed []byte, cased bool) (*Vocab, error) {
	l, err := unpack(packed)
	if err != nil {
		return nil, fmt.Errorf("tokens: the embedded vocabulary %s cannot be read (install the program again): %w", name, err)
	}
	t, err := newTable(l)
	if err != nil {
		return nil, fmt.Errorf("tokens: the embedded vocabulary %s cannot be used (install the program again): %w", name, err)
	}
	v := &Vocab{name: name, table: t, split: &splitter{cased: cased, wide: wideClasses()}}
	v.scratch.New = func() any { return new(scratch) }
	return v, nil
}

// A list is all tokens in the order of their ranks: their lengths, which are
// not 0, and their bytes. The lengths add up to the bytes.
type list struct {
	lengths []byte
	text    []byte
}

func unpack(packed []byte) (list, error) {
	decoder, err := zstd.NewReader(nil, zstd.WithDecoderConcurrency(1), zstd.WithDecoderMaxMemory(unpackedBytesMax))
	if err != nil {
		return list{}, err
	}
	defer decoder.Close()
	plain, err := decoder.DecodeAll(packed, nil)
	if err != nil {
		return list{}, err
	}
	return newList(plain)
}

func newList(plain []byte) (list, error) {
	if len(plain) < 4 {
		return list{}, fmt.Errorf("%d bytes are too few for a count", len(plain))
	}
	count, rest := int64(binary.LittleEndian.Uint32(plain)), plain[4:]
	if count > int64(len(rest)) {
		return list{}, fmt.Errorf("%d tokens declared in %d bytes", count, len(rest))
	}
	l, sum := list{rest[:count], rest[count:]}, 0
	for rank, n := range l.lengths {
		if n == 0 {
			return list{}, fmt.Errorf("token %d is empty", rank)
		}
		sum += int(n)
	}
	if sum != len(l.text) {
		return list{}, fmt.Errorf("the lengths add up to %d and there are %d bytes", sum, len(l.text))
	}
	return l, nil
}
