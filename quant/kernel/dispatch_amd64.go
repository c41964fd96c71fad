package kernel

import "golang.org/x/sys/cpu"

// available says whether the processor and the operating system run a path.
func available(p Path) bool {
	x := &cpu.X86
	switch p {
	case Ref:
		return true
	case AVX2:
		return x.HasAVX2 && x.HasFMA && x.HasBMI1 && x.HasBMI2
	case AVX512:
		return x.HasAVX512F && x.HasAVX512BW && x.HasAVX512DQ && x.HasAVX512VL && x.HasAVX512VBMI && x.HasAVX512VNNI
	}
	return false
}

// implemented says which paths a kernel has here.
func implemented(_ Kernel, p Path) bool { return p == Ref || p == AVX2 || p == AVX512 }

func scanBits(p Path, scores []int32, masks []uint64, q *BitQuery, blocks []byte, threshold, ahead int32) (sum int64) {
	if p == Ref {
		return scanBitsRef(scores, masks, q, blocks, threshold)
	}
	numbers, lines := [4]int32{q.twice, q.bias, threshold, max(ahead, 0)}, len(q.values)/8
	if p == AVX512 {
		var done int
		if ahead == aheadCached {
			done, sum = scanAbreast(scores, masks, q, blocks, &numbers)
		} else {
			done, sum = scanStreams(scores, masks, q, blocks, &numbers)
		}
		scores, masks, blocks = scores[done*BitBlock:], masks[done:], blocks[done*BitBlockBytes(lines*8):]
	}
	if len(masks) == 0 {
		return sum
	}
	s, m, t, b, n := &scores[0], &masks[0], &q.table[0], &blocks[0], len(masks)
	switch {
	case p == AVX512 && q.wide:
		return sum + scanBits8x1AVX512(s, m, n, t, lines, b, &numbers[0])
	case p == AVX512:
		return sum + scanBits4x1AVX512(s, m, n, t, lines, b, &numbers[0])
	case q.wide:
		return sum + scanBits8x1AVX2(s, m, n, t, lines, b, &numbers[0])
	}
	return sum + scanBits4x1AVX2(s, m, n, t, lines, b, &numbers[0])
}

// scanAbreast scores groups of four neighbouring blocks, for blocks in the cache. It says how many blocks it did.
func scanAbreast(scores []int32, masks []uint64, q *BitQuery, blocks []byte, numbers *[4]int32) (done int, sum int64) {
	n, lines := len(masks)/4, len(q.values)/8
	switch {
	case n == 0:
		return 0, 0
	case q.wide:
		sum = scanBits8x4AVX512(&scores[0], &masks[0], n, &q.table[0], lines, &blocks[0], &numbers[0])
	default:
		sum = scanBits4x4AVX512(&scores[0], &masks[0], n, &q.table[0], lines, &blocks[0], &numbers[0])
	}
	return 4 * n, sum
}

// scanStreams scores the two halves of the blocks side by side, for blocks in memory. It says how many blocks it did.
func scanStreams(scores []int32, masks []uint64, q *BitQuery, blocks []byte, numbers *[4]int32) (done int, sum int64) {
	n, lines := len(masks)/2, len(q.values)/8
	switch {
	case n == 0:
		return 0, 0
	case q.wide:
		sum = scanBits8x2AVX512(&scores[0], &masks[0], n, &q.table[0], lines, &blocks[0], &numbers[0])
	default:
		sum = scanBits4x2AVX512(&scores[0], &masks[0], n, &q.table[0], lines, &blocks[0], &numbers[0])
	}
	return 2 * n, sum
}

func unpackDeltas(p Path, dst *[PostingBlock]uint32, base uint32, src []byte, width uint) {
	switch {
	case p == Ref || width == 0:
		unpackDeltasRef(dst, base, src, width)
	case p == AVX512:
		unpackDeltasAVX512(&dst[0], base, &src[0], width)
	default:
		padded := padDeltas(src)
		unpackDeltasAVX2(&dst[0], base, &padded[0], width)
	}
}

func unpackStored(p Path, dst *[PostingBlock]uint32, base uint32, src []byte, width uint) {
	switch {
	case p == Ref || width == 0:
		unpackStoredRef(dst, base, src, width)
	case p == AVX512:
		unpackStoredAVX512(&dst[0], base, &src[0], width)
	default:
		padded := padDeltas(src)
		unpackStoredAVX2(&dst[0], base, &padded[0], width)
	}
}

