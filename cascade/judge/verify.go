package judge

import (
	"context"

	"sluice/cascade/flow"
)

// verifyBatch is how many texts are read at a time while phrases are looked for.
const verifyBatch = 256

// verify drops what does not hold the question's phrases or holds a word that it excludes. It reads
// texts in the order known so far until enough passages are certain; what it did not get to is
// below the cut, or, when time is up, dropped for that: it may not hold what the question demands.
// Nor does what cannot be read go out.
func (r *judging) verify(ctx context.Context, order []scored) ([]scored, error) {
	d := r.q.Demands()
	if d.None() {
		return order, nil
	}
	var kept []scored
	at := 0
	for ; at < len(order) && len(kept) < r.o.Judge && !r.late(); at += verifyBatch {
		batch := order[at:min(at+verifyBatch, len(order))]
		reasons, err := flow.Verify(ctx, r.Index, d, placesOf(batch), r.stats, r.late)
		if err != nil {
			return nil, err
		}
		for i, why := range reasons {
			if why == "" {
				kept = append(kept, batch[i])
				continue
			}
			r.drop(why, batch[i].Place, at+i, 0)
		}
	}
	r.dropRest(order, min(at, len(order)), len(kept))
	return kept, nil
}

// dropRest accounts for what was not read: nothing behind the first at passages was.
func (r *judging) dropRest(order []scored, at, kept int) {
	why := flow.BelowCut
	if rest := len(order) - at; rest > 0 && kept < r.o.Judge { // only time ends the reading so
		why = flow.Timeout
		r.stats.Note(outOfTime)
		r.stats.Miss(flow.OutOfTime("texts that may hold the phrase, or what is excluded", rest))
	}
	for i := at; i < len(order); i++ {
		r.drop(why, order[i].Place, i, at)
	}
}
