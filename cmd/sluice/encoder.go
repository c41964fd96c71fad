package main

import (
	"context"
	"fmt"

	"sluice/index"
	"sluice/model"
)

// encoder reads the model at a path and makes it an encoder; nil when there is no path. shallow is
// the path of a cheaper model of the same space that reads passages first; "": there is none.
func (a *app) encoder(ctx context.Context, path, shallow string, precision model.Precision) (index.Encoder, error) {
	if path == "" {
		return nil, nil
	}
	if service, err := a.remoteEncoder(path); service != nil || err != nil {
		return service, err
	}
	deep, err := a.tower(ctx, path, precision)
	if err != nil {
		return nil, err
	}
	if shallow == "" {
		return deep, nil
	}
	first, err := a.tower(ctx, shallow, precision)
	if err != nil {
		return nil, err
	}
	if first.space.Dim != deep.space.Dim {
		return nil, fmt.Errorf("the vectors of %s have %d values, and those of %s %d: they do not lie in one space", shallow, first.space.Dim, path, deep.space.Dim)
	}
	return &twoTowers{deep, first}, nil
}

// tower reads one model.
func (a *app) tower(ctx context.Context, path string, precision model.Precision) (*oneTower, error) {
	f, err := a.openModel(ctx, path, precision)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	e, err := model.New(f, model.Options{Precision: precision})
	if err != nil {
		return nil, err
	}
	space, err := spaceOf(f.ID, e.Dims())
	return &oneTower{e, space}, err
}

// oneTower is a model that reads everything alike.
type oneTower struct {
	model *model.Encoder
	space index.Space
}

func (t *oneTower) Space() index.Space    { return t.space }
func (t *oneTower) Levels() []index.Level { return []index.Level{index.Deep} }

func (t *oneTower) Question(ctx context.Context, text string) ([]float32, error) {
	all, err := t.model.Encode(ctx, []string{text}, model.Query)
	if err != nil {
		return nil, err
	}
	return all[0], nil
}

// twoTowers are models of one space: passages are read by the shallow one first, questions always
// by the deep one.
type twoTowers struct {
	*oneTower
	shallow *oneTower
}

func (t *twoTowers) Levels() []index.Level { return []index.Level{index.Shallow, index.Deep} }

func (t *twoTowers) Passages(ctx context.Context, level index.Level, texts []string) ([][]float32, error) {
	if level == index.Shallow {
		return t.shallow.Passages(ctx, level, texts)
	}
	return t.oneTower.Passages(ctx, level, texts)
}

func (t *oneTower) Passages(ctx context.Context, _ index.Level, texts []string) ([][]float32, error) {
	return t.model.Encode(ctx, texts, model.Passage)
}
