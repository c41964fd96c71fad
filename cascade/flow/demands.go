package flow

import (
	"sluice/index"
)

// Demands are what a text must hold and what it must not. They are used by one goroutine.
type Demands struct {
	must, not []needle
	analyzer  *index.Analyzer
	tokens    []index.Token // of the text that is looked at
	folded    []byte        // the same
}

// Demands are those of the question's phrases and exclusions.
func (q *Query) Demands() *Demands {
	d := &Demands{analyzer: index.NewAnalyzer()}
	for _, p := range q.Phrases {
		d.must = append(d.must, newNeedle(p))
	}
	for _, w := range q.Exclude {
		d.not = append(d.not, newNeedle(w))
	}
	return d
}

// None tells whether nothing is demanded.
func (d *Demands) None() bool { return len(d.must)+len(d.not) == 0 }

// Found is what a text tells of the demands.
type Found struct {
	Met           bool
	Before, After bool // it may be met together with the text that stands before it, or behind it
	missing       []int
}

// In looks at the text of a passage.
func (d *Demands) In(body []byte) (f Found) {
	d.folded = appendFolded(d.folded[:0], body)
	t := &text{body: body, folded: d.folded, words: func() []index.Token {
		d.tokens = d.analyzer.Tokens(d.tokens[:0], body)
		return d.tokens
	}}
	for i := range d.not {
		if d.not[i].plainly(t) {
			return f
		}
	}
	open := true
	for i := range d.must {
		if d.must[i].in(t) {
			continue
		}
		f.missing = append(f.missing, i)
		before, after := d.must[i].mayGoOver(t)
		f.Before, f.After = f.Before || before, f.After || after
		open = open && (before || after)
	}
	f.Met = len(f.missing) == 0
	if !open {
		f.Before, f.After = false, false
	}
	return f
}

// Across tells whether what is missing of the demands stands over the borders of a passage, given
// what its document has before and behind it.
func (d *Demands) Across(f Found, before, body, after []byte) bool {
	for _, i := range f.missing {
		n := &d.must[i]
		if !n.over(d.analyzer, before, append(body[:len(body):len(body)], after...)) &&
			!n.over(d.analyzer, append(before[:len(before):len(before)], body...), after) {
			return false
		}
	}
	return true
}

// Reach is how many bytes before and behind a passage may belong to a phrase that it holds in part.
func (d *Demands) Reach() (n int) {
	for i := range d.must {
		n = max(n, d.must[i].reach())
	}
	return n
}
