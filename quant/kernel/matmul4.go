package kernel

import "sync"

// Int4Matrix holds packed weights of 4 bits with a scale for each block of terms: integers, or
// floating-point numbers of 4 bits, which doubled are integers too.
type Int4Matrix struct {
	weights
	block  int
	packed []byte    // [panel][k/8][48][4]: terms 8i … 8i+3 low, 8i+4 … 8i+7 high
	values [16]int8  // what the sixteen nibbles stand for
	scales []float32 // [panel][k/block][48]
	base   []int32   // like scales: −128·Σ weights, the offset of the activations
}

// PackInt4 packs n rows of k weights −8 … 7 with a scale for each block of terms (block a multiple
// of 8 that divides k; scales[j·(k/block) + b]) and a bias (nil: none).
func PackInt4(w []int8, n, k, block int, scales, bias []float32) (*Int4Matrix, error) {
	m := &Int4Matrix{}
	for i := range m.values {
		m.values[i] = int8(i - 8)
	}
	return m, m.pack(n, k, block, scales, bias, 1, len(w), func(dst []byte, from int) {
		for i, v := range w[from : from+len(dst)] {
			dst[i] = byte(v+8) & 15
		}
	})
}

// PackFP4 packs n rows of k weights in E2M1, each a code from 0 to 15: the highest bit is the sign,
// the others stand for 0, 0.5, 1, 1.5, 2, 3, 4 and 6. See PackInt4 for the rest.
func PackFP4(codes []byte, n, k, block int, scales, bias []float32) (*Int4Matrix, error) {
	m := &Int4Matrix{values: [16]int8{0, 1, 2, 3, 4, 6, 8, 12, 0, -1, -2, -3, -4, -6, -8, -12}}
	return m, m.pack(n, k, block, scales, bias, 0.5, len(codes), func(dst []byte, from int) {
		for i, c := range codes[from : from+len(dst)] {
			dst[i] = c & 15
		}
	})
}

// pack fills m with the codes of n·k weights, which codes writes from a weight on; a scale is
// multiplied by unit.
func (m *Int4Matrix) pack(n, k, block int, scales, bias []float32, unit float32, have int, codes func(dst []byte, from int)) error {
	base, err := newWeights(MatmulInt4, have, n, k, nil, bias)
	if err == nil && (block <= 0 || block%8 != 0 || k%block != 0) {
		err = &ShapeError{MatmulInt4.String(), "block (a multiple of 8 that divides the depth)", block, k}
	}
	if err == nil {
		err = exactly(MatmulInt4, "scales", len(scales), n*k/block)
	}
	if err != nil {
		return err
	}
	blocks := k / block
	m.weights, m.block, m.packed = base, block, make([]byte, panels(n)*panel*k/2)
	m.scales, m.base = make([]float32, panels(n)*panel*blocks), make([]int32, panels(n)*panel*blocks)
	row := make([]byte, k)
	for j := range n {
		codes(row, j*k)
		to := m.packed[j/panel*panel*k/2+j%panel*4:]
		for t := 0; t < k; t += 8 {
			four, eight := to[t/8*4*panel:][:4], row[t:t+8]
			for u := range four {
				four[u] = eight[u] | eight[u+4]<<4
			}
		}
		for b := range blocks {
			at, sum := j/panel*panel*blocks+b*panel+j%panel, int32(0)
			for _, code := range row[b*block : (b+1)*block] {
				sum += int32(m.values[code])
			}
			m.base[at], m.scales[at] = -128*sum, scales[j*blocks+b]*unit
		}
	}
	return nil
}

// Mul computes c = a · weights: with dot(b) the integer product of block b,
//
//	f = fma(float32(dot(b)), scale(b), f) for b ascending from f = 0
//	c = fma(f, scale of the row, bias)
func (m *Int4Matrix) Mul(c []float32, a *Rows) error {
	if err := m.check(MatmulInt4, c, a.M, a.K); err != nil {
		return err
	}
	m.mul(MatmulInt4.path(), c, a)
	return nil
}

func (m *Int4Matrix) mul(p Path, c []float32, a *Rows) {
	if unpacks(p) {
		room := unpackRooms.Get().(*[]int8)
		*room = resized(*room, panel*m.k)
		if p == AMX && m.block%tileDeep == 0 && a.M >= tileBlockRows { // tiles take whole blocks of 64 terms
			m.mulTiles(c, a, *room)
		} else {
			m.mulUnpacked(c, a, *room)
		}
		unpackRooms.Put(room)
		return
	}
	t := newWalk(&m.weights, c, a.M, bandBytes/a.K)
	for t.next() {
		out, stride := t.out()
		mulInt4(p, out, stride, m, t.j, a, t.from, t.to)
	}
}

// tileBlockRows is from how many rows on tiles are the faster way: each block's sums leave them.
const tileBlockRows = 64

// unpackRooms holds memory for one panel as bytes.
var unpackRooms = sync.Pool{New: func() any { return new([]int8) }}

// mulUnpacked makes bytes of a panel once for all rows of a band: then a product of 4 bits costs
// hardly more than one of 8.
func (m *Int4Matrix) mulUnpacked(c []float32, a *Rows, room []int8) {
	t, now := newWalk(&m.weights, c, a.M, bandBytes/a.K), -1
	for t.next() {
		if t.j != now {
			now = t.j
			m.unpack(room, now)
		}
		out, stride := t.out()
		mulBlocks(out, stride, m, room, now, a, t.from, t.to)
	}
}

func (m *Int4Matrix) unpack(room []int8, j int) {
	unpackPanel(room, m.packed[j*panel*m.k/2:][:panel*m.k/2], &m.values)
}
