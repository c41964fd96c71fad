// Package pack is stage 4 of Sluice: the best 117 passages become one window that a model can be shown,
// without what says the same twice, joined where they are neighbours, fitted to a budget, cited.
//
// The window is Markdown. Each citation is a line "[n] path:first-last" and, in a fence, text that is data
// and nothing else: the fence is longer than any run of backticks in it, so that no document can end its
// fence and write a citation, a heading or an order of its own. Numbers go by rank; the places do not:
// what stands at the ends of a long window is used best (Liu et al., Lost in the middle, TACL 2024), so the
// best passage comes first, the second best last, and so on towards the middle.
//
// Every citation begins with "[" and ends with a line's end, so that its cost in tokens is the same alone
// and in any window (tokens.Additive), and the window's cost is a sum.
package pack

import (
	"context"
	"fmt"
	"time"

	"sluice/cascade/flow"
	"sluice/index"
)

// readOn is how many times the wanted number of passages is looked at, at most, to fill the places that
// duplicates and neighbours leave free.
const readOn = 2

// Run fills a window with the best lim.Pack citations of in, which is in judge's order, best first.
//
// A near-duplicate of a passage that is in the window is dropped (duplicate), a passage that adjoins one is
// joined to it (merged: it is shown, but not as a citation of its own), and one that does not fit into what
// is left of lim.Budget tokens of lim.Vocab is passed over (budget), while a shorter one after it may still
// fit. What cannot be read is dropped as failed; it never fails the question. Behind the last citation
// everything is below_cut. After lim.Deadline no further text is read.
//
// Without a budget nothing is counted: the window's Tokens are an estimate. An unknown vocabulary is an
// error of package tokens, whether there is a budget or not.
func Run(ctx context.Context, sn *index.Snapshot, _ flow.Query, in []flow.Judged, lim flow.Limits) (flow.Window, flow.Stats, error) {
	start := time.Now()
	lim = lim.WithDefaults()
	lim.Budget = max(lim.Budget, 0)
	stats := flow.NewStats("pack", int64(len(in)))
	count, err := newCounter(lim)
	if err != nil {
		return flow.Window{}, stats, err
	}
	p := &packer{ctx: ctx, sn: sn, in: in, lim: lim, count: count, stats: stats, fates: make([]fate, len(in))}
	if err := p.fill(); err != nil {
		return flow.Window{}, stats, err
	}
	p.settle()
	w := p.window()
	p.account()
	p.stats.Took = time.Since(start)
	return w, p.stats, nil
}

// packer is one question's way through pack.
type packer struct {
	ctx   context.Context
	sn    *index.Snapshot
	in    []flow.Judged
	lim   flow.Limits
	count counter
	stats flow.Stats

	fates  []fate     // what became of each of in; those behind the last that was looked at are below the cut
	seen   int        // how many of in were looked at
	units  []*unit    // the citations, by the rank of their best member
	kept   []*passage // all members of the citations, by rank
	tokens int        // of all citations
	least  int        // tokens of the cheapest one that did not fit; 0: all fitted
}

// fate is what became of a passage. The zero value stands for what was not looked at.
type fate struct {
	reason flow.Reason
	to     int  // of duplicates and merged ones: the rank, from 0, of the passage that stands for it
	in     bool // it is the best member of a citation
}

// fill looks at passages in judge's order, a wave at a time, until every place is taken.
func (p *packer) fill() error {
	limit := min(len(p.in), readOn*p.lim.Pack)
	for p.seen < limit && len(p.units) < p.lim.Pack {
		if p.seen > 0 && p.late() {
			p.stats.Notes = append(p.stats.Notes, "out of time: the window is the best so far")
			return nil
		}
		n := min(p.wave(), limit-p.seen)
		if n == 0 { // not even the shortest text fits
			p.passOver(limit)
			return nil
		}
		wave, err := p.read(p.seen, n)
		if err != nil {
			return err
		}
		for _, one := range wave {
			if len(p.units) == p.lim.Pack {
				return nil
			}
			p.seen = one.rank + 1
			p.place(one)
		}
	}
	return nil
}

