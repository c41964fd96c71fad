package roofline

import (
	"time"

	"sluice/quant/kernel"
)

// Peak is a limit of computing that others measure their own work against, in turns with it.
type Peak struct {
	Name  string
	Path  string
	limit *limit
	turns []int
}

// ProductPeaks are how many products a second the paths reach that this process multiplies on:
// float32 ones, and those of 8 bits.
func ProductPeaks() (float32s, integers *Peak) {
	for _, s := range kernel.Report() {
		switch s.Kernel {
		case kernel.MatmulF32:
			float32s = newPeak(limitFMA, s.Path)
		case kernel.MatmulInt8:
			integers = newPeak(limitDot, s.Path)
		}
	}
	return float32s, integers
}

func newPeak(kind limitKind, p kernel.Path) *Peak {
	if p == kernel.Ref && hasPath(kernel.AVX2) {
		p = kernel.AVX2 // plain Go is held to what the processor could do
	}
	return &Peak{Name: string(kind), Path: p.String(), limit: computeLimit(kind, p)}
}

// Turn measures it once more. The calling goroutine should be locked to its thread.
func (p *Peak) Turn() {
	for i, j := range p.limit.jobs {
		if len(p.turns) == i {
			n, _ := calibrate(j)
			p.turns = append(p.turns, n)
		}
		start := threadTime()
		for range p.turns[i] {
			j.run()
		}
		j.times = append(j.times, (threadTime()-start)/time.Duration(p.turns[i]))
	}
}

// Rate is products a second, in thousands of millions, by the median of the turns.
func (p *Peak) Rate() float64 { return p.limit.best() }

// ThreadTime is the processor time that the calling thread has used.
func ThreadTime() time.Duration { return threadTime() }
