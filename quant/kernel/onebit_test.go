package kernel

import (
	"testing"

	"pgregory.net/rapid"
)

// plainScore is the formula of BitQuery, one dimension after the other.
func plainScore(q []int8, code []byte, scale uint16, offset, bias int16) int32 {
	dot := int32(0)
	for d, v := range q {
		if code[d/8]>>(d%8)&1 == 1 {
			dot += int32(v)
		} else {
			dot -= int32(v)
		}
	}
	return dot*int32(scale) + int32(offset)*int32(bias)
}

func TestBitScanIsTheFormula(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		dims := 32 * rapid.IntRange(1, 32).Draw(t, "dims/32")
		bits := rapid.SampledFrom([]int{4, 8}).Draw(t, "bits")
		n := rapid.IntRange(1, 3).Draw(t, "blocks")
		r := random(rapid.Uint64().Draw(t, "seed"))
		q := make([]int8, dims)
		for d := range q {
			q[d] = int8(r.next()%(1<<bits-1)) - int8(1<<(bits-1)-1)
		}
		bias := int16(r.next())
		blocks := make([]byte, n*BitBlockBytes(dims))
		want, sum := make([]int32, n*BitBlock), int64(0)
		code, back := make([]byte, dims/8), make([]byte, dims/8)
		for i := range want {
			scale, offset := uint16(r.next()%(uint64(BitScaleMax(dims))+1)), int16(r.next())
			block := blocks[i/BitBlock*BitBlockBytes(dims):]
			if err := SetBitCode(block, dims, i%BitBlock, r.bytes(code), scale, offset); err != nil {
				t.Fatal(err)
			}
			if s, o, err := BitCode(block, dims, i%BitBlock, back); err != nil || s != scale || o != offset || string(back) != string(code) {
				t.Fatal("a code does not come back", err)
			}
			want[i] = plainScore(q, code, scale, offset, bias)
			sum += int64(want[i])
		}
		query, err := NewBitQuery(q, bits, bias)
		if err != nil {
			t.Fatal(err)
		}
		got := make([]int32, len(want))
		gotSum, err := query.Scan(got, blocks)
		if err != nil || gotSum != sum {
			t.Fatalf("sum %d, want %d, %v", gotSum, sum, err)
		}
		for i := range want {
			if got[i] != want[i] {
				t.Fatalf("code %d: %d, want %d", i, got[i], want[i])
			}
		}
	})
}
