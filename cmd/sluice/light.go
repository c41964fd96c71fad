package main

import (
	"errors"
	"sync"

	"sluice/api"
	"sluice/index"
	"sluice/model"
	"sluice/model/light"
	"sluice/model/shelf"
)

// inUse is the model in use: the one that was chosen, else the embedded one; nil: words alone are
// to be compared.
func (a *app) inUse() (*shelf.Use, error) {
	u, chosen, err := a.shelf().InUse()
	if err == nil && !chosen {
		u = lightUse()
	}
	return u, err
}

func lightUse() *shelf.Use {
	return &shelf.Use{Name: light.Name, Path: light.Name, ID: light.ID, Dim: light.Dims, Precision: model.Int4}
}

// isLight tells whether the embedded model is in use, and not one of the shelf that is called as it
// is.
func isLight(u *shelf.Use) bool { return *u == *lightUse() }

// onShelf tells whether a model of a name is on the shelf: it then goes before the embedded one.
func (a *app) onShelf(name string) bool {
	_, err := a.shelf().Find(name)
	return !errors.Is(err, shelf.ErrUnknown)
}

// lightEncoder reads the towers of the embedded model when each is first needed: a question needs
// only the deep one.
func lightEncoder() index.Encoder {
	space, err := spaceOf(light.ID, light.Dims)
	if err != nil {
		panic("BUG: " + err.Error())
	}
	return &twoTowers{lightTowerOf(light.Deep, space), lightTowerOf(light.Shallow, space)}
}

func lightTowerOf(name string, space index.Space) *lazyEncoder {
	return &lazyEncoder{space: space, levels: []index.Level{index.Deep}, load: sync.OnceValues(func() (index.Encoder, error) {
		e, err := light.Tower(name)
		return &oneTower{e, space}, err
	})}
}

// Load reads what questions need.
func (t *twoTowers) Load() {
	if l, ok := t.Encoder.(interface{ Load() }); ok {
		l.Load()
	}
}

func lightTower(name string) (*model.Files, error) {
	w, err := light.Weights()
	if err != nil {
		return nil, err
	}
	return w.Tower(name)
}

func describeLight(inUse string) (api.Model, error) {
	f, err := lightTower(light.Deep)
	if err != nil {
		return api.Model{}, err
	}
	m := describeModel(shelf.Entry{Name: light.Name, ID: light.ID, Config: &f.Config}, inUse)
	m.Embedded, m.Bytes = true, light.Bytes
	return m, nil
}

func lightCard(inUse string) (*api.ModelCard, error) {
	m, err := describeLight(inUse)
	if err != nil {
		return nil, err
	}
	f, err := lightTower(light.Deep)
	if err != nil {
		return nil, err
	}
	return &api.ModelCard{Model: m, Card: f.Card}, nil
}

// checkLight reads all of the embedded model.
func checkLight(out *api.ModelCheck) {
	w, err := light.Weights()
	if err == nil {
		err = w.Check()
	}
	out.Models++
	out.Bytes += light.Bytes
	if err != nil {
		out.Bad = append(out.Bad, api.ModelBad{Model: light.Name, File: light.Name, What: err.Error()})
	}
}
