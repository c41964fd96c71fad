//go:build !amd64

package kernel

// Loops that have no path of their own beside amd64's: the reference runs.

func scanWays(Path) []scanWay { return waysPlain }

func cachedWay(Path) scanWay { return waysPlain[0] }

func fetchBlocks(Path, []byte) {}

func widenRow([]uint16, []uint8) {}

func unpackDeltas(_ Path, dst *[PostingBlock]uint32, base uint32, src []byte, width uint) {
	unpackDeltasRef(dst, base, src, width)
}

func unpackStored(_ Path, dst *[PostingBlock]uint32, base uint32, src []byte, width uint) {
	unpackStoredRef(dst, base, src, width)
}

func unpackBlocks(_ Path, dst []uint32, data []byte, refs []PostingRef) {
	unpackBlocksRef(dst, data, refs)
}

func scatterBlocks(_ Path, scores []uint16, start uint32, data []byte, refs []PostingRef, table *ImpactTable, _ *[blocksPiece * blockScratch]byte) int64 {
	return scatterBlocksRef(scores, start, data, refs, table)
}

func scatterDense(_ Path, scores []uint16, present []uint64, classes []byte, table *ImpactTable) int64 {
	return scatterDenseRef(scores, present, classes, table)
}

func cutStripe(_ Path, scores []uint16, floor int32, out *cutResult) int64 {
	return cutStripeRef(scores, floor, out)
}

func maxSim(_ Path, scores []int32, table []byte, ids []uint16, spans []Span) int64 {
	return maxSimRef(scores, table, ids, spans)
}

func buildMaxSim(_ Path, table []byte, q *MaxSimQuery, vocabulary []byte) {
	buildMaxSimRef(table, q, vocabulary)
}

func largest(_ Path, x []float32) uint32 { return largestRef(x) }

func roundRow(_ Path, dst []uint8, x []float32, inverse float32) { roundRowRef(dst, x, inverse) }

func unpacks(Path) bool { return false }

func unpackPanel([]int8, []byte, *[16]int8) {}

func mulBlocks([]float32, int, *Int4Matrix, []int8, int, *Rows, int, int) {}

func mulInt4(_ Path, c []float32, stride int, w *Int4Matrix, j int, a *Rows, from, to int) {
	mulInt4Ref(c, stride, w, j, a, from, to)
}

func mulFloat32(_ Path, c []float32, stride int, w *Float32Matrix, j int, a []float32, from, to int) {
	mulFloat32Ref(c, stride, w, j, a, from, to)
}

func halfToFloat(_ Path, dst []float32, src []uint16) { halfToFloatRef(dst, src) }

func floatToHalf(_ Path, dst []uint16, src []float32) { floatToHalfRef(dst, src) }

func expVector(_ Path, dst, src []float32) { expRef(dst, src) }

func tanhVector(_ Path, dst, src []float32) { tanhRef(dst, src) }

func sumLanes(_ Path, sums *[16]float32, x []float32) { sumLanesRef(sums, x) }

func curveVector(_ Path, dst, src []float32, c *curve) { curveRef(dst, src, c) }

func siluVector(_ Path, dst, src []float32) { siluRef(dst, src) }

func addVector(_ Path, dst, a, b []float32) { addRef(dst, a, b) }

func multiplyVector(_ Path, dst, a, b []float32) { multiplyRef(dst, a, b) }

func scaleVector(_ Path, dst, x []float32, factor float32) { scaleRef(dst, x, factor) }

func mostVector(_ Path, x []float32) float32 { return mostRef(x) }

func powersVector(_ Path, sums *[16]float32, x []float32, factor, offset float32) {
	powersRef(sums, x, factor, offset)
}

func layerNorm(_ Path, dst, x, residual, gain, bias []float32, epsilon float32) {
	layerNormRef(dst, x, residual, gain, bias, epsilon)
}

func rotateRow(_ Path, row, cos, sin []float32) { rotateRef(row, cos, sin) }

func (m *Int8Matrix) mulTiles([]float32, *Rows) { panic("BUG: there are no tiles here") }

func (m *Int4Matrix) mulTiles([]float32, *Rows, []int8) { panic("BUG: there are no tiles here") }
