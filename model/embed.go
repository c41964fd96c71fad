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
	if id < 0 || int(id) >= e.words.rows {
		return fmt.Errorf("the id %d is outside of the vocabulary of %d", id, e.words.rows)
	}
	if err := e.words.row(row, int(id)); err != nil {
		return err
	}
	if e.positions != nil {
		addTo(row, e.positions[position*e.width:][:e.width])
	}
	if e.types != nil {
		addTo(row, e.types[int(kind)*e.width:][:e.width])
	}
	return nil
}

// table is a matrix of which rows are read.
type table struct {
	rows int
	row  func(dst []float32, i int) error
}

// words is the table of tokens: rows are read where they lie in memory, else all of it now.
func (r *reader) words() table {
	t, name := table{rows: r.Vocabulary}, r.names.words+".weight"
	if some, ok := r.tensors.(RowTensors); ok && r.err == nil {
		var err error
		if t.row, err = some.Rows(name); err != nil {
			r.fail("%w", err)
		}
		if t.row != nil || err != nil {
			return t
		}
	}
	if whole := r.rounded(name, r.Vocabulary, r.Width); whole != nil {
		blocks := (r.Width + whole.Block - 1) / whole.Block
		t.row = func(dst []float32, i int) error {
			one := Rounded{Levels: whole.Levels[i*len(dst) : (i+1)*len(dst)], Steps: whole.Steps[i*blocks : (i+1)*blocks], Block: whole.Block}
			one.values(dst, len(dst))
			return nil
		}
		return t
	}
	values := r.tensor(name, r.Vocabulary, r.Width)
	t.row = func(dst []float32, i int) error {
		copy(dst, values[i*len(dst):])
		return nil
	}
	return t
}
