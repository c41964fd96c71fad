//go:build !amd64 && !arm64

package kernel

func available(p Path) bool { return p == Ref }

func implemented(_ Kernel, p Path) bool { return p == Ref }

func scanBits(_ Path, scores []int32, masks []uint64, q *BitQuery, blocks []byte, threshold int32, _ scanWay) int64 {
	return scanBitsRef(scores, masks, q, blocks, threshold)
}

func dot4(_ Path, scores []int32, q *Dot4Query, records []byte, ids []uint32) int64 {
	return dot4Ref(scores, q, records, ids)
}

func mulInt8(_ Path, c []float32, stride int, w *Int8Matrix, j int, a *Rows, from, to int) {
	mulInt8Ref(c, stride, w, j, a, from, to)
}
