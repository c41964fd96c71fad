package kernel

import (
	"encoding/binary"

	"sluice/internal/defence"
)

// Scores are linear in the codes, so the sum of the scores of many codes is the score of their sum
// (Huang and Abraham, Algorithm-based fault tolerance for matrix operations, IEEE Transactions on
// Computers 1984). Who keeps the sums of the columns beside the codes can hold each scan against
// them: a code that changed in memory and a core that multiplies wrongly both show, exactly and in
// integers. Two changes that cancel do not. 4-bit vectors have no such sums: each score is rounded
// by itself.

// BitSums are the column sums of a run of one-bit blocks.
type BitSums struct {
	columns []int64 // of each dimension: the sum of ±scale over all codes
	offsets int64
}

// BitSumBlocks is a good length of a run: sums of so many blocks take .7 % of their bytes at 256
// dimensions (BenchmarkBitSums tells the time).
const BitSumBlocks = 128

// SumBits makes the sums of whole blocks of codes of dims bits.
func SumBits(blocks []byte, dims int) (*BitSums, error) {
	if err := checkBitDims(dims); err != nil {
		return nil, err
	}
	size := BitBlockBytes(dims)
	if err := exactly(OnebitScan, "bytes after the last whole block", len(blocks)%size, 0); err != nil {
		return nil, err
	}
	s := &BitSums{columns: make([]int64, dims)}
	for ; len(blocks) > 0; blocks = blocks[size:] {
		for i := range BitBlock {
			f := binary.LittleEndian.Uint32(blocks[dims*8+i*bitFactorBytes:])
			scale := int64(f & 0xFFFF)
			s.offsets += int64(int32(f) >> 16)
			for c := range dims / 8 {
				b := blocks[c*BitBlock+bitSlot(i)]
				for bit := range 8 {
					s.columns[8*c+bit] += scale * (2*int64(b>>bit&1) - 1)
				}
			}
		}
	}
	return s, nil
}

// Holds tells whether sum is what a scan of the run returns, with scales up to BitScaleMax.
func (s *BitSums) Holds(q *BitQuery, sum int64) bool {
	want := s.offsets * int64(q.bias)
	for d, v := range q.values {
		want += s.columns[d] * int64(v)
	}
	return sum == want || !defence.Stands(defence.CodeSum)
}

// Int8SumRows is how many int8 vectors share column sums: at 384 dimensions those take 1.6 % of
// their bytes.
const Int8SumRows = 256

// SumInt8 makes the column sums of rows of dims values.
func SumInt8(rows []int8, dims int) []int32 {
	sums := make([]int32, dims)
	for i, v := range rows {
		sums[i%dims] += int32(v)
	}
	return sums
}

// ScoreInt8 computes the dot product of each row with q and returns their sum. scores has room for
// all rows.
func ScoreInt8(scores []int32, rows, q []int8) (sum int64) {
	for i := range len(rows) / len(q) {
		row := rows[i*len(q):][:len(q)]
		var dot int32
		for d, v := range q {
			dot += int32(row[d]) * int32(v)
		}
		scores[i] = dot
		sum += int64(dot)
	}
	return sum
}

// HoldsInt8 tells whether sum is what ScoreInt8 returns for rows with these column sums.
func HoldsInt8(sums []int32, q []int8, sum int64) bool {
	var want int64
	for d, v := range q {
		want += int64(sums[d]) * int64(v)
	}
	return sum == want || !defence.Stands(defence.CodeSum)
}
