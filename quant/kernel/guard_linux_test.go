package kernel

import (
	"fmt"
	"slices"
	"testing"
	"unsafe"

	"golang.org/x/sys/unix"
)

// guarded is memory that ends, or starts, right at a page that may not be touched: one byte too far
// kills the test.
type guarded struct{ pages []byte }

func newGuarded(t testing.TB, bytes int) *guarded {
	t.Helper()
	size := (bytes+unix.Getpagesize()-1)&^(unix.Getpagesize()-1) + 2*unix.Getpagesize()
	pages, err := unix.Mmap(-1, 0, size, unix.PROT_READ|unix.PROT_WRITE, unix.MAP_ANON|unix.MAP_PRIVATE)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { unix.Munmap(pages) })
	for _, at := range []int{0, size - unix.Getpagesize()} {
		if err := unix.Mprotect(pages[at:at+unix.Getpagesize()], unix.PROT_NONE); err != nil {
			t.Fatal(err)
		}
	}
	return &guarded{pages}
}

// end gives the last n bytes before the guard, start the first n after the other one.
func (g *guarded) end(n int) []byte {
	at := len(g.pages) - unix.Getpagesize() - n
	return g.pages[at : at+n : at+n]
}

func (g *guarded) start(n int) []byte {
	at := unix.Getpagesize()
	return g.pages[at : at+n : at+n]
}

// sides places data at both guards.
func (g *guarded) sides(data []byte, f func(placed []byte)) {
	for _, placed := range [][]byte{g.start(len(data)), g.end(len(data))} {
		copy(placed, data)
		f(placed)
	}
}

// as views bytes as numbers.
func as[T any](b []byte) []T {
	var zero T
	if len(b) == 0 {
		return nil
	}
	return unsafe.Slice((*T)(unsafe.Pointer(unsafe.SliceData(b))), len(b)/int(unsafe.Sizeof(zero)))
}

// cycle repeats data to n bytes.
func cycle(data []byte, n int) []byte {
	if len(data) == 0 {
		data = []byte{0}
	}
	return slices.Repeat(data, n/len(data)+1)[:n]
}

func onAllPaths(k Kernel, f func(p Path)) {
	for _, p := range append(accelerated(k), Ref) {
		f(p)
	}
}

// FuzzPostings feeds any bytes at all to the posting kernels, between guard pages, and compares the
// paths.
func FuzzPostings(f *testing.F) {
	f.Add([]byte{1, 2, 3}, uint(7), uint32(5), uint32(0))
	f.Add([]byte{255}, uint(32), NoDocument, uint32(100))
	f.Add([]byte{0}, uint(0), uint32(1<<31), uint32(1<<31-5))
	f.Add([]byte{0x80, 0xFF, 7}, uint(31), uint32(0), uint32(0xFFFFFFF0))
	in, stripe := newGuarded(f, 1<<12), newGuarded(f, 1<<12)
	f.Fuzz(func(t *testing.T, data []byte, width uint, base, start uint32) {
		width %= DeltaWidthMax + 1
		const size = 256
		whole := cycle(data, PostingBytes(width))
		r := random(base)
		table := randomTable(&r, 65535)
		var room [blocksPiece * blockScratch]byte
		var docs, first [PostingBlock]uint32
		var want []uint16
		var both [2 * PostingBlock]uint32
		in.sides(whole[:int(width)*16], func(src []byte) {
			onAllPaths(PostingsDecode, func(p Path) {
				if unpackDeltas(p, &docs, base, src, width); p != Ref {
					unpackDeltas(Ref, &first, base, src, width)
					if first != docs {
						t.Fatalf("%v differs from the reference", p)
					}
				}
				unpackStored(p, &docs, base, src, width)
			})
		})
		in.sides(whole, func(src []byte) {
			stripe.sides(make([]byte, 2*(size+stripePad)), func(mem []byte) {
				scores, refs := as[uint16](mem), []PostingRef{{0, base, uint32(width)}, {0, base + 9, uint32(width)}}
				want = nil
				onAllPaths(PostingsTopK, func(p Path) {
					clear(scores)
					unpackBlocks(p, both[:], src, refs)
					scatterBlocks(p, scores, start, src, refs, table, &room)
					if want == nil {
						want = slices.Clone(scores)
					} else if !slices.Equal(want, scores) {
						t.Fatalf("%v differs from the other paths", p)
					}
				})
			})
		})
	})
}

