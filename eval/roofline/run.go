package roofline

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"sluice/quant/kernel"
)

// Row is one kernel on one path: what it did in a second, and how much of the limit that binds it
// that is.
type Row struct {
	Kernel  string  `json:"kernel"`
	Path    string  `json:"path"`
	Size    string  `json:"size"`
	Rate    float64 `json:"rate"`
	Unit    string  `json:"unit"`
	Limit   float64 `json:"limit"`
	Percent float64 `json:"percent_of_limit"`
	MS      float64 `json:"ms"` // processor time of one call
}

// Result is a whole run.
type Result struct {
	Rows   []Row
	Limits []Limit
	Clock  float64 // GHz
}

// Options say what to measure. The zero value measures what the project's goals are told for, at
// ten million codes, in about two gigabytes of memory and a few minutes.
type Options struct {
	Codes    []int         // how many one-bit codes; default 10 million
	Records  int           // how many 4-bit vectors lie around; default 2 million
	Rounds   int           // measurements of each; the median counts; default 9
	Paths    []kernel.Path // default all that this processor runs
	Kernels  []string      // default all
	Progress func(what string)
}

func (o *Options) setDefaults() {
	if len(o.Codes) == 0 {
		o.Codes = []int{10_000_000}
	}
	if o.Records == 0 {
		o.Records = 2_000_000
	}
	if o.Rounds == 0 {
		o.Rounds = 9
	}
	if len(o.Paths) == 0 {
		o.Paths = kernel.Available()
	}
	if o.Progress == nil {
		o.Progress = func(string) {}
	}
}

// pathsOf are the paths to measure a kernel on: those that it has loops of its own for.
func (o *Options) pathsOf(k kernel.Kernel) (paths []kernel.Path) {
	for _, p := range o.Paths {
		if k.Has(p) {
			paths = append(paths, p)
		}
	}
	return paths
}

// entry is a kernel to measure, with the limit that binds it.
type entry struct {
	Row
	job
	bound limitKey
}

// group is what is measured together: kernels, and the limits that bind them.
type group struct {
	entries []*entry
	limits  map[limitKey]*limit
}

// Run measures. It switches the kernels' paths while it runs: nothing else should use them.
func Run(ctx context.Context, o Options) (*Result, error) {
	o.setDefaults()
	out := &Result{}
	for _, part := range []struct {
		kernels string
		build   func(*Options, *group) error
	}{
		{"onebit_scan onebit_scan_batch8", buildOnebit}, {"static_maxsim", buildMaxSim}, {"dot4", buildDot4},
		{"matmul_int8 matmul_int4 matmul_f32", buildMatmul}, {"attention layer", buildLayer}, {"postings_decode postings_topk", buildPostings},
	} {
		if len(o.Kernels) > 0 && !slices.ContainsFunc(o.Kernels, func(k string) bool { return strings.Contains(part.kernels, k) }) {
			continue
		}
		o.Progress(part.kernels)
		g := &group{limits: map[limitKey]*limit{{kind: limitClock}: clockLimit()}}
		if err := part.build(&o, g); err != nil {
			return nil, err
		}
		if err := g.measure(ctx, o.Rounds, out); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// add adds a kernel that is measured on path p.
func (g *group) add(name string, p kernel.Path, size string, unit string, work float64, bound limitKey, run func()) {
	e := &entry{Row: Row{Kernel: name, Path: p.String(), Size: size, Unit: unit}, bound: bound}
	e.job = job{work: work, run: func() {
		undo, err := kernel.Force(p)
		if err != nil {
			panic("BUG: " + err.Error())
		}
		defer undo()
		run()
	}}
	g.entries = append(g.entries, e)
}

// limit adds a limit once.
func (g *group) limit(k limitKey, make func() *limit) limitKey {
	if g.limits[k] == nil {
		g.limits[k] = make()
	}
	return k
}

// compute is the limit of computing on a path; plain Go is held to what AVX2 could do.
func (g *group) compute(kind limitKind, p kernel.Path) limitKey {
	if p == kernel.Ref && hasPath(kernel.AVX2) {
		p = kernel.AVX2
	}
	return g.limit(limitKey{kind: kind, path: p}, func() *limit { return computeLimit(kind, p) })
}

// measure times everything in turns and adds what came out.
func (g *group) measure(ctx context.Context, rounds int, out *Result) error {
	var jobs []*job
	for _, l := range g.limits {
		jobs = append(jobs, l.jobs...)
	}
	for _, e := range g.entries {
		jobs = append(jobs, &e.job)
	}
	if err := measure(ctx, rounds, jobs...); err != nil {
		return err
	}
	for _, e := range g.entries {
		e.Rate, e.Limit = e.rate(), g.limits[e.bound].best()
		e.Percent, e.MS = 100*e.Rate/e.Limit, e.median().Seconds()*1e3
		out.Rows = append(out.Rows, e.Row)
	}
	out.Clock = g.limits[limitKey{kind: limitClock}].best()
	for k, l := range g.limits {
		out.addLimit(k, l)
	}
	return nil
}

// addLimit keeps the best of a limit that several groups measured.
func (r *Result) addLimit(k limitKey, l *limit) {
	rate := l.best()
	n := Limit{Name: k.String(), Path: k.path.String(), Rate: rate, Unit: l.unit}
	if computeUnits[k.kind] != "" {
		n.Ports = rate / r.Clock
	}
	i := slices.IndexFunc(r.Limits, func(o Limit) bool { return o.Name == n.Name && o.Path == n.Path })
	if i < 0 {
		r.Limits = append(r.Limits, n)
	} else if r.Limits[i].Rate < rate {
		r.Limits[i] = n
	}
	slices.SortFunc(r.Limits, func(a, b Limit) int { return strings.Compare(a.Name+a.Path, b.Name+b.Path) })
}

// count writes a number of things shortly.
func count(n int) string {
	switch {
	case n >= 1_000_000 && n%100_000 == 0:
		return fmt.Sprintf("%gM", float64(n)/1e6)
	case n >= 1000 && n%100 == 0:
		return fmt.Sprintf("%gk", float64(n)/1e3)
	}
	return fmt.Sprint(n)
}
