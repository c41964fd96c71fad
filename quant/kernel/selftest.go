package kernel

import (
	"math"
	"slices"
)

// known is what each kernel's self-test must answer. The reference gives the same: a test holds it
// to that.
var known = [kernelCount]uint64{
	OnebitScan:     0x68b31ad42e6fe5d1,
	PostingsDecode: 0xa1e922e2e16f729d,
	PostingsTopK:   0x7736188cc9a63aa0,
	StaticMaxSim:   0xf52eee7a82b484b0,
	Dot4:           0xccbb6e7b058a031f,
	MatmulInt8:     0x6dcd44fcfe802eb3,
	MatmulInt4:     0x68975a75d3c931f8,
	MatmulF32:      0x1a2271a87ab894e4,
	Half:           0x3e567ff708401a48,
	Math:           0x7d573c6c5bb4ae57,
	Layer:          0x85beefe82b3fc52f,
	Attention:      0x1730a784f58888cb,
}

// selfTest asks a path a question whose answer is known: a few microseconds, before the first use
// of a kernel. It finds a processor, an emulator or a build that computes something else than was
// tested.
func selfTest(k Kernel, p Path) bool { return answer(k, p) == known[k] }

// answer is a digest of everything that a kernel computes for fixed arguments.
func answer(k Kernel, p Path) uint64 {
	d := &digest{state: 14695981039346656037, seed: uint64(k) + 1}
	switch k {
	case OnebitScan:
		d.onebit(p)
	case PostingsDecode:
		d.decode(p)
	case PostingsTopK:
		d.postings(p)
	case StaticMaxSim:
		d.maxSim(p)
	case Dot4:
		d.dot4(p)
	case MatmulInt8, MatmulInt4, MatmulF32:
		d.matmul(k, p)
	case Half:
		d.half(p)
	case Math:
		d.math(p)
	case Layer:
		d.layer(p)
	case Attention:
		d.attention(p)
	}
	return d.state
}

// digest makes arguments from a seed (splitmix64) and hashes results (FNV-1a over 64-bit words).
type digest struct{ state, seed uint64 }

func (d *digest) next() uint64 {
	d.seed += 0x9E3779B97F4A7C15
	z := d.seed
	z = (z ^ z>>30) * 0xBF58476D1CE4E5B9
	z = (z ^ z>>27) * 0x94D049BB133111EB
	return z ^ z>>31
}

func (d *digest) fill(b []byte) []byte {
	for i := range b {
		b[i] = byte(d.next())
	}
	return b
}

func (d *digest) ints(n int) []int8 {
	x := make([]int8, n)
	for i := range x {
		x[i] = int8(d.next())
	}
	return x
}

// floats gives values between −8 and 8.
func (d *digest) floats(n int) []float32 {
	x := make([]float32, n)
	for i := range x {
		x[i] = float32(int64(d.next())>>40) / (1 << 20)
	}
	return x
}

func (d *digest) add(v uint64) { d.state = (d.state ^ v) * 1099511628211 }

func (d *digest) addFloats(x []float32) {
	for _, v := range x {
		d.add(uint64(math.Float32bits(v)))
	}
}

func addAll[T int32 | uint32 | uint16 | uint64 | byte](d *digest, x []T) {
	for _, v := range x {
		d.add(uint64(v))
	}
}

func (d *digest) onebit(p Path) {
	const dims, blocks = 64, 5
	for _, bits := range []int{4, 8} {
		values := d.ints(dims)
		for i := range values {
			values[i] = max(values[i], -127)
			if bits == 4 {
				values[i] %= 8
			}
		}
		q, err := NewBitQuery(values, bits, 77)
		if err != nil {
			panic("BUG: " + err.Error())
		}
		codes := d.fill(make([]byte, blocks*BitBlockBytes(dims)))
		sum, scores, masks := scanKnown(p, q, codes, blocks, scanWays(p)[0])
		for _, way := range append(slices.Clone(scanWays(p)[1:]), cachedWay(p)) { // every loop answers, and all alike
			again, same, alike := scanKnown(p, q, codes, blocks, way)
			if again != sum || !slices.Equal(same, scores) || !slices.Equal(alike, masks) {
				d.add(1)
			}
		}
		d.add(uint64(sum))
		addAll(d, scores)
		addAll(d, masks)
	}
}

