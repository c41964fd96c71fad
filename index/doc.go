// Package index is stage 1 of Sluice, the stored form: a store of immutable, checksummed files and
// one manifest that says which of them count.
//
// Glossary. A store is a folder. A generation is one state of the manifest; it names every file
// that is part of the store. A segment is a text file (documents, passages, their text) with the
// files derived from it (postings); it belongs to one source. A document or passage is live unless
// its segment's tombstones name it. A snapshot is one generation held open for reading: it never
// changes and never blocks a writer.
//
// The folder:
//
//	manifest.0 manifest.1   two slots; the highest valid generation wins
//	generations/N           a copy of generation N; readers hold a shared lock on it
//	files/HASH.kind         the immutable files, named by their SHA-256
//	pending/SOURCE/         what a running sync has written and not yet committed
//	locks/                  one lock for commits, one for each source
//	quarantine/             damaged files that were replaced
package index
