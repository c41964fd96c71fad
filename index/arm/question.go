package arm

import (
	"fmt"
	"math/bits"

	"sluice/index/blockfile"
)

// Place is a passage of a snapshot: segment ordinal and passage number in it. It means nothing
// outside the snapshot that it came from; what lasts is the passage id.
type Place struct{ Segment, Passage uint32 }

// PassageID is what lasts of a passage, and what ties are resolved by: the smaller goes first.
type PassageID = [10]byte

// IDs looks up the id of a passage.
type IDs func(at Place) (PassageID, error)

// Fields is a passage as it is analysed.
type Fields struct {
	Body   []byte
	Title  string // of the document, and the headings above the passage
	Symbol string // name of the function or type that the passage is of
	Path   string // of the document
	Lang   uint8  // number of the document's language; 0: none is known
	First  bool   // it is the document's first passage, which is found by the document's name
}

// Question is what the arms are asked. Each takes what it can rank by.
type Question struct {
	Text   string    // without operators
	Terms  []Term    // analysed, at most TermsMax
	Vector []float32 // encoded; nil when there is no encoder
	Space  Space     // that it lies in
}

// Space is what vectors must share to be compared: the weights that made them, and their dimension.
type Space struct {
	ID  [16]byte // of the weights
	Dim int
}

// TermsMax is how many terms one question may have: a passage tells them apart by the bits of a
// word.
const TermsMax = 32

// Term is one distinct term of a question.
type Term struct {
	Text    string   // as first said, folded
	Stem    string   // of it
	Forms   []string // stems that count as this term, its own first: user_id and userid are one
	Lists            // of its own stem
	Also    []Lists  // of the other forms, which are scored alike
	Exact   []byte   // of the exact form's list; a segment has one only where the form differs from its stem
	Repeats int      // how often the question says it: words of one stem are one term
	Name    bool     // may be the name of a document: where there is none, it is no term
	Stop    bool     // a stop word, there only because the question holds nothing else
	DF      int64    // live passages that hold it
	IDF     float64  // from DF and the live number of passages
}

// Lists are the keys of one stem's lists.
type Lists struct {
	Key   []byte // the list that is scored
	Title []byte // titles and symbols
	Path  []byte // paths
}

// Scored is a passage with one arm's score.
type Scored struct {
	Place
	Score uint32 // in the arm's unit
	Terms uint32 // bit i: the passage holds Terms[i] of the question; 0 where the arm knows no terms
}

// Bits is one bit for each passage of a segment.
type Bits []uint64

// Count is the number of bits that are set.
func (b Bits) Count() (n int) {
	for _, word := range b {
		n += bits.OnesCount64(word)
	}
	return n
}

// Has tells whether bit i is set; nil has none.
func (b Bits) Has(i uint32) bool { return b != nil && b[i/64]>>(i%64)&1 != 0 }

// Stats counts what became of the passages of one segment. Matched ones were offered to the search;
// those of them that it did not keep were below the cut.
type Stats struct {
	Passages int64 // all that are stored
	Deleted  int64
	Filtered int64 // not deleted, and not allowed
	Matched  int64 // neither, and the question says something of them
	Bytes    int64 // of the arm's file that were read
}

// AgainError says that something was computed wrongly and not stored wrongly: sums that must agree
// do not, or a block scored again had another score. What was found so far is not to be used, and
// the same may well succeed when it is done again.
type AgainError struct {
	Segment uint32 // where it was met
	What    string
}

// Error implements error.
func (e *AgainError) Error() string { return e.What }

// ListError says in which of a segment's lists damage was met. The others may be whole.
type ListError struct {
	Key string // see Part.Without
	Err error
}

// Error implements error.
func (e *ListError) Error() string { return fmt.Sprintf("list %q: %v", e.Key, e.Err) }

// Unwrap returns what was met.
func (e *ListError) Unwrap() error { return e.Err }

// SegmentError says in which segment an error was met.
type SegmentError struct {
	Segment uint32         // its ordinal in the snapshot
	Text    blockfile.Hash // of its text file, which lasts; zero where only the ordinal is known
	Err     error
}

// Error implements error.
func (e *SegmentError) Error() string { return fmt.Sprintf("segment %d: %v", e.Segment, e.Err) }

// Unwrap returns what was met.
func (e *SegmentError) Unwrap() error { return e.Err }
