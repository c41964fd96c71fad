package eval

import (
	"context"
	"io"
	"slices"
	"strings"
	"time"

	"sluice/corpus"
)

// setSource gives a labelled set to the store as a connector would.
type setSource struct{ set *Set }

// Info implements corpus.Source.
func (s setSource) Info() corpus.Info {
	return corpus.Info{Label: "eval", Kind: "eval", Root: "eval://" + s.set.Name}
}

// Walk implements corpus.Source.
func (s setSource) Walk(ctx context.Context, visit func(corpus.Item) error) (*corpus.Report, error) {
	rep := &corpus.Report{}
	for i := range s.set.Docs {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		item := itemOf(&s.set.Docs[i])
		rep.Taken.Add(item.Size)
		if err := visit(item); err != nil {
			return nil, err
		}
	}
	return rep, nil
}

func itemOf(e *Entry) corpus.Item {
	return corpus.Item{Path: e.ID, Size: int64(len(e.Text)), ModTime: time.Unix(1, 0), Title: e.Title, Type: "text"}
}

// Open implements corpus.Source.
func (s setSource) Open(_ context.Context, path string) (io.ReadCloser, corpus.Item, error) {
	e := s.find(path)
	if e == nil {
		return nil, corpus.Item{Path: path}, corpus.ErrGone
	}
	return io.NopCloser(strings.NewReader(e.Text)), itemOf(e), nil
}

// Stat implements corpus.Source.
func (s setSource) Stat(_ context.Context, path string) (corpus.Item, error) {
	e := s.find(path)
	if e == nil {
		return corpus.Item{Path: path}, corpus.ErrGone
	}
	return itemOf(e), nil
}

func (s setSource) find(id string) *Entry {
	i, ok := slices.BinarySearchFunc(s.set.Docs, id, func(e Entry, id string) int { return strings.Compare(e.ID, id) })
	if !ok {
		return nil
	}
	return &s.set.Docs[i]
}
