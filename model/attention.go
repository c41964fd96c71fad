package model

import "sluice/quant/kernel"

// attention is multi-head self-attention (Vaswani et al. 2017): each row asks, and gets the values
// of the rows of its text whose keys fit its question, by softmax(q·k/√d).
type attention struct {
	width, heads int
	qkv          matrix // questions, keys and values in one product
	query, keys  matrix // the same in two: questions; keys and values. Only where only first rows ask
	out          matrix
	turn         *rotary // nil: positions are in the embedding
	window       int     // how far a row sees to either side; 0: the whole text
}

// run sets a.y to what attention gives the rows x, or the first row of each text.
func (t *attention) run(a *arena, x []float32, g group, firstOnly bool) error {
	if firstOnly {
		return t.runFirst(a, x, g)
	}
	rows, w := len(x)/t.width, t.width
	qkv := floats(&a.qkv, rows*3*w)
	if err := t.qkv.mul(a, OpQKV, qkv, x); err != nil {
		return err
	}
	mixed := floats(&a.z, rows*w)
	for i := g.first; i < g.end; i++ {
		from, to := g.text(i)
		q := heads{qkv[from*3*w : to*3*w], 3 * w, to - from}
		k, v := heads{q.values[w:], 3 * w, to - from}, heads{q.values[2*w:], 3 * w, to - from}
		t.text(a, mixed[from*w:to*w], q, k, v)
	}
	a.meter.lap(OpAttention, t.work(g, false))
	return t.project(a, mixed)
}

// runFirst does so where only the first row of each text asks.
func (t *attention) runFirst(a *arena, x []float32, g group) error {
	rows, w, n := len(x)/t.width, t.width, g.end-g.first
	kv := floats(&a.qkv, rows*2*w)
	if err := t.keys.mul(a, OpQKV, kv, x); err != nil {
		return err
	}
	first := floats(&a.y, n*w)
	for i := range n {
		from, _ := g.text(g.first + i)
		copy(first[i*w:(i+1)*w], x[from*w:])
	}
	query := floats(&a.query, n*w)
	if err := t.query.mul(a, OpQKV, query, first); err != nil {
		return err
	}
	mixed := floats(&a.z, n*w)
	for i := range n {
		from, to := g.text(g.first + i)
		k := heads{kv[from*2*w : to*2*w], 2 * w, to - from}
		t.text(a, mixed[i*w:(i+1)*w], heads{query[i*w : (i+1)*w], w, 1}, k, heads{k.values[w:], 2 * w, to - from})
	}
	a.meter.lap(OpAttention, t.work(g, true))
	return t.project(a, mixed)
}

// project mixes the heads.
func (t *attention) project(a *arena, mixed []float32) error {
	return t.out.mul(a, OpOut, floats(&a.y, len(mixed)), mixed)
}

// work is how many products attention itself takes.
func (t *attention) work(g group, firstOnly bool) (n int64) {
	for i := g.first; i < g.end; i++ {
		from, to := g.text(i)
		asking := to - from
		if firstOnly {
			asking = 1
		}
		n += 2 * int64(t.width) * int64(asking) * int64(to-from)
	}
	return n
}

// heads are rows of the heads' values, stride apart, of the first rows of a text.
type heads struct {
	values []float32
	stride int
	n      int
}

// text is attention over one text: q.n rows ask, k.n answer.
func (t *attention) text(a *arena, dst []float32, q, k, v heads) {
	if t.turn != nil {
		t.turn.run(q, t.heads)
		t.turn.run(k, t.heads)
	}
	mustFit(kernel.Attend(dst, q.values, k.values, v.values, kernel.AttentionShape{
		Tokens: k.n, Heads: t.heads, Width: t.width / t.heads, Stride: k.stride, OutStride: t.width, Window: t.window, Queries: q.n,
	}, &a.attention))
}
