package vector

import (
	"math"

	"sluice/index/arm"
	"sluice/quant/kernel"
)

// Near scores passages by their 4-bit codes, which tell nearly what the vectors themselves would.
type Near struct {
	*question
	space arm.Space
}

// NewNear prepares a question. It fails as quant.Codec.Query does.
func NewNear(vector []float32, space arm.Space) (*Near, error) {
	q, err := newQuestion(vector)
	if err != nil {
		return nil, err
	}
	return &Near{question: q, space: space}, nil
}

// None is the score of a passage that nobody has read, or in another space.
var None = float32(math.NaN())

// Score sets out[i] to the dot product of the question and passages[i], which ascend; None where
// there is no vector.
func (q *Near) Score(p arm.Part, passages []uint32, out []float32) error {
	for i := range out {
		out[i] = None
	}
	r, _ := p.Reader.(*Reader)
	if r == nil || r.space != q.space || r.covered == 0 {
		return nil
	}
	levels, err := r.Levels()
	if err != nil {
		return err
	}
	size := int64(kernel.Dot4Bytes(r.dim))
	var score [1]int32
	for i, passage := range passages {
		if levels[passage] == byte(Unread) {
			continue
		}
		record, err := r.near.Bytes(int64(passage)*size, size)
		if err != nil {
			return err
		}
		if _, err := q.near.Scores(score[:], record, only); err != nil {
			return err
		}
		out[i] = float32(score[0]) / nearUnit
	}
	return nil
}

// only names the one record of a slice.
var only = []uint32{0}

// Of is the vector of a passage as its 4-bit code has it; nil when nobody has read it, or in
// another space.
func Of(p arm.Part, space arm.Space, passage uint32) ([]float32, error) {
	r, _ := p.Reader.(*Reader)
	if r == nil || r.space != space {
		return nil, nil
	}
	row := make([]byte, RowBytes(space.Dim))
	level, err := r.Row(passage, row)
	if err != nil || level == Unread {
		return nil, err
	}
	c, err := NewCoder(space.Dim)
	if err != nil {
		return nil, err
	}
	err = c.near.Decode(c.x, row[:c.near.Bytes()])
	return c.x[:space.Dim], err
}
