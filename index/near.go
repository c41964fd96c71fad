package index

import (
	"context"
	"slices"

	"sluice/index/arm"
	"sluice/index/vector"
)

// Space is what vectors must share to be compared.
type Space = arm.Space

// Vectors returns the stored vectors of places, in the question's space; nil for one that nobody
// has read. A segment that turns out damaged says nothing and is named.
func (sn *Snapshot) Vectors(ctx context.Context, space Space, places []Place) ([][]float32, []Degraded, error) {
	out := make([][]float32, len(places))
	at := sn.vectorArm()
	if at < 0 {
		return out, nil, nil
	}
	bad, err := sn.each(ctx, at, places, func(p arm.Part, in group) error {
		for i, passage := range in.passages {
			v, err := vector.Of(p, space, passage)
			if err != nil {
				return err
			}
			out[in.at[i]] = v
		}
		return nil
	})
	return out, bad, err
}

// Levels tells how deeply each place was read, in that space. A segment that turns out damaged says
// nothing and is named.
func (sn *Snapshot) Levels(ctx context.Context, space Space, places []Place) ([]Level, []Degraded, error) {
	out := make([]Level, len(places))
	at := sn.vectorArm()
	if at < 0 {
		return out, nil, nil
	}
	bad, err := sn.each(ctx, at, places, func(p arm.Part, in group) error {
		r := p.Reader.(*vector.Reader)
		if r.Space() != space {
			return nil
		}
		levels, err := r.Levels()
		if err != nil {
			return err
		}
		for i, passage := range in.passages {
			out[in.at[i]] = Level(levels[passage])
		}
		return nil
	})
	return out, bad, err
}

// Read tells whether a model has read anything of the store, in that space.
func (sn *Snapshot) Read(space Space) bool {
	return slices.ContainsFunc(sn.segments, func(seg *Segment) bool {
		r := seg.Vectors(space)
		return r != nil && r.Covered() > 0
	})
}

// vectorArm is the ordinal of the arm of vectors; -1 when the store has none.
func (sn *Snapshot) vectorArm() int {
	return slices.IndexFunc(sn.store.opts.Arms, func(a arm.Arm) bool { return a == arm.Arm(vector.Arm{}) })
}

// Near sets out[i] to how near the vector of places[i] is to the question's, a dot product of
// vectors of length 1; it is not a number where nobody has read the passage. A segment that turns
// out damaged says nothing and is named.
func (sn *Snapshot) Near(ctx context.Context, q *Question, places []Place, out []float32) ([]Degraded, error) {
	for i := range out {
		out[i] = vector.None
	}
	at := sn.vectorArm()
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