func (p *packer) late() bool { return !p.lim.Deadline.IsZero() && time.Now().After(p.lim.Deadline) }

// wave is how many texts are worth reading next: as many as there are places, or as may still fit.
func (p *packer) wave() int {
	const tokensUsual = 100 // a passage that costs less is short
	n := p.lim.Pack - len(p.units)
	if p.lim.Budget == 0 {
		return n
	}
	left := p.lim.Budget - p.tokens
	if left < frameTokensMin {
		return 0
	}
	return min(n, left/tokensUsual+8)
}

// passOver marks what is not read because nothing fits any more.
func (p *packer) passOver(limit int) {
	for ; p.seen < limit; p.seen++ {
		p.fates[p.seen] = fate{reason: flow.Budget}
	}
}

// place decides what becomes of one passage.
func (p *packer) place(one *passage) {
	f := &p.fates[one.rank]
	if one.failed {
		f.reason = flow.Failed
		return
	}
	if twin := p.twin(one); twin != nil {
		*f = fate{reason: flow.Duplicate, to: twin.rank}
		return
	}
	before, after := p.neighbours(one)
	switch {
	case before != nil || after != nil:
		p.join(f, before, one, after)
	default:
		p.start(f, one)
	}
}

// start makes a citation of one passage.
func (p *packer) start(f *fate, one *passage) {
	u, err := p.newUnit(one)
	if err != nil {
		f.reason = flow.Failed
		return
	}
	p.frame(u)
	if !p.fits(u.tokens) {
		f.reason = flow.Budget
		return
	}
	f.in = true
	p.units, p.kept, p.tokens = append(p.units, u), append(p.kept, one), p.tokens+u.tokens
}

// fits tells whether n more tokens fit.
func (p *packer) fits(n int) bool {
	if p.lim.Budget == 0 || p.tokens+n <= p.lim.Budget {
		return true
	}
	if p.least == 0 || n < p.least {
		p.least = n
	}
	return false
}

// account books what became of every passage, and says so of the watched ones.
func (p *packer) account() {
	cut := p.lastIn()
	for i := range p.in {
		f := &p.fates[i]
		if i >= p.seen {
			f.reason = flow.BelowCut
		}
		if f.in {
			p.stats.Out++
		} else {
			p.stats.Drop(f.reason, 1)
		}
		p.trace(i, cut)
	}
	if len(p.units) == 0 && p.least > 0 {
		p.stats.Notes = append(p.stats.Notes, fmt.Sprintf("a budget of %d tokens is too small for any passage; the shortest one takes %d", p.lim.Budget, p.least))
	}
}

// lastIn is the rank, from 0, of the last passage that came into the window; -1 when none did.
func (p *packer) lastIn() int {
	last := -1
	for i := range p.in[:p.seen] {
		if p.fates[i].in || p.fates[i].reason == flow.Merged {
			last = i
		}
	}
	return last
}

// trace tells of a watched passage: the number of its citation when it came through, else its rank beside
// that of the passage which decided: the one that stands for it, or the last that came in.
func (p *packer) trace(i, cut int) {
	if !p.lim.Trace.Watching(p.in[i].Place) {
		return
	}
	f := &p.fates[i]
	step := flow.Step{Place: p.in[i].Place, Stage: "pack", Reason: f.reason, Rank: i + 1, Score: p.in[i].Raw}
	if f.reason == flow.Duplicate || f.reason == flow.Merged {
		cut = f.to
	}
	if f.in {
		step.Rank = p.numberOf(i)
	}
	if cut >= 0 {
		step.CutRank, step.CutScore = cut+1, p.in[cut].Raw
	}
	p.lim.Trace.Record(step)
}

// numberOf is the number of the citation whose best member has that rank.
func (p *packer) numberOf(rank int) int {
	for i, u := range p.units {
		if u.best.rank == rank {
			return i + 1
		}
	}
	panic("BUG: pack: a passage came through and has no citation")
}
