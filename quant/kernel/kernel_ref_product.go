package kernel

import "math"

// maxSimRef: see MaxSimTable.Scores.
func maxSimRef(scores []int32, table []byte, ids []uint16, spans []Span) (sum int64) {
	mask := len(table)/MaxSimTokens - 1
	for i, s := range spans {
		var best [MaxSimTokens]byte
		for _, id := range ids[s.Start : s.Start+uint64(s.Count)] {
			row := table[int(id)&mask*MaxSimTokens:][:MaxSimTokens]
			for t, v := range row {
				best[t] = max(best[t], v)
			}
		}
		scores[i] = 0
		for _, v := range best {
			scores[i] += int32(v)
		}
		sum += int64(scores[i])
	}
	return sum
}

// buildMaxSimRef: see MaxSimTable.Build.
func buildMaxSimRef(table []byte, q *MaxSimQuery, vocabulary []byte) {
	size := Dot4Bytes(q.dims)
	for at := range table {
		record, t, f := vocabulary[at/MaxSimTokens*size:][:size], at%MaxSimTokens, float32(0)
		for b := range q.dims / 64 {
			dot := int32(0)
			for d := b * 64; d < b*64+64; d++ {
				dot += int32(dot4Value(record, d)) * int32(q.lanes[d/4*4*MaxSimTokens+t*4+d%4])
			}
			f = fma32(float32(dot), halfToFloat32(dot4Scale(record, q.dims, b)), f)
		}
		table[at] = byte(min(max(roundInt32(float32(f*q.unit[t])), 0), 255))
	}
}

// dot4Ref: see Dot4Query.Scores.
func dot4Ref(scores []int32, q *Dot4Query, records []byte, ids []uint32) (sum int64) {
	var dots [Dot4DimsMax / 64]int32
	dims := len(q.values)
	size := Dot4Bytes(dims)
	for i, id := range ids {
		record := records[int(id)*size:][:size]
		clear(dots[:])
		for d, v := range q.values {
			dots[d/64] += int32(dot4Value(record, d)) * int32(v)
		}
		scores[i] = dot4Score(dots[:dims/64], record, q.unit)
		sum += int64(scores[i])
	}
	return sum
}

// dot4Score scales and rounds the integer products of a record's blocks.
func dot4Score(dots []int32, record []byte, unit float32) int32 {
	var s [4]float32
	for b, dot := range dots {
		s[b%4] = fma32(float32(dot), halfToFloat32(dot4Scale(record, len(dots)*64, b)), s[b%4])
	}
	return roundInt32(float32(float32(float32(s[0]+s[2])+float32(s[1]+s[3])) * unit))
}

// largestRef is the largest size of a value, as bits; not a number is larger than infinity.
func largestRef(x []float32) (bits uint32) {
	for _, v := range x {
		bits = max(bits, math.Float32bits(v)&0x7FFFFFFF)
	}
	return bits
}

// roundRowRef: round(x · inverse) + 128, cut to ±127.
func roundRowRef(dst []uint8, x []float32, inverse float32) {
	for k, v := range x {
		dst[k] = uint8(min(max(roundInt32(float32(v*inverse)), -127), 127)) ^ 128
	}
}

// mulInt8Ref: rows from … to of columns 48j … 48j+47; see Int8Matrix.Mul.
func mulInt8Ref(c []float32, stride int, w *Int8Matrix, j int, a *Rows, from, to int) {
	packed := w.packed[j*panel*tiled(w.k):][:panel*w.k]
	for r := from; r < to; r++ {
		row := a.values[r*a.K:][:a.K]
		for n := range panel {
			dot := w.base[j*panel+n]
			for k, v := range row {
				dot += int32(v) * int32(packed[k/4*4*panel+n*4+k%4])
			}
			c[(r-from)*stride+n] = fma32(float32(float32(dot)*a.scale[r]), w.scale[j*panel+n], w.bias[j*panel+n])
		}
	}
}

// mulInt4Ref: see Int4Matrix.Mul.
func mulInt4Ref(c []float32, stride int, w *Int4Matrix, j int, a *Rows, from, to int) {
	packed, blocks := w.packed[j*panel*w.k/2:][:panel*w.k/2], w.k/w.block
	for r := from; r < to; r++ {
		row := a.values[r*a.K:][:a.K]
		for n := range panel {
			f := float32(0)
			for b := range blocks {
				at := (j*blocks+b)*panel + n
				dot := w.base[at]
				for k := b * w.block; k < (b+1)*w.block; k++ {
					dot += int32(row[k]) * int32(w.values[packed[k/8*4*panel+n*4+k%4]>>(k%8/4*4)&15])
				}
				f = fma32(float32(dot), w.scales[at], f)
			}
			c[(r-from)*stride+n] = fma32(f, a.scale[r], w.bias[j*panel+n])
		}
	}
}

// mulFloat32Ref: see Float32Matrix.Mul.
func mulFloat32Ref(c []float32, stride int, w *Float32Matrix, j int, a []float32, from, to int) {
	packed := w.packed[j*panel*w.k:][:panel*w.k]
	for r := from; r < to; r++ {
		for n := range panel {
			f := w.bias[j*panel+n]
			for k := range w.k {
				f = fma32(a[r*w.k+k], packed[k*panel+n], f)
			}
			c[(r-from)*stride+n] = f
		}
	}
}
