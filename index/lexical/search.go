package lexical

import (
	"context"
	"errors"
	"fmt"

	"sluice/index/arm"
	"sluice/internal/defence"
	"sluice/quant/kernel"
)

// ScanTerm is a list of one term of a question in one segment. A term that the segment does not
// hold is left out; one that it holds in several forms has several.
type ScanTerm struct {
	List List
	Term int // its number in the question: its table in the scorer, its bit in a hit
}

// Search scores the passages of segment after segment and keeps the best k of all.
type Search struct {
	scorer  *Scorer
	top     *arm.TopK
	scanned map[uint32][]ScanTerm // what each segment's hits are marked with
	stripe  stripe
}

// NewSearch returns a search for the best k passages. ids is asked about ties at the cut only.
func NewSearch(k int, scorer *Scorer, ids arm.IDs) *Search {
	return &Search{scorer: scorer, top: arm.NewTopK(k, scoreMax, ids), scanned: map[uint32][]ScanTerm{}, stripe: newStripe()}
}

// scan scores every passage of a segment, a stripe at a time, and offers the matching ones. Each
// segment is scanned once. A cancelled context ends it between stripes.
func (s *Search) scan(ctx context.Context, part *arm.Part, terms []ScanTerm) (stats arm.Stats, err error) {
	passages := part.Reader.Passages()
	if err := checkBitmaps(part, passages); err != nil {
		return stats, err
	}
	stats.Passages = int64(passages)
	cursors := make([]cursor, len(terms))
	for i, t := range terms {
		if t.Term < 0 || t.Term >= min(len(s.scorer.Tables), arm.TermsMax) {
			return stats, fmt.Errorf("BUG: term %d of %d", t.Term, len(s.scorer.Tables))
		}
		if err := cursors[i].open(t.List, scanAhead); err != nil {
			return stats, t.List.met(err)
		}
		stats.Bytes += int64(len(t.List.data))
	}
	s.scanned[part.Segment] = terms
	for base := 0; base < passages; base += stripePassages {
		if err := ctx.Err(); err != nil {
			return stats, err
		}
		size := (min(stripePassages, passages-base) + groupPassages - 1) &^ (groupPassages - 1)
		s.stripe.move(uint32(base), size)
		for i := range cursors {
			s.stripe.kernel.Sample(cursors[i].list.seed)
			if err := cursors[i].scatter(&s.stripe, s.scorer, terms[i].Term); err != nil {
				return stats, s.again(part, terms[i].List.met(err))
			}
		}
		if err := s.take(part, passages, size, uint32(base), &stats); err != nil {
			return stats, err
		}
		if err := s.addsUp(part); err != nil {
			return stats, err
		}
	}
	return stats, nil
}

// again turns the error of a kernel that computed wrongly into one that asks for the search to be
// done again.
func (s *Search) again(part *arm.Part, err error) error {
	if wrong := new(kernel.WrongError); errors.As(err, &wrong) {
		return &arm.AgainError{Segment: part.Segment, What: wrong.Error()}
	}
	return err
}

// addsUp holds the sum of the scores against that of what was added to them, which sees a bit that
// flips in the scores and a core that loses an addition. When it happens to a question a second
// time, it was no accident of memory, and the kernel is switched off.
func (s *Search) addsUp(part *arm.Part) error {
	if s.stripe.added == s.stripe.found || part.Unchecked || !defence.Stands(defence.ScoreSum) {
		return nil
	}
	if s.scorer.doubts++; s.scorer.doubts > 1 {
		kernel.PostingsTopK.Reject(kernel.PostingsTopK.Path())
	}
	return &arm.AgainError{Segment: part.Segment, What: "the sum of all scores is not that of what was added to them"}
}

// checkBitmaps returns an error unless the bitmaps cover all passages.
func checkBitmaps(p *arm.Part, passages int) error {
	words := (passages + 63) / 64
	if p.Deleted != nil && len(p.Deleted) < words || p.Allowed != nil && len(p.Allowed) < words {
		return fmt.Errorf("BUG: bitmaps of %d and %d words for %d passages", len(p.Deleted), len(p.Allowed), passages)
	}
	return nil
}

// Best ends the search: the best k passages with the terms that they hold, in the order in which
// their segments were scanned, ascending in each. Damage to a segment is a *arm.SegmentError.
func (s *Search) Best(ctx context.Context) ([]arm.Scored, error) {
	hits, err := s.top.Best()
	if err != nil {
		return nil, err
	}
	for from := 0; from < len(hits); {
		to, segment := from, hits[from].Segment
		for to < len(hits) && hits[to].Segment == segment {
			to++
		}
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		if err := markTerms(hits[from:to], s.scanned[segment]); err != nil {
			return nil, &arm.SegmentError{Segment: segment, Err: err}
		}
		from = to
	}
	for i := range hits {
		hits[i].Score <<= s.scorer.Shift
	}
	return hits, nil
}

// markTerms sets the terms of the hits of one segment.
func markTerms(hits []arm.Scored, terms []ScanTerm) error {
	passages := make([]uint32, len(hits))
	for i := range hits {
		passages[i] = hits[i].Passage
	}
	for _, t := range terms {
		if err := t.List.Mark(passages, func(i int, _ byte) { hits[i].Terms |= 1 << t.Term }); err != nil {
			return t.List.met(err)
		}
	}
	return nil
}

// score adds to out[i] the score of passages[i], which ascend. Blocks of a list that hold none of
// them are not read.
func (s *Scorer) score(terms []ScanTerm, passages []uint32, out []uint32) error {
	for _, t := range terms {
		table := &s.Tables[t.Term]
		err := t.List.Mark(passages, func(i int, class byte) { out[i] += uint32(table[class]) << s.Shift })
		if err != nil {
			return err
		}
	}
	return nil
}
