package tokens

import (
	"bytes"
	"strings"
	"testing"

	"github.com/klauspost/compress/zstd"
)

func TestDamagedVocabulary(t *testing.T) {
	encoder, err := zstd.NewWriter(nil)
	if err != nil {
		t.Fatal(err)
	}
	flipped := bytes.Clone(cl100kBaseFile)
	flipped[len(flipped)/2] ^= 4
	for name, packed := range map[string][]byte{
		"empty":     nil,
		"truncated": cl100kBaseFile[:len(cl100kBaseFile)-1],
		"flipped":   flipped,
		"bomb":      encoder.EncodeAll(make([]byte, unpackedBytesMax+1), nil),
		"no count":  encoder.EncodeAll([]byte{1, 0, 0}, nil),
		"count":     encoder.EncodeAll([]byte{2, 0, 0, 0, 1}, nil),
		"length":    encoder.EncodeAll([]byte{1, 0, 0, 0, 2, 'a'}, nil),
		"no length": encoder.EncodeAll([]byte{1, 0, 0, 0, 0}, nil),
		"too many":  encoder.EncodeAll([]byte{1, 0, 0, 0, 1, 'a', 'b'}, nil),
		"no bytes":  encoder.EncodeAll([]byte{1, 0, 0, 0, 1, 'a'}, nil),
	} {
		v, err := load("x", packed, false)
		if err == nil || v != nil || !strings.Contains(err.Error(), "install the program again") {
			t.Errorf("%s: load = %v, %v", name, v, err)
		}
	}
}
