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
	for _, damage := range []struct {
		says   string
		packed []byte
	}{
		{"0 bytes are too few", nil},
		{"", cl100kBaseFile[:len(cl100kBaseFile)-1]},
		{"", flipped},
		{"", encoder.EncodeAll(make([]byte, unpackedBytesMax+1), nil)},
		{"3 bytes are too few", encoder.EncodeAll([]byte{1, 0, 0}, nil)},
		{"2 tokens declared in 1 bytes", encoder.EncodeAll([]byte{2, 0, 0, 0, 1}, nil)},
		{"add up to 2 and there are 1", encoder.EncodeAll([]byte{1, 0, 0, 0, 2, 'a'}, nil)},
		{"add up to 1 and there are 2", encoder.EncodeAll([]byte{1, 0, 0, 0, 1, 'a', 'b'}, nil)},
		{"token 0 is empty", encoder.EncodeAll([]byte{1, 0, 0, 0, 0}, nil)},
		{"no token for the byte 0x00", encoder.EncodeAll([]byte{1, 0, 0, 0, 1, 'a'}, nil)},
	} {
		v, err := load("x", damage.packed, false)
		if err == nil || v != nil || !strings.Contains(err.Error(), damage.says) || !strings.Contains(err.Error(), "install the program again") {
			t.Errorf("load = %v, %v; want an error that says %q", v, err, damage.says)
		}
	}
}
