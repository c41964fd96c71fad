package eval

import (
	"context"
	"io"
	"math/rand/v2"
	"slices"
	"strings"

	"sluice/corpus"
)

// hayLabel is the source among whose passages a set is hidden. None of them is judged, so each
// counts as wrong.
const hayLabel = "hay"

// hay is part of a source: documents drawn until they have so many bytes.
// Their paths get a folder of their own, because the documents of a labelled set have any name.
type hay struct {
	corpus.Source
	bytes int64 // 0: all of it
}

// Info implements corpus.Source.
func (h hay) Info() corpus.Info {
	i := h.Source.Info()
	i.Label = hayLabel
	return i
}

// Walk implements corpus.Source.
func (h hay) Walk(ctx context.Context, visit func(corpus.Item) error) (*corpus.Report, error) {
	var all []corpus.Item
	rep, err := h.Source.Walk(ctx, func(it corpus.Item) error {
		all = append(all, it)
		return nil
	})
	if err != nil {
		return nil, err
	}
	for _, it := range draw(all, h.bytes) {
		it.Path = hayLabel + "/" + it.Path
		if err := visit(it); err != nil {
			return nil, err
		}
	}
	return rep, nil
}

// draw is documents that have so many bytes together, in their order: more bytes draw the same ones
// and others beside them.
func draw(all []corpus.Item, bytes int64) []corpus.Item {
	if bytes == 0 {
		return all
	}
	rand.New(rand.NewPCG(1, 1)).Shuffle(len(all), func(i, j int) { all[i], all[j] = all[j], all[i] })
	n := 0
	for ; n < len(all) && bytes > 0; n++ {
		bytes -= all[n].Size
	}
	all = all[:n]
	slices.SortFunc(all, func(a, b corpus.Item) int { return strings.Compare(a.Path, b.Path) })
	return all
}

// Open implements corpus.Source.
func (h hay) Open(ctx context.Context, path string) (io.ReadCloser, corpus.Item, error) {
	r, it, err := h.Source.Open(ctx, strings.TrimPrefix(path, hayLabel+"/"))
	it.Path = path
	return r, it, err
}

// Stat implements corpus.Source.
func (h hay) Stat(ctx context.Context, path string) (corpus.Item, error) {
	it, err := h.Source.Stat(ctx, strings.TrimPrefix(path, hayLabel+"/"))
	it.Path = path
	return it, err
}
