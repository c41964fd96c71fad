package main

import (
	"context"
	"fmt"

	"sluice/index"
	"sluice/model"
	"sluice/model/light"
)

// encoder reads the model at a path and makes it an encoder; nil when there is no path. shallow is
// the path of a cheaper model of the same space that reads passages first; "": there is none.
func (a *app) encoder(ctx context.Context, path, shallow string, precision model.Precision) (index.Encoder, error) {
	if path == "" {
		return nil, nil
	}
	if path == light.Name && shallow == "" && !a.onShelf(light.Name) {
		return lightEncoder(), nil
	}
	deep, err := a.oneEncoder(ctx, path, precision)
	if err != nil || shallow == "" {
		return deep, err
	}
	first, err := a.shallowEncoder(ctx, shallow, precision, deep)
	return &twoTowers{deep, first}, err
}

// shallowEncoder is the one that reads passages before a deep one does.
func (a *app) shallowEncoder(ctx context.Context, path string, precision model.Precision, deep index.Encoder) (index.Encoder, error) {
	first, err := a.oneEncoder(ctx, path, precision)
	if err != nil {
		return nil, err
	}
	if have, want := first.Space().Dim, deep.Space().Dim; have != want {
		return nil, fmt.Errorf("the vectors of %s have %d values, and those of the model that reads questions %d: they do not lie in one space", path, have, want)
	}
	return first, nil
}

// oneEncoder makes an encoder of one model, or of a service.
func (a *app) oneEncoder(ctx context.Context, path string, precision model.Precision) (index.Encoder, error) {
	if service, err := a.remoteEncoder(path); service != nil || err != nil {
		return service, err
	}
	return a.tower(ctx, path, precision)
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
	if !t.model.Knows(text) {
		return nil, index.ErrForeign
	}
	all, err := t.model.Encode(ctx, []string{text}, model.Query)
	if err != nil {
		return nil, err
	}
	return all[0], nil
}

func (t *oneTower) Passages(ctx context.Context, _ index.Level, texts []string) ([][]float32, error) {
	return t.model.Encode(ctx, texts, model.Passage)
}

// twoTowers are models of one space: passages are read by the shallow one first, questions always
// by the deep one.
type twoTowers struct {
	index.Encoder
	shallow index.Encoder
}

func (t *twoTowers) Levels() []index.Level { return []index.Level{index.Shallow, index.Deep} }

func (t *twoTowers) Passages(ctx context.Context, level index.Level, texts []string) ([][]float32, error) {
	if level == index.Shallow {
		return t.shallow.Passages(ctx, level, texts)
	}
	return t.Encoder.Passages(ctx, level, texts)
}
