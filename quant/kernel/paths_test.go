package kernel

import (
	"fmt"
	"math"
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

// someWay is the n-th of the ways that a path can scan, the one for blocks in the cache among them.
func someWay(p Path, n int) scanWay {
	ways := append(slices.Clone(scanWays(p)), cachedWay(p))
	return ways[n%len(ways)]
}

// scanDims are all dimensions of one-bit codes, in short runs a few.
func scanDims() (dims []int) {
	if testing.Short() {
		return []int{32, 96, 256, 1024}
	}
	for d := 32; d <= BitDimsMax; d += 32 {
		dims = append(dims, d)
	}
	return dims
}

func TestScanBitsPaths(t *testing.T) {
	r := random(2)
	for _, p := range accelerated(OnebitScan) {
		for _, dims := range scanDims() {
			for n := 1; n <= 13; n++ { // one block and more than one for every stream, with every rest
				ways := []scanWay{someWay(p, n)}
				if dims <= 96 {
					ways = append(slices.Clone(scanWays(p)), cachedWay(p))
				}
				for _, way := range ways {
					compareScans(t, &r, p, dims, n, way)
				}
			}
		}
	}
}

// compareScans scans n blocks with questions of 4 and of 8 bits.
func compareScans(t *testing.T, r *random, p Path, dims, n int, way scanWay) {
	for _, bits := range []int{4, 8} {
		q := randomQuery(r, dims, bits)
		blocks := r.bytes(make([]byte, n*BitBlockBytes(dims)+n))[n:] // unaligned
		want, got := make([]int32, n*BitBlock), make([]int32, n*BitBlock)
		wantMask, gotMask := make([]uint64, n), make([]uint64, n)
		threshold := int32(r.next())
		wantSum := scanBits(Ref, want, wantMask, q, blocks, threshold, scanWays(Ref)[0])
		gotSum := scanBits(p, got, gotMask, q, blocks, threshold, way)
		if !slices.Equal(want, got) || !slices.Equal(wantMask, gotMask) || wantSum != gotSum {
			t.Fatalf("%v: %d blocks of %d bits, %d-bit question, %+v: differs from the reference", p, n, dims, bits, way)
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
					want := make([]uint16, size+stripePad)
					for i := range size {
						want[i] = uint16(r.next())
					}
					got := slices.Clone(want)
					wantDocs, gotDocs := make([]uint32, n*PostingBlock), make([]uint32, n*PostingBlock)
					unpackBlocks(Ref, wantDocs, data, refs)
					unpackBlocks(p, gotDocs, data, refs)
					if !slices.Equal(wantDocs, gotDocs) {
						t.Fatalf("%v: %d blocks unpack to something else than the reference", p, n)
					}
					wantSum := scatterBlocks(Ref, want, start, data, refs, table, &room)
					gotSum := scatterBlocks(p, got, start, data, refs, table, &room)
					if !slices.Equal(want, got) || wantSum != gotSum {
						t.Fatalf("%v: width %d, stripe %d: differs from the reference (sum %d, want %d)", p, width, size, gotSum, wantSum)
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
				t.Fatalf("%v: stripe %d differs from the reference", p, size)
			}
		}
	}
}

func TestCutStripePaths(t *testing.T) {
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
				a, b := cutStripe(Ref, want, floor, &wantCut), cutStripe(p, got, floor, &gotCut)
				same := a == b && wantCut.n == gotCut.n && slices.Equal(want, got)
				n := min(wantCut.n, gotCut.n)
				if !same || !slices.Equal(wantCut.group[:n], gotCut.group[:n]) || !slices.Equal(wantCut.mask[:n], gotCut.mask[:n]) || !slices.Equal(wantCut.scores[:n*64], gotCut.scores[:n*64]) {
					t.Fatalf("%v: stripe %d, floor %d: differs from the reference", p, size, floor)
				}
			}
		}
	}
}

// randomHalf is the bits of a float16: mostly an ordinary scale, now and then anything.
func randomHalf(r *random) uint16 {
	if r.next()%16 == 0 {
		return uint16(r.next())
	}
	return floatToHalf16(float32(r.next()%1000) / 1e5)
}

