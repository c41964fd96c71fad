package kernel

// tileCall is how many products one call into assembly makes at most: some tens of microseconds.
const tileCall = 1 << 26

// tilePieces cuts a product of a and whole panels of k terms into calls: bands of rows that fit the
// second-level cache, and as many panels at once as a call may do.
func tilePieces(w *weights, rows int, call func(from, to, panel, panels int, mask uint64)) {
	high := max(bandBytes/w.k&^(2*tileHigh-1), 2*tileHigh)
	for from := 0; from < rows; from += high {
		to := min(from+high, rows)
		wide := max(tileCall/((to-from)*w.k*panel), 1)
		for j := 0; j < panels(w.n); j += wide {
			n, mask := min(wide, panels(w.n)-j), uint64(1)<<panel-1
			if left := w.n - (j+n-1)*panel; left < panel {
				mask = 1<<left - 1
			}
			call(from, to, j, n, mask)
		}
	}
}

func (m *Int8Matrix) mulTiles(c []float32, a *Rows) {
	deep := tiled(m.k)
	tilePieces(&m.weights, a.M, func(from, to, j, n int, mask uint64) {
		at := j * panel
		mulTilesInt8AMX(&c[from*m.n+at], 4*m.n, &a.values[from*a.K], a.K, deep/tileDeep, to-from, &m.packed[at*deep],
			&m.base[at], &m.scale[at], &m.bias[at], &a.scale[from], n, mask)
	})
}

func (m *Int4Matrix) mulTiles(c []float32, a *Rows, room []int8) {
	blocks, steps := m.k/m.block, m.block/tileDeep
	tilePieces(&m.weights, a.M, func(from, to, first, n int, mask uint64) {
		for j := first; j < first+n; j++ {
			m.unpack(room, j)
			columns := uint64(1)<<panel - 1
			if j == first+n-1 {
				columns = mask
			}
			mulTilesBlocksAMX(&c[from*m.n+j*panel], 4*m.n, &a.values[from*a.K], a.K, blocks, steps, to-from, &room[0],
				&m.base[j*panel*blocks], &m.scales[j*panel*blocks], &m.bias[j*panel], &a.scale[from], columns)
		}
	})
}
