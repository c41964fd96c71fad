package kernel

import "encoding/binary"

const (
	// PostingBlock is how many documents a posting block holds.
	PostingBlock = 128

	// NoDocument is the base of the first block of a list: the document "before" document 0.
	NoDocument = ^uint32(0)

	// DeltaWidthMax is the widest delta, in bits.
	DeltaWidthMax = 32

	rows, lanes = 8, 16 // a block is 8 rows of 16 lanes: document 8·lane + row
)

// ImpactTable maps the class byte of a posting to what the posting adds to the score of its
// document. A question makes one for each of its terms. The sum of the largest entries of a
// question's tables must stay within a uint16, because that is what a stripe counts in. The zero
// table maps everything to 0.
type ImpactTable struct {
	low, high [256]byte   // for look-ups in registers
	words     [256]uint16 // the same again, for plain ones
}

// Set makes impact what class maps to.
func (t *ImpactTable) Set(class byte, impact uint16) {
	t.low[class], t.high[class], t.words[class] = byte(impact), byte(impact>>8), impact
}

// At is what class maps to.
func (t *ImpactTable) At(class byte) uint16 { return t.words[class] }

// PostingBytes is the size of a posting block with deltas of width bits.
func PostingBytes(width uint) int { return int(width)*PostingBlock/8 + PostingBlock }

// DeltaWidth128 is the least width that holds the deltas of docs after base.
// docs must ascend strictly and start above base (any start after NoDocument).
func DeltaWidth128(base uint32, docs *[PostingBlock]uint32) uint {
	var all uint32
	for _, d := range docs {
		all |= d - base - 1
		base = d
	}
	return bitLength(all)
}

// bitLength is how many bits x needs.
func bitLength(x uint32) uint {
	n := uint(0)
	for ; x != 0; x >>= 1 {
		n++
	}
	return n
}

// PackDeltas128 writes the first 16·width bytes of a posting block to dst: the deltas of docs after
// base, each cut to width bits (DeltaWidth128 tells the least that loses nothing).
func PackDeltas128(dst []byte, base uint32, docs *[PostingBlock]uint32, width uint) error {
	if err := checkWidth(len(dst), width, int(width)*PostingBlock/8); err != nil {
		return err
	}
	clear(dst[:width*PostingBlock/8])
	for i, d := range docs {
		delta := uint64(d-base-1) & (1<<width - 1)
		base = d
		bit := uint(i%rows)*lanes*width + uint(i/rows)*width
		for b, v := bit/8, delta<<(bit%8); v != 0; b, v = b+1, v>>8 {
			dst[b] |= byte(v)
		}
	}
	return nil
}

// UnpackDeltas128 reads the documents of a posting block that follows base; it reads no byte of src
// after the 16·width that hold them. Whatever the bytes are, dst ascends by at least one a step
// (modulo 2^32).
func UnpackDeltas128(dst *[PostingBlock]uint32, base uint32, src []byte, width uint) error {
	need := int(width) * PostingBlock / 8
	if err := checkWidth(len(src), width, need); err != nil {
		return err
	}
	unpackDeltas(PostingsDecode.path(), dst, base, src[:need], width)
	return nil
}

// UnpackStored128 does what UnpackDeltas128 does, but leaves the documents in stored order: the
// order of the class bytes that follow them in a block. It is the faster one, for callers to whom
// the order of documents is nothing.
func UnpackStored128(dst *[PostingBlock]uint32, base uint32, src []byte, width uint) error {
	need := int(width) * PostingBlock / 8
	if err := checkWidth(len(src), width, need); err != nil {
		return err
	}
	unpackStored(PostingsDecode.path(), dst, base, src[:need], width)
	return nil
}

// unpackPiece is how many blocks one call into assembly unpacks.
const unpackPiece = 1024

// UnpackBlocks does what UnpackStored128 does for whole posting blocks (deltas and classes) of one
// list: 128 documents of dst for each. It is the fastest one, for many blocks at once.
func UnpackBlocks(dst []uint32, data []byte, refs []PostingRef) error {
	if err := firstError(atLeast(PostingsDecode, "room for documents", len(dst), len(refs)*PostingBlock), checkRefs(data, refs)); err != nil {
		return err
	}
	p := PostingsDecode.path()
	for len(refs) > 0 {
		n := min(len(refs), unpackPiece)
		unpackBlocks(p, dst[:n*PostingBlock], data, refs[:n])
		dst, refs = dst[n*PostingBlock:], refs[n:]
	}
	return nil
}

// checkRefs says whether every block lies within data.
func checkRefs(data []byte, refs []PostingRef) error {
	for i := range refs {
		r := &refs[i]
		if r.Width > DeltaWidthMax || r.At > uint64(len(data)) || uint64(len(data))-r.At < uint64(PostingBytes(uint(r.Width))) {
			return checkWidth(len(data)-int(min(r.At, uint64(len(data)))), uint(r.Width), PostingBytes(uint(min(r.Width, DeltaWidthMax))))
		}
	}
	return nil
}

// PackClasses128 writes the 128 class bytes of a posting block, given in the order of the
// documents, in stored order.
func PackClasses128(dst []byte, classes *[PostingBlock]byte) error {
	if err := atLeast(PostingsDecode, "bytes for classes", len(dst), PostingBlock); err != nil {
		return err
	}
	for i, c := range classes {
		dst[i%rows*lanes+i/rows] = c
	}
	return nil
}

// UnpackClasses128 is the inverse of PackClasses128.
func UnpackClasses128(dst *[PostingBlock]byte, src []byte) error {
	if err := atLeast(PostingsDecode, "bytes of classes", len(src), PostingBlock); err != nil {
		return err
	}
	for i := range dst {
		dst[i] = src[i%rows*lanes+i/rows]
	}
	return nil
}

// PackPostings writes a whole posting block, deltas and classes, and returns its size.
func PackPostings(dst []byte, base uint32, docs *[PostingBlock]uint32, classes *[PostingBlock]byte, width uint) (int, error) {
	size := PostingBytes(width)
	if err := checkWidth(len(dst), width, size); err != nil {
		return 0, err
	}
	if err := PackDeltas128(dst, base, docs, width); err != nil {
		return 0, err
	}
	return size, PackClasses128(dst[size-PostingBlock:], classes)
}

// UnpackPostings is the inverse of PackPostings, in the order of the documents.
func UnpackPostings(docs *[PostingBlock]uint32, classes *[PostingBlock]byte, base uint32, src []byte, width uint) error {
	if err := checkWidth(len(src), width, PostingBytes(width)); err != nil {
		return err
	}
	if err := UnpackDeltas128(docs, base, src, width); err != nil {
		return err
	}
	return UnpackClasses128(classes, src[width*PostingBlock/8:])
}

func checkWidth(have int, width uint, need int) error {
	if width > DeltaWidthMax {
		return &ShapeError{PostingsDecode.String(), "delta width", int(width), DeltaWidthMax}
	}
	return atLeast(PostingsDecode, "bytes of a posting block", have, need)
}

// getDelta reads the delta at stored bit position bit of src.
func getDelta(src []byte, bit, width uint) uint32 {
	var word [8]byte
	copy(word[:], src[bit/8:min(uint(len(src)), bit/8+8)])
	return uint32(binary.LittleEndian.Uint64(word[:]) >> (bit % 8) & (1<<width - 1))
}
