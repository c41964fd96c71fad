package vector

import (
	"sluice/index/arm"
	"sluice/index/blockfile"
)

// Arm is the vector arm as the index sees it.
type Arm struct{}

// Facts implements arm.Arm. Blocks are small: records are read one here and one there.
func (Arm) Facts() arm.Facts {
	return arm.Facts{Kind: blockfile.KindVectors, Score: "dense", Part: "vectors", Version: version, BlockBytes: blockfile.BlockBytesRandom, Later: true}
}

// NewBuilder implements arm.Arm. Nothing can be built from the text alone.
func (Arm) NewBuilder() arm.Builder { return nil }

// NewTally implements arm.Arm: vectors have no statistics.
func (Arm) NewTally() arm.Tally { return nil }

// OpenTally implements arm.Arm.
func (Arm) OpenTally(*blockfile.File) (arm.Removed, error) { return nil, nil }

// NewScorer implements arm.Arm.
func (Arm) NewScorer(q *arm.Question, parts []arm.Part) (arm.Scorer, error) {
	if q.Vector == nil || !covers(parts, q.Space) {
		return nil, nil
	}
	asked, err := newQuestion(q.Vector)
	if err != nil {
		return nil, err
	}
	return &scorer{question: asked, space: q.Space, factor: factorOf(asked.step), seed: seedOf(asked.values)}, nil
}

// covers tells whether any part has vectors of that space.
func covers(parts []arm.Part, space arm.Space) bool {
	for _, p := range parts {
		if r, _ := p.Reader.(*Reader); r != nil && r.space == space && r.covered > 0 {
			return true
		}
	}
	return false
}