func randomRecords(r *random, dims, n int) []byte {
	size := Dot4Bytes(dims)
	records := r.bytes(make([]byte, n*size+1))[1:]
	for i := range n {
		for b := range dims / 64 {
			h := randomHalf(r)
			records[i*size+dims/2+b*2], records[i*size+dims/2+b*2+1] = byte(h), byte(h>>8)
		}
	}
	return records
}

func randomInts(r *random, n int) []int8 {
	x := make([]int8, n)
	for i := range x {
		x[i] = int8(r.next())
	}
	return x
}

func TestDot4Paths(t *testing.T) {
	r := random(8)
	for _, p := range accelerated(Dot4) {
		for dims := 128; dims <= 1024; dims += 128 {
			for _, n := range []int{1, 2, 15, 16, 17, 40} {
				records, ids := randomRecords(&r, dims, 50), make([]uint32, n)
				for i := range ids {
					ids[i] = uint32(r.next() % 50)
				}
				ids[0] = 49
				q, err := NewDot4Query(randomInts(&r, dims), 3.7)
				if err != nil {
					t.Fatal(err)
				}
				want, got := make([]int32, n), make([]int32, n)
				if a, b := dot4(Ref, want, q, records, ids), dot4(p, got, q, records, ids); a != b || !slices.Equal(want, got) {
					t.Fatalf("%v: %d dimensions, %d records: differs from the reference\n%v\n%v", p, dims, n, want, got)
				}
			}
		}
	}
}

func TestBuildMaxSimPaths(t *testing.T) {
	r := random(9)
	for _, p := range accelerated(StaticMaxSim) {
		for dims := 128; dims <= 512; dims += 128 {
			for n := 1; n <= 9; n++ {
				units := make([]float32, 1+r.next()%MaxSimTokens)
				for i := range units {
					units[i] = float32(r.next()%100) / 1000
				}
				q, err := NewMaxSimQuery(randomInts(&r, dims*len(units)), dims, units)
				if err != nil {
					t.Fatal(err)
				}
				records := randomRecords(&r, dims, n)
				want, got := make([]byte, n*MaxSimTokens), make([]byte, n*MaxSimTokens)
				buildMaxSim(Ref, want, q, records)
				buildMaxSim(p, got, q, records)
				if !slices.Equal(want, got) {
					t.Fatalf("%v: %d dimensions, %d rows: differs from the reference\n%v\n%v", p, dims, n, want, got)
				}
			}
		}
	}
}

func TestMaxSimPaths(t *testing.T) {
	r := random(10)
	for _, p := range accelerated(StaticMaxSim) {
		for _, rows := range []int{1, 8, 1024} {
			table := r.bytes(make([]byte, rows*MaxSimTokens))
			ids := make([]uint16, 2000)
			for i := range ids {
				ids[i] = uint16(r.next())
			}
			var spans []Span
			for n := range 70 {
				spans = append(spans, Span{r.next() % uint64(len(ids)-n), uint32(n)})
			}
			spans = append(spans, Span{uint64(len(ids)), 0}, Span{uint64(len(ids) - 9), 9})
			want, got := make([]int32, len(spans)), make([]int32, len(spans))
			if a, b := maxSim(Ref, want, table, ids, spans), maxSim(p, got, table, ids, spans); a != b || !slices.Equal(want, got) {
				t.Fatalf("%v: %d rows: differs from the reference", p, rows)
			}
		}
	}
}

func sameFloats(a, b []float32) bool { return slices.EqualFunc(a, b, sameFloat) }

func randomFloats(r *random, n int, any bool) []float32 {
	x := make([]float32, n)
	for i := range x {
		if x[i] = float32(int64(r.next())) / (1 << 60); any {
			x[i] = anyFloat(r)
		}
	}
	return x
}

func randomRows(t *testing.T, r *random, m, k int) *Rows {
	a, err := NewRows(m, k)
	if err != nil {
		t.Fatal(err)
	}
	for i := range m {
		if err := a.SetInt8(i, randomInts(r, k), float32(r.next()%100)/7); err != nil {
			t.Fatal(err)
		}
	}
	return a
}

