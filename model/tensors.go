package model

import "io"

// Tensors are the weights of a model, by the names that its family gives them, wherever and however
// they are stored. They are safe for concurrent use.
type Tensors interface {
	// Names lists all tensors in bytewise order.
	Names() []string
	// Shape is the shape of a tensor, outermost first; nil when there is none of that name.
	Shape(name string) []int
	// Float32 reads a tensor into dst, which has exactly its size, row by row. Values that are not
	// finite are an error.
	Float32(name string, dst []float32) error
}

// Tokenizer turns text into the ids of a model's vocabulary.
type Tokenizer interface {
	// Encode appends the ids of a text, with the marks that the model wants at its ends, at most
	// max of them.
	Encode(ids []int32, text string, max int) []int32
	// Pair is Encode for two texts that are read together; types tells them apart. The second is
	// cut first.
	Pair(ids, types []int32, first, second string, max int) (outIDs, outTypes []int32)
	// Vocabulary is how many ids there are.
	Vocabulary() int
}

// Files is a model as it was read: everything that an encoder is made of.
type Files struct {
	ID        string // names the weights: the first 16 bytes of a SHA-256 over all that decides a vector, in hex
	Name      string
	Config    Config
	Tensors   Tensors
	Tokenizer Tokenizer
	Card      string // what its makers say of it, Markdown
	Origin    string // where it was taken from

	file io.Closer // where the weights are read from; nil: from memory
}
