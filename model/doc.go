// Package model is the light model: a transformer encoder that turns a text into a vector, in this
// process, in Go. It reads top to bottom like a textbook:
//
//	config.go     the shape of a model
//	tensors.go    its weights, by name, wherever they are stored
//
// Models that people have are read as they are published. Weights are never trusted: every length,
// product of a shape and offset is checked before anything is allocated for it.
package model
