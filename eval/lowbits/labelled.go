package lowbits

import (
	"context"
	"fmt"
	"io"
	"math"
	"slices"
	"text/tabwriter"

	"sluice/eval/fusion"
)

// LabelRow is what a code costs where documents are judged: means over the sets. nDCG@10 is a ratio
// to strong BM25's of the same set, recall@117 a difference to its.
type LabelRow struct {
	Format     string  `json:"format"`
	Bits       float64 `json:"bits"`
	ScaleEvery int     `json:"scale_every"`
	Rotation   bool    `json:"rotation"`
	Bytes      int     `json:"bytes"`

	Alone Quality `json:"alone"` // the vectors alone
	Fused Quality `json:"fused"` // with strong BM25
}

// Quality is one ranking's.
type Quality struct {
	NDCG      float64            `json:"ndcg@10"`      // × strong BM25
	OfFloat32 float64            `json:"ndcg_float32"` // × the same ranking with float32 vectors
	Recall    float64            `json:"recall@117"`   // + strong BM25; at Options.Pack, its name stays
	Sets      map[string]float64 `json:"sets"`         // NDCG by set
}

const (
	fusedWeight = 1.5 // of the vectors, against 1 of BM25
)

// Labelled measures the ranking of judged documents, a document scoring as its best passage:
// float32 vectors first, then every candidate. labels is the file that recipes/vectors wrote beside
// the vectors.
func Labelled(ctx context.Context, v *Vectors, labels io.Reader, o Options) ([]LabelRow, error) {
	o = o.withDefaults()
	sets, err := readLabels(labels, v.Count())
	if err != nil {
		return nil, err
	}
	j := judged{v, sets, bm25Of(sets, o.Pack), o.Pack}
	plain, err := j.measure(ctx, nil)
	if err != nil {
		return nil, err
	}
	plain.Format, plain.Bits, plain.Bytes = "float", 32, 4*v.Dim
	plain.Alone.OfFloat32, plain.Fused.OfFloat32 = 1, 1
	rows := []LabelRow{plain}
	s := newSource(v, o)
	for i, c := range o.Candidates {
		code, err := c.build(s)
		if err != nil {
			return rows, fmt.Errorf("%s: %w", c.Name(), err)
		}
		if _, ok := code.(asker); ok {
			continue // what rounding the question costs is told by recall
		}
		row, err := j.measure(ctx, code)
		if err != nil {
			return rows, fmt.Errorf("%s: %w", c.Name(), err)
		}
		row.Format, row.Bits, row.ScaleEvery, row.Rotation, row.Bytes = c.Format, c.Bits, c.Every, c.Rotation, code.Bytes()
		row.Alone.against(plain.Alone)
		row.Fused.against(plain.Fused)
		rows = append(rows, row)
		o.Progress(i+1, len(o.Candidates), Row{Format: c.Format, Bits: c.Bits, ScaleEvery: c.Every, Rotation: c.Rotation, Bytes: row.Bytes})
	}
	return rows, nil
}

// against fills OfFloat32, the mean over sets of the ratio to the same ranking with float32
// vectors.
func (q *Quality) against(plain Quality) {
	for set, ndcg := range q.Sets {
		q.OfFloat32 += ndcg / plain.Sets[set] / float64(len(q.Sets))
	}
}

// figures of one ranking on one set.
type figures struct{ ndcg, recall float64 }

func (f *figures) add(ranking []scored, q labelQuestion, questions, depth int) {
	f.ndcg += ndcg(ranking, q.grades) / float64(questions)
	f.recall += recallOf(ranking[:min(depth, len(ranking))], q.grades) / float64(questions)
}

// judged is what every code is measured on.
type judged struct {
	vectors *Vectors
	sets    []*labelSet
	base    []figures // strong BM25's, a set
	depth   int       // of recall
}

func bm25Of(sets []*labelSet, depth int) []figures {
	out := make([]figures, len(sets))
	for i, set := range sets {
		for _, q := range set.questions {
			out[i].add(q.bm25, q, len(set.questions), depth)
		}
	}
	return out
}

func (j *judged) measure(ctx context.Context, code coder) (LabelRow, error) {
	row := LabelRow{Alone: Quality{Sets: map[string]float64{}}, Fused: Quality{Sets: map[string]float64{}}}
	for i, set := range j.sets {
		if err := ctx.Err(); err != nil {
			return row, err
		}
		decoded, shifts, err := recoded(j.vectors, set, code)
		if err != nil {
			return row, err
		}
		scores, err := set.scores(j.vectors, decoded)
		if err != nil {
			return row, err
		}
		var alone, fused figures
		for n, q := range set.questions {
			ranking := set.rank(scores[n], shifts)
			alone.add(ranking, q, len(set.questions), j.depth)
			fused.add(fuse(ranking, q.bm25), q, len(set.questions), j.depth)
		}
		row.Alone.add(set.name, alone, j.base[i], len(j.sets))
		row.Fused.add(set.name, fused, j.base[i], len(j.sets))
	}
	return row, nil
}

