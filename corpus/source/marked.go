package source

import (
	"bytes"

	"sluice/corpus"
)

// Marked is an extracted text with its marks, as Source.Open returns one.
type Marked struct {
	*bytes.Reader
	marks []corpus.Mark
}

// NewMarked makes one.
func NewMarked(text []byte, marks []corpus.Mark) *Marked {
	return &Marked{bytes.NewReader(text), marks}
}

// Marks implements corpus.Marked.
func (m *Marked) Marks() []corpus.Mark { return m.marks }

// Close implements io.Closer.
func (m *Marked) Close() error { return nil }
