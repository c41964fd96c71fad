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

func TestUnpackPaths(t *testing.T) {
	r := random(4)
	for _, p := range accelerated(PostingsDecode) {
		for width := uint(0); width <= DeltaWidthMax; width++ {
			for shift := range 3 {
				src := r.bytes(make([]byte, int(width)*16+shift))[shift:]
				base := uint32(r.next())
				var want, got [PostingBlock]uint32
				unpackDeltas(Ref, &want, base, src, width)
				unpackDeltas(p, &got, base, src, width)
				if want != got {
					t.Fatalf("%v: deltas of %d bits differ from the reference\n%v\n%v", p, width, want, got)
				}
				unpackStored(Ref, &want, base, src, width)
				unpackStored(p, &got, base, src, width)
				if want != got {
					t.Fatalf("%v: stored deltas of %d bits differ from the reference", p, width)
				}
			}
		}
	}
}

func randomTable(r *random, most uint16) *ImpactTable {
	table := new(ImpactTable)
	for c := range 256 {
		table.Set(byte(c), uint16(r.next()%(uint64(most)+1)))
	}
	return table
}

func TestScatterBlocksPaths(t *testing.T) {
	r := random(5)
	var room [blocksPiece * blockScratch]byte
	for _, p := range accelerated(PostingsTopK) {
		for width := uint(0); width <= DeltaWidthMax; width++ {
			for _, size := range []int{64, 1024, 1 << 13} {
				for n := 1; n <= blocksPiece; n++ {
					var data []byte
					refs, base := make([]PostingRef, n), uint32(r.next())
					for i := range refs {
						refs[i] = PostingRef{uint64(len(data)), base + uint32(r.next()%2000), uint32((width + uint(r.next()%2)*uint(i)) % 33)}
						data = append(data, r.bytes(make([]byte, PostingBytes(uint(refs[i].Width))))...)
					}
					table := randomTable(&r, 65535)
					start := base + uint32(r.next()%(64<<min(width, 20))) - uint32(r.next()%uint64(size))
					want := make([]uint16, size+windowPad)
					for i := range size {
						want[i] = uint16(r.next())
					}
					got := slices.Clone(want)
					wantSum := scatterBlocks(Ref, want, start, data, refs, table, &room)
					gotSum := scatterBlocks(p, got, start, data, refs, table, &room)
					if !slices.Equal(want, got) || wantSum != gotSum {
						t.Fatalf("%v: width %d, window %d: differs from the reference (sum %d, want %d)", p, width, size, gotSum, wantSum)
					}
				}
			}
		}
	}
}

func TestScatterDensePaths(t *testing.T) {
	r := random(6)
	for _, p := range accelerated(PostingsTopK) {
		for _, size := range []int{64, 128, 1024} {
			table := randomTable(&r, 65535)
			present, classes := make([]uint64, size/64), r.bytes(make([]byte, size))
			for i := range present {
				present[i] = r.next() & r.next()
			}
			want := make([]uint16, size)
			for i := range want {
				want[i] = uint16(r.next())
			}
			got := slices.Clone(want)
			if a, b := scatterDense(Ref, want, present, classes, table), scatterDense(p, got, present, classes, table); a != b || !slices.Equal(want, got) {
				t.Fatalf("%v: window %d differs from the reference", p, size)
			}
		}
	}
}

func TestCutWindowPaths(t *testing.T) {
	r := random(7)
	for _, p := range accelerated(PostingsTopK) {
		for _, size := range []int{64, 128, 1024, cutPiece} {
			for _, floor := range []int32{1, 2, 100, 32767, 32768, 65000, 65535, 65536} {
				want := make([]uint16, size)
				for i := range want {
					if r.next()%8 == 0 {
						want[i] = uint16(r.next() >> (r.next() % 16))
					}
				}
				want[r.next()%uint64(size)] = uint16(min(floor, 65535))
				got := slices.Clone(want)
				wantCut, gotCut := newCutResult(size), newCutResult(size)
				a, b := cutWindow(Ref, want, floor, &wantCut), cutWindow(p, got, floor, &gotCut)
				same := a == b && wantCut.n == gotCut.n && slices.Equal(want, got)
				n := min(wantCut.n, gotCut.n)
				if !same || !slices.Equal(wantCut.group[:n], gotCut.group[:n]) || !slices.Equal(wantCut.mask[:n], gotCut.mask[:n]) || !slices.Equal(wantCut.scores[:n*64], gotCut.scores[:n*64]) {
					t.Fatalf("%v: window %d, floor %d: differs from the reference", p, size, floor)
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
