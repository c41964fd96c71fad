package kernel

import "encoding/binary"

//go:noescape
func bitSums8NEON(sums *uint16, table *byte, lines int, block *byte)

//go:noescape
func bitSums4NEON(sums *uint16, table *byte, lines int, block *byte)

//go:noescape
func dot4BlocksNEON(dots *int32, values *int8, groups int, record *byte)

//go:noescape
func dotPanelNEON(sums *int32, a *uint8, k int, w *int8)

// scanBitsNEON looks nibbles up in assembly; what is left to do once a code is plain Go.
func scanBitsNEON(scores []int32, masks []uint64, q *BitQuery, blocks []byte, threshold int32) (sum int64) {
	dims := len(q.values)
	var sums [4][4][8]uint16 // [quarter][even low, odd low, even high, odd high]
	var narrow [4][2][8]uint16
	for b := range masks {
		block := blocks[b*BitBlockBytes(dims):][:BitBlockBytes(dims)]
		if q.wide {
			bitSums8NEON(&sums[0][0][0], &q.table[0], dims/8, &block[0])
		} else {
			bitSums4NEON(&narrow[0][0][0], &q.table[0], dims/8, &block[0])
			for h := range narrow {
				sums[h][0], sums[h][1] = narrow[h][0], narrow[h][1]
			}
		}
		masks[b] = 0
		for i := range BitBlock {
			at := bitSlot(i)
			s := &sums[at/16]
			dot := 2*(int32(s[at%2][at%16/2])+32*int32(s[2+at%2][at%16/2])) + q.twice
			f := binary.LittleEndian.Uint32(block[dims*8+i*4:])
			score := dot*int32(f&0xFFFF) + (int32(f)>>16)*q.bias
			if scores[b*BitBlock+i] = score; score >= threshold {
				masks[b] |= 1 << i
			}
			sum += int64(score)
		}
	}
	return sum
}

func dot4NEON(scores []int32, q *Dot4Query, records []byte, ids []uint32) (sum int64) {
	var dots [Dot4DimsMax / 64]int32
	dims := len(q.values)
	size := Dot4Bytes(dims)
	for i, id := range ids {
		record := records[int(id)*size:][:size]
		dot4BlocksNEON(&dots[0], &q.values[0], dims/128, &record[0])
		scores[i] = dot4Score(dots[:dims/64], record, q.unit)
		sum += int64(scores[i])
	}
	return sum
}

func mulInt8NEON(c []float32, stride int, w *Int8Matrix, j int, a *Rows, from, to int) {
	var sums [panel]int32
	for r := from; r < to; r++ {
		dotPanelNEON(&sums[0], &a.values[r*a.K], w.k, &w.packed[j*panel*tiled(w.k)])
		out := c[(r-from)*stride:][:panel]
		for n, dot := range sums {
			out[n] = fma32(float32(float32(dot)*a.scale[r]), w.scale[j*panel+n], w.bias[j*panel+n])
		}
	}
}
