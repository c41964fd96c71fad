package lowbits

import (
	"context"
	"fmt"
	"math"
)

// Options of a measurement; the zero value is usable.
type Options struct {
	Questions  int                         // the first rows are questions (default 200)
	Seed       uint64                      // of rotations and of the sample (default 1)
	Candidates []Candidate                 // default Grid()
	Progress   func(done, all int, at Row) // told after each candidate
}

const (
	questionsDefault = 200
	sampleMax        = 20000 // vectors that a coder may look at before it codes
	chunkRows        = 512   // vectors decoded at a time
)

// ranks are the depths at which recall is measured; the last, which is gather's depth, where there are enough vectors.
var ranks = []int{10, 100, 1000, gatherDepth}

// gatherDepth is the recall that the first arm of a search lives by; deepRows is where measuring it begins to say something.
const (
	gatherDepth = 3e4
	deepRows    = 10 * gatherDepth
)

func (o Options) withDefaults() Options {
	if o.Questions == 0 {
		o.Questions = questionsDefault
	}
	if o.Seed == 0 {
		o.Seed = 1
	}
	if o.Candidates == nil {
		o.Candidates = Grid()
	}
	if o.Progress == nil {
		o.Progress = func(int, int, Row) {}
	}
	return o
}

// bench is a set of vectors with its questions' true neighbours.
type bench struct {
	dim       int
	questions []float32
	stored    []float32
	ranks     []int
	truth     [][]int32 // a question: the best rows by float32 dot product, best first
	scores    [][]float32
	scratch   []float32
	square    float64 // sum of the stored vectors' squared lengths
}

// Measure codes all rows but the questions in every candidate's way and compares the best rows by decoded dot product,
// the question in float32, with the best by the vectors themselves.
func Measure(ctx context.Context, v *Vectors, o Options) ([]Row, error) {
	o = o.withDefaults()
	b, err := newBench(ctx, v, o.Questions)
	if err != nil {
		return nil, err
	}
	s := newSource(v, o)
	var rows []Row
	for _, c := range o.Candidates {
		row, err := b.measure(ctx, c, s)
		if err != nil {
			return rows, fmt.Errorf("%s: %w", c.Name(), err)
		}
		rows = append(rows, row)
		o.Progress(len(rows), len(o.Candidates), row)
	}
	return rows, nil
}

func newBench(ctx context.Context, v *Vectors, questions int) (*bench, error) {
	if questions < 1 || v.Count()-questions < ranks[0] {
		return nil, fmt.Errorf("%d rows, of which %d are questions: too few to rank", v.Count(), questions)
	}
	b := &bench{dim: v.Dim, questions: v.Rows(0, questions), stored: v.Rows(questions, v.Count())}
	count := len(b.stored) / b.dim
	for _, k := range ranks {
		if k <= count/2 && (k < gatherDepth || count >= deepRows) {
			b.ranks = append(b.ranks, k)
		}
	}
	b.scratch = make([]float32, count)
	b.scores = make([][]float32, questions)
	for q := range b.scores {
		b.scores[q] = make([]float32, count)
	}
	if err := b.scoreAll(ctx, nil); err != nil {
		return nil, err
	}
	for _, scores := range b.scores {
		b.truth = append(b.truth, best(scores, b.scratch, b.ranks[len(b.ranks)-1]))
	}
	for _, x := range b.stored {
		b.square += float64(x) * float64(x)
	}
	return b, nil
}

// newSource draws the sample: rows spread evenly over those stored, from a start that depends on the seed.
func newSource(v *Vectors, o Options) *source {
	s := &source{dim: v.Dim, seed: o.Seed, mean: make([]float32, v.Dim)}
	count := v.Count() - o.Questions
	take := min(count, sampleMax)
	for i := range take {
		row := (i*count/take + int(o.Seed%1024)*7919) % count
		s.sample = append(s.sample, v.Row(o.Questions+row)...)
	}
	sums := make([]float64, v.Dim)
	for i, x := range s.sample {
		sums[i%v.Dim] += float64(x)
	}
	for i, sum := range sums {
		s.mean[i] = float32(sum / float64(take))
	}
	return s
}

func (b *bench) measure(ctx context.Context, c Candidate, s *source) (Row, error) {
	code, err := c.build(s)
	if err != nil {
		return Row{}, err
	}
	row := Row{Format: c.Format, Bits: c.Bits, ScaleEvery: c.Every, Rotation: c.Rotation, Seed: s.seed, Bytes: code.Bytes()}
	var off float64
	packed := make([]byte, code.Bytes())
	err = b.scoreAll(ctx, func(dst, x []float32) error {
		if err := code.Encode(packed, x); err != nil {
			return err
		}
		err := code.Decode(dst, packed)
		for i, v := range dst {
			off += float64(v-x[i]) * float64(v-x[i])
		}
		return err
	})
	if err != nil {
		return row, err
	}
	row.Error = math.Sqrt(off / b.square)
	for _, k := range b.ranks {
		row.setRecall(k, b.recall(k))
	}
	return row, nil
}

// scoreAll fills scores with the dot products of every question and every stored vector, as recode leaves it (nil: itself).
func (b *bench) scoreAll(ctx context.Context, recode func(dst, x []float32) error) error {
	chunk := make([]float32, chunkRows*b.dim)
	count := len(b.stored) / b.dim
	for first := 0; first < count; first += chunkRows {
		if err := ctx.Err(); err != nil {
			return err
		}
		last := min(first+chunkRows, count)
		rows := b.stored[first*b.dim : last*b.dim]
		if recode != nil {
			for i := 0; i < len(rows); i += b.dim {
				if err := recode(chunk[i:i+b.dim], rows[i:i+b.dim]); err != nil {
					return fmt.Errorf("row %d: %w", first+i/b.dim, err)
				}
			}
			rows = chunk[:len(rows)]
		}
		for q, scores := range b.scores {
			dots(scores[first:last], b.questions[q*b.dim:(q+1)*b.dim], rows)
		}
	}
	return nil
}

// dots writes the product of q with each row. Four rows share a pass over q, so that four sums run side by side.
func dots(dst, q, rows []float32) {
	dim, i := len(q), 0
	for ; i+4 <= len(dst); i += 4 {
		r0, r1 := rows[i*dim:(i+1)*dim], rows[(i+1)*dim:(i+2)*dim]
		r2, r3 := rows[(i+2)*dim:(i+3)*dim], rows[(i+3)*dim:(i+4)*dim]
		var s0, s1, s2, s3 float32
		for j, v := range q {
			s0 += v * r0[j]
			s1 += v * r1[j]
			s2 += v * r2[j]
			s3 += v * r3[j]
		}
		dst[i], dst[i+1], dst[i+2], dst[i+3] = s0, s1, s2, s3
	}
	for ; i < len(dst); i++ {
		var sum float32
		for j, v := range q {
			sum += v * rows[i*dim+j]
		}
		dst[i] = sum
	}
}

// recall is the share of each question's k true neighbours among its k best by scores, over all questions.
func (b *bench) recall(k int) float64 {
	var sum float64
	for q, scores := range b.scores {
		sum += overlap(b.truth[q][:k], scores, b.scratch)
	}
	return sum / float64(len(b.scores))
}