// scanKnown scans all blocks one way.
func scanKnown(p Path, q *BitQuery, codes []byte, blocks int, way scanWay) (sum int64, scores []int32, masks []uint64) {
	scores, masks = make([]int32, blocks*BitBlock), make([]uint64, blocks)
	return scanBits(p, scores, masks, q, codes, 1<<20, way), scores, masks
}

func (d *digest) decode(p Path) {
	var docs [PostingBlock]uint32
	for width := uint(1); width <= DeltaWidthMax; width++ {
		src := d.fill(make([]byte, width*PostingBlock/8))
		unpackDeltas(p, &docs, uint32(d.next()), src, width)
		addAll(d, docs[:])
		unpackStored(p, &docs, uint32(d.next()), src, width)
		addAll(d, docs[:])
	}
	refs, data := d.blocks(27)
	many := make([]uint32, len(refs)*PostingBlock)
	unpackBlocks(p, many, data, refs)
	addAll(d, many)
}

// blocks gives posting blocks with deltas of 1 … n bits.
func (d *digest) blocks(n uint32) (refs []PostingRef, data []byte) {
	for width := uint32(1); width <= n; width++ {
		refs = append(refs, PostingRef{uint64(len(data)), uint32(d.next() % 512), width})
		data = append(data, d.fill(make([]byte, PostingBytes(uint(width))))...)
	}
	return refs, data
}

func (d *digest) postings(p Path) {
	const size = 1024
	var table ImpactTable
	for c := range 256 {
		table.Set(byte(c), uint16(d.next()))
	}
	scores, cut := make([]uint16, size+stripePad), newCutResult(size)
	refs, data := d.blocks(7)
	var room [blocksPiece * blockScratch]byte
	d.add(uint64(scatterBlocks(p, scores, 300, data, refs, &table, &room)))
	addAll(d, scores)
	present := []uint64{d.next(), d.next()}
	d.add(uint64(scatterDense(p, scores[:128], present, data[:128], &table)))
	addAll(d, scores)
	d.add(uint64(cutStripe(p, scores[:size], 60000, &cut)))
	addAll(d, cut.group[:cut.n])
	addAll(d, cut.mask[:cut.n])
	addAll(d, cut.scores[:cut.n*64])
	addAll(d, scores)
}

// records gives 4-bit vectors with scales of ordinary size.
func (d *digest) records(dims, n int) []byte {
	size := Dot4Bytes(dims)
	b := d.fill(make([]byte, n*size))
	for i := range n {
		for s := dims / 2; s < size; s += 2 {
			b[i*size+s+1] = 0x20 | b[i*size+s+1]&7
		}
	}
	return b
}

func (d *digest) maxSim(p Path) {
	const rows, dims = 16, 256
	q, err := NewMaxSimQuery(d.ints(dims*MaxSimTokens), dims, []float32{MaxSimTokens - 1: 0.001})
	if err != nil {
		panic("BUG: " + err.Error())
	}
	for t := range q.unit {
		q.unit[t] = 0.0625
	}
	table := make([]byte, rows*MaxSimTokens)
	buildMaxSim(p, table, q, d.records(dims, rows))
	addAll(d, table)
	ids := make([]uint16, 64)
	for i := range ids {
		ids[i] = uint16(d.next())
	}
	var scores [4]int32
	d.add(uint64(maxSim(p, scores[:], table, ids, []Span{{0, 3}, {5, 0}, {1, 17}, {40, 24}})))
	addAll(d, scores[:])
}

func (d *digest) dot4(p Path) {
	for _, dims := range []int{128, 384} {
		q, err := NewDot4Query(d.ints(dims), 5)
		if err != nil {
			panic("BUG: " + err.Error())
		}
		var scores [4]int32
		d.add(uint64(dot4(p, scores[:], q, d.records(dims, 4), []uint32{3, 0, 2, 1})))
		addAll(d, scores[:])
	}
}