// FuzzStoredCodes feeds any bytes to the kernels that read stored codes, between guard pages.
func FuzzStoredCodes(f *testing.F) {
	f.Add([]byte{1, 2, 3}, uint8(3), uint8(2))
	f.Add([]byte{0xFF, 0x7F}, uint8(8), uint8(40))
	codes, second := newGuarded(f, 1<<20), newGuarded(f, 1<<16)
	f.Fuzz(func(t *testing.T, data []byte, d, count uint8) {
		n, r := 1+int(count)%9, random(d)
		dims := 32 * (1 + int(d)%BitDimsMax/32)
		q := randomQuery(&r, dims, 4+4*int(count%2))
		codes.sides(cycle(data, n*BitBlockBytes(dims)), func(blocks []byte) {
			same(t, OnebitScan, func(p Path) []int32 {
				scores, masks := make([]int32, n*BitBlock), make([]uint64, n)
				scanBits(p, scores, masks, q, blocks, 0, someWay(p, int(d)))
				return scores
			})
		})
		dims = 128 * (1 + int(d)%4)
		dq, _ := NewDot4Query(randomInts(&r, dims), 1)
		mq, _ := NewMaxSimQuery(randomInts(&r, dims*3), dims, []float32{1, 0.1, 0.01})
		ids := []uint32{uint32(n - 1), 0, uint32(n / 2)}
		codes.sides(cycle(data, n*Dot4Bytes(dims)), func(records []byte) {
			same(t, Dot4, func(p Path) []int32 {
				scores := make([]int32, len(ids))
				dot4(p, scores, dq, records, ids)
				return scores
			})
			same(t, StaticMaxSim, func(p Path) []byte {
				table := make([]byte, n*MaxSimTokens)
				buildMaxSim(p, table, mq, records)
				return table
			})
		})
		codes.sides(r.bytes(make([]byte, 64*MaxSimTokens)), func(table []byte) {
			second.sides(cycle(data, 2*(n+1)), func(ids []byte) {
				same(t, StaticMaxSim, func(p Path) []int32 {
					scores := make([]int32, 2)
					maxSim(p, scores, table, as[uint16](ids), []Span{{0, uint32(n + 1)}, {uint64(n), 1}})
					return scores
				})
			})
		})
	})
}

// same compares what the paths of a kernel give.
func same[T comparable](t *testing.T, k Kernel, f func(p Path) []T) {
	t.Helper()
	want := f(Ref)
	for _, p := range accelerated(k) {
		if got := f(p); !slices.Equal(want, got) {
			t.Fatalf("%v on %v differs from the reference", k, p)
		}
	}
}

// TestOutputsStayInside places what kernels write between guard pages, at lengths around the vector
// width.
func TestOutputsStayInside(t *testing.T) {
	r, out, in := random(30), newGuarded(t, 1<<16), newGuarded(t, 1<<16)
	for n := 1; n < 70; n++ {
		t.Run(fmt.Sprint(n), func(t *testing.T) {
			x := randomFloats(&r, n, true)
			in.sides(floatBytes(x), func(src []byte) {
				out.sides(make([]byte, 4*n), func(dst []byte) {
					onAllPaths(Math, func(p Path) {
						expVector(p, as[float32](dst), as[float32](src))
						tanhVector(p, as[float32](dst), as[float32](src))
						sumPiece(p, as[float32](src))
						halfToFloat(p, as[float32](dst), as[uint16](src)[:n])
					})
				})
				out.sides(make([]byte, 4*n), func(dst []byte) {
					onAllPaths(Layer, func(p Path) { everyLayerLoop(p, as[float32](dst), as[float32](src)) })
				})
				out.sides(make([]byte, 8*n), func(dst []byte) {
					onAllPaths(MatmulInt8, func(p Path) { roundRow(p, dst, make([]float32, 8*n), 1) })
				})
				out.sides(make([]byte, 32*n), func(x []byte) {
					onAllPaths(MatmulInt8, func(p Path) {
						largest(p, as[float32](x))
						roundRow(p, make([]byte, 8*n), as[float32](x), 1)
					})
				})
				out.sides(make([]byte, 2*n), func(dst []byte) {
					onAllPaths(Half, func(p Path) { floatToHalf(p, as[uint16](dst), as[float32](src)) })
				})
			})
			w, err := PackFloat32(make([]float32, n*8), n, 8, nil)
			if err != nil {
				t.Fatal(err)
			}
			out.sides(make([]byte, 4*n*3), func(c []byte) {
				onAllPaths(MatmulF32, func(p Path) { w.mul(p, as[float32](c), make([]float32, 3*8), 3) })
			})
		})
	}
}

// everyLayerLoop reads src and writes dst.
func everyLayerLoop(p Path, dst, src []float32) {
	curveVector(p, dst, src, &geluCurve)
	siluVector(p, dst, src)
	addVector(p, dst, src, src)
	multiplyVector(p, dst, src, src)
	scaleVector(p, dst, src, 2)
	layerNorm(p, dst, src, src, src, src, 1)
	layerNorm(p, dst, src, nil, src, src, 1)
	powersRow(p, dst, 1)
	if len(dst)%2 == 0 {
		rotateRow(p, dst, src[:len(dst)/2], src[:len(dst)/2])
	}
}

