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
	tokens, err := unpack(packed)
	if err != nil {
		return nil, fmt.Errorf("tokens: the embedded vocabulary %s cannot be read (install the program again): %w", name, err)
	}
	t, err := newTable(tokens)
	if err != nil {
		return nil, fmt.Errorf("tokens: the embedded vocabulary %s cannot be used (install the program again): %w", name, err)
	}
	v := &Vocab{name: name, table: t, split: &splitter{cased: cased, wide: wideClasses()}}
	v.scratch.New = func() any { return new(scratch) }
	return v, nil
}

func unpack(packed []byte) ([][]byte, error) {
	decoder, err := zstd.NewReader(nil, zstd.WithDecoderConcurrency(1), zstd.WithDecoderMaxMemory(unpackedBytesMax))
	if err != nil {
		return nil, err
	}
	defer decoder.Close()
	plain, err := decoder.DecodeAll(packed, nil)
	if err != nil {
		return nil, err
	}
	return cutTokens(plain)
}

// cutTokens returns views of plain, one a token, in the order of the ranks.
func cutTokens(plain []byte) ([][]byte, error) {
	if len(plain) < 4 {
		return nil, fmt.Errorf("%d bytes are too few for a count", len(plain))
	}
	count, rest := int64(binary.LittleEndian.Uint32(plain)), plain[4:]
	if count > int64(len(rest)) {
		return nil, fmt.Errorf("%d tokens declared in %d bytes", count, len(rest))
	}
	lengths, text := rest[:count], rest[count:]
	tokens := make([][]byte, count)
	for rank, n := range lengths {
		if int(n) > len(text) || n == 0 {
			return nil, fmt.Errorf("token %d has length %d and %d bytes are left", rank, n, len(text))
		}
		tokens[rank], text = text[:n:n], text[n:]
	}
	if len(text) != 0 {
		return nil, fmt.Errorf("%d bytes too many", len(text))
	}
	return tokens, nil
}