func unpackBlocks(p Path, dst []uint32, data []byte, refs []PostingRef) {
	switch p {
	case AVX512:
		unpackBlocksAVX512(&dst[0], &data[0], &refs[0].At, len(refs))
	case AVX2:
		unpackBlocksAVX2(&dst[0], &data[0], &refs[0].At, len(refs))
	default:
		unpackBlocksRef(dst, data, refs)
	}
}

// padDeltas copies deltas to where up to 16 bytes behind them may be read.
func padDeltas(src []byte) (padded [DeltaWidthMax*PostingBlock/8 + 16]byte) {
	copy(padded[:], src)
	return padded
}

func scatterBlocks(p Path, scores []uint16, start uint32, data []byte, refs []PostingRef, table *ImpactTable, room *[blocksPiece * blockScratch]byte) int64 {
	size := uint32(len(scores) - windowPad)
	switch p {
	case AVX512:
		return scatterBlocksAVX512(&scores[0], size, start, &data[0], &refs[0].At, len(refs), &table.low[0], &room[0])
	case AVX2:
		return scatterBlocksAVX2(&scores[0], size, start, &data[0], &refs[0].At, len(refs), &table.low[0], &room[0])
	}
	return scatterBlocksRef(scores, start, data, refs, table)
}

func scatterDense(p Path, scores []uint16, present []uint64, classes []byte, table *ImpactTable) int64 {
	if p != AVX512 { // without masks and byte permutes plain Go is as good
		return scatterDenseRef(scores, present, classes, table)
	}
	return scatterDenseAVX512(&scores[0], len(scores)/64, &present[0], &classes[0], &table.low[0])
}

func cutWindow(p Path, scores []uint16, floor int32, out *cutResult) (sum int64) {
	var hits int64
	switch p {
	case AVX512:
		sum, hits = cutWindowAVX512(&scores[0], len(scores)/64, uint32(floor-1), &out.group[0], &out.mask[0], &out.scores[0])
	case AVX2:
		sum, hits = cutWindowAVX2(&scores[0], len(scores)/64, uint32(floor-1), &out.group[0], &out.mask[0], &out.scores[0])
	default:
		return cutWindowRef(scores, floor, out)
	}
	out.n = int(hits)
	return sum
}

func maxSim(p Path, scores []int32, table []byte, ids []uint16, spans []Span) int64 {
	if p == Ref || len(spans) == 0 || len(ids) == 0 {
		return maxSimRef(scores, table, ids, spans)
	}
	mask := uint64(len(table)/MaxSimTokens - 1)
	return maxSimAVX2(&scores[0], &table[0], mask, &ids[0], &spans[0].Start, len(spans))
}

func buildMaxSim(p Path, table []byte, q *MaxSimQuery, vocabulary []byte) {
	n, size := len(table)/MaxSimTokens, Dot4Bytes(q.dims)
	switch p {
	case AVX512:
		buildMaxSimAVX512(&table[0], n, &q.lanes[0], &q.base[0], &q.unit[0], q.dims, &vocabulary[0], size)
	case AVX2:
		buildMaxSimAVX2(&table[0], n, &q.lanes[0], &q.base[0], &q.unit[0], q.dims, &vocabulary[0], size)
	default:
		buildMaxSimRef(table, q, vocabulary)
	}
}

func dot4(p Path, scores []int32, q *Dot4Query, records []byte, ids []uint32) int64 {
	if p == Ref || len(ids) == 0 {
		return dot4Ref(scores, q, records, ids)
	}
	dims := len(q.values)
	if p == AVX512 {
		return dot4AVX512(&scores[0], &q.values[0], &q.base[0], q.unit, dims, &records[0], Dot4Bytes(dims), &ids[0], len(ids))
	}
	return dot4AVX2(&scores[0], &q.values[0], &q.base[0], q.unit, dims, &records[0], Dot4Bytes(dims), &ids[0], len(ids))
}

func largest(p Path, x []float32) uint32 {
	if p == Ref {
		return largestRef(x)
	}
	return largestAVX2(&x[0], len(x))
}

