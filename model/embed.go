package model

import "fmt"

// embedding turns tokens into rows: what the vocabulary says of the token, plus, in some families,
// what was learned about its position and its type, all normalised.
type embedding struct {
	width     int
	words     table
	positions []float32 // [position][width]; nil where positions are turned (see rotary)
	types     []float32 // [type][width]; nil: there are none
	norm      *norm
}

// run sets a.x to the rows of the group's tokens.
func (e *embedding) run(a *arena, g group) error {
	from, to := g.rows()
	x := floats(&a.x, (to-from)*e.width)
	for i := g.first; i < g.end; i++ {
		for r, position := g.starts[i], 0; r < g.starts[i+1]; r, position = r+1, position+1 {
			row := x[(r-from)*e.width:][:e.width]
			if err := e.row(row, g.ids[r], g.types[r], position); err != nil {
				return fmt.Errorf("text %d, token %d: %w", i, position, err)
			}
		}
	}
	e.norm.run(x, x, nil)
	a.meter.lap(OpEmbedding, 0)
	return nil
}

func (e *embedding) row(row []float32, id, kind int32, position int) error {
	if id < 0 || int(id) >= e.words.rows() {
		return fmt.Errorf("the id %d is outside of the vocabulary of %d", id, e.words.rows())
	}
	e.words.row(row, int(id))
	if e.positions != nil {
		addTo(row, e.positions[position*e.width:][:e.width])
	}
	if e.types != nil {
		addTo(row, e.types[int(kind)*e.width:][:e.width])
	}
	return nil
}

// table is a matrix of which rows are read.
type table interface {
	rows() int
	row(dst []float32, i int)
}

// floatTable is a table at full precision.
type floatTable struct {
	width  int
	values []float32
}

func (t *floatTable) rows() int                { return len(t.values) / t.width }
func (t *floatTable) row(dst []float32, i int) { copy(dst, t.values[i*t.width:]) }
