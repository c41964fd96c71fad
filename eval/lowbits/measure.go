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
	Gather     int                         // the depth of a search\'s first stage: recall is measured there too, where there are ten times as many vectors; 0: not
	Pack       int                         // the depth at which Labelled measures recall (default 100)
	Progress   func(done, all int, at Row) // told after each candidate
}

const (
	questionsDefault = 200
	sampleMax        = 20000 // vectors that a coder may look at before it codes
	chunkRows        = 512   // vectors decoded at a time
)

// ranks are the depths at which recall is always measured.
var ranks = []int{10, 100, 1000}

// gatherShare is how many vectors there must be for each place of the first stage, or nearly all would be found anyway.
const gatherShare = 10

func (o Options) withDefaults() Options {
	if o.Questions == 0 {
		o.Questions = questionsDefault
	}
	if o.Seed == 0 {
		o.Seed = 1
	}
	if o.Pack == 0 {
		o.Pack = 100
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
	product   *product
	scores    [][]float32
	scratch   []float32
	square    float64 // sum of the stored vectors' squared lengths
}

// Measure codes all rows but the questions in every candidate's way and compares the best rows by decoded dot product,
// the question in float32, with the best by the vectors themselves.
func Measure(ctx context.Context, v *Vectors, o Options) ([]Row, error) {
	o = o.withDefaults()
	b, err := newBench(ctx, v, o)
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

func newBench(ctx context.Context, v *Vectors, o Options) (*bench, error) {
	questions := o.Questions
	if questions < 1 || v.Count()-questions < ranks[0] {
		return nil, fmt.Errorf("%d rows, of which %d are questions: too few to rank", v.Count(), questions)
	}
	b := &bench{dim: v.Dim, questions: v.Rows(0, questions), stored: v.Rows(questions, v.Count())}
	count := len(b.stored) / b.dim
	for _, k := range ranks {
		if k <= count/2 {
			b.ranks = append(b.ranks, k)
		}
	}
	if o.Gather > 0 && count >= gatherShare*o.Gather {
		b.ranks = append(b.ranks, o.Gather)
	}
	b.scratch = make([]float32, count)
	b.scores = make([][]float32, questions)
	for q := range b.scores {
		b.scores[q] = make([]float32, count)
	}
	var err error
	if b.product, err = newProduct(b.questions, b.dim); err != nil {
		return nil, err
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
	var kept []byte // codes, for those who score them as they are
	direct, isDirect := code.(asker)
	packed := make([]byte, code.Bytes())
	err = b.scoreAll(ctx, func(dst, x []float32) (float32, error) {
		if err := code.Encode(packed, x); err != nil {
			return 0, err
		}
		if isDirect {
			kept = append(kept, packed...)
		}
		err := code.Decode(dst, packed)
		for i, v := range dst {
			off += float64(v-x[i]) * float64(v-x[i])
		}
		return shiftOf(code), err
	})
	if err == nil && isDirect {
		err = b.askAll(ctx, direct, kept, code.Bytes())
	}
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
func (b *bench) scoreAll(ctx context.Context, recode func(dst, x []float32) (shift float32, err error)) error {
	chunk, shifts := make([]float32, chunkRows*b.dim), make([]float32, chunkRows)
	count := len(b.stored) / b.dim
	for first := 0; first < count; first += chunkRows {
		if err := ctx.Err(); err != nil {
			return err
		}
		last := min(first+chunkRows, count)
		rows := b.stored[first*b.dim : last*b.dim]
		if recode != nil {
			for i := 0; i < len(rows); i += b.dim {
				shift, err := recode(chunk[i:i+b.dim], rows[i:i+b.dim])
				if shifts[i/b.dim] = shift; err != nil {
					return fmt.Errorf("row %d: %w", first+i/b.dim, err)
				}
			}
			rows = chunk[:len(rows)]
		}
		if err := b.product.fill(b.scores, first, rows); err != nil {
			return err
		}
		if recode != nil {
			b.shift(first, shifts[:last-first])
		}
	}
	return nil
}

// askAll fills scores with what the codes themselves answer.
func (b *bench) askAll(ctx context.Context, a asker, codes []byte, size int) error {
	for q, scores := range b.scores {
		if err := ctx.Err(); err != nil {
			return err
		}
		dot, err := a.ask(b.questions[q*b.dim : (q+1)*b.dim])
		if err != nil {
			return err
		}
		for i := range scores {
			if scores[i], err = dot(codes[i*size : (i+1)*size]); err != nil {
				return err
			}
		}
	}
	return nil
}

// shift adds what some codes know of a row's score for every question.
func (b *bench) shift(first int, shifts []float32) {
	for i, shift := range shifts {
		if shift == 0 {
			continue
		}
		for _, scores := range b.scores {
			scores[first+i] += shift
		}
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