func TestMatmulPaths(t *testing.T) {
	r := random(11)
	for _, p := range Available() {
		for _, k := range []int{8, 16, 24, 64, 104, 200, 384} { // 24, 104 and 200 are no whole parts of a depth or tile
			for _, m := range []int{1, 2, 3, 4, 5, 7, 8, 9, 15, 16, 17, 31, 32, 33, 48, 64, 65, 66, 90} {
				n, block := 1+int(r.next()%100), 8
				if k%64 == 0 && m%2 == 0 {
					block = 64 << (m % 4 / 2)
					if k%block != 0 {
						block = 64
					}
				} else if k%40 == 0 || k == 24 {
					block = min(k, 40)
				}
				a, af := randomRows(t, &r, m, k), randomFloats(&r, m*k, m == 9)
				bias := randomFloats(&r, n, false)
				w8, err8 := PackInt8(randomInts(&r, n*k), n, k, randomFloats(&r, n, false), bias)
				w4, err4 := PackInt4(randomInts(&r, n*k), n, k, block, randomFloats(&r, n*k/block, false), bias)
				fp4, err := PackFP4(r.bytes(make([]byte, n*k)), n, k, block, randomFloats(&r, n*k/block, false), bias)
				wf, errf := PackFloat32(randomFloats(&r, n*k, m == 17), n, k, bias)
				if err := firstError(err8, err4, err, errf); err != nil {
					t.Fatal(err)
				}
				compareProducts(t, p, MatmulInt8, w8.weights, m, func(p Path, c []float32) { w8.mul(p, c, a) })
				compareProducts(t, p, MatmulInt4, w4.weights, m, func(p Path, c []float32) { w4.mul(p, c, a) })
				compareProducts(t, p, MatmulInt4, fp4.weights, m, func(p Path, c []float32) { fp4.mul(p, c, a) })
				compareProducts(t, p, MatmulF32, wf.weights, m, func(p Path, c []float32) { wf.mul(p, c, af, m) })
			}
		}
	}
}

// TestExtremeProducts multiplies the largest integers, where sums of words come closest to
// overflow.
func TestExtremeProducts(t *testing.T) {
	const m, n, k, block = 5, 50, 200, 40
	for _, p := range Available() {
		for _, v := range []int8{-128, -127, 127} {
			for _, u := range []int8{-128, -127, 127} {
				a, err := NewRows(m, k)
				if err != nil {
					t.Fatal(err)
				}
				for i := range m {
					if err := a.SetInt8(i, slices.Repeat([]int8{u}, k), 1); err != nil {
						t.Fatal(err)
					}
				}
				w8, err8 := PackInt8(slices.Repeat([]int8{v}, n*k), n, k, slices.Repeat([]float32{1}, n), nil)
				w4, err4 := PackInt4(slices.Repeat([]int8{max(min(v, 7), -8)}, n*k), n, k, block, slices.Repeat([]float32{1}, n*k/block), nil)
				fp4, err := PackFP4(slices.Repeat([]byte{map[bool]byte{true: 7, false: 15}[v > 0]}, n*k), n, k, block, slices.Repeat([]float32{1}, n*k/block), nil)
				if err := firstError(err8, err4, err); err != nil {
					t.Fatal(err)
				}
				compareProducts(t, p, MatmulInt8, w8.weights, m, func(p Path, c []float32) { w8.mul(p, c, a) })
				compareProducts(t, p, MatmulInt4, w4.weights, m, func(p Path, c []float32) { w4.mul(p, c, a) })
				compareProducts(t, p, MatmulInt4, fp4.weights, m, func(p Path, c []float32) { fp4.mul(p, c, a) })
			}
		}
	}
}

