// Package arm is the seam between the index and its arms: what gather's rankers have in common.
//
// An arm ranks passages by one kind of file, which hangs on a segment's text file and can be built
// from it again at any time. The lexical arm ranks by postings. The index holds a list of arms and
// treats them alike: it builds, merges, opens, searches and verifies them through these interfaces,
// so that a new arm is a package of its own and one line in that list.
//
// The files here:
//
//	arm.go       the interfaces
//	question.go  what is asked, and what an arm tells of a passage
//	topk.go      the exact best k over all segments
//
// Readers hand out views of mapped files. The index calls every method that reads one inside its
// own guard (index.Segment.Read), so an arm never guards anything itself.
package arm

import (
	"context"

	"sluice/index/blockfile"
)

// Facts are what an arm says of itself.
type Facts struct {
	Kind       blockfile.Kind // of its files; the kind's name is the arm's name in coverage
	Score      string         // what its scores are called in responses: "bm25"
	Part       string         // what status calls the bytes of its files: "postings"
	Version    uint32         // of all code that decides the bytes of its files; part of their ids
	BlockBytes int            // the unit of checksums in its files
	Later      bool           // its files are made of more than the text, beside the questions: a segment that has none yet is whole
}

// Arm is one of gather's rankers. It holds no state: a value of it is enough for any number of
// stores.
type Arm interface {
	Facts() Facts

	// NewBuilder starts the file of a new segment.
	NewBuilder() Builder

	// Merge writes one file for the passages of all parts that are not deleted, in order. The bytes
	// are those that a Builder would have written for the same passages.
	Merge(w *blockfile.Writer, parts []Part) error

	// Open reads what is said once of a segment's file. The reader dies with the file.
	Open(f *blockfile.File) (Reader, error)

	// NewTally starts the account of passages that leave a segment; nil when the arm keeps none.
	NewTally() Tally

	// OpenTally reads that account from a segment's tombstone file.
	OpenTally(f *blockfile.File) (Removed, error)

	// NewScorer prepares a question for the segments of one snapshot. It returns nil when the
	// question has nothing that this arm could rank by.
	NewScorer(q *Question, parts []Part) (Scorer, error)
}

// Builder makes an arm's file in memory.
type Builder interface {
	// Add takes the next passage; they are numbered from 0.
	Add(f Fields)
	// WriteTo writes the sections of the file. The caller finishes it.
	WriteTo(w *blockfile.Writer) error
}

// Reader is an arm's file of one segment, open for reading. It is safe for concurrent use.
type Reader interface {
	// Passages is how many passages the file knows, deleted ones included.
	Passages() int
	// Verify reads all of the file and holds it against its format, beyond what checksums tell.
	Verify(ctx context.Context) error
}

// Covering is what the reader of an arm has too whose files may speak of some passages only.
type Covering interface {
	// Covered is how many passages the file speaks of, deleted ones included.
	Covered() int
}

// Tally counts what passages had added to an arm's statistics, so that the statistics are those of
// the live passages as soon as a removal is committed.
type Tally interface {
	// Add takes a passage that is removed, as the builder once took it.
	Add(f Fields)
	// WriteTo adds sections to the segment's tombstone file: what was removed before, if anything,
	// and what was added here.
	WriteTo(w *blockfile.Writer, before Removed) error
}

// Removed is a stored tally; only its own arm knows what is in it.
type Removed interface{}

// Part is one segment as an arm sees it.
type Part struct {
	Reader  Reader
	Removed Removed // what is taken off its statistics; nil: nothing
	Segment uint32  // its ordinal in the snapshot, for places
	Stored  int     // passages of the segment, deleted ones included
	Deleted Bits    // passages that are gone; nil: none
	Allowed Bits    // passages that the filters let in; nil: all

	Without map[string]bool // keys whose lists are damaged: they count as if the segment did not hold them; nil: none

	Unchecked bool // what is computed is not checked: only to measure what that costs
}

// Scorer is a question as one arm scores it. All segments share it, so that their scores compare.
type Scorer interface {
	// Search starts a search for the best k passages. ids is asked about ties.
	Search(k int, ids IDs) Search
	// Score adds to out[i] the score of passages[i], which ascend: what a search would find.
	Score(p Part, passages []uint32, out []uint32) error
}

// Search looks at segments one by one and keeps the exact best k of all by (score, passage id).
type Search interface {
	// Scan looks at every passage of a part. A cancelled context ends it early.
	Scan(ctx context.Context, p Part) (Stats, error)
	// Best ends the search. The passages come in no particular order; Rank orders them. Damage to a
	// segment is a *SegmentError.
	Best(ctx context.Context) ([]Scored, error)
}
