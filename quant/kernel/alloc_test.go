package kernel

import "testing"

// TestKernelsDoNotAllocate calls every exported kernel on small arguments, warm.
func TestKernelsDoNotAllocate(t *testing.T) {
	r := random(20)
	q8, q4 := randomQuery(&r, 256, 8), randomQuery(&r, 256, 4)
	blocks := r.bytes(make([]byte, 40*BitBlockBytes(256)))
	scores := make([]int32, 40*BitBlock)
	top, _ := NewTopK(50, -1<<31)
	tops, sums := []*TopK{top, top}, make([]int64, 2)
	stripe, _ := NewStripe(1024)
	block, table := r.bytes(make([]byte, PostingBytes(7))), randomTable(&r, 1000)
	refs := []PostingRef{{0, NoDocument, 7}, {0, 300, 7}}
	many := make([]uint32, 2*PostingBlock)
	sims, _ := NewMaxSimTable(100)
	ms, _ := NewMaxSimQuery(randomInts(&r, 256*4), 256, make([]float32, 4))
	records, spans, ids := randomRecords(&r, 256, 100), []Span{{0, 5}, {5, 20}}, make([]uint16, 30)
	d4, _ := NewDot4Query(randomInts(&r, 256), 1)
	a, x := randomRows(t, &r, 9, 64), randomFloats(&r, 64, false)
	w8, _ := PackInt8(randomInts(&r, 50*64), 50, 64, make([]float32, 50), nil)
	w4, _ := PackInt4(randomInts(&r, 50*64), 50, 64, 32, make([]float32, 100), nil)
	wf, _ := PackFloat32(make([]float32, 50*64), 50, 64, nil)
	c, af, h := make([]float32, 9*50), make([]float32, 9*64), make([]uint16, 64)
	var room AttentionRoom
	calls := map[string]func(){
		"Scan":      func() { q8.Scan(scores, blocks) },
		"Top":       func() { top.Reset(-1 << 31); q8.Top(top, 0, blocks, nil); top.Take() },
		"ScanBatch": func() { top.Reset(-1 << 31); ScanBatch([]*BitQuery{q8, q4}, tops, sums, 0, blocks, nil) },
		"Unpack": func() {
			var docs [PostingBlock]uint32 // on the stack: the kernel must not make it escape
			UnpackDeltas128(&docs, 0, block, 7)
			UnpackStored128(&docs, 0, block, 7)
			UnpackBlocks(many, block, refs)
		},
		"Stripe": func() {
			top.Reset(1)
			stripe.AddBlock(block, 5, 7, table)
			stripe.AddBlocks(block, refs, table)
			stripe.Cut(top, 0, nil)
		},
		"MaxSim": func() { sims.Build(ms, records); sims.Scores(scores, ids, spans) },
		"Dot4": func() {
			ids := [3]uint32{1, 99, 2}
			d4.Scores(scores, records, ids[:])
		},
		"matmul": func() { a.Set(0, x); w8.Mul(c, a); w4.Mul(c, a); wf.Mul(c, af, 9) },
		"rows":   func() { a.Resize(3, 64); a.SetAll(af[:3*64]); a.Resize(9, 64); a.SetAll(af) },
		"layer": func() {
			GELU(x, x)
			GELUTanh(x, x)
			SiLU(x, x)
			Add(x, x, x)
			Multiply(x, x, x)
			Scale(x, x, 2)
			LayerNorm(x, x, af[:64], x, x, 1)
			Softmax(x, 32, 1)
			Rotate(x, af, af, Rotation{1, 64, 2, 32})
		},
		"attention": func() {
			Attend(c[:9*32], af, af[32:], af[:9*32], AttentionShape{Tokens: 5, Heads: 2, Width: 16, Stride: 64, OutStride: 32}, &room)
		},
		"floats": func() { FloatToHalf(h, x); HalfToFloat(x, h); Exp(x, x); Tanh(x, x); Sum(x) },
	}
	for name, call := range calls {
		call()
		if n := testing.AllocsPerRun(20, call); n != 0 {
			t.Errorf("%s allocates %g times a call", name, n)
		}
	}
}
