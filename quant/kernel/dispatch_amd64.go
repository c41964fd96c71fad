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
	case AMX:
		return available(AVX512) && x.HasAMXTile && x.HasAMXInt8 && x.HasAMXBF16 && tilesGranted()
	}
	return false
}

// implemented says which paths a kernel has here: AMX for products.
func implemented(k Kernel, p Path) bool {
	return p == Ref || p == AVX2 || p == AVX512 || p == AMX && (k == MatmulInt8 || k == MatmulInt4)
}

// The ways that scans can go, the one to begin with first.
var (
	waysAVX2   = []scanWay{{streams: 2, ahead: 4096}, {streams: 2, ahead: 1024}, {streams: 2, ahead: -1}, {streams: 1, ahead: 4096}}
	waysAVX512 = append([]scanWay{{streams: 4, ahead: 1024}, {streams: 4, ahead: -1}}, waysAVX2...)
)

// scanWays are the ways that memory can be scanned on a path.
func scanWays(p Path) []scanWay {
	switch p {
	case AVX512:
		return waysAVX512
	case AVX2:
		return waysAVX2
	}
	return waysPlain
}

// cachedWay is the way to scan blocks that are in the cache: with AVX-512 four neighbours share the
// loads of tables.
func cachedWay(p Path) scanWay {
	if p == AVX512 {
		return scanWay{streams: 4, ahead: -1, near: true}
	}
	return waysPlain[0]
}

// fetchBlocks asks for blocks that will be scanned soon.
func fetchBlocks(p Path, blocks []byte) {
	if p != Ref && len(blocks) > 0 {
		fetchLines(&blocks[0], len(blocks))
	}
}

func scanBits(p Path, scores []int32, masks []uint64, q *BitQuery, blocks []byte, threshold int32, way scanWay) (sum int64) {
	if p == Ref {
		return scanBitsRef(scores, masks, q, blocks, threshold)
	}
	numbers, lines, size := [4]int32{q.twice, q.bias, threshold, way.ahead}, len(q.values)/8, BitBlockBytes(len(q.values))
	for _, streams := range [...]int{way.streams, 1} {
		n := len(masks) / streams
		if n == 0 {
			continue
		}
		apart, next := n, 1
		if way.near {
			apart, next = 1, streams
		}
		sum += scanLoop(p, q.wide, streams, &scores[0], &masks[0], n, &q.table[0], lines, &blocks[0], &numbers[0], apart, next)
		n *= streams
		scores, masks, blocks = scores[n*BitBlock:], masks[n:], blocks[n*size:]
	}
	return sum
}

