package ingest

import "sluice/corpus/chunk"

// TypeNamed finds the type of documents that a name means: its own, or an ending of file names.
func TypeNamed(name string) (string, bool) { return chunk.TypeNamed(name) }

// Types lists the types that documents can be of, in order.
func Types() []string { return chunk.Types() }
