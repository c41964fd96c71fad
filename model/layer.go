package model

// layer is attention, which lets the rows of a text look at each other, and a feed-forward block,
// which works on each row by itself. Both add to the rows.
type layer struct {
	attention *attention
	feed      *feedForward

	// Norms stand behind the addition (Vaswani et al. 2017), or before the block (normFirst), where
	// nil leaves the rows as they are.
	normFirst          bool
	attnNorm, feedNorm *norm
}

// run takes the rows a.x through the layer. With firstOnly it does so for the first row of each
// text, and only those are left: the other rows are read by attention and by nothing after it.
func (l *layer) run(a *arena, g group, firstOnly bool) error {
	if err := l.attention.run(a, l.before(a, l.attnNorm), g, firstOnly); err != nil {
		return err
	}
	if firstOnly {
		a.firsts(g, l.attention.width)
	}
	l.after(a, l.attnNorm)
	if err := l.feed.run(a, l.before(a, l.feedNorm)); err != nil {
		return err
	}
	l.after(a, l.feedNorm)
	return nil
}

// before gives the rows that a block reads.
func (l *layer) before(a *arena, n *norm) []float32 {
	if !l.normFirst || n == nil {
		return a.x
	}
	z := floats(&a.z, len(a.x))
	n.run(z, a.x, nil)
	a.meter.lap(OpNorm, 0)
	return z
}

// after adds to the rows what the block gave.
func (l *layer) after(a *arena, n *norm) {
	if l.normFirst {
		addTo(a.x, a.y)
	} else {
		n.run(a.x, a.x, a.y)
	}
	a.meter.lap(OpNorm, 0)
}
