package model

import (
	"cmp"
	"math"

	"sluice/quant/kernel"
)

// head turns the rows that the layers leave into what is asked of the model.
type head interface {
	outputs() int        // values of one result
	everyRow() bool      // a result for each row, not for each text
	firstRowsOnly() bool // of each text only the first row is read
	run(a *arena, g group, values []float32) error
}

// firstRowsOnly says whether the head reads only the first row of each text. The last layer then
// need not be computed for the others.
func (c *Config) firstRowsOnly() bool { return c.Head != Late && c.Pooling != Mean }

func (r *reader) head() head {
	switch r.Head {
	case Embedding:
		return &sentence{r.Config}
	case Late:
		return &late{r.Config, r.linear(r.lateOutputs(), r.Width, "linear")}
	case Cross:
		return r.cross()
	}
	r.fail("the head %q is not known", r.Head)
	return nil
}

// sentence makes one vector of each text.
type sentence struct{ *Config }

func (s *sentence) outputs() int   { return s.Width }
func (s *sentence) everyRow() bool { return false }

func (s *sentence) run(a *arena, g group, values []float32) error {
	for i := g.first; i < g.end; i++ {
		v := values[i*s.Width : (i+1)*s.Width]
		s.pool(v, a.x, g, i)
		if s.Normalize {
			normalize(v)
		}
	}
	a.meter.lap(OpPool, 0)
	return nil
}

// late makes one vector of each token (Khattab and Zaharia 2020).
type late struct {
	*Config
	project matrix
}

func (c *Config) lateOutputs() int { return cmp.Or(c.Outputs, c.Width) }

func (l *late) outputs() int   { return l.lateOutputs() }
func (l *late) everyRow() bool { return true }

func (l *late) run(a *arena, g group, values []float32) error {
	from, to := g.rows()
	n := l.outputs()
	rows := values[from*n : to*n]
	if err := l.project.mul(a, OpPool, rows, a.x); err != nil {
		return err
	}
	for ; len(rows) > 0; rows = rows[n:] {
		normalize(rows[:n])
	}
	a.meter.lap(OpPool, 0)
	return nil
}

// cross makes one number of each text, which is a question and a passage.
type cross struct {
	*Config
	dense, classify matrix
	bend            activation
	norm            *norm // nil: none
}

func (r *reader) cross() *cross {
	c := &cross{Config: r.Config, classify: r.linear(1, r.Width, "classifier")}
	if r.Family == ModernBERT {
		c.dense, c.bend, c.norm = r.linear(r.Width, r.Width, "head.dense"), kernel.GELU, r.norm("head.norm")
	} else {
		c.dense, c.bend = r.linear(r.Width, r.Width, "pooler.dense"), kernel.Tanh
	}
	return c
}

func (c *cross) outputs() int   { return 1 }
func (c *cross) everyRow() bool { return false }

func (c *cross) run(a *arena, g group, values []float32) error {
	n := g.end - g.first
	pooled, dense := floats(&a.z, n*c.Width), floats(&a.y, n*c.Width)
	for i := range n {
		c.pool(pooled[i*c.Width:(i+1)*c.Width], a.x, g, g.first+i)
	}
	if err := c.dense.mul(a, OpPool, dense, pooled); err != nil {
		return err
	}
	mustFit(c.bend(dense, dense))
	if c.norm != nil {
		c.norm.run(dense, dense, nil)
	}
	return c.classify.mul(a, OpPool, values[g.first:g.end], dense)
}

// pool sets v to the row of text i that its rows x come down to.
func (c *Config) pool(v, x []float32, g group, i int) {
	if c.firstRowsOnly() {
		copy(v, x[(i-g.first)*c.Width:])
		return
	}
	from, to := g.text(i)
	clear(v)
	for r := from; r < to; r++ {
		addTo(v, x[r*c.Width:(r+1)*c.Width])
	}
	for j := range v {
		v[j] /= float32(to - from)
	}
}

// normalize gives v the length 1.
func normalize(v []float32) {
	sum := 0.0
	for _, x := range v {
		sum += float64(x) * float64(x)
	}
	if sum == 0 {
		return
	}
	scale := float32(1 / math.Sqrt(sum))
	for i := range v {
		v[i] *= scale
	}
}