func (q *Quality) add(set string, f, base figures, sets int) {
	q.Sets[set] = f.ndcg / base.ndcg
	q.NDCG += f.ndcg / base.ndcg / float64(sets)
	q.Recall += (f.recall - base.recall) / float64(sets)
}

// recoded is the set's passages as code leaves them (nil: as they are).
func recoded(v *Vectors, set *labelSet, code coder) (decoded, shifts []float32, err error) {
	rows := v.Rows(set.first, set.first+len(set.documentOf))
	shifts = make([]float32, len(set.documentOf))
	if code == nil {
		return rows, shifts, nil
	}
	decoded, packed := make([]float32, len(rows)), make([]byte, code.Bytes())
	for i := 0; i < len(rows); i += v.Dim {
		if err := code.Encode(packed, rows[i:i+v.Dim]); err != nil {
			return nil, nil, err
		}
		if err := code.Decode(decoded[i:i+v.Dim], packed); err != nil {
			return nil, nil, err
		}
		shifts[i/v.Dim] = shiftOf(code)
	}
	return decoded, shifts, nil
}

// scores is every question's product with every passage.
func (s *labelSet) scores(v *Vectors, passages []float32) ([][]float32, error) {
	var questions []float32
	out := make([][]float32, len(s.questions))
	for n, q := range s.questions {
		questions = append(questions, v.Row(q.row)...)
		out[n] = make([]float32, len(s.documentOf))
	}
	p, err := newProduct(questions, v.Dim)
	if err != nil {
		return nil, err
	}
	room := p.room()
	for first := 0; err == nil && first < len(s.documentOf); first += chunkRows {
		last := min(first+chunkRows, len(s.documentOf))
		err = p.fill(out, first, passages[first*v.Dim:last*v.Dim], room)
	}
	return out, err
}

// rank is every document by its best passage.
func (s *labelSet) rank(scores, shifts []float32) []scored {
	out := make([]scored, s.documents)
	for d := range out {
		out[d] = scored{Document: d, Score: math.Inf(-1)}
	}
	for i, d := range s.documentOf {
		out[d].Score = max(out[d].Score, float64(scores[i]+shifts[i]))
	}
	fusion.Sort(out)
	return out
}

// fuse is the linear fusion of the arms.
func fuse(dense, bm25 []scored) []scored {
	return fusion.Fuse(fusion.Arm[int]{Order: dense, Weight: fusedWeight}, fusion.Arm[int]{Order: bm25, Weight: 1})
}

func ndcg(ranking []scored, grades map[int]float64) float64 {
	ideal := make([]float64, 0, len(grades))
	for _, grade := range grades {
		ideal = append(ideal, grade)
	}
	slices.SortFunc(ideal, func(a, b float64) int { return int(math.Copysign(1, b-a)) })
	var got, best float64
	for i := range 10 {
		discount := 1 / math.Log2(float64(i)+2)
		if i < len(ranking) {
			got += grades[ranking[i].Document] * discount
		}
		if i < len(ideal) {
			best += ideal[i] * discount
		}
	}
	return got / best
}

func recallOf(ranking []scored, grades map[int]float64) float64 {
	found := 0.0
	for _, s := range ranking {
		if grades[s.Document] > 0 {
			found++
		}
	}
	return found / float64(len(grades))
}

// WriteLabelText prints rows as a table.
func WriteLabelText(w io.Writer, rows []LabelRow) error {
	out := tabwriter.NewWriter(w, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(out, "\t\t\t\t\talone: nDCG@10\t\trecall@117\tfused: nDCG@10\t\trecall@117\t")
	fmt.Fprintln(out, "format\tbits\tscale every\trotated\tbytes\t× BM25\t× float32\t+ BM25\t× BM25\t× float32\t+ BM25\t")
	for _, r := range rows {
		fmt.Fprintf(out, "%s\t%g\t%s\t%s\t%d\t%.3f\t%.3f\t%+.3f\t%.3f\t%.3f\t%+.3f\t\n", r.Format, r.Bits, every(r.ScaleEvery), yes(r.Rotation), r.Bytes,
			r.Alone.NDCG, r.Alone.OfFloat32, r.Alone.Recall, r.Fused.NDCG, r.Fused.OfFloat32, r.Fused.Recall)
	}
	return out.Flush()
}
