package kernel

import "golang.org/x/sys/cpu"

// available says whether the processor runs a path.
func available(p Path) bool { return p == Ref || p == NEON && cpu.ARM64.HasASIMDDP }

// implemented says which paths a kernel has here: NEON for the loops that look bits up and multiply
// bytes.
func implemented(k Kernel, p Path) bool {
	return p == Ref || p == NEON && (k == OnebitScan || k == Dot4 || k == MatmulInt8)
}

func scanBits(p Path, scores []int32, masks []uint64, q *BitQuery, blocks []byte, threshold int32, _ scanWay) int64 {
	if p == NEON {
		return scanBitsNEON(scores, masks, q, blocks, threshold)
	}
	return scanBitsRef(scores, masks, q, blocks, threshold)
}

func dot4(p Path, scores []int32, q *Dot4Query, records []byte, ids []uint32) int64 {
	if p == NEON {
		return dot4NEON(scores, q, records, ids)
	}
	return dot4Ref(scores, q, records, ids)
}

func mulInt8(p Path, c []float32, stride int, w *Int8Matrix, j int, a *Rows, from, to int) {
	if p == NEON {
		mulInt8NEON(c, stride, w, j, a, from, to)
		return
	}
	mulInt8Ref(c, stride, w, j, a, from, to)
}
