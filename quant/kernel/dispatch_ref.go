package kernel

func available(p Path) bool { return p == Ref }

func implemented(k Kernel, p Path) bool { return p == Ref }

func selfTest(k Kernel, p Path) bool { return true }

func scanBits(_ Path, scores []int32, masks []uint64, q *BitQuery, blocks []byte, threshold int32) int64 {
	return scanBitsRef(scores, masks, q, blocks, threshold)
}

func unpackDeltas(_ Path, dst *[PostingBlock]uint32, base uint32, src []byte, width uint) {
	unpackDeltasRef(dst, base, src, width)
}

func scatterBlock(_ Path, scores []uint16, start uint32, src []byte, base uint32, width uint, table *ImpactTable) int64 {
	return scatterBlockRef(scores, start, src, base, width, table)
}

func scatterDense(_ Path, scores []uint16, present []uint64, classes []byte, table *ImpactTable) int64 {
	return scatterDenseRef(scores, present, classes, table)
}

func cutWindow(_ Path, scores []uint16, floor int32, out *cutResult) int64 {
	return cutWindowRef(scores, floor, out)
}
