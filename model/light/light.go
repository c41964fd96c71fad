// Package light is the model that is part of the program: two towers of one space in one file of
// weights, read where they lie in the program. The deep one reads every question, and passages once
// there is time; the shallow one, a quarter as deep, reads passages first.
package light

import (
	_ "embed"
	"sync"

	"sluice/model"
)

// Name is what the model is called.
const Name = "light"

// The towers.
const (
	Deep    = "deep"
	Shallow = "shallow"
)

// What vectors of it are known by, so that a question that needs none need not read it.
const (
	ID   = "c681807672a288c53e25f5713b0772d5"
	Dims = 384
)

//go:embed light.weights
var weights []byte

// Weights are the embedded ones. Of the tensors each block is checked when it is first read.
var Weights = sync.OnceValues(func() (*model.Weights, error) { return model.InPlace(Name, weights) })

// Tower is one of the towers, ready to run.
func Tower(name string) (*model.Encoder, error) {
	w, err := Weights()
	if err != nil {
		return nil, err
	}
	f, err := w.Tower(name)
	if err != nil {
		return nil, err
	}
	return model.New(f, model.Options{Precision: model.Int4})
}

// Bytes is their size.
var Bytes = int64(len(weights))
