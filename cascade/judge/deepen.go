package judge

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"time"

	"sluice/cascade/flow"
	"sluice/index"
)

// What an effort lets the model read while the question waits: of the best passages those that it
// has not read, or not as deeply as it can.
var readings = map[flow.Effort]struct {
	passages int
	time     time.Duration
}{
	flow.Balanced: {48, 400 * time.Millisecond},
	flow.Deep:     {512, 3 * time.Second},
}

// readBatch is how many passages are read between two looks at the clock.
const readBatch = 8

// deepen lets the model read the best passages that it has not read yet, and orders by what it says
// of them.
func (r *judging) deepen(ctx context.Context, order []scored) error {
	may := readings[r.o.Effort]
	if r.Encoder == nil || may.passages == 0 {
		return nil
	}
	best := order[:min(may.passages, len(order))]
	lacking, err := r.lacking(ctx, best)
	if err != nil || len(lacking) == 0 {
		return err
	}
	until := r.Clock.Now().Add(may.time)
	read := 0
	for batch := range slices.Chunk(lacking, readBatch) {
		if now := r.Clock.Now(); !now.Before(until) || r.o.Late(now) {
			r.stats.Note(fmt.Sprintf("out of time: %d of the best %d passages were not read by the model", len(lacking)-read, len(best)))
			break
		}
		if err := r.readBatch(ctx, batch); err != nil {
			return cmp.Or(ctx.Err(), r.unreadable(err))
		}
		read += len(batch)
	}
	again, err := r.nearness(ctx, r.asked, order)
	if err == nil {
		r.fuse(order, again)
	}
	return err
}

// unreadable notes that the model failed: what is stored still orders.
func (r *judging) unreadable(err error) error {
	r.stats.Miss(index.Degraded{What: index.NoReading, Why: err.Error()})
	return nil
}

// lacking are the passages that the model could read more deeply, but for those that it has read
// for another question.
func (r *judging) lacking(ctx context.Context, best []scored) ([]index.Place, error) {
	places := placesOf(best)
	levels, bad, err := r.Index.Levels(ctx, r.asked.Space, places)
	r.stats.Miss(bad...)
	if err != nil {
		return nil, err
	}
	deepest := slices.Max(r.Encoder.Levels())
	r.fresh = map[index.Place][]float32{}
	var out []index.Place
	err = r.Index.Records(ctx, places, func(k int, rec *index.Record) error {
		if levels[k] >= deepest {
			return nil
		}
		if v := r.Readings.Get(rec.ID()); v != nil {
			r.fresh[places[k]] = v
			return nil
		}
		out = append(out, places[k])
		return nil
	}, func(_ int, why index.Degraded) { r.stats.Miss(why) })
	return out, err
}

// readBatch lets the model read a few passages.
func (r *judging) readBatch(ctx context.Context, places []index.Place) error {
	texts, ids := make([]string, len(places)), make([][10]byte, len(places))
	err := r.Index.Texts(ctx, places, func(k int, body []byte) error {
		p, err := r.Index.Passage(places[k])
		if err == nil {
			texts[k], ids[k] = index.PassageText(p.Title, p.Context, body), p.ID
		}
		return err
	}, func(_ int, why index.Degraded) { r.stats.Miss(why) })
	if err != nil {
		return err
	}
	vectors, err := r.Encoder.Passages(ctx, slices.Max(r.Encoder.Levels()), texts)
	if err != nil {
		return err
	}
	for k, at := range places {
		if texts[k] == "" { // it could not be read
			continue
		}
		r.fresh[at] = vectors[k]
		r.Readings.Put(ids[k], vectors[k])
	}
	return nil
}

// inner is the dot product of two vectors, in an order that every machine adds up in.
func inner(a, b []float32) (sum float32) {
	for i := range a {
		sum += float32(a[i] * b[i])
	}
	return sum
}
