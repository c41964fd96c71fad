package roofline

import (
	"fmt"

	"sluice/quant/kernel"
)

// limitKind is something that binds a kernel.
type limitKind string

const (
	limitRead    limitKind = "read"       // reading memory: GB/s
	limitCache   limitKind = "read table" // reading 1 MiB again and again: GB/s
	limitDot     limitKind = "8-bit products"
	limitNibble  limitKind = "4-bit products"
	limitFMA     limitKind = "float32 products"
	limitLookUp  limitKind = "look-ups"
	limitStore   limitKind = "stores"
	limitScatter limitKind = "scattered additions"
	limitTouch   limitKind = "random records"
	limitClock   limitKind = "clock"
)

// limitKey names a limit: those of memory are the same for all paths (path 0).
type limitKey struct {
	kind limitKind
	path kernel.Path
	of   string // which memory
}

// limit is the best of several loops that do one thing.
type limit struct {
	unit string
	jobs []*job
}

// best is the highest rate of a limit's loops, by medians.
func (l *limit) best() float64 {
	best := 0.0
	for _, j := range l.jobs {
		best = max(best, j.rate())
	}
	return best
}

// Limit is a measured limit of the machine.
type Limit struct {
	Name  string  `json:"name"`
	Path  string  `json:"path,omitempty"`
	Rate  float64 `json:"rate"`
	Unit  string  `json:"unit"`
	Ports float64 `json:"ports_x_width_x_clock,omitempty"` // operations a cycle at this rate, by the measured clock
}

// hasPath says whether this processor runs a path.
func hasPath(p kernel.Path) bool {
	for _, q := range kernel.Available() {
		if p == q {
			return true
		}
	}
	return false
}

const giga = 1e9

func readLimit(data []byte) *limit {
	l := &limit{unit: "GB/s"}
	for _, f := range streams(data) {
		l.jobs = append(l.jobs, &job{run: f, work: float64(len(data)&^1023) / giga})
	}
	return l
}

// computeUnits are the limits of computing, which are told a cycle too.
var computeUnits = map[limitKind]string{limitDot: "GMAC/s", limitNibble: "GMAC/s", limitFMA: "GMAC/s", limitLookUp: "G look-ups/s"}

func computeLimit(kind limitKind, p kernel.Path) *limit {
	l := &limit{unit: computeUnits[kind]}
	for _, c := range computeLoops(kind, p) {
		l.jobs = append(l.jobs, &job{run: func() { c.run(turns) }, work: c.work * turns / giga})
	}
	return l
}

func storeLimit(p kernel.Path) *limit {
	to, f := make([]byte, 1024), storeLoop(p)
	return &limit{unit: "G values/s", jobs: []*job{{run: func() { f(to, turns) }, work: 128 * turns / giga}}}
}

// scatterLimit adds to random words of a stripe.
func scatterLimit(stripe int) *limit {
	r, words, index := random(21), make([]uint16, stripe), make([]uint32, 1<<16)
	for i := range index {
		index[i] = uint32(r.next() % uint64(stripe))
	}
	return &limit{unit: "G postings/s", jobs: []*job{{run: func() { scatterLoop(words, index) }, work: float64(len(index)) / giga}}}
}

func touchLimit(records []byte, size int, ids []uint32) *limit {
	return &limit{unit: "M records/s", jobs: []*job{{run: func() { touchLoop(records, size, ids) }, work: float64(len(ids)) / 1e6}}}
}

func clockLimit() *limit {
	return &limit{unit: "GHz", jobs: []*job{{run: func() { clockLoop(turns) }, work: clockCycles * turns / giga}}}
}

func (k limitKey) String() string {
	if k.of != "" {
		return fmt.Sprintf("%s (%s)", k.kind, k.of)
	}
	return string(k.kind)
}
