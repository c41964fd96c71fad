package lexical

import (
	"context"
	"fmt"
	"math/bits"
)

// TermsMax is how many terms of a question are scored: a hit tells them apart by the bits of a word.
const TermsMax = 32

// windowPassages is how many passages are scored before they are cut: their scores stay in the
// second-level cache.
const windowPassages = 1 << 16

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

// Scan scores every passage of a segment, a window at a time, and offers the matching ones to cut. A
// cancelled context ends it between windows.
func Scan(ctx context.Context, part Part, terms []ScanTerm, cut *Cutter) (Stats, error) {
	n := part.Reader.N()
	words := (n + 63) / 64
	if part.Deleted != nil && len(part.Deleted) < words || part.Allowed != nil && len(part.Allowed) < words {
		return Stats{}, fmt.Errorf("lexical: bitmaps of %d and %d words for %d passages", len(part.Deleted), len(part.Allowed), n)
	}
	stats := Stats{Passages: int64(n)}
	cursors := make([]cursor, len(terms))
	for i, t := range terms {
		if t.Term < 0 || t.Term >= len(cut.scorer.Tables) || t.Term >= TermsMax {
			return stats, fmt.Errorf("lexical: term %d of %d", t.Term, len(cut.scorer.Tables))
		}
		cursors[i].open(t.List)
		stats.Postings += int64(t.List.DF())
		stats.Bytes += int64(len(t.List.data))
	}
	cut.scanned[part.Segment] = terms
	for base := 0; base < n; base += windowPassages {
		if err := ctx.Err(); err != nil {
			return stats, err
		}
		size := min(windowPassages, n-base)
		scores := cut.window[:size]
		clear(scores)
		for i := range cursors {
			if err := cursors[i].scatter(scores, uint32(base), &cut.scorer.Tables[terms[i].Term]); err != nil {
				return stats, err
			}
		}
		if err := cut.take(&part, scores, uint32(base), &stats); err != nil {
			return stats, err
		}
	}
	return stats, nil
}

// scatter adds the impacts of the passages from base on that have a score.
func (c *cursor) scatter(scores []uint16, base uint32, table *Table) error {
	end := base + uint32(len(scores))
	for {
		if c.at == c.n {
			if ok, err := c.load(); !ok || err != nil {
				return err
			}
		}
		passages, classes := c.passages[c.at:c.n], c.classes[c.at:c.n]
		if c.last >= end {
			k := 0
			for k < len(passages) && passages[k] < end {
				k++
			}
			passages, classes = passages[:k], classes[:k]
		}
		for i, p := range passages {
			scores[p-base] += table[classes[i]]
		}
		if c.at += len(passages); c.last >= end {
			return nil
		}
	}
}

// take counts the passages of a window that match and offers those that reach the floor.
func (c *Cutter) take(part *Part, scores []uint16, base uint32, stats *Stats) error {
	for at := 0; at < len(scores); at += 64 {
		group := scores[at:min(at+64, len(scores))]
		word := (int(base) + at) / 64
		live, allowed := ^uint64(0)>>(64-len(group)), ^uint64(0)
		if part.Deleted != nil {
			stats.Deleted += int64(bits.OnesCount64(live & part.Deleted[word]))
			live &^= part.Deleted[word]
		}
		if part.Allowed != nil {
			allowed = part.Allowed[word]
			stats.Filtered += int64(bits.OnesCount64(live &^ allowed))
		}
		if err := c.takeGroup(part.Segment, group, base+uint32(at), live&allowed, stats); err != nil {
			return err
		}
	}
	return nil
}

func (c *Cutter) takeGroup(segment uint32, group []uint16, base uint32, allowed uint64, stats *Stats) error {
	var matched, reach uint64
	floor := min(c.floor, scoreMax)
	for i, score := range group {
		matched |= uint64((uint32(score)+scoreMax)>>16) << i
		reach |= uint64((uint32(score)+(scoreMax+1)-floor)>>16) << i
	}
	stats.Matched += int64(bits.OnesCount64(matched & allowed))
	for reach &= allowed; reach != 0; reach &= reach - 1 {
		i := bits.TrailingZeros64(reach)
		if err := c.offer(segment, base+uint32(i), uint32(group[i])); err != nil {
			return err
		}
	}
	return nil
}

// Score adds to out[i] the score of passages[i], which ascend: what Scan would find, for these only.
// Blocks of a list that hold none of them are not read.
func Score(scorer *Scorer, terms []ScanTerm, passages []uint32, out []uint32) error {
	for _, t := range terms {
		table := &scorer.Tables[t.Term]
		err := t.List.Mark(passages, func(i int, class byte) { out[i] += uint32(table[class]) << scorer.Shift })
		if err != nil {
			return err
		}
	}
	return nil
}
