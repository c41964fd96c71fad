package text

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"sync"

	"github.com/klauspost/compress/zstd"
)

// decodedBytesMax bounds what one frame may unpack to, whatever it claims.
const decodedBytesMax = 2 << 20

// encoders keeps those that a writer is done with: making one takes longer than a small text.
var encoders sync.Pool

// takeEncoder returns the encoder of one writer.
func takeEncoder() (*zstd.Encoder, error) {
	if enc, ok := encoders.Get().(*zstd.Encoder); ok {
		return enc, nil
	}
	return newEncoder()
}

// newEncoder makes an encoder. The fastest level gives .223 of kernel source; the
// next one saves 5 % of that and takes 1.6 times as long, twice for text that is merged once.
func newEncoder() (*zstd.Encoder, error) {
	return zstd.NewWriter(nil,
		zstd.WithEncoderLevel(zstd.SpeedFastest),
		zstd.WithEncoderConcurrency(1),
		zstd.WithAllLitEntropyCompression(true), // encoded bytes repeat nothing, and use 64 signs of 256
		zstd.WithEncoderCRC(false),              // the file's own checksums cover the frame
		zstd.WithWindowSize(64<<10),
		zstd.WithSingleSegment(true))
}

var decoder = sync.OnceValues(func() (*zstd.Decoder, error) {
	return zstd.NewReader(nil,
		zstd.WithDecoderConcurrency(0),
		zstd.WithDecoderMaxMemory(decodedBytesMax),
		zstd.WithDecodeAllCapLimit(true)) // never more than the room it is given
})

// unpackSlackBytes is room that the decoder may write to behind the end: with it, it copies 16
// bytes at a time without looking where the end is.
const unpackSlackBytes = 64

// unpack appends to dst what frame unpacks to, which must be n bytes exactly.
func unpack(dst, frame []byte, n int) ([]byte, error) {
	if n < 0 || n > decodedBytesMax {
		return nil, fmt.Errorf("a block of %d bytes", n)
	}
	d, err := decoder()
	if err != nil {
		return nil, err
	}
	start := len(dst)
	dst = grow(dst, n+unpackSlackBytes)
	out, err := d.DecodeAll(frame, dst[:start:start+n+unpackSlackBytes])
	if err != nil {
		return nil, err
	}
	if len(out) != start+n {
		return nil, fmt.Errorf("a block of %d bytes where %d belong", len(out)-start, n)
	}
	return out, nil
}

// appendFrame compresses raw to the end of dst, behind its length.
func appendFrame(dst []byte, enc *zstd.Encoder, raw []byte) []byte {
	return enc.EncodeAll(raw, binary.AppendUvarint(dst, uint64(len(raw))))
}

// unpackFrame appends to dst what appendFrame compressed.
func unpackFrame(dst, frame []byte) ([]byte, error) {
	size, n := binary.Uvarint(frame)
	if n <= 0 || size > math.MaxInt {
		return nil, errors.New("a frame without its length")
	}
	return unpack(dst, frame[n:], int(size))
}

// grow returns b with room for n more bytes.
func grow(b []byte, n int) []byte {
	if cap(b)-len(b) >= n {
		return b
	}
	return append(make([]byte, 0, len(b)+n), b...)
}
