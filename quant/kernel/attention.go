package kernel

import "math"

// AttentionShape says how the heads of one text stand in its rows.
type AttentionShape struct {
	Tokens    int // rows of q, k and v
	Heads     int // heads, one behind the other in a row
	Width     int // values of a head, a multiple of 4
	Stride    int // distance of rows of q, k and v: 3·Heads·Width where one matrix holds all three
	OutStride int // distance of rows of out
	Window    int // keys at most so far from a query count; 0: all
	Queries   int // the first so many rows only; 0: all
}

// AttentionRoom is memory that Attend works in. One serves calls of all shapes, one at a time, and
// once it is large enough nothing is allocated.
type AttentionRoom struct {
	keys, values []float32 // of one head, in panels of 32: keys as columns, values as rows
	scores       []float32 // of a block of queries
	inverse      []float32 // one over the sum of each
	edge         []float32 // what does not fill a panel
	none         []float32 // −∞
}

// queryRows is how many queries are done together. Their scores, the keys and the values of a text
// of 128 fit the first-level cache.
const queryRows = 24

// TokensMax is how many tokens a text has at most.
const TokensMax = 1 << 15

// Attend computes out = softmax(q·kᵀ/√Width)·v for every head of one text:
//
//	s = fma(q(d), k(d), s) for d ascending from s = 0
//	p = 2^(fma(s, c, −(largest s)·c)), c = log2(e)/√Width; see Softmax
//	o = fma(p(j), v(j), o) for j ascending from o = 0, times one over the sum of p
//
// The sum is 16 running sums of every 16th key. Values must be finite.
func Attend(out, q, k, v []float32, s AttentionShape, room *AttentionRoom) error {
	if s.Queries == 0 {
		s.Queries = s.Tokens
	}
	if err := s.check(out, q, k, v); err != nil {
		return err
	}
	p := Attention.path()
	for h := range s.Heads {
		attendHead(p, out[h*s.Width:], q[h*s.Width:], k[h*s.Width:], v[h*s.Width:], &s, room)
	}
	return nil
}

func (s *AttentionShape) check(out, q, k, v []float32) error {
	across, before := s.Heads*s.Width, (s.Tokens-1)*s.Stride
	err := firstError(atLeast(Attention, "tokens", s.Tokens, 1), atLeast(Attention, "heads", s.Heads, 1), atLeast(Attention, "width of a head", s.Width, 4),
		exactly(Attention, "width of a head (a multiple of 4): rest", s.Width%4, 0), atLeast(Attention, "window", s.Window, 0),
		atLeast(Attention, "queries", s.Queries, 1), atLeast(Attention, "tokens", s.Tokens, s.Queries), atLeast(Attention, "most tokens", TokensMax, s.Tokens),
		atLeast(Attention, "distance of rows", s.Stride, across), atLeast(Attention, "distance of rows of the result", s.OutStride, across))
	if err == nil {
		err = firstError(atLeast(Attention, "queries' values", len(q), (s.Queries-1)*s.Stride+across), atLeast(Attention, "keys' values", len(k), before+across),
			atLeast(Attention, "values", len(v), before+across), atLeast(Attention, "results", len(out), (s.Queries-1)*s.OutStride+across))
	}
	return err
}

// factor turns a product of a query and a key into an exponent of 2.
func (s *AttentionShape) factor() float32 { return float32(math.Log2E / math.Sqrt(float64(s.Width))) }

// keysOf is which keys the queries from … to−1 look at.
func (s *AttentionShape) keysOf(from, to int) (first, end int) {
	if s.Window == 0 {
		return 0, s.Tokens
	}
	return max(0, from-s.Window), min(s.Tokens, to+s.Window)
}

// attendHeadRef: see Attend.
func attendHeadRef(out, q, k, v []float32, s *AttentionShape, room *AttentionRoom) {
	room.scores = resized(room.scores, s.Tokens)
	for i := range s.Queries {
		first, end := s.keysOf(i, i+1)
		row, query := room.scores[first:end], q[i*s.Stride:][:s.Width]
		for j := range row {
			key := k[(first+j)*s.Stride:][:s.Width]
			row[j] = 0
			for d, x := range query {
				row[j] = fma32(x, key[d], row[j])
			}
		}
		var sums [16]float32
		factor := s.factor()
		offset := -float32(mostRef(row) * factor)
		for j, x := range row {
			row[j] = power32(fma32(x, factor, offset))
			sums[(first+j)%16] += row[j]
		}
		inverse := float32(1 / foldSums(sums[:]))
		for d := range s.Width {
			o := float32(0)
			for j, p := range row {
				o = fma32(p, v[(first+j)*s.Stride+d], o)
			}
			out[i*s.OutStride+d] = o * inverse
		}
	}
}
