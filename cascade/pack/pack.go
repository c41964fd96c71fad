// Package pack is stage 4 of Sluice: the best 117 passages become one window that a model can be
// shown, without what says the same twice, joined where they are neighbours, fitted to a budget,
// cited.
//
// The window is Markdown. Each citation is a line "[n] path:first-last", with "(page 3)" and the
// like behind it where the text was extracted from something with pages, and, in a fence, text that
// is data and nothing else: the fence is longer than any run of backticks in it, so that no
// document can end its fence and write a citation, a heading or an order of its own. Numbers go by
// rank; the places do not: what stands at the ends of a long window is used best (Liu et al., Lost
// in the middle, TACL 2024), so the best passage comes first, the second best last, and so on
// towards the middle.
//
// Every citation begins with "[" and ends with a line's end, so that its cost in tokens is the same
// alone and in any window (tokens.Additive), and the window's cost is a sum.
package pack

import (
	"context"
	"fmt"

	"sluice/cascade/flow"
	"sluice/index"
	"sluice/internal/clock"
)

// readOn is how many times the wanted number of passages is looked at, at most, to fill the places
// that duplicates and neighbours leave free.
const readOn = 2

// Index is what pack needs of an index.
type Index interface {
	Passage(p index.Place) (index.Passage, error)
	Names(p *index.Passage, body []byte) bool
	Texts(ctx context.Context, places []index.Place, visit func(k int, body []byte) error, failed func(k int, why index.Degraded)) error
}

// Stage is pack with what it works on.
type Stage struct {
	Index Index
	Clock clock.Clock
}

// Run fills a window with the best o.Pack citations of in, which is in judge's order, best first.
//
// A near-duplicate of a passage that is in the window is dropped (duplicate), a passage that
// adjoins one is joined to it (merged: it is shown, but not as a citation of its own), and one that
// does not fit into what is left of o.Budget tokens of o.Vocab is passed over (budget), while a
// shorter one after it may still fit. What cannot be read is dropped as failed; it never fails the
// question. Behind the last citation everything is below_cut. After o.Deadline no further text is
// read: what might still have found a place is dropped as timeout.
//
// Without a budget nothing is counted: the window's Tokens are an estimate. An unknown vocabulary
// is an error of package tokens, whether there is a budget or not.
func (st Stage) Run(ctx context.Context, _ flow.Query, in []flow.Judged, o flow.Options) (flow.Window, flow.Stats, error) {
	start := st.Clock.Now()
	o = o.WithDefaults()
	o.Budget = max(o.Budget, 0)
	stats := flow.NewStats("pack", int64(len(in)))
	count, err := newCounter(o)
	if err != nil {
		return flow.Window{}, stats, err
	}
	p := &packer{Stage: st, in: in, o: o, count: count, stats: &stats, outcomes: make([]outcome, len(in))}
	if err := p.fill(ctx); err != nil {
		return flow.Window{}, stats, err
	}
	p.settle()
	w := p.window()
	p.account()
	stats.Took = st.Clock.Now().Sub(start)
	return w, stats, nil
}

// packer is one question's way through pack. What went in belongs to the caller and is only read.
type packer struct {
	Stage
	in    []flow.Judged
	o     flow.Options
	count counter
	stats *flow.Stats

	outcomes []outcome  // of each of in; those behind the last that was looked at are below the cut
	seen     int        // how many of in were looked at
	units    []*unit    // the citations, by the rank of their best member
	kept     []*passage // all members of the citations, by rank
	tokens   int        // of all citations
	least    int        // tokens of the cheapest one that did not fit; 0: all fitted
}

// outcome is what became of a passage. The zero value stands for what was not looked at.
type outcome struct {
	reason flow.Reason
	to     int  // of duplicates and merged ones: the rank of what stands for it
	in     bool // it is the best member of a citation
}

