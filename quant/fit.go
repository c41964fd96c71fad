package quant

import "math"

// searchTries is how many clipping points Search looks at between layout.narrow and 1 times the
// largest magnitude.
const searchTries = 16

// fitBlock chooses the codes of x and its step. A block of zeros gets codes 0 and step 0.
func (c *Codec) fitBlock(codes []uint8, x []float32) fitted {
	top := magnitude(x)
	if top == 0 {
		clear(codes)
		return fitted{}
	}
	if c.spec.Scale == E8M0 {
		return c.fitPower(codes, x, top)
	}
	if c.spec.Fit == AbsMax {
		return c.fitAbsMax(codes, x, float64(FromHalf(halfUp(top)))*float64(c.perScale))
	}
	if c.spec.Fit == Norm {
		return c.fitNorm(codes, x)
	}
	return c.fitSearch(codes, x, top)
}

func (c *Codec) fitNorm(codes []uint8, x []float32) fitted {
	deviation := math.Sqrt(sumSquares(x) / float64(len(x)))
	step := deviation * float64(c.layout.normal) / float64(c.layout.top)
	along, square := c.layout.nearest(codes, x, float32(step))
	return fitted{step, along, square}
}

func (c *Codec) fitAbsMax(codes []uint8, x []float32, step float64) fitted {
	along, square := c.layout.nearest(codes, x, float32(step))
	return fitted{step, along, square}
}

// fitSearch keeps the codes that explain most of x: with the best step for given levels,
// along/square, what is left of |x|² is |x|² - along²/square. (The search of extended RaBitQ, Gao
// et al. 2025, over a grid of clipping points.)
func (c *Codec) fitSearch(codes []uint8, x []float32, top float32) fitted {
	best, explained := fitted{}, -1.0
	tries, trial := searchTries, c.trial[:len(x)]
	if c.layout.bits == 1 {
		tries = 1 // signs do not depend on the step
	}
	for t := range tries {
		share := 1 - (1-c.layout.narrow)*float32(t)/searchTries
		along, square := c.layout.nearest(trial, x, float32(top*share)/float32(c.layout.top))
		if square == 0 {
			continue
		}
		if got := along * along / float64(square); got > explained {
			best, explained = fitted{along / float64(square), along, square}, got
			copy(codes, trial)
		}
	}
	return best
}

// fitPower takes the smallest power of two that clips nothing, or with Search the better of it and
// the two below.
func (c *Codec) fitPower(codes []uint8, x []float32, top float32) fitted {
	power := e8Up(top * (1 / c.perScale) / float32(c.layout.top))
	best, left := fitted{}, 0.0
	trial := c.trial[:len(x)]
	for e := power; e+2 >= power && e >= e8Min; e-- {
		step := float64(fromE8(e)) * float64(c.perScale)
		along, square := c.layout.nearest(trial, x, float32(step))
		if off := float64(step*step*float64(square)) - float64(2*step*along); e == power || off < left {
			best, left = fitted{step, along, square}, off
			copy(codes, trial)
		}
		if c.spec.Fit == AbsMax {
			break
		}
	}
	return best
}
