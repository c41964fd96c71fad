package eval

import (
	"context"
	"fmt"
	"math"
	"slices"
	"strings"
	"unicode/utf8"

	"sluice/eval/fusion"
	"sluice/index"
)

const (
	densePassageBytes = 1000 // an entry is cut into passages of at most so many bytes
	denseBatch        = 256  // passages that are encoded together
	denseWeight       = 1.5  // of the vectors beside 1 of BM25
	feedbackWeight    = .8   // of the question and of the question with feedback, each
	feedbackBest      = 3    // documents whose mean goes into the question
	feedbackShare     = .5   // of that mean beside the question
)

// dense is the arm that ranks by vectors: exactly, over all entries, each at its best passage.
type dense struct {
	vectors [][]float32
	owner   []int // of each passage, as a place in docs
	docs    []Entry
}

// newDense encodes the entries of a set.
func newDense(ctx context.Context, set *Set, e index.Encoder, progress func(done, total int64)) (*dense, error) {
	d := &dense{docs: set.Docs}
	var texts []string
	levels := e.Levels()
	for i, doc := range set.Docs {
		for _, piece := range cutPassages(doc.Title + "\n" + doc.Text) {
			texts, d.owner = append(texts, piece), append(d.owner, i)
		}
	}
	for from := 0; from < len(texts); from += denseBatch {
		to := min(from+denseBatch, len(texts))
		vectors, err := e.Passages(ctx, levels[len(levels)-1], texts[from:to])
		if err != nil {
			return nil, fmt.Errorf("%s: encode entry %s: %w", set.Name, set.Docs[d.owner[from]].ID, err)
		}
		d.vectors = append(d.vectors, vectors...)
		if progress != nil {
			progress(int64(to), int64(len(texts)))
		}
	}
	return d, nil
}

// cutPassages cuts a text at white space, where there is some in a piece's second half.
func cutPassages(text string) (pieces []string) {
	for len(text) > densePassageBytes {
		end := densePassageBytes
		if at := strings.LastIndexAny(text[densePassageBytes/2:end], " \n"); at >= 0 {
			end = densePassageBytes/2 + at
		}
		for end > 0 && !utf8.RuneStart(text[end]) {
			end--
		}
		pieces = append(pieces, text[:end])
		text = strings.TrimLeft(text[end:], " \n\t\r")
	}
	return append(pieces, text)
}

// scoredDocument is a document in one arm's order.
type scoredDocument = fusion.Scored[string]

// weighted is an arm's order and what it counts.
type weighted = fusion.Arm[string]

// rank orders all entries by their best passage. best tells that passage of each entry.
func (d *dense) rank(question []float32) (order []scoredDocument, best map[string]int) {
	top := make([]int, len(d.docs))
	scores := make([]float64, len(d.docs))
	for i := range scores {
		scores[i] = math.Inf(-1)
	}
	for i, v := range d.vectors {
		if s := dot(question, v); s > scores[d.owner[i]] {
			scores[d.owner[i]], top[d.owner[i]] = s, i
		}
	}
	order, best = make([]scoredDocument, len(d.docs)), make(map[string]int, len(d.docs))
	for i, doc := range d.docs {
		order[i], best[doc.ID] = scoredDocument{Document: doc.ID, Score: scores[i]}, top[i]
	}
	fusion.Sort(order)
	return order, best
}

// fused is the linear fusion of BM25 and vectors, with dense feedback: the best of the fused order
// move the question towards them.
func (d *dense) fused(question []float32, bm25 []scoredDocument) []scoredDocument {
	plain, best := d.rank(question)
	first := fusion.Fuse(weighted{Order: bm25, Weight: 1}, weighted{Order: plain, Weight: denseWeight})
	moved := slices.Clone(question)
	n := min(feedbackBest, len(first))
	for _, s := range first[:n] {
		for i, x := range d.vectors[best[s.Document]] {
			moved[i] += x * feedbackShare / float32(n)
		}
	}
	toLength1(moved)
	again, _ := d.rank(moved)
	return fusion.Fuse(weighted{Order: bm25, Weight: 1}, weighted{Order: plain, Weight: feedbackWeight}, weighted{Order: again, Weight: feedbackWeight})
}

func idsOf(list []scoredDocument) []string {
	out := make([]string, len(list))
	for i, s := range list {
		out[i] = s.Document
	}
	return out
}

// dot is the product of two vectors, in four sums so that it does not wait for each addition.
func dot(a, b []float32) float64 {
	var s [4]float32
	n := len(a) &^ 3
	b = b[:len(a)]
	for i := 0; i < n; i += 4 {
		s[0] += a[i] * b[i]
		s[1] += a[i+1] * b[i+1]
		s[2] += a[i+2] * b[i+2]
		s[3] += a[i+3] * b[i+3]
	}
	for i := n; i < len(a); i++ {
		s[0] += a[i] * b[i]
	}
	return float64(s[0]+s[2]) + float64(s[1]+s[3])
}

func toLength1(v []float32) {
	if n := math.Sqrt(dot(v, v)); n > 0 {
		for i := range v {
			v[i] /= float32(n)
		}
	}
}

// exactArms measures vectors that are compared as they are, alone and fused with BM25.
type exactArms struct {
	arm           *dense
	questions     [][]float32
	alone, joined []Measures
}

// newExact encodes a set and its questions; nil where nobody asks for it.
func newExact(ctx context.Context, set *Set, opts Options) (*exactArms, error) {
	if opts.Exact == nil {
		return nil, nil
	}
	arm, err := newDense(ctx, set, opts.Exact, opts.Read)
	if err != nil {
		return nil, err
	}
	x := &exactArms{arm: arm}
	for _, q := range set.Queries {
		v, err := opts.Exact.Question(ctx, q.Text)
		if err != nil {
			return nil, fmt.Errorf("%s: encode question %s: %w", set.Name, q.ID, err)
		}
		x.questions = append(x.questions, v)
	}
	return x, nil
}

// ask measures question i.
func (x *exactArms) ask(i int, one *Ranking, grades map[string]float64) {
	if x == nil {
		return
	}
	bm25 := make([]scoredDocument, len(one.Gathered))
	for k, id := range one.Gathered {
		bm25[k] = scoredDocument{Document: id, Score: one.Scores[k]}
	}
	order, _ := x.arm.rank(x.questions[i])
	x.alone = append(x.alone, Measure(idsOf(order), grades))
	x.joined = append(x.joined, Measure(idsOf(x.arm.fused(x.questions[i], bm25)), grades))
}

func (x *exactArms) addTo(arms map[string]any) {
	if x != nil {
		arms["unstored"], arms["unstored_fused"] = Mean(x.alone), Mean(x.joined)
	}
}