// scanLoop calls the loop for a path, a question's bits and a number of streams. It is a switch
// because arguments of a call through a variable would move to the heap.
func scanLoop(p Path, wide bool, streams int, scores *int32, masks *uint64, n int, table *byte, lines int, blocks *byte, numbers *int32, apart, next int) int64 {
	switch {
	case p == AVX512 && wide && streams == 4:
		return scanBits8x4AVX512(scores, masks, n, table, lines, blocks, numbers, apart, next)
	case p == AVX512 && wide && streams == 2:
		return scanBits8x2AVX512(scores, masks, n, table, lines, blocks, numbers, apart, next)
	case p == AVX512 && wide:
		return scanBits8x1AVX512(scores, masks, n, table, lines, blocks, numbers, apart, next)
	case p == AVX512 && streams == 4:
		return scanBits4x4AVX512(scores, masks, n, table, lines, blocks, numbers, apart, next)
	case p == AVX512 && streams == 2:
		return scanBits4x2AVX512(scores, masks, n, table, lines, blocks, numbers, apart, next)
	case p == AVX512:
		return scanBits4x1AVX512(scores, masks, n, table, lines, blocks, numbers, apart, next)
	case wide && streams == 2:
		return scanBits8x2AVX2(scores, masks, n, table, lines, blocks, numbers, apart, next)
	case wide:
		return scanBits8x1AVX2(scores, masks, n, table, lines, blocks, numbers, apart, next)
	case streams == 2:
		return scanBits4x2AVX2(scores, masks, n, table, lines, blocks, numbers, apart, next)
	}
	return scanBits4x1AVX2(scores, masks, n, table, lines, blocks, numbers, apart, next)
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
	size := uint32(len(scores) - stripePad)
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

func cutStripe(p Path, scores []uint16, floor int32, out *cutResult) (sum int64) {
	var hits int64
	switch p {
	case AVX512:
		sum, hits = cutStripeAVX512(&scores[0], len(scores)/64, uint32(floor-1), &out.group[0], &out.mask[0], &out.scores[0])
	case AVX2:
		sum, hits = cutStripeAVX2(&scores[0], len(scores)/64, uint32(floor-1), &out.group[0], &out.mask[0], &out.scores[0])
	default:
		return cutStripeRef(scores, floor, out)
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

// byteRow is how many of n values a row is rounded in the wide way.
func byteRow(p Path, n int) int {
	if p == AVX512 {
		return n &^ 63
	}
	return 0
}

func largest(p Path, x []float32) (bits uint32) {
	if p == Ref {
		return largestRef(x)
	}
	wide := byteRow(p, len(x))
	if wide > 0 {
		bits = largestAVX512(&x[0], wide)
	}
	if wide < len(x) {
		bits = max(bits, largestAVX2(&x[wide], len(x)-wide))
	}
	return bits
}

func roundRow(p Path, dst []uint8, x []float32, inverse float32) {
	if p == Ref {
		roundRowRef(dst, x, inverse)
		return
	}
	wide := byteRow(p, len(x))
	if wide > 0 {
		roundRowAVX512(&dst[0], &x[0], wide, inverse)
	}
	if wide < len(x) {
		roundRowAVX2(&dst[wide], &x[wide], len(x)-wide, inverse)
	}
}

// widenRow writes bytes as words; their number is a multiple of 8.
func widenRow(dst []uint16, src []uint8) { widenAVX2(&dst[0], &src[0], len(dst)) }

func mulInt8(p Path, c []float32, stride int, w *Int8Matrix, j int, a *Rows, from, to int) {
	x, packed, at := &a.values[from*a.K], &w.packed[j*panel*tiled(w.k)], j*panel
	switch p {
	case AVX512:
		mulInt8AVX512(&c[0], stride, x, w.k, to-from, packed, &w.base[at], &w.scale[at], &w.bias[at], &a.scale[from])
	case AVX2:
		mulInt8AVX2(&c[0], stride, &a.wide()[from*a.K], w.k, to-from, packed, &w.base[at], &w.scale[at], &w.bias[at], &a.scale[from])
	default:
		mulInt8Ref(c, stride, w, j, a, from, to)
	}
}

func mulInt4(p Path, c []float32, stride int, w *Int4Matrix, j int, a *Rows, from, to int) {
	if p == Ref {
		mulInt4Ref(c, stride, w, j, a, from, to)
		return
	}
	x, packed, at := &a.values[from*a.K], &w.packed[j*panel*w.k/2], j*panel*(w.k/w.block)
	mulInt4AVX2(&c[0], stride, x, w.k, to-from, packed, &w.base[at], &w.scales[at], &w.bias[j*panel], &a.scale[from], w.block, &w.values[0])
}

// unpacks says that a path makes bytes of weights of 4 bits first.
func unpacks(p Path) bool { return p == AVX512 || p == AMX }

func unpackPanel(dst []int8, src []byte, values *[16]int8) {
	unpackNibblesAVX512(&dst[0], &src[0], len(src)/(4*panel), &values[0])
}

// mulBlocks multiplies by one panel as bytes.
func mulBlocks(c []float32, stride int, w *Int4Matrix, packed []int8, j int, a *Rows, from, to int) {
	at := j * panel * (w.k / w.block)
	mulBlocksAVX512(&c[0], stride, &a.values[from*a.K], w.k, to-from, &packed[0],
		&w.base[at], &w.scales[at], &w.bias[j*panel], &a.scale[from], w.block)
}

// depthAVX2 is how many terms of float32 products AVX2 does before it turns to the next rows: the
// part of a panel that they need must stay in the first-level cache, because six products a load of
// 32 bytes leave the second level behind.
const depthAVX2 = 96

func mulFloat32(p Path, c []float32, stride int, w *Float32Matrix, j int, a []float32, from, to int) {
	x, packed, bias := a[from*w.k:], w.packed[j*panel*w.k:], &w.bias[j*panel]
	switch p {
	case AVX512:
		mulFloat32AVX512(&c[0], stride, &x[0], w.k, w.k, to-from, &packed[0], bias)
	case AVX2:
		for k := 0; k < w.k; k += depthAVX2 {
			mulFloat32AVX2(&c[0], stride, &x[k], w.k, min(depthAVX2, w.k-k), to-from, &packed[k*panel], bias)
			bias = nil // the rest goes on from c
		}
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
