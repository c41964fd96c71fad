// Package term is what the command line knows of terminals: whether a stream is one, how texts that came
// out of documents are made harmless on it, and the one progress line.
package term
