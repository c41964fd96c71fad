package kernel

import (
	"fmt"
	"slices"
	"testing"
)

// accelerated lists the paths of a kernel that run here, besides the reference.
func accelerated(k Kernel) (out []Path) {
	for _, p := range Available() {
		if p != Ref && implemented(k, p) {
			out = append(out, p)
		}
	}
	return out
}

// randomQuery is a question with values over the whole allowed range.
func randomQuery(r *random, dims, bits int) *BitQuery {
	q := make([]int8, dims)
	for d := range q {
		q[d] = int8(r.next()%(1<<bits-1)) - int8(1<<(bits-1)-1)
	}
	query, err := NewBitQuery(q, bits, int16(r.next()))
	if err != nil {
		panic(err)
	}
	return query
}

func TestScanBitsPaths(t *testing.T) {
	r := random(2)
	for _, p := range accelerated(OnebitScan) {
		for dims := 32; dims <= BitDimsMax; dims += 32 {
			for _, bits := range []int{4, 8} {
				for _, n := range []int{1, 2, 5, 8} {
					q := randomQuery(&r, dims, bits)
					blocks := r.bytes(make([]byte, n*BitBlockBytes(dims)+n))[n:] // unaligned
					want, got := make([]int32, n*BitBlock), make([]int32, n*BitBlock)
					wantMask, gotMask := make([]uint64, n), make([]uint64, n)
					threshold := int32(r.next())
					wantSum := scanBits(Ref, want, wantMask, q, blocks, threshold)
					gotSum := scanBits(p, got, gotMask, q, blocks, threshold)
					if !slices.Equal(want, got) || !slices.Equal(wantMask, gotMask) || wantSum != gotSum {
						t.Fatalf("%v: %d blocks of %d bits, %d-bit question: differs from the reference", p, n, dims, bits)
					}
				}
			}
		}
	}
}

func BenchmarkScanBits(b *testing.B) {
	r := random(3)
	for _, dims := range []int{256, 384} {
		for _, bits := range []int{8, 4} {
			q := randomQuery(&r, dims, bits)
			for _, codes := range []int{1 << 14, 10 << 20} {
				blocks := r.bytes(make([]byte, codes/BitBlock*BitBlockBytes(dims)))
				scores, masks := make([]int32, scanPiece*BitBlock), make([]uint64, scanPiece)
				for _, p := range accelerated(OnebitScan) {
					b.Run(fmt.Sprintf("%v/%d/q%d/%d", p, dims, bits, codes), func(b *testing.B) {
						b.SetBytes(int64(len(blocks)))
						for b.Loop() {
							for at := 0; at < codes/BitBlock; at += scanPiece {
								scanBits(p, scores, masks, q, blocks[at*BitBlockBytes(dims):], 1<<30)
							}
						}
					})
				}
			}
		}
	}
}
