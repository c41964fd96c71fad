package pack

import (
	"strings"

	"sluice/cascade/flow"
)

// settle numbers the citations by rank. Where joining left a number free, those behind it are
// framed anew; a smaller number never costs more, but should the sum pass the budget, the last one
// goes.
func (p *packer) settle() {
	p.tokens = 0
	for i, u := range p.units {
		if u.number != i+1 {
			u.number = i + 1
			p.frame(u)
		}
		p.tokens += u.tokens
	}
	for p.o.Budget > 0 && p.tokens > p.o.Budget {
		last := p.units[len(p.units)-1]
		p.units = p.units[:len(p.units)-1]
		p.tokens -= last.tokens
		for _, m := range last.members {
			p.outcomes[m.rank] = outcome{reason: flow.Budget}
		}
	}
}

// window puts the citations where they are used best.
func (p *packer) window() flow.Window {
	w := flow.Window{Vocab: p.o.Vocab, Tokens: p.tokens, Counted: p.count.vocab != nil}
	order := bothEnds(p.units)
	var b strings.Builder
	for _, u := range order {
		b.WriteString(u.text)
		w.Passages = append(w.Passages, u.packed())
	}
	w.Text = b.String()
	return w
}

// bothEnds puts the first at the front, the second at the back, the third behind the first, and so
// on.
func bothEnds(units []*unit) []*unit {
	out := make([]*unit, len(units))
	for i, u := range units {
		if i%2 == 0 {
			out[i/2] = u
		} else {
			out[len(out)-1-i/2] = u
		}
	}
	return out
}

func (u *unit) packed() flow.Packed {
	k := flow.Packed{
		N: u.number, Best: u.best.member(), Start: u.first().start, End: u.last().end,
		Line: u.first().line, Lines: u.last().last - u.first().line + 1, Text: u.body(), Framed: u.text, Tokens: u.tokens,
	}
	for _, m := range u.members {
		k.Members = append(k.Members, m.member())
	}
	return k
}
