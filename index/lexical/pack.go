package lexical

import (
	"encoding/binary"
	"math/bits"

	"sluice/internal/defence"
	"sluice/quant/kernel"
)

// A block's 128 gaps and classes are stored in the order that package quant/kernel documents: what
// belongs to passage 8l+r of the block stands at place 16r+l (r < 8, l < 16), so that a vector of
// 16 lanes walks 16 stretches of 8 neighbours at once.
const (
	packRows  = 8
	packLanes = 16
)

// packed[i] is the stored place of passage i of a block.
var packed = func() (place [blockPassages]uint8) {
	for i := range place {
		place[i] = uint8(i%packRows*packLanes + i/packRows)
	}
	return place
}()

// pack appends 128 gaps of width bits each to dst: 16 x width bytes, a little-endian bit stream in
// stored order.
func pack(dst []byte, gaps *[blockPassages]uint32, width int) []byte {
	var stored [blockPassages]uint32
	for i, gap := range gaps {
		stored[packed[i]] = gap
	}
	var word uint64
	var filled int
	for _, v := range stored {
		word |= uint64(v) << filled
		filled += width
		if filled >= 32 {
			dst = binary.LittleEndian.AppendUint32(dst, uint32(word))
			word >>= 32
			filled -= 32
		}
	}
	return dst
}

// accelerated tells whether blocks of postings have a kernel of their own here. Where they have
// none, or where it was switched off, the plain loops of this package are faster than those of the
// kernels' specification.
func accelerated() (decode, add bool) {
	return kernel.PostingsDecode.Path() != kernel.Ref, kernel.PostingsTopK.Path() != kernel.Ref
}

// unpack reads the gaps that pack wrote and adds them up to passages from from on. src holds at
// least 16 x width bytes; width is at most gapWidthMax. Blocks that are sampled for seed are
// unpacked by plain code too, which is believed where the two differ.
func unpack(passages *[blockPassages]uint32, from uint32, src []byte, width int, seed uint64) {
	path := kernel.PostingsDecode.Path()
	if path == kernel.Ref || width == 0 {
		unpackPlain(passages, from, src, width)
		return
	}
	if err := kernel.UnpackDeltas128(passages, from-1, src, uint(width)); err != nil {
		panic("BUG: " + err.Error())
	}
	if kernel.Sampled(seed, from) && defence.Stands(defence.ReferenceResample) {
		fast := *passages
		if unpackPlain(passages, from, src, width); fast != *passages {
			kernel.PostingsDecode.Reject(path)
		}
	}
}

func unpackPlain(passages *[blockPassages]uint32, from uint32, src []byte, width int) {
	// A copy with room behind it, so that each gap is one load of four bytes.
	var buf [packUnit*gapWidthMax + 4]byte
	copy(buf[:packUnit*gapWidthMax], src[:packUnit*width])
	mask := uint32(1)<<width - 1
	for l := range packLanes {
		bit := l * width
		for r := range packRows {
			from += le32(buf[bit>>3:]) >> (bit & 7) & mask
			passages[l*packRows+r] = from
			from++
			bit += packLanes * width
		}
	}
}

// packClasses appends 128 classes in stored order.
func packClasses(dst, classes []byte) []byte {
	var stored [blockPassages]byte
	for i, c := range classes[:blockPassages] {
		stored[packed[i]] = c
	}
	return append(dst, stored[:]...)
}

// widthOf is how many bits the greatest of values needs.
func widthOf(values []uint32) int {
	var all uint32
	for _, v := range values {
		all |= v
	}
	return bits.Len32(all)
}