func (d *digest) matmul(k Kernel, p Path) {
	const m, n, depth, block = 11, 53, 32, 16
	a, err := NewRows(m, depth)
	for i := range m {
		err = firstError(err, a.SetInt8(i, d.ints(depth), 0.25))
	}
	w8, e8 := PackInt8(d.ints(n*depth), n, depth, d.floats(n), d.floats(n))
	w4, e4 := PackInt4(d.ints(n*depth), n, depth, block, d.floats(n*depth/block), nil)
	x, c := d.floats(m*depth), make([]float32, m*n)
	wf, ef := PackFloat32(d.floats(n*depth), n, depth, d.floats(n))
	if err := firstError(err, e8, e4, ef); err != nil {
		panic("BUG: " + err.Error())
	}
	switch k {
	case MatmulInt8:
		w8.mul(p, c, a)
		d.add(uint64(largest(p, x)))
		row := make([]byte, len(x))
		roundRow(p, row, x, 16)
		addAll(d, row)
	case MatmulInt4:
		w4.mul(p, c, a)
		d.addFloats(c)
		d.fp4(p)
	default:
		wf.mul(p, c, x, m)
	}
	d.addFloats(c)
}

// fp4 asks for blocks that fill tiles, and rows enough for them.
func (d *digest) fp4(p Path) {
	const m, n, depth, block = tileBlockRows + 3, 50, 128, 64
	a, err := NewRows(m, depth)
	for i := range m {
		err = firstError(err, a.SetInt8(i, d.ints(depth), 0.25))
	}
	w, bad := PackFP4(d.fill(make([]byte, n*depth)), n, depth, block, d.floats(n*depth/block), nil)
	if err := firstError(err, bad); err != nil {
		panic("BUG: " + err.Error())
	}
	c := make([]float32, m*n)
	w.mul(p, c, a)
	d.addFloats(c)
}

func (d *digest) half(p Path) {
	x, h := d.floats(37), make([]uint16, 37)
	floatToHalf(p, h, x)
	addAll(d, h)
	halfToFloat(p, x, h)
	d.addFloats(x)
}

func (d *digest) math(p Path) {
	x, y := d.floats(37), make([]float32, 37)
	expVector(p, y, x)
	d.addFloats(y)
	tanhVector(p, y, x)
	d.addFloats(y)
	d.add(uint64(math.Float32bits(sumPiece(p, x))))
}

// layer asks for rows of 88 and of 80 values: whole vectors, and what is left of each kind.
func (d *digest) layer(p Path) {
	x, y := d.floats(88), make([]float32, 88)
	for _, c := range []*curve{&geluCurve, &geluTanhCurve} {
		curveVector(p, y, x, c)
		d.addFloats(y)
	}
	siluVector(p, y, x)
	d.addFloats(y)
	addVector(p, y, x, y)
	multiplyVector(p, y, y, x)
	scaleVector(p, y, y, 0.75)
	d.addFloats(y)
	rotateRow(p, x[:64], d.floats(16), d.floats(16))
	rotateRow(p, x[64:80], d.floats(8), d.floats(8))
	d.addFloats(x)
	gain, bias := d.floats(80), d.floats(80)
	layerNorm(p, y[:80], x[:80], y[:80], gain, bias, 1e-5)
	d.addFloats(y)
	layerNorm(p, y[:80], x[:80], nil, gain, bias, 1e-5)
	d.addFloats(y)
	d.add(uint64(math.Float32bits(powersRow(p, y, 0.5))))
	d.addFloats(y)
}

// attention asks for a text of 35 tokens, which fills no panel and no tile, with and without a
// window.
func (d *digest) attention(p Path) {
	const tokens, width = 35, 36
	x, out := d.floats(3*tokens*width), make([]float32, tokens*width)
	for _, window := range []int{0, 5} {
		s := AttentionShape{Tokens: tokens, Heads: 1, Width: width, Stride: 3 * width, OutStride: width, Window: window, Queries: tokens}
		attendHead(p, out, x, x[width:], x[2*width:], &s, new(AttentionRoom))
		d.addFloats(out)
	}
}
