package eval

import (
	"context"
	"fmt"
	"math"
	"runtime"

	"sluice/cascade"
	"sluice/cascade/flow"
	"sluice/index"
)

// ChecksReport is what the checks of memory cost: the same questions with and without them, in one
// run.
type ChecksReport struct {
	Questions int     `json:"questions"`
	Rounds    int     `json:"rounds"`     // how often each was asked of each
	Blocks    float64 `json:"blocks"`     // checks of mapped blocks that asking gather alone and then the whole takes, mean
	Off       Spread  `json:"off"`        // question -> packed window, without the checks
	On        Spread  `json:"on"`         // ... with them
	Ratio     float64 `json:"ratio"`      // median of on / off, pair by pair
	RatioOf   string  `json:"ratio_of"`   // "cpu", or "wall" where processor time is not known
	Gather    float64 `json:"gather"`     // the same ratio, question -> candidates
	Same      bool    `json:"same"`       // every window was the same with and without
	Recovered int64   `json:"recovered"`  // blocks that were wrong in memory meanwhile: 0 on a sound machine
	Passages  int64   `json:"passages"`   // of the store
	MedianOff float64 `json:"median_off"` // milliseconds, of what Ratio is of
	MedianOn  float64 `json:"median_on"`
}

// sides are the two ways of asking: without the checks, and with them.
const (
	off = iota
	on
)

// Checks asks n known items of two snapshots of one store, of which the first trusts memory, in
// turns: the one that goes first changes with each question, and the first round is not timed. The
// caller's other work should rest meanwhile.
func Checks(ctx context.Context, snapshots [2]*index.Snapshot, n, rounds int, seed uint64) (*ChecksReport, error) {
	items, _, err := FindKnownItems(ctx, snapshots[on], "", n, seed)
	if err != nil {
		return nil, err
	}
	if len(items) == 0 {
		return nil, fmt.Errorf("the store holds no C source with kernel-doc comments to ask about")
	}
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1))
	c := &checks{}
	for side, sn := range snapshots {
		c.cascades[side] = cascade.New(cascade.Parts{Index: sn})
	}
	recovered := index.Recovered()
	rep := &ChecksReport{Questions: len(items), Rounds: rounds, Passages: snapshots[on].Passages(), Same: true}
	for round := range rounds + 1 {
		if round == 1 { // all is warm
			c.meters, c.blocks = [2]meter{}, 0
		}
		for i, it := range items {
			same, err := c.ask(ctx, it.Question, (i+round)%2)
			if err != nil {
				return nil, err
			}
			rep.Same = rep.Same && same
		}
	}
	rep.Recovered = index.Recovered() - recovered
	rep.Blocks = float64(c.blocks) / float64(rounds*len(items))
	c.tell(rep)
	return rep, nil
}

// checks is one run.
type checks struct {
	cascades [2]*cascade.Cascade
	meters   [2]meter
	blocks   int64
}

// ask asks both sides and tells whether they gave the same window.
func (c *checks) ask(ctx context.Context, question string, first int) (same bool, err error) {
	var windows [2]string
	for _, side := range [2]int{first, 1 - first} {
		before := index.Checked()
		a, err := c.meters[side].ask(ctx, c.cascades[side], question, flow.Options{})
		if err != nil {
			return false, err
		}
		if side == on {
			c.blocks += index.Checked() - before
		}
		windows[side] = a.result.Window.Text
	}
	return windows[off] == windows[on], nil
}

// tell fills in what the meters say.
func (c *checks) tell(rep *ChecksReport) {
	whole := [2]timer{plus(c.meters[off].search, c.meters[off].pack), plus(c.meters[on].search, c.meters[on].pack)}
	rep.Off, rep.On = whole[off].spread(), whole[on].spread()
	rep.RatioOf = "wall"
	if len(whole[on].cpu) > 0 {
		rep.RatioOf = "cpu"
	}
	rep.Ratio = ratioOf(whole)
	rep.Gather = ratioOf([2]timer{c.meters[off].gather, c.meters[on].gather})
	rep.MedianOff, rep.MedianOn = percentiles(whole[off].best()).P50, percentiles(whole[on].best()).P50
}

// best is processor time where it is known.
func (t timer) best() []float64 {
	if len(t.cpu) > 0 {
		return t.cpu
	}
	return t.wall
}

// ratioOf is the median of on / off over all pairs: what the machine does at that moment weighs on
// both halves of a pair.
func ratioOf(sides [2]timer) float64 {
	a, b := sides[off].best(), sides[on].best()
	ratios := make([]float64, len(a))
	for i := range a {
		ratios[i] = b[i] / a[i]
	}
	return math.Round(percentile(ratios, 50)*1e4) / 1e4
}
