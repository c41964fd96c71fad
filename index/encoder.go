package index

import (
	"context"
	"errors"

	"sluice/index/vector"
)

// Level says how deeply a passage was read.
type Level = vector.Level

// The levels.
const (
	Unread  = vector.Unread
	Shallow = vector.Shallow
	Deep    = vector.Deep
)

// Encoder turns texts into vectors of one space, of length 1. It is safe for concurrent use.
type Encoder interface {
	// Space names the vectors: those of two encoders compare if it is the same.
	Space() Space
	// Levels are those at which it reads passages, the cheapest first.
	Levels() []Level
	// Question encodes what is asked.
	Question(ctx context.Context, text string) ([]float32, error)
	// Passages encodes passages, in order.
	Passages(ctx context.Context, level Level, texts []string) ([][]float32, error)
}

// ErrForeign is a question in a language that the encoder's model has no words of.
var ErrForeign = errors.New("the model does not know the language of the question")

// What is called degraded when a model fails: nothing of a question, or not all that it might have
// read for it.
const (
	NoEncoder = "the encoder"
	NoReading = "the model"
)

// PassageText is what an encoder reads of a passage: what it stands under, and its text.
func PassageText(title, context string, body []byte) string {
	if under := heading(title, context); under != "" {
		return under + "\n" + string(body)
	}
	return string(body)
}