// fill looks at passages in judge's order, a wave at a time, until every place is taken.
func (p *packer) fill(ctx context.Context) error {
	limit := min(len(p.in), readOn*p.o.Pack)
	for p.seen < limit && len(p.units) < p.o.Pack {
		if p.seen > 0 && p.o.Late(p.Clock.Now()) {
			p.stats.Note("out of time: the window is the best so far")
			p.stats.Miss(flow.OutOfTime("texts that may belong in the window", limit-p.seen))
			p.passOver(limit, flow.Timeout)
			return nil
		}
		n := min(p.wave(), limit-p.seen)
		if n <= 0 { // not even the shortest text fits
			p.passOver(limit, flow.Budget)
			return nil
		}
		wave, err := p.read(ctx, p.seen, n)
		if err != nil {
			return err
		}
		p.takeWave(wave)
	}
	return nil
}

// takeWave finds places for passages while there are any.
func (p *packer) takeWave(wave []*passage) {
	for _, one := range wave {
		if len(p.units) == p.o.Pack {
			return
		}
		p.seen = one.rank + 1
		p.outcomes[one.rank] = p.place(one)
	}
}

// wave is how many texts are worth reading next: as many as there are places, or as may still fit.
func (p *packer) wave() int {
	const tokensUsual = 100 // a passage that costs less is short
	n := p.o.Pack - len(p.units)
	if p.o.Budget == 0 {
		return n
	}
	left := p.o.Budget - p.tokens
	if left < frameTokensMin && p.seen > 0 {
		return 0
	}
	return min(n, left/tokensUsual+8)
}

// passOver marks what is not read up to a rank: nothing fits any more, or there is no time.
func (p *packer) passOver(limit int, why flow.Reason) {
	for ; p.seen < limit; p.seen++ {
		p.outcomes[p.seen] = outcome{reason: why}
	}
}

// place decides what becomes of one passage.
func (p *packer) place(one *passage) outcome {
	if one.failed {
		return outcome{reason: flow.Failed}
	}
	if other := p.nearDuplicate(one); other != nil {
		return outcome{reason: flow.Duplicate, to: other.rank}
	}
	before, after := p.neighbours(one)
	if before != nil || after != nil {
		return p.join(before, one, after)
	}
	return p.start(one)
}

// start makes a citation of one passage.
func (p *packer) start(one *passage) outcome {
	u := p.newUnit(one)
	p.frame(u)
	if !p.fits(u.tokens) {
		return outcome{reason: flow.Budget}
	}
	p.units, p.kept, p.tokens = append(p.units, u), append(p.kept, one), p.tokens+u.tokens
	return outcome{in: true}
}

// fits tells whether n more tokens fit.
func (p *packer) fits(n int) bool {
	if p.o.Budget == 0 || p.tokens+n <= p.o.Budget {
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
		out := p.outcomes[i]
		if i >= p.seen {
			out.reason = flow.BelowCut
		}
		if out.in {
			p.stats.Out++
		} else {
			p.stats.Drop(out.reason, 1)
		}
		p.trace(i, out, cut)
	}
	if len(p.units) == 0 && p.least > 0 {
		p.stats.Needs = p.least
		p.stats.Note(fmt.Sprintf("a budget of %d tokens is too small for any passage; the shortest one takes %d", p.o.Budget, p.least))
	}
}

// lastIn is the rank, from 0, of the last passage that came into the window; -1 when none did.
func (p *packer) lastIn() int {
	last := -1
	for i := range p.in[:p.seen] {
		if p.outcomes[i].in || p.outcomes[i].reason == flow.Merged {
			last = i
		}
	}
	return last
}

// trace tells of a watched passage: the number of its citation when it came through, else its rank
// beside that of the passage which decided: the one that stands for it, or the last that came in.
func (p *packer) trace(i int, out outcome, cut int) {
	if !p.o.Trace.Watching(p.in[i].Place) {
		return
	}
	step := flow.Step{Place: p.in[i].Place, Stage: "pack", Reason: out.reason, Rank: i + 1, Score: p.in[i].Raw}
	if out.reason == flow.Duplicate || out.reason == flow.Merged {
		cut = out.to
	}
	if out.in {
		step.Rank = p.numberOf(i)
	}
	if cut >= 0 {
		step.CutRank, step.CutScore = cut+1, p.in[cut].Raw
	}
	p.o.Trace.Record(step)
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
