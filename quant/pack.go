package quant

// Packed order: 8 bits a byte a value; 1 and 2 bits from the low end of each byte up; 4 bits in
// groups of 128 values whose first half fills the low and whose second half the high nibbles of 64
// bytes, so that a group is two runs of 64 values without a shuffle. A shorter last group is halved
// likewise, an odd value alone in its byte.
const nibbleGroup = 128

func pack(dst []byte, codes []uint8, bits int) {
	switch bits {
	case 8:
		copy(dst, codes)
	case 4:
		packNibbles(dst, codes)
	default:
		per := 8 / bits
		clear(dst)
		for i, code := range codes {
			dst[i/per] |= code << (i % per * bits)
		}
	}
}

func unpack(codes []uint8, src []byte, bits int) {
	switch bits {
	case 8:
		copy(codes, src)
	case 4:
		unpackNibbles(codes, src)
	default:
		per, mask := 8/bits, uint8(1<<bits-1)
		for i := range codes {
			codes[i] = src[i/per] >> (i % per * bits) & mask
		}
	}
}

func packNibbles(dst []byte, codes []uint8) {
	for len(codes) > 0 {
		group := codes[:min(nibbleGroup, len(codes))]
		half := (len(group) + 1) / 2
		copy(dst, group[:half])
		for i, code := range group[half:] {
			dst[i] |= code << 4
		}
		dst, codes = dst[half:], codes[len(group):]
	}
}

func unpackNibbles(codes []uint8, src []byte) {
	for len(codes) > 0 {
		group := codes[:min(nibbleGroup, len(codes))]
		half := (len(group) + 1) / 2
		for i := range half {
			group[i] = src[i] & 15
		}
		for i := range len(group) - half {
			group[half+i] = src[i] >> 4
		}
		src, codes = src[half:], codes[len(group):]
	}
}