// TestBandsOfRows multiplies more rows than one band holds.
func TestBandsOfRows(t *testing.T) {
	const k, n = 8192, 50
	r := random(15)
	a := randomRows(t, &r, 2*bandBytes/k+9, k)
	w, err := PackInt8(randomInts(&r, n*k), n, k, randomFloats(&r, n, false), nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range accelerated(MatmulInt8) {
		compareProducts(t, p, MatmulInt8, w.weights, a.M, func(p Path, c []float32) { w.mul(p, c, a) })
	}
	c, row := make([]float32, a.M*n), make([]float32, n)
	w.mul(Ref, c, a)
	one, _ := NewRows(1, k)
	x := make([]int8, k)
	for m := range a.M { // each row by itself is one band
		if err := one.SetInt8(0, x, a.Int8(m, x)); err != nil {
			t.Fatal(err)
		}
		if w.Mul(row, one); !sameFloats(row, c[m*n:(m+1)*n]) {
			t.Fatalf("row %d differs when it is multiplied alone", m)
		}
	}
}

// compareProducts multiplies on a path, if the kernel has it, and on the reference.
func compareProducts(t *testing.T, p Path, k Kernel, w weights, rows int, mul func(p Path, c []float32)) {
	t.Helper()
	if !implemented(k, p) {
		return
	}
	want, got := make([]float32, rows*w.n), make([]float32, rows*w.n)
	mul(Ref, want)
	mul(p, got)
	if !sameFloats(want, got) {
		t.Fatalf("%v %v: %d rows, %d columns, depth %d: differs from the reference", p, k, rows, w.n, w.k)
	}
}

func TestRoundRowPaths(t *testing.T) {
	r := random(12)
	for _, p := range accelerated(MatmulInt8) {
		for n := 8; n <= 208; n += 8 {
			for _, any := range []bool{false, true} {
				x := randomFloats(&r, n, any)
				if a, b := largest(Ref, x), largest(p, x); a != b {
					t.Fatalf("%v: largest of %d: %x, want %x", p, n, b, a)
				}
				want, got := make([]uint8, n), make([]uint8, n)
				inverse := float32(r.next()%1000) / 50
				roundRow(Ref, want, x, inverse)
				roundRow(p, got, x, inverse)
				if !slices.Equal(want, got) {
					t.Fatalf("%v: rounding of %d values differs from the reference", p, n)
				}
			}
		}
	}
}

func TestHalfPaths(t *testing.T) {
	r := random(13)
	all := make([]uint16, 1<<16)
	for i := range all {
		all[i] = uint16(i)
	}
	for _, p := range accelerated(Half) {
		want, got := make([]float32, len(all)), make([]float32, len(all))
		halfToFloat(Ref, want, all)
		halfToFloat(p, got, all)
		for i := range want {
			if math.Float32bits(want[i]) != math.Float32bits(got[i]) {
				t.Fatalf("%v: %#04x -> %x, want %x", p, i, math.Float32bits(got[i]), math.Float32bits(want[i]))
			}
		}
		for n := range 70 {
			x := randomFloats(&r, n, true)
			for i := range x {
				if r.next()%2 == 0 && n > 0 { // near a float16, or halfway between two
					x[i] = math.Float32frombits(math.Float32bits(want[r.next()%(1<<16)]) + uint32(r.next()%3) + uint32(r.next()%2)<<12 - 1)
				}
			}
			a, b := make([]uint16, n), make([]uint16, n)
			floatToHalf(Ref, a, x)
			floatToHalf(p, b, x)
			if !slices.Equal(a, b) {
				t.Fatalf("%v: %d values to float16 differ from the reference", p, n)
			}
		}
	}
}

func TestMathPaths(t *testing.T) {
	r := random(14)
	for _, p := range accelerated(Math) {
		for n := range 200 {
			x := randomFloats(&r, n, true)
			for i := range x {
				if r.next()%2 == 0 {
					x[i] = (float32(r.next()%(1<<24))/(1<<23) - 1) * 110
				}
			}
			want, got := make([]float32, n), make([]float32, n)
			expVector(Ref, want, x)
			expVector(p, got, x)
			if !sameFloats(want, got) {
				t.Fatalf("%v: exp of %d values differs from the reference", p, n)
			}
			for i := range x {
				if r.next()%4 > 0 {
					x[i] /= 16
				}
			}
			tanhVector(Ref, want, x)
			tanhVector(p, got, x)
			if !sameFloats(want, got) {
				t.Fatalf("%v: tanh of %d values differs from the reference", p, n)
			}
			if a, b := sumPiece(Ref, x), sumPiece(p, x); !sameFloat(a, b) {
				t.Fatalf("%v: sum of %d values: %g, want %g", p, n, b, a)
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
								scanBits(p, scores, masks, q, blocks[at*BitBlockBytes(dims):], 1<<30, q.wayNow(p))
							}
						}
					})
				}
			}
		}
	}
}
