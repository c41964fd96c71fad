package index

import (
	"context"
	"slices"

	"sluice/index/arm"
	"sluice/index/vector"
)

// Space is what vectors must share to be compared.
type Space = arm.Space

// Near sets out[i] to how near the vector of places[i] is to the question's, a dot product of
// vectors of length 1; it is not a number where nobody has read the passage. A segment that turns
// out damaged says nothing and is named.
func (sn *Snapshot) Near(ctx context.Context, q *Question, places []Place, out []float32) ([]Degraded, error) {
	for i := range out {
		out[i] = vector.None
	}
	at := slices.IndexFunc(sn.store.opts.Arms, func(a arm.Arm) bool { return a == arm.Arm(vector.Arm{}) })
	if at < 0 || q.Vector == nil {
		return nil, nil
	}
	near, err := vector.NewNear(q.Vector, q.Space)
	if err != nil {
		return nil, err
	}
	return sn.each(ctx, at, places, func(p arm.Part, in group) error {
		scores := make([]float32, len(in.passages))
		if err := near.Score(p, in.passages, scores); err != nil {
			return err
		}
		for i, s := range scores {
			out[in.at[i]] = s
		}
		return nil
	})
}