func roundRow(p Path, dst []uint8, x []float32, inverse float32) {
	if p == Ref {
		roundRowRef(dst, x, inverse)
		return
	}
	roundRowAVX2(&dst[0], &x[0], len(x), inverse)
}

func mulInt8(p Path, c []float32, stride int, w *Int8Matrix, j int, a *Rows, from, to int) {
	x, packed, at := &a.values[from*a.K], &w.packed[j*panel*w.k], j*panel
	switch p {
	case AVX512:
		mulInt8AVX512(&c[0], stride, x, w.k, to-from, packed, &w.base[at], &w.scale[at], &w.bias[at], &a.scale[from])
	case AVX2:
		mulInt8AVX2(&c[0], stride, x, w.k, to-from, packed, &w.base[at], &w.scale[at], &w.bias[at], &a.scale[from])
	default:
		mulInt8Ref(c, stride, w, j, a, from, to)
	}
}

func mulInt4(p Path, c []float32, stride int, w *Int4Matrix, j int, a *Rows, from, to int) {
	blocks := w.k / w.block
	x, packed, at := &a.values[from*a.K], &w.packed[j*panel*w.k/2], j*panel*blocks
	sums := &a.sums[from*blocks]
	switch p {
	case AVX512:
		mulInt4AVX512(&c[0], stride, x, w.k, to-from, packed, &w.base[at], &w.scales[at], &w.bias[j*panel], &a.scale[from], sums, w.block, blocks*4)
	case AVX2:
		mulInt4AVX2(&c[0], stride, x, w.k, to-from, packed, &w.base[at], &w.scales[at], &w.bias[j*panel], &a.scale[from], sums, w.block, blocks*4)
	default:
		mulInt4Ref(c, stride, w, j, a, from, to)
	}
}

func mulFloat32(p Path, c []float32, stride int, w *Float32Matrix, j int, a []float32, from, to int) {
	switch p {
	case AVX512:
		mulFloat32AVX512(&c[0], stride, &a[from*w.k], w.k, to-from, &w.packed[j*panel*w.k], &w.bias[j*panel])
	case AVX2:
		mulFloat32AVX2(&c[0], stride, &a[from*w.k], w.k, to-from, &w.packed[j*panel*w.k], &w.bias[j*panel])
	default:
		mulFloat32Ref(c, stride, w, j, a, from, to)
	}
}

// vectorPart is how many of n values whole vectors take; plain Go does the others.
func vectorPart(p Path, n int) int {
	switch p {
	case AVX512:
		return n &^ 15
	case AVX2:
		return n &^ 7
	}
	return 0
}

func halfToFloat(p Path, dst []float32, src []uint16) {
	n := vectorPart(p, len(src))
	if n > 0 && p == AVX512 {
		halfToFloatAVX512(&dst[0], &src[0], n)
	} else if n > 0 {
		halfToFloatAVX2(&dst[0], &src[0], n)
	}
	halfToFloatRef(dst[n:], src[n:])
}

func floatToHalf(p Path, dst []uint16, src []float32) {
	n := vectorPart(p, len(src))
	if n > 0 && p == AVX512 {
		floatToHalfAVX512(&dst[0], &src[0], n)
	} else if n > 0 {
		floatToHalfAVX2(&dst[0], &src[0], n)
	}
	floatToHalfRef(dst[n:], src[n:])
}

func expVector(p Path, dst, src []float32) {
	n := vectorPart(p, len(src))
	if n > 0 && p == AVX512 {
		expVectorAVX512(&dst[0], &src[0], n)
	} else if n > 0 {
		expVectorAVX2(&dst[0], &src[0], n)
	}
	expRef(dst[n:], src[n:])
}

func tanhVector(p Path, dst, src []float32) {
	n := vectorPart(p, len(src))
	if n > 0 && p == AVX512 {
		tanhVectorAVX512(&dst[0], &src[0], n)
	} else if n > 0 {
		tanhVectorAVX2(&dst[0], &src[0], n)
	}
	tanhRef(dst[n:], src[n:])
}

func sumLanes(p Path, sums *[16]float32, x []float32) {
	switch {
	case p == Ref || len(x) == 0:
		sumLanesRef(sums, x)
	case p == AVX512:
		sumLanesAVX512(&sums[0], &x[0], len(x))
	default:
		sumLanesAVX2(&sums[0], &x[0], len(x))
	}
}
