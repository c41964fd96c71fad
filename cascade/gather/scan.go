package gather

import (
	"context"

	"sluice/cascade/flow"
	"sluice/index"
)

// scanBatch is how many texts are read at a time.
const scanBatch = 512

// scan finds the passages that hold phrases without words in them, as "->": no list has those, so
// every text is read that the filter lets in, as long as there is time. What was not read is named.
func (g Stage) scan(ctx context.Context, q *flow.Query, o flow.Options, stats *flow.Stats) ([]index.Hit, index.Account, error) {
	places, account, err := g.Index.Places(ctx, &q.Filter)
	if err != nil {
		return nil, account, err
	}
	demands := q.Demands()
	var hits []index.Hit
	at := 0
	for at < len(places) && len(hits) < o.Gather && (at == 0 || !o.Late(g.Clock.Now())) {
		batch := places[at:min(at+scanBatch, len(places))]
		found, err := flow.Verify(ctx, g.Index, demands, batch, stats, func() bool { return o.Late(g.Clock.Now()) })
		if err != nil {
			return nil, account, err
		}
		for i, why := range found {
			if why == "" {
				hits = append(hits, index.Hit{Place: batch[i], Score: 1})
			} else {
				stats.Drop(why, 1)
			}
		}
		at += len(batch)
	}
	if rest := int64(len(places) - at); len(hits) < o.Gather {
		account.TimedOut = rest
	} else {
		account.BelowCut = rest
	}
	if beyond := len(hits) - o.Gather; beyond > 0 {
		account.BelowCut += int64(beyond)
		hits = hits[:o.Gather]
	}
	if account.TimedOut > 0 {
		stats.Miss(flow.OutOfTime("texts that may hold the phrase", int(account.TimedOut)))
	}
	return hits, account, nil
}
