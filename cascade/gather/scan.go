package gather

import (
	"context"
	"time"

	"sluice/cascade/flow"
	"sluice/index"
)

// scanBatch is how many texts are read at a time.
const scanBatch = 512

// scanShare is how much of the time that is left a scan may take: what it finds is judged after it.
const scanShare = 0.7

// scan finds the passages that hold phrases without words in them, as "->": no list has those, so
// every text is read that the filter lets in, as long as there is time. What was not read is named.
func (g Stage) scan(ctx context.Context, q *flow.Query, o flow.Options, stats *flow.Stats) ([]index.Hit, index.Account, error) {
	places, account, err := g.Index.Places(ctx, &q.Filter)
	if err != nil {
		return nil, account, err
	}
	demands, most := q.Demands(), min(o.Gather, o.Judge) // judge orders no more
	late := g.share(o)
	var hits []index.Hit
	at, missed := 0, 0
	for at < len(places) && len(hits) < most && (at == 0 || !late()) {
		batch := places[at:min(at+scanBatch, len(places))]
		found, err := flow.Verify(ctx, g.Index, demands, batch, stats, late)
		if err != nil {
			return nil, account, err
		}
		for i, why := range found {
			switch why {
			case "":
				hits = append(hits, index.Hit{Place: batch[i], Score: 1})
			case flow.Timeout:
				missed++
			default:
				stats.Drop(why, 1)
			}
		}
		at += len(batch)
	}
	if rest := int64(len(places) - at); len(hits) < most {
		account.TimedOut = rest + int64(missed)
	} else {
		account.BelowCut, account.TimedOut = rest, int64(missed)
	}
	if beyond := len(hits) - most; beyond > 0 {
		account.BelowCut += int64(beyond)
		hits = hits[:most]
	}
	if account.TimedOut > 0 {
		stats.Miss(flow.OutOfTime("texts that may hold the phrase", int(account.TimedOut)))
	}
	return hits, account, nil
}

// share tells when the scan's part of the time is up.
func (g Stage) share(o flow.Options) func() bool {
	if o.Deadline.IsZero() {
		return func() bool { return false }
	}
	now := g.Clock.Now()
	o.Deadline = now.Add(time.Duration(float64(o.Deadline.Sub(now)) * scanShare))
	return func() bool { return o.Late(g.Clock.Now()) }
}
