// Package vector is the second arm of gather: it ranks passages by what they mean. A model turns
// question and passage into vectors, and near vectors mean alike. Every passage is looked at, by
// a code of one bit a dimension: no graph to build, none to repair, and what is deleted is a bit.
//
// A file speaks of the passages that a model has read, and says of each how deeply. It grows beside
// the questions, because a model reads a thousand times slower than the lexical arm: a segment
// without a file, or with one that knows few of its passages, is whole.
//
// The files here:
//
//	coder.go    a vector as it is stored: a 4-bit code, and one of one bit
//	format.go   the sections of a file
//	write.go    makes a file of rows, and merges files
//	reader.go   opens one
//	arm.go      the arm as the index sees it
//	scan.go     a question's best passages by their one-bit codes
//	near.go     the scores of given passages by their 4-bit codes
//
// Both codes are taken after one random rotation (package quant), which makes a vector's values
// alike in size: so neither needs to be fitted to a store, and the same vector has the same code
// everywhere.
package vector
