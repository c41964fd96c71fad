package flow

import (
	"context"
	"slices"

	"sluice/index"
)

// Texts is what verifying needs of an index.
type Texts interface {
	Texts(ctx context.Context, places []index.Place, visit func(k int, body []byte) error, failed func(k int, why index.Degraded)) error
	Beside(p index.Place, n int) (before, after []byte, err error)
}

// Verify reads passages and tells of each why it does not meet the demands: NoMatch, Failed when it
// could not be read, Timeout when there was no time to read on; "" when it meets them. A phrase may
// begin in one passage and end in the next one of the document: where a text ends or begins with a
// part of it, what stands beside it is read too.
func Verify(ctx context.Context, in Texts, d *Demands, places []index.Place, stats *Stats, late func() bool) ([]Reason, error) {
	reasons := slices.Repeat([]Reason{Failed}, len(places)) // until it was read
	type partly struct {
		k    int
		body []byte
		Found
	}
	var open []partly
	err := in.Texts(ctx, places, func(k int, body []byte) error {
		reasons[k] = NoMatch
		switch f := d.In(body); {
		case f.Met:
			reasons[k] = ""
		case f.Before || f.After:
			open = append(open, partly{k, slices.Clone(body), f})
		}
		return nil
	}, func(_ int, why index.Degraded) { stats.Miss(why) })
	if err != nil {
		return nil, err
	}
	missed := 0
	for i, p := range open {
		if i%64 == 63 && late() {
			for _, p := range open[i:] {
				reasons[p.k] = Timeout
			}
			missed = len(open) - i
			break
		}
		before, after, err := in.Beside(places[p.k], d.Reach())
		if unseen, damaged := index.Unreadable(err); damaged {
			stats.Miss(unseen)
			reasons[p.k] = Failed
			continue
		}
		if err != nil {
			return nil, err
		}
		if d.Across(p.Found, before, p.body, after) {
			reasons[p.k] = ""
		}
	}
	if missed > 0 {
		stats.Miss(OutOfTime("texts that a phrase may go over the border of", missed))
	}
	return reasons, nil
}
