package kernel

import "math/bits"

const (
	// MaxSimTokens is how many question tokens one table holds.
	MaxSimTokens = 32

	maxSimPiece  = 1 << 16 // ids looked up in one call into assembly, but at least one passage's
	maxSimBuild  = 1 << 17 // rows × dimensions of a table built in one call
	maxSimTokens = 1 << 16
)

// Span is a passage's list of distinct token ids within an array of ids.
type Span struct {
	Start uint64
	Count uint32
}

// MaxSimTable holds the similarity of every token of a vocabulary to each token of a question, as
// bytes 0 … 255.
type MaxSimTable struct {
	rows  int    // rows of the vocabulary
	table []byte // rows rounded up to a power of two × MaxSimTokens; what is past rows is 0
}

// NewMaxSimTable makes room for a vocabulary of rows tokens (at most 65,536).
func NewMaxSimTable(rows int) (*MaxSimTable, error) {
	if rows <= 0 || rows > maxSimTokens {
		return nil, &ShapeError{StaticMaxSim.String(), "vocabulary rows", rows, maxSimTokens}
	}
	return &MaxSimTable{rows: rows, table: make([]byte, MaxSimTokens<<bits.Len(uint(rows-1)))}, nil
}

// Row is the row of one token: a byte for each question token. Writing to it changes the table.
func (m *MaxSimTable) Row(token int) []byte { return m.table[token*MaxSimTokens:][:MaxSimTokens] }

// Scores computes for each span Σ_t max_{id in span} table[id][t], into scores, and returns their
// sum. An empty span scores 0. Ids are taken modulo the table's rows (a power of two). Ids beyond
// the vocabulary find zeros. A span of more than 65,536 ids cannot be of distinct ones, and is
// refused.
func (m *MaxSimTable) Scores(scores []int32, ids []uint16, spans []Span) (sum int64, err error) {
	if err := atLeast(StaticMaxSim, "room for scores", len(scores), len(spans)); err != nil {
		return 0, err
	}
	for _, s := range spans {
		if s.Start > uint64(len(ids)) || uint64(s.Count) > min(uint64(len(ids))-s.Start, maxSimTokens) {
			return 0, &ShapeError{StaticMaxSim.String(), "end of a span", int(s.Start) + int(s.Count), len(ids)}
		}
	}
	p := StaticMaxSim.path()
	for at := 0; at < len(spans); {
		end, left := at+1, maxSimPiece-int(spans[at].Count)
		for end < len(spans) && int(spans[end].Count)+1 <= left {
			left -= int(spans[end].Count) + 1
			end++
		}
		sum += maxSim(p, scores[at:end], m.table, ids, spans[at:end])
		at = end
	}
	return sum, nil
}

// MaxSimQuery is up to MaxSimTokens question vectors, made ready to build a table.
type MaxSimQuery struct {
	dims  int
	lanes []int8  // [dims/4][MaxSimTokens][4]
	base  []int32 // [dims/64][MaxSimTokens]: −8·Σ of the 64 values, the nibbles' offset
	unit  [MaxSimTokens]float32
}

// NewMaxSimQuery makes a question of vectors of dims values each (a multiple of 128), one after the
// other; unit[t] is what a dot product with vector t is multiplied by so that the best similarity
// becomes about 255 (a weight of the token goes in here).
func NewMaxSimQuery(vectors []int8, dims int, unit []float32) (*MaxSimQuery, error) {
	n := len(unit)
	err := firstError(checkDot4Dims(dims), exactly(StaticMaxSim, "values", len(vectors), n*dims))
	if err == nil && n > MaxSimTokens {
		err = &ShapeError{StaticMaxSim.String(), "question tokens", n, MaxSimTokens}
	}
	if err != nil {
		return nil, err
	}
	q := &MaxSimQuery{dims: dims, lanes: make([]int8, dims*MaxSimTokens), base: make([]int32, dims/64*MaxSimTokens)}
	copy(q.unit[:], unit)
	for t := range n {
		for d, v := range vectors[t*dims : (t+1)*dims] {
			q.lanes[d/4*4*MaxSimTokens+t*4+d%4] = v
			q.base[d/64*MaxSimTokens+t] -= 8 * int32(v)
		}
	}
	return q, nil
}

// Build fills the table from the vocabulary's 4-bit vectors (records of Dot4Bytes(dims) bytes, see
// the package's layouts). With dot(b) the integer product of block b of 64 dimensions and scale(b)
// its scale,
//
//	f = fma(float32(dot(b)), scale(b), f) for b ascending from f = 0
//	byte = round(f · unit), cut to 0 … 255
//
// rounding to even; what is not a number gives 0.
func (m *MaxSimTable) Build(q *MaxSimQuery, vocabulary []byte) error {
	size := Dot4Bytes(q.dims)
	if err := exactly(StaticMaxSim, "bytes of vocabulary", len(vocabulary), m.rows*size); err != nil {
		return err
	}
	p := StaticMaxSim.path()
	piece := maxSimBuild / q.dims
	for r := 0; r < m.rows; r += piece {
		e := min(r+piece, m.rows)
		buildMaxSim(p, m.table[r*MaxSimTokens:e*MaxSimTokens], q, vocabulary[r*size:e*size])
	}
	return nil
}
