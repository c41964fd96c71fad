package lowbits

import (
	"context"
	"fmt"
	"math"
	"runtime"
	"sync/atomic"

	"golang.org/x/sync/errgroup"

	"sluice/quant"
)

// Options of a measurement; the zero value is usable.
type Options struct {
	Questions  int                         // the first rows are questions (default 200)
	Seed       uint64                      // of rotations and of the sample (default 1)
	Candidates []Candidate                 // default Grid()
	Gather     int                         // the depth of a search's first stage: recall is measured there too, where there are ten times as many vectors; 0: not
	Pack       int                         // the depth at which Labelled measures recall (default 100)
	BasisFrom  *Vectors                    // what principal's basis is fitted on; nil: the measured vectors themselves
	Progress   func(done, all int, at Row) // told after each candidate
}

const (
	questionsDefault = 200
	sampleMax        = 20000 // vectors that a coder may look at before it codes
	chunkRows        = 512   // vectors decoded at a time
)

// ranks are the depths at which recall is always measured.
var ranks = []int{10, 100, 1000}

// gatherShare is how many vectors there must be for each place of the first stage, or nearly all
// would be found anyway.
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
	plain   *space
	turned  *space       // along the axes of turnedBy
	turner  *quant.Basis // nil: nothing is turned yet
	ranks   []int
	truth   [][]int32 // a question: the best rows by float32 dot product, best first
	scores  [][]float32
	scratch [][]float32 // a worker
	square  float64     // sum of the stored vectors' squared lengths
}

// space is questions and stored vectors in one system of coordinates.
type space struct {
	dim       int
	questions []float32
	stored    []float32
	product   *product
}

func newSpace(dim int, questions, stored []float32) (*space, error) {
	p, err := newProduct(questions, dim)
	return &space{dim, questions, stored, p}, err
}

func (s *space) count() int { return len(s.stored) / s.dim }

// Measure codes all rows but the questions in every candidate's way and compares the best rows by
// decoded dot product, the question in float32, with the best by the vectors themselves. As many
// workers share a candidate as Go has processors; the outcome is the same for any number.
func Measure(ctx context.Context, v *Vectors, o Options) ([]Row, error) {
	o = o.withDefaults()
	b, err := newBench(ctx, v, o)
	if err != nil {
		return nil, err
	}
	return b.run(ctx, newSource(v, o), o.Candidates, func(done int, row Row) { o.Progress(done, len(o.Candidates), row) })
}

// run measures candidates that look at one source.
func (b *bench) run(ctx context.Context, s *source, candidates []Candidate, told func(done int, row Row)) ([]Row, error) {
	var rows []Row
	same := map[string]Row{}
	for _, c := range candidates {
		key := c
		if key.Every >= b.plain.dim {
			key.Every = quant.PerVector
		}
		row, known := same[key.Name()]
		row.ScaleEvery = c.Every
		if !known {
			var err error
			if row, err = b.measure(ctx, c, s); err != nil {
				return rows, fmt.Errorf("%s: %w", c.Name(), err)
			}
			same[key.Name()] = row
		}
		rows = append(rows, row)
		told(len(rows), row)
	}
	return rows, nil
}

func newBench(ctx context.Context, v *Vectors, o Options) (*bench, error) {
	questions := o.Questions
	if questions < 1 || v.Count()-questions < ranks[0] {
		return nil, fmt.Errorf("%d rows, of which %d are questions: too few to rank", v.Count(), questions)
	}
	plain, err := newSpace(v.Dim, v.Rows(0, questions), v.Rows(questions, v.Count()))
	if err != nil {
		return nil, err
	}
	b := &bench{plain: plain, truth: make([][]int32, questions), scores: make([][]float32, questions)}
	count := plain.count()
	for _, k := range ranks {
		if k <= count/2 {
			b.ranks = append(b.ranks, k)
		}
	}
	if o.Gather > 0 && count >= gatherShare*o.Gather {
		b.ranks = append(b.ranks, o.Gather)
	}
	for range runtime.GOMAXPROCS(0) {
		b.scratch = append(b.scratch, make([]float32, count))
	}
	for q := range b.scores {
		b.scores[q] = make([]float32, count)
	}
	if _, err := b.scoreAll(ctx, b.plain, nil, nil); err != nil {
		return nil, err
	}
	for _, x := range plain.stored {
		b.square += float64(x) * float64(x)
	}
	return b, b.spread(ctx, questions, func(worker, q int) error {
		b.truth[q] = best(b.scores[q], b.scratch[worker], b.ranks[len(b.ranks)-1])
		return nil
	})
}