// fence copies x to memory of its own that ends, or starts, at a guard page.
func fence[T any](t testing.TB, atEnd bool, x []T) []T {
	t.Helper()
	var zero T
	n := len(x) * int(unsafe.Sizeof(zero))
	g := newGuarded(t, n)
	placed := as[T](g.start(n))
	if atEnd {
		placed = as[T](g.end(n))
	}
	copy(placed, x)
	return placed
}

// fenceAll moves slices behind fences.
func fenceAll[T any](t testing.TB, atEnd bool, slices ...*[]T) {
	t.Helper()
	for _, s := range slices {
		*s = fence(t, atEnd, *s)
	}
}

// TestProductsStayInside places everything that a product reads and writes between guard pages.
func TestProductsStayInside(t *testing.T) {
	r := random(31)
	for _, m := range []int{1, 7, 16, 17, 33, 67} {
		for _, n := range []int{1, 48, 50, 97} {
			for _, k := range []int{8, 64, 72, 128} {
				a, block := randomRows(t, &r, m, k), map[bool]int{true: 64, false: 8}[k%64 == 0]
				w8, err8 := PackInt8(randomInts(&r, n*k), n, k, randomFloats(&r, n, false), randomFloats(&r, n, false))
				w4, err4 := PackInt4(randomInts(&r, n*k), n, k, block, randomFloats(&r, n*k/block, false), nil)
				x := randomFloats(&r, m*k, false)
				wf, errf := PackFloat32(randomFloats(&r, n*k, false), n, k, nil)
				if err := firstError(err8, err4, errf); err != nil {
					t.Fatal(err)
				}
				for _, atEnd := range []bool{false, true} {
					a.values = fence(t, atEnd, a.values[:cap(a.values)])[:m*k]
					a.words = nil
					fenceAll(t, atEnd, &w8.packed)
					fenceAll(t, atEnd, &w4.packed)
					fenceAll(t, atEnd, &w8.base, &w4.base)
					fenceAll(t, atEnd, &a.scale, &w8.scale, &w8.bias, &w4.scales, &w4.bias, &wf.packed, &wf.bias, &x)
					if slices.Contains(accelerated(MatmulInt8), AVX2) {
						a.words = fence(t, atEnd, a.wide())
					}
					c, room := fence(t, atEnd, make([]float32, m*n)), fence(t, atEnd, make([]int8, panel*k))
					same(t, MatmulInt8, func(p Path) []float32 { w8.mul(p, c, a); return slices.Clone(c) })
					same(t, MatmulInt4, func(p Path) []float32 { w4.mulWith(p, c, a, room); return slices.Clone(c) })
					same(t, MatmulF32, func(p Path) []float32 { wf.mul(p, c, x, m); return slices.Clone(c) })
				}
			}
		}
	}
}

// mulWith is mul with memory for a panel of its own, and tiles however few rows there are.
func (m *Int4Matrix) mulWith(p Path, c []float32, a *Rows, room []int8) {
	switch {
	case p == AMX && m.block%tileDeep == 0:
		m.mulTiles(c, a, room)
	case unpacks(p):
		m.mulUnpacked(c, a, room)
	default:
		m.mul(p, c, a)
	}
}

// TestAttentionStaysInside places a text, what comes out and what is worked in between guard pages.
func TestAttentionStaysInside(t *testing.T) {
	r := random(32)
	for _, s := range attentionShapes() {
		if s.Tokens > 64 {
			continue
		}
		across := s.Heads * s.Width
		texts := (s.Tokens-1)*s.Stride + across
		q, k, v := randomFloats(&r, (s.Queries-1)*s.Stride+across, false), randomFloats(&r, texts, false), randomFloats(&r, texts, false)
		for _, atEnd := range []bool{false, true} {
			out := fence(t, atEnd, make([]float32, (s.Queries-1)*s.OutStride+across))
			fenceAll(t, atEnd, &q, &k, &v)
			var room AttentionRoom
			same(t, Attention, func(p Path) []float32 {
				for range 2 { // the first one makes the room
					for h := range s.Heads {
						attendHead(p, out[h*s.Width:], q[h*s.Width:], k[h*s.Width:], v[h*s.Width:], &s, &room)
					}
					fenceAll(t, atEnd, &room.keys, &room.values, &room.scores, &room.inverse, &room.edge, &room.none)
				}
				return slices.Clone(out)
			})
		}
	}
}

func floatBytes(x []float32) []byte {
	return unsafe.Slice((*byte)(unsafe.Pointer(&x[0])), 4*len(x))
}
