package kernel

import (
	"math"
	"slices"
)

// narrowPanel is how many columns a panel of keys or values has.
const narrowPanel = 32

// attendHead packs keys and values of one head, and does the queries block by block.
func attendHead(p Path, out, q, k, v []float32, s *AttentionShape, room *AttentionRoom) {
	if p == Ref {
		attendHeadRef(out, q, k, v, s, room)
		return
	}
	padded := (s.Tokens + narrowPanel - 1) &^ (narrowPanel - 1)
	stride := padded + 16 // rows do not meet in the cache's sets
	panels := (s.Width + narrowPanel - 1) / narrowPanel
	room.keys, room.values = resized(room.keys, padded*s.Width), resized(room.values, s.Tokens*panels*narrowPanel)
	room.scores, room.inverse = resized(room.scores, queryRows*stride), resized(room.inverse, queryRows)
	room.edge = resized(room.edge, max(narrowPanel*s.Width, queryRows*narrowPanel))
	if len(room.none) < padded {
		room.none = slices.Repeat([]float32{float32(math.Inf(-1))}, padded)
	}
	room.packKeys(p, k, s)
	room.packValues(p, v, s)
	rows := queryRows
	if padded > 256 {
		rows /= 2
	}
	for i := 0; i < s.Queries; i += rows {
		n := min(rows, s.Queries-i)
		first, end := s.keysOf(i, i+n)
		first &^= narrowPanel - 1
		columns := (end - first + narrowPanel - 1) &^ (narrowPanel - 1)
		for c := 0; c < columns; c += narrowPanel {
			mulNarrow(p, room.scores[c:], stride, q[i*s.Stride:], s.Stride, s.Width, n, room.keys[(first+c)*s.Width:], nil)
		}
		for r := range n {
			before, behind := s.unseen(room.scores[r*stride:][:columns], i+r, first)
			copy(before, room.none)
			copy(behind, room.none)
		}
		softmaxRows(p, room.scores, stride, columns, n, s.factor(), room.inverse)
		for r := range n { // too little to count in a sum, but a value may be multiplied by it
			before, behind := s.unseen(room.scores[r*stride:][:columns], i+r, first)
			clear(before)
			clear(behind)
		}
		for c := 0; c < s.Width; c += narrowPanel {
			w := room.values[(c*s.Tokens/narrowPanel+first)*narrowPanel:]
			if c+narrowPanel <= s.Width {
				mulNarrow(p, out[i*s.OutStride+c:], s.OutStride, room.scores, stride, end-first, n, w, room.inverse)
				continue
			}
			mulNarrow(p, room.edge, narrowPanel, room.scores, stride, end-first, n, w, room.inverse)
			for r := range n {
				copy(out[(i+r)*s.OutStride+c:(i+r)*s.OutStride+s.Width], room.edge[r*narrowPanel:])
			}
		}
	}
}

// unseen is which of the scores of a query's row, which begins with key first, belong to no key
// that it looks at.
func (s *AttentionShape) unseen(row []float32, query, first int) (before, behind []float32) {
	from, to := s.keysOf(query, query+1)
	return row[:from-first], row[to-first:]
}

// packKeys makes columns of the keys: panels of 32, [panel][Width][32]. Columns behind the last key
// are zeros.
func (room *AttentionRoom) packKeys(p Path, k []float32, s *AttentionShape) {
	lanes := vectorLanes(p)
	for t := 0; t < s.Tokens; t += lanes {
		from, stride := k[t*s.Stride:], s.Stride
		if left := s.Tokens - t; left < lanes {
			clear(room.edge)
			for r := range left {
				copy(room.edge[r*s.Width:(r+1)*s.Width], from[r*stride:])
			}
			from, stride = room.edge, s.Width
		}
		to := room.keys[t/narrowPanel*narrowPanel*s.Width+t%narrowPanel:]
		if p == AVX512 {
			packKeysAVX512(&to[0], &from[0], 4*stride, s.Width)
		} else {
			packKeysAVX2(&to[0], &from[0], 4*stride, s.Width)
		}
	}
	room.clearKeys(s, (s.Tokens+lanes-1)/lanes*lanes)
}

// clearKeys sets what of the last panel no group of keys has filled.
func (room *AttentionRoom) clearKeys(s *AttentionShape, from int) {
	if from%narrowPanel == 0 {
		return
	}
	last := room.keys[from/narrowPanel*narrowPanel*s.Width:]
	for d := range s.Width {
		clear(last[d*narrowPanel+from%narrowPanel : (d+1)*narrowPanel])
	}
}

// packValues copies the values to panels of 32 columns, [panel][Tokens][32].
func (room *AttentionRoom) packValues(p Path, v []float32, s *AttentionShape) {
	for c := 0; c < s.Width; c += narrowPanel {
		to := room.values[c*s.Tokens:]
		switch {
		case c+narrowPanel > s.Width:
			for t := range s.Tokens {
				n := copy(to[t*narrowPanel:][:narrowPanel], v[t*s.Stride+c:t*s.Stride+s.Width])
				clear(to[t*narrowPanel+n : (t+1)*narrowPanel])
			}
		case p == AVX512:
			packValuesAVX512(&to[0], &v[c], 4*s.Stride, s.Tokens)
		default:
			packValuesAVX2(&to[0], &v[c], 4*s.Stride, s.Tokens)
		}
	}
}

// vectorLanes is how many float32 a vector has.
func vectorLanes(p Path) int {
	if p == AVX512 {
		return 16
	}
	return 8
}

// mulNarrow multiplies rows by one panel, and by scale where there is one.
func mulNarrow(p Path, c []float32, cStride int, a []float32, aStride, depth, rows int, w, scale []float32) {
	var s *float32
	if scale != nil {
		s = &scale[0]
	}
	if p == AVX512 {
		mulNarrowAVX512(&c[0], 4*cStride, &a[0], 4*aStride, depth, rows, &w[0], s)
	} else {
		mulNarrowAVX2(&c[0], 4*cStride, &a[0], 4*aStride, depth, rows, &w[0], s)
	}
}

func softmaxRows(p Path, x []float32, stride, n, rows int, factor float32, inverse []float32) {
	if p == AVX512 {
		softmaxRowsAVX512(&x[0], 4*stride, n, rows, factor, &inverse[0])
	} else {
		softmaxRowsAVX2(&x[0], 4*stride, n, rows, factor, &inverse[0])
	}
}
