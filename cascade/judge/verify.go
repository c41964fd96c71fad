package judge

import (
	"context"

	"sluice/cascade/flow"
)

// verifyBatch is how many texts are read at first while phrases are looked for. Each further batch
// is twice as large, to verifyBatchMax: of many texts several lie in one block of the store.
const (
	verifyBatch    = 256
	verifyBatchMax = 1 << 13
)

// verify drops what does not hold the question's phrases or holds a word that it excludes. It reads
// texts in the order known so far until enough passages are certain; what it did not get to is
// below the cut, or, when time is up, dropped for that: it may not hold what the question demands.
// Nor does what cannot be read go out.
func (r *judging) verify(ctx context.Context, order []scored) ([]scored, error) {
	d := r.q.Demands()
	if d.None() || r.met {
		return order, nil
	}
	var kept []scored
	at, missed := 0, 0
	for size := verifyBatch; at < len(order) && len(kept) < r.o.Judge && !r.late(); size = min(2*size, verifyBatchMax) {
		batch := order[at:min(at+size, len(order))]
		reasons, err := flow.Verify(ctx, r.Index, d, placesOf(batch), r.stats, r.late)
		if err != nil {
			return nil, err
		}
		for i, why := range reasons {
			if why == "" {
				kept = append(kept, batch[i])
				continue
			}
			if why == flow.Timeout {
				missed++
			}
			r.drop(why, batch[i].Place, at+i, 0)
		}
		at += len(batch)
	}
	r.dropRest(order, at, len(kept), missed)
	return kept, nil
}

// dropRest accounts for what was not read: nothing behind the first at passages was, nor were
// missed of them.
func (r *judging) dropRest(order []scored, at, kept, missed int) {
	why := flow.BelowCut
	if rest := len(order) - at; rest > 0 && kept < r.o.Judge { // only time ends the reading so
		why = flow.Timeout
		missed += rest
	}
	if missed > 0 {
		r.stats.Note(outOfTime)
		r.stats.Miss(flow.OutOfTime("texts that may hold the phrase, or what is excluded", missed))
	}
	for i := at; i < len(order); i++ {
		r.drop(why, order[i].Place, i, at)
	}
}
