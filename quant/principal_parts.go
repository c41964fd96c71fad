package quant

import "slices"

const (
	// PartsMax is the most parts that the signs of a Principal code have.
	PartsMax = 4

	partSigns = 32 // a part but the last is a multiple: what a one-bit kernel takes
)

// plane is one bit of all directions of a class.
type plane struct {
	place  *int
	size   int
	weight float64 // of a typical question's value on one of its signs
}

// placePlanes orders the planes by weight, heaviest first, and divides them into parts.
func (p *Principal) placePlanes() {
	var planes []plane
	for _, c := range p.classes {
		deviation := float64(c.step) / normalStep[c.bits] // questions vary as vectors do
		for k := range c.bits {
			planes = append(planes, plane{&c.planes[k], c.end - c.start, deviation * float64(c.step) * float64(int(1)<<k)})
		}
	}
	slices.SortStableFunc(planes, func(a, b plane) int {
		switch {
		case a.weight > b.weight:
			return -1
		case a.weight < b.weight:
			return 1
		}
		return 0
	})
	weights := make([]float64, 0, p.budget.Bits)
	for _, plane := range planes {
		*plane.place = len(weights)
		for range plane.size {
			weights = append(weights, plane.weight)
		}
	}
	p.parts = partsOf(weights, p.budget.Bits)
}

// partsOf divides signs of falling weight where that lessens the squared error of a question
// rounded to 8 bits most: a part of n signs has n times the square of a step that follows from its
// first sign's weight.
func partsOf(weights []float64, end int) []int {
	starts := []int{0}
	for len(starts) < PartsMax {
		best, gain := 0, 0.0
		for i, start := range starts {
			stop := len(weights)
			if i+1 < len(starts) {
				stop = starts[i+1]
			}
			for at := start + partSigns; at < stop; at += partSigns {
				if got := float64(stop-at) * (weights[start]*weights[start] - weights[at]*weights[at]); got > gain {
					best, gain = at, got
				}
			}
		}
		if best == 0 {
			break
		}
		starts = append(starts, best)
		slices.Sort(starts)
	}
	return append(starts[1:], end)
}