// newSource draws the sample, and one of the vectors that a basis comes from if those are others.
func newSource(v *Vectors, o Options) *source {
	s := &source{dim: v.Dim, seed: o.Seed, sample: sampleOf(v, o), mean: make([]float32, v.Dim)}
	sums := make([]float64, v.Dim)
	for i, x := range s.sample {
		sums[i%v.Dim] += float64(x)
	}
	for i, sum := range sums {
		s.mean[i] = float32(sum / float64(len(s.sample)/v.Dim))
	}
	if o.BasisFrom != nil {
		s.other = sampleOf(o.BasisFrom, o)
	}
	return s
}

// sampleOf takes rows spread evenly over those stored, from a start that depends on the seed.
func sampleOf(v *Vectors, o Options) (sample []float32) {
	count := v.Count() - o.Questions
	take := min(count, sampleMax)
	for i := range take {
		row := (i*count/take + int(o.Seed%1024)*7919) % count
		sample = append(sample, v.Row(o.Questions+row)...)
	}
	return sample
}

// spread calls do for 0 .. n-1, each worker one at a time, until one fails or ctx ends.
func (b *bench) spread(ctx context.Context, n int, do func(worker, i int) error) error {
	g, ctx := errgroup.WithContext(ctx)
	var next atomic.Int64
	for worker := range b.scratch {
		g.Go(func() error {
			for {
				i := int(next.Add(1)) - 1
				if i >= n {
					return nil
				}
				if err := ctx.Err(); err != nil {
					return err
				}
				if err := do(worker, i); err != nil {
					return err
				}
			}
		})
	}
	return g.Wait()
}

// turn is the vectors along the axes of the source's basis, and a source that knows them so.
func (b *bench) turn(ctx context.Context, s *source) (*space, *source, error) {
	basis, err := s.fittedBasis()
	if err != nil {
		return nil, nil, err
	}
	if b.turner != basis {
		if b.turned == nil {
			b.turned = &space{stored: make([]float32, len(b.plain.stored)), questions: make([]float32, len(b.plain.questions))}
		}
		for _, pair := range [][2][]float32{{b.turned.stored, b.plain.stored}, {b.turned.questions, b.plain.questions}} {
			err := b.spread(ctx, len(pair[0])/s.dim, func(_, i int) error {
				at, end := i*s.dim, (i+1)*s.dim
				return basis.Along(pair[0][at:end], pair[1][at:end])
			})
			if err != nil {
				return nil, nil, err
			}
		}
		if b.turned, err = newSpace(s.dim, b.turned.questions, b.turned.stored); err != nil {
			return nil, nil, err
		}
		b.turner = basis
	}
	turned := *s
	turned.basis = basis.Turned()
	return b.turned, &turned, nil
}

func (b *bench) measure(ctx context.Context, c Candidate, s *source) (row Row, err error) {
	in := b.plain
	if c.turned {
		if in, s, err = b.turn(ctx, s); err != nil {
			return row, err
		}
	}
	coders := make([]coder, len(b.scratch))
	for i := range coders {
		if coders[i], err = c.build(s); err != nil {
			return row, err
		}
	}
	row = Row{Format: c.Format, Bits: c.Bits, ScaleEvery: c.Every, Rotation: c.Rotation, Seed: s.seed, Bytes: coders[0].Bytes()}
	var codes []byte // for those who score them as they are
	direct, isDirect := coders[0].(asker)
	if isDirect {
		codes = make([]byte, in.count()*row.Bytes)
	}
	off, err := b.scoreAll(ctx, in, coders, codes)
	if err == nil && isDirect {
		err = b.askAll(ctx, in, direct, codes)
	}
	if err != nil {
		return row, err
	}
	row.Error = math.Sqrt(off / b.square)
	return row, b.recall(ctx, &row)
}

