package eval

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"

	"sluice/cascade"
	"sluice/cascade/flow"
	"sluice/index"
)

// KnownOptions tells how known items are measured. The zero value is usable.
type KnownOptions struct {
	Source   string // label of the source to ask about; "": all
	Items    int    // how many questions; 0: 1,000
	Seed     uint64
	Options  flow.Options
	Progress func(done, total int)
}

// knownItemsDefault is how many questions are asked unless options say otherwise.
const knownItemsDefault = 1000

// KnownReport is what known items showed.
type KnownReport struct {
	Source    string              `json:"source,omitempty"`
	Documents int64               `json:"documents"`
	Passages  int64               `json:"passages"`
	Comments  int                 `json:"comments"`  // that a question could be drawn from
	Questions int                 `json:"questions"` // that were asked
	Seed      uint64              `json:"seed"`
	Arms      map[string]KnownArm `json:"arms"`      // bm25, judge
	InWindow  float64             `json:"in_window"` // share of the items that stand in the packed window
	Latency   Latency             `json:"latency"`
}

// KnownArm is how well one arm finds known items.
type KnownArm struct {
	MRR      float64    `json:"mrr@10"`
	Interval [2]float64 `json:"mrr@10_interval"` // bootstrap, 95 %
	First    float64    `json:"success@1"`
	Success  float64    `json:"success@10"`
}

// KnownItems asks for what is known to be there: the summary of a kernel-doc comment must find the
// passage that holds most of the comment. Every question goes through the real path, gather alone
// and then the whole cascade to the packed window, and both are timed (see Latency).
func KnownItems(ctx context.Context, sn *index.Snapshot, opts KnownOptions) (*KnownReport, error) {
	if opts.Items <= 0 {
		opts.Items = knownItemsDefault
	}
	items, all, err := FindKnownItems(ctx, sn, opts.Source, opts.Items, opts.Seed)
	if err != nil {
		return nil, err
	}
	if len(items) == 0 {
		return nil, fmt.Errorf("the store holds no C source with kernel-doc comments to ask about")
	}
	bm25, judge := make([]int, len(items)), make([]int, len(items))
	inWindow := 0
	questions := make([]string, len(items))
	for i, it := range items {
		questions[i] = it.Question
	}
	latency, err := measureLatency(ctx, cascade.New(cascade.Parts{Index: sn}), questions, opts.Options, func(i int, a *answered) {
		bm25[i] = rankIn(len(a.gathered.Gathered.Hits), func(k int) index.Place { return a.gathered.Gathered.Hits[k].Place }, items[i].Place)
		judge[i] = rankIn(len(a.result.Judged), func(k int) index.Place { return a.result.Judged[k].Place }, items[i].Place)
		if shows(a.result.Window, items[i].Place) {
			inWindow++
		}
		if opts.Progress != nil {
			opts.Progress(i+1, len(items))
		}
	})
	if err != nil {
		return nil, err
	}
	return &KnownReport{
		Source: opts.Source, Documents: sn.Documents(), Passages: sn.Passages(), Comments: all, Questions: len(items), Seed: opts.Seed,
		Arms:     map[string]KnownArm{"bm25": knownArm(bm25, opts.Seed), "judge": knownArm(judge, opts.Seed)},
		InWindow: float64(inWindow) / float64(len(items)), Latency: *latency,
	}, nil
}

// rankIn is the rank of a place among the first ten, from 1; 0: it is not there.
func rankIn(n int, at func(int) index.Place, want index.Place) int {
	for i := range min(n, topTen) {
		if at(i) == want {
			return i + 1
		}
	}
	return 0
}

func shows(w *flow.Window, p index.Place) bool {
	return slices.ContainsFunc(w.Passages, func(k flow.Packed) bool {
		return slices.ContainsFunc(k.Members, func(m flow.Member) bool { return m.Place == p })
	})
}

// knownArm turns ranks among the first ten (0: not there) into measures.
func knownArm(ranks []int, seed uint64) (a KnownArm) {
	reciprocal := make([]float64, len(ranks))
	for i, r := range ranks {
		if r == 0 {
			continue
		}
		reciprocal[i] = 1 / float64(r)
		a.Success++
		if r == 1 {
			a.First++
		}
	}
	n := float64(len(ranks))
	a.First, a.Success, a.MRR = a.First/n, a.Success/n, mean(reciprocal)
	a.Interval = bootstrap(reciprocal, seed)
	return a
}

func mean(all []float64) (sum float64) {
	for _, x := range all {
		sum += x
	}
	return sum / float64(len(all))
}

// bootstrap is the interval in which the mean of values lies with 95 % confidence: the 2.5th and
// 97.5th percentile of the means of samples drawn from them with replacement (Efron, Bootstrap
// methods: another look at the jackknife, Annals of Statistics 1979).
func bootstrap(values []float64, seed uint64) [2]float64 {
	const samples = 2000
	r := rand.New(rand.NewPCG(seed, samples))
	means := make([]float64, samples)
	for i := range means {
		var sum float64
		for range values {
			sum += values[r.IntN(len(values))]
		}
		means[i] = sum / float64(len(values))
	}
	slices.Sort(means)
	return [2]float64{means[samples/40], means[samples-1-samples/40]}
}
