package lexical

import (
	"context"
	"fmt"
	"math/bits"

	"sluice/index/blockfile"
)

// TermsMax is how many terms of a question are scored: a hit tells them apart by the bits of a word.
const TermsMax = 32

// ScanTerm is one term of a question in one segment. A term that the segment does not hold is left out.
type ScanTerm struct {
	List List
	Term int // its number in the question: its table in the scorer, its bit in a hit
}

// Bits is one bit for each passage of a segment.
type Bits []uint64

// Part is a segment as a question sees it.
type Part struct {
	Reader  *Reader
	Segment uint32 // its ordinal, for hits
	Deleted Bits   // passages that are gone; nil: none
	Allowed Bits   // passages that the filters let in; nil: all
}

// Stats counts what became of the passages of one segment. Matched ones were offered to the cutter; those
// of them that it did not keep were below the cut.
type Stats struct {
	Passages int64 // all that are stored
	Deleted  int64
	Filtered int64 // not deleted, and not allowed
	Matched  int64 // neither, and hold a term
	Postings int64 // read
	Bytes    int64 // of lists read
}

// NoMatch is how many passages were let in and hold no term.
func (s Stats) NoMatch() int64 { return s.Passages - s.Deleted - s.Filtered - s.Matched }

// Add sums up segments.
func (s *Stats) Add(o Stats) {
	s.Passages += o.Passages
	s.Deleted += o.Deleted
	s.Filtered += o.Filtered
	s.Matched += o.Matched
	s.Postings += o.Postings
	s.Bytes += o.Bytes
}

// check sees to it that bitmaps cover all passages.
func (p *Part) check() error {
	words := (p.Reader.N() + 63) / 64
	if p.Deleted != nil && len(p.Deleted) < words || p.Allowed != nil && len(p.Allowed) < words {
		return fmt.Errorf("BUG: bitmaps of %d and %d words for %d passages", len(p.Deleted), len(p.Allowed), p.Reader.N())
	}
	return nil
}

// admit counts the deleted and the filtered of the 64 passages of a word, and returns a bit for each of the others.
func (p *Part) admit(word int, stats *Stats) uint64 {
	live := ^uint64(0)
	if beyond := (word+1)*groupPassages - p.Reader.N(); beyond > 0 {
		live >>= beyond
	}
	if p.Deleted != nil {
		stats.Deleted += int64(bits.OnesCount64(live & p.Deleted[word]))
		live &^= p.Deleted[word]
	}
	if p.Allowed != nil {
		stats.Filtered += int64(bits.OnesCount64(live &^ p.Allowed[word]))
		live &= p.Allowed[word]
	}
	return live
}

// Scan scores every passage of a segment, a window at a time, and offers the matching ones to cut. Each
// segment is scanned once. A cancelled context ends it between windows.
func Scan(ctx context.Context, part Part, terms []ScanTerm, cut *Cutter) (stats Stats, err error) {
	if err := part.check(); err != nil {
		return stats, err
	}
	stats.Passages = int64(part.Reader.N())
	cursors := make([]cursor, len(terms))
	for i, t := range terms {
		if t.Term < 0 || t.Term >= min(len(cut.scorer.Tables), TermsMax) {
			return stats, fmt.Errorf("BUG: term %d of %d", t.Term, len(cut.scorer.Tables))
		}
		cursors[i].open(t.List)
		stats.Postings += int64(t.List.DF())
		stats.Bytes += int64(len(t.List.data))
	}
	cut.scanned[part.Segment] = terms
	err = blockfile.Guard(func() error { return scanWindows(ctx, &part, terms, cursors, cut, &stats) })
	return stats, err
}

func scanWindows(ctx context.Context, part *Part, terms []ScanTerm, cursors []cursor, cut *Cutter, stats *Stats) error {
	n := part.Reader.N()
	for base := 0; base < n; base += windowPassages {
		if err := ctx.Err(); err != nil {
			return err
		}
		size := (min(windowPassages, n-base) + groupPassages - 1) &^ (groupPassages - 1)
		cut.window.move(uint32(base), size)
		for i := range cursors {
			if err := cursors[i].scatter(&cut.window, cut.scorer, terms[i].Term); err != nil {
				return err
			}
		}
		if err := cut.take(part, size, uint32(base), stats); err != nil {
			return err
		}
	}
	return nil
}

// Score adds to out[i] the score of passages[i], which ascend: what Scan would find, for these only.
// Blocks of a list that hold none of them are not read.
func Score(scorer *Scorer, terms []ScanTerm, passages []uint32, out []uint32) error {
	return blockfile.Guard(func() error {
		for _, t := range terms {
			table := &scorer.Tables[t.Term]
			err := t.List.mark(passages, func(i int, class byte) { out[i] += uint32(table[class]) << scorer.Shift })
			if err != nil {
				return err
			}
		}
		return nil
	})
}