// scoreAll fills scores with each question's product with each row, as the coders, one a worker,
// decode it; without coders, with the row itself. It returns the decoded rows' squared distance.
// Where codes are asked for, they are kept instead of multiplied.
func (b *bench) scoreAll(ctx context.Context, in *space, coders []coder, codes []byte) (off float64, err error) {
	workers := make([]*recoder, len(b.scratch))
	for i := range workers {
		workers[i] = &recoder{chunk: make([]float32, chunkRows*in.dim), shifts: make([]float32, chunkRows), out: in.product.room()}
		if coders != nil {
			workers[i].coder, workers[i].packed = coders[i], make([]byte, coders[i].Bytes())
		}
	}
	offs := make([]float64, (in.count()+chunkRows-1)/chunkRows)
	err = b.spread(ctx, len(offs), func(worker, i int) (err error) {
		w, first, last := workers[worker], i*chunkRows, min((i+1)*chunkRows, in.count())
		rows := in.stored[first*in.dim : last*in.dim]
		if w.coder == nil {
			return in.product.fill(b.scores, first, rows, w.out)
		}
		var keep []byte
		if codes != nil {
			size := len(w.packed)
			keep = codes[first*size : last*size]
		}
		if offs[i], err = w.recode(rows, in.dim, keep); err != nil || codes != nil {
			return err
		}
		if err := in.product.fill(b.scores, first, w.chunk[:len(rows)], w.out); err != nil {
			return err
		}
		b.shift(first, w.shifts[:last-first])
		return nil
	})
	for _, x := range offs {
		off += x
	}
	return off, err
}

// recoder is what one worker codes with.
type recoder struct {
	coder  coder
	packed []byte
	chunk  []float32 // decoded
	shifts []float32
	out    []float32 // room for products
}

// recode turns rows into chunk by way of their codes and returns the squared distance.
func (r *recoder) recode(rows []float32, dim int, keep []byte) (off float64, err error) {
	for i := 0; i < len(rows); i += dim {
		x, y := rows[i:i+dim], r.chunk[i:i+dim]
		if err := r.coder.Encode(r.packed, x); err != nil {
			return 0, fmt.Errorf("row %d of its chunk: %w", i/dim, err)
		}
		if err := r.coder.Decode(y, r.packed); err != nil {
			return 0, err
		}
		if keep != nil {
			copy(keep[i/dim*len(r.packed):], r.packed)
		}
		r.shifts[i/dim] = shiftOf(r.coder)
		for j, v := range y {
			off += float64(v-x[j]) * float64(v-x[j])
		}
	}
	return off, nil
}

// askAll fills scores with what the codes themselves answer.
func (b *bench) askAll(ctx context.Context, in *space, a asker, codes []byte) error {
	s, err := a.scanner(codes)
	if err != nil {
		return err
	}
	return b.spread(ctx, len(b.scores), func(_, q int) error {
		return s.scan(b.scores[q], in.questions[q*in.dim:(q+1)*in.dim])
	})
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

// recall is the share of each question's k true neighbours among its k best by scores, the mean
// over all questions, for each of ranks.
func (b *bench) recall(ctx context.Context, row *Row) error {
	shares := make([][]float64, len(b.scores))
	err := b.spread(ctx, len(b.scores), func(worker, q int) error {
		shares[q] = overlaps(b.truth[q], b.ranks, b.scores[q], b.scratch[worker])
		return nil
	})
	for i, k := range b.ranks {
		var sum float64
		for _, share := range shares {
			if err == nil {
				sum += share[i]
			}
		}
		row.setRecall(k, sum/float64(len(shares)))
	}
	return err
}
