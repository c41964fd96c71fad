package model

import (
	"context"
	"fmt"
	"sync"
)

// batch is texts as one matrix of rows, a token each, one text behind the other. Nothing is padded
// and nothing is masked: products run over all rows, attention goes text by text.
type batch struct {
	ids, types []int32
	starts     []int // of each text, and the end of the last
}

func (b *batch) add(ids, types []int32) {
	if len(b.starts) == 0 {
		b.starts = append(b.starts, 0)
	}
	b.ids = append(b.ids, ids...)
	if types == nil {
		b.types = append(b.types, make([]int32, len(ids))...)
	}
	b.types = append(b.types, types...)
	b.starts = append(b.starts, len(b.ids))
}

func (b *batch) texts() int { return max(len(b.starts)-1, 0) }

// group is a run of whole texts of a batch that goes through the layers together.
type group struct {
	*batch
	first, end int // texts first … end−1
}

// rows are the rows of the group in the batch.
func (g group) rows() (from, to int) { return g.starts[g.first], g.starts[g.end] }

// text gives the rows of a text, counted from the group's first.
func (g group) text(i int) (from, to int) {
	base := g.starts[g.first]
	return g.starts[i] - base, g.starts[i+1] - base
}

// groupRows is about how many rows a group has. Their values stay in the second-level cache from
// one product to the next, and are enough for each weight that is fetched to be used often.
const groupRows = 256

// groups cuts a batch into at least as many groups as there are workers, where its texts allow.
func (b *batch) groups(workers int) (all []group) {
	target := min(groupRows, (len(b.ids)+workers-1)/workers)
	for first := 0; first < b.texts(); {
		end := first + 1
		for end < b.texts() && b.starts[end+1]-b.starts[first] <= target {
			end++
		}
		all = append(all, group{b, first, end})
		first = end
	}
	return all
}

// vectors encodes a batch: a vector for each text, or for each token where the head says so.
func (e *Encoder) vectors(ctx context.Context, b *batch) ([][]float32, error) {
	if b.texts() == 0 {
		return nil, nil
	}
	n, width := b.texts(), e.Dims()
	if e.head.everyRow() {
		n = len(b.ids)
	}
	values, rows := make([]float32, n*width), make([][]float32, n)
	for i := range rows {
		rows[i] = values[i*width : (i+1)*width : (i+1)*width]
	}
	return rows, e.encode(ctx, b, values)
}

// encode writes the vectors of a batch one behind the other. The groups are shared out over the
// cores; each writes where nobody else does, so it does not matter who is first.
func (e *Encoder) encode(ctx context.Context, b *batch, values []float32) error {
	groups := b.groups(cap(e.arenas))
	if cap(e.arenas) == 1 || len(groups) == 1 {
		for _, g := range groups {
			if err := e.encodeGroup(ctx, g, values); err != nil {
				return err
			}
		}
		return nil
	}
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	next := make(chan group)
	var all sync.WaitGroup
	for range min(cap(e.arenas), len(groups)) {
		all.Go(func() {
			for g := range next {
				if err := e.encodeGroup(ctx, g, values); err != nil {
					cancel(err)
				}
			}
		})
	}
	for _, g := range groups {
		next <- g
	}
	close(next)
	all.Wait()
	return context.Cause(ctx)
}

// encodeGroup takes one group of texts through the model.
func (e *Encoder) encodeGroup(ctx context.Context, g group, values []float32) error {
	var a *arena
	select {
	case a = <-e.arenas:
		defer func() { e.arenas <- a }()
	case <-ctx.Done():
		return context.Cause(ctx)
	}
	if err := e.embed.run(a, g); err != nil {
		return err
	}
	for i, l := range e.layers {
		if err := ctx.Err(); err != nil {
			return err
		}
		if err := l.run(a, g, i == len(e.layers)-1 && e.head.firstRowsOnly()); err != nil {
			return fmt.Errorf("layer %d: %w", i, err)
		}
	}
	if e.last != nil {
		e.last.run(a.x, a.x, nil)
	}
	return e.head.run(a, g, values)
}
