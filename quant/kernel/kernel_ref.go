package kernel

import "encoding/binary"

// The functions named …Ref say what a kernel computes. Integer arithmetic is exact or modulo a
// power of two, as the types say. Callers have checked all lengths; what stored bytes hold is never
// trusted.

// scanBitsRef scores the codes of len(masks) one-bit blocks (see BitQuery) and marks those that
// reach threshold.
func scanBitsRef(scores []int32, masks []uint64, q *BitQuery, blocks []byte, threshold int32) (sum int64) {
	dims := len(q.values)
	for b := range masks {
		block := blocks[b*BitBlockBytes(dims):][:BitBlockBytes(dims)]
		out := scores[b*BitBlock:][:BitBlock]
		bitDotsRef(out, q, block)
		masks[b] = 0
		for i := range out {
			f := binary.LittleEndian.Uint32(block[dims*8+i*4:])
			out[i] = out[i]*int32(f&0xFFFF) + (int32(f)>>16)*q.bias
			if out[i] >= threshold {
				masks[b] |= 1 << i
			}
			sum += int64(out[i])
		}
	}
	return sum
}

// bitDotsRef computes Σ_d (2·b(d) − 1)·q(d) for the 64 codes of a block.
func bitDotsRef(out []int32, q *BitQuery, block []byte) {
	for i := range out {
		out[i] = 0
	}
	for c := range len(q.values) / 8 {
		low, high := nibbleSums(q.values[c*8:]), nibbleSums(q.values[c*8+4:])
		for i := range out {
			v := block[c*BitBlock+bitSlot(i)]
			out[i] += low[v&15] + high[v>>4]
		}
	}
}

// nibbleSums is Σ_d ±q(d) over four dimensions, + where the bit of the index is set.
func nibbleSums(q []int8) (sums [16]int32) {
	for m := range sums {
		for d := range 4 {
			sums[m] += int32(q[d]) * int32(m>>d&1*2-1)
		}
	}
	return sums
}

// unpackDeltasRef: documents of a posting block, in ascending order.
func unpackDeltasRef(dst *[PostingBlock]uint32, base uint32, src []byte, width uint) {
	for i := range dst {
		base += 1 + getDelta(src, uint(i%rows)*lanes*width+uint(i/rows)*width, width)
		dst[i] = base
	}
}

// unpackStoredRef: the same, in stored order.
func unpackStoredRef(dst *[PostingBlock]uint32, base uint32, src []byte, width uint) {
	var docs [PostingBlock]uint32
	unpackDeltasRef(&docs, base, src, width)
	for i, d := range docs {
		dst[i%rows*lanes+i/rows] = d
	}
}

// unpackBlocksRef: documents of several posting blocks, each in stored order.
func unpackBlocksRef(dst []uint32, data []byte, refs []PostingRef) {
	for i, r := range refs {
		src := data[r.At:][:r.Width*PostingBlock/8]
		unpackStoredRef((*[PostingBlock]uint32)(dst[i*PostingBlock:]), r.Base, src, uint(r.Width))
	}
}

// scatterBlocksRef adds the impacts of posting blocks into a stripe that starts at document start.
// scores has stripePad entries behind its end that stay as they are.
func scatterBlocksRef(scores []uint16, start uint32, data []byte, refs []PostingRef, table *ImpactTable) (sum int64) {
	for _, r := range refs {
		var docs [PostingBlock]uint32
		src := data[r.At:]
		unpackStoredRef(&docs, r.Base, src[:r.Width*PostingBlock/8], uint(r.Width))
		classes := src[r.Width*PostingBlock/8:][:PostingBlock]
		sum += ScatterImpacts(scores[:len(scores)-stripePad], start, docs[:], classes, table)
	}
	return sum
}

// scatterDenseRef adds table.At(classes[d]) to scores[d] for every d whose bit of present is set.
func scatterDenseRef(scores []uint16, present []uint64, classes []byte, table *ImpactTable) (sum int64) {
	for d := range scores {
		if present[d/64]>>(d%64)&1 == 1 {
			scores[d] += table.words[classes[d]]
			sum += int64(table.words[classes[d]])
		}
	}
	return sum
}

// cutStripeRef lists the groups of 64 scores that hold one of at least floor (above 65535: none),
// empties scores, and returns their sum.
func cutStripeRef(scores []uint16, floor int32, out *cutResult) (sum int64) {
	out.n = 0
	for at := 0; at < len(scores); at += 64 {
		group, mask := scores[at:at+64], uint64(0)
		for i, s := range group {
			sum += int64(s)
			if int32(s) >= floor {
				mask |= 1 << i
			}
		}
		if mask != 0 {
			out.group[out.n], out.mask[out.n] = uint32(at/64), mask
			copy(out.scores[out.n*64:], group)
			out.n++
		}
		clear(group)
	}
	return sum
}
