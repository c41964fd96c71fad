// Package lexical is stage 1a of Sluice, the first arm of gather: words, postings and BM25.
//
// A text becomes tokens (Analyzer), tokens become lists of passages (Builder), lists are stored in
// one segment file and read from it (Reader), a question adds up what its lists say about every
// passage (Scan) and a search keeps the best of all segments (Search).
//
// A key is a tag and a term:
//
//	s en TERM   stem: every passage whose title, symbol or body holds a word of this stem, by the
//	            English stemmer
//	x TERM      exact form, where it differs from its stem, and whole identifiers (task_struct)
//	t TERM      the stem is in the title or the symbol
//	p TERM      the stem is in the path
//
// The lists s and x carry a byte a passage: 3 bits for how often, 5 bits for how long the passage
// is. A question makes of it a number with a table of 256 impacts from the live average length and
// the live document frequency, so lists never go stale. Impacts are whole numbers: scores are exact
// sums, equal on every machine and for every division of the passages into segments.
package lexical
