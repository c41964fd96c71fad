package flow

import (
	"context"
	"errors"
	"slices"

	"sluice/index"
)

// Texts is what verifying needs of an index.
type Texts interface {
	Texts(ctx context.Context, places []index.Place, visit func(k int, body []byte) error, failed func(k int, why index.Degraded)) error
	Beside(p index.Place, n int) (before, after []byte, err error)
}

// errLate ends the reading of texts when time is up.
var errLate = errors.New("out of time")

// looksApart is how many texts are read between two looks at the clock.
const looksApart = 64

// Verify reads passages and tells of each why it does not meet the demands: NoMatch, Failed when it
// could not be read, Timeout when there was no time to read on; "" when it meets them. A phrase may
// begin in one passage and end in the next one of the document: where a text ends or begins with a
// part of it, what stands beside it is read too. The caller names what there was no time for.
func Verify(ctx context.Context, in Texts, d *Demands, places []index.Place, stats *Stats, late func() bool) ([]Reason, error) {
	reasons := slices.Repeat([]Reason{Timeout}, len(places)) // until it was read
	var open []partly
	seen := 0
	err := in.Texts(ctx, places, func(k int, body []byte) error {
		if seen++; seen%looksApart == 0 && late() {
			return errLate
		}
		f := d.In(body)
		switch reasons[k] = NoMatch; {
		case f.Met:
			reasons[k] = ""
		case f.Before || f.After:
			open = append(open, partly{k, slices.Clone(body), f})
		}
		return nil
	}, func(k int, why index.Degraded) {
		reasons[k] = Failed
		stats.Miss(why)
	})
	if err != nil && !errors.Is(err, errLate) {
		return nil, err
	}
	return reasons, across(ctx, in, d, places, open, reasons, stats, late)
}

// partly is a passage that may meet the demands with what stands beside it.
type partly struct {
	k    int
	body []byte
	Found
}

// across looks over the borders of passages.
func across(ctx context.Context, in Texts, d *Demands, places []index.Place, open []partly, reasons []Reason, stats *Stats, late func() bool) error {
	for i, p := range open {
		if i%looksApart == looksApart-1 && late() {
			for _, p := range open[i:] {
				reasons[p.k] = Timeout
			}
			return nil
		}
		if err := ctx.Err(); err != nil {
			return err
		}
		before, after, err := in.Beside(places[p.k], d.Reach())
		unseen, damaged := index.Unreadable(err)
		switch {
		case damaged:
			stats.Miss(unseen)
			reasons[p.k] = Failed
		case err != nil:
			return err
		case d.Across(p.Found, before, p.body, after):
			reasons[p.k] = ""
		}
	}
	return nil
}
