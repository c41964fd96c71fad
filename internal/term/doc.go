// Package term is what the command line knows about terminals: whether a stream is one, how texts
// from documents are made harmless on it, and the one progress line.
package term
