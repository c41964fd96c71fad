package lexical

import (
	"bytes"
	"cmp"
	"context"
	"slices"
)

// Hit is a passage that the cut let through.
type Hit struct {
	Segment uint32 // ordinal, as given to Scan
	Passage uint32
	Score   uint32 // in units of ScoreUnit
	Terms   uint32 // bit i is set when the passage holds term i of the question
}

// PassageID is what ties are resolved by: the smaller goes first.
type PassageID = [10]byte

// IDs looks up the id of a passage.
type IDs func(segment, passage uint32) (PassageID, error)

// Cutter keeps the exact best k passages over all segments by (score, passage id). It keeps no heap,
// which at k = 30,000 would cost more than the scoring: what reaches the threshold is collected, and when twice
// k have come together a histogram of their scores raises the threshold.
type Cutter struct {
	k         int
	scorer    *Scorer
	ids       IDs
	floor     uint32 // least score that is taken, before the shift
	hits      []Hit
	histogram []uint32
	scanned   map[uint32][]ScanTerm // what each segment's hits are marked with
	window    []uint16
}

// NewCutter returns a cutter of the best k passages of a question. ids is asked about ties at the cut only.
func NewCutter(k int, scorer *Scorer, ids IDs) *Cutter {
	return &Cutter{k: max(k, 1), scorer: scorer, ids: ids, floor: 1, histogram: make([]uint32, scoreMax+1),
		scanned: map[uint32][]ScanTerm{}, window: make([]uint16, windowPassages)}
}

// offer takes a passage whose score reaches the floor.
func (c *Cutter) offer(segment, passage, score uint32) error {
	c.hits = append(c.hits, Hit{Segment: segment, Passage: passage, Score: score})
	if len(c.hits) < 2*c.k {
		return nil
	}
	return c.compact()
}

// compact drops what cannot be among the best k, and raises the floor.
func (c *Cutter) compact() error {
	if len(c.hits) <= c.k {
		return nil
	}
	c.floor = c.kth()
	above, ties := c.partition()
	if want := c.k - above; ties > want && above+ties > c.k+c.k/2 {
		return c.resolve(above, want)
	}
	return nil
}

// kth is the score of the k-th best of the collected.
func (c *Cutter) kth() uint32 {
	clear(c.histogram)
	for i := range c.hits {
		c.histogram[c.hits[i].Score]++
	}
	left := c.k
	for score := scoreMax; score > 0; score-- {
		if left -= int(c.histogram[score]); left <= 0 {
			return uint32(score)
		}
	}
	return 1
}

// partition keeps what reaches the floor: first what is above it, then the ties.
func (c *Cutter) partition() (above, ties int) {
	kept := c.hits[:0]
	var tied []Hit
	for _, h := range c.hits {
		switch {
		case h.Score > c.floor:
			kept = append(kept, h)
		case h.Score == c.floor:
			tied = append(tied, h)
		}
	}
	above = len(kept)
	c.hits = append(kept, tied...)
	return above, len(tied)
}

// resolve keeps of the ties, which start at above, the want with the smallest ids.
func (c *Cutter) resolve(above, want int) error {
	sorted, err := c.byID(c.hits[above:])
	if err != nil {
		return err
	}
	copy(c.hits[above:], sorted[:want])
	c.hits = c.hits[:above+want]
	return nil
}

// byID returns hits sorted by passage id.
func (c *Cutter) byID(hits []Hit) ([]Hit, error) {
	type named struct {
		id  PassageID
		hit Hit
	}
	list := make([]named, len(hits))
	for i, h := range hits {
		id, err := c.ids(h.Segment, h.Passage)
		if err != nil {
			return nil, err
		}
		list[i] = named{id, h}
	}
	slices.SortFunc(list, func(a, b named) int { return bytes.Compare(a.id[:], b.id[:]) })
	sorted := make([]Hit, len(hits))
	for i := range list {
		sorted[i] = list[i].hit
	}
	return sorted, nil
}

// Hits ends the cut: the best k passages in the order of (segment, passage), with the terms that they
// hold.
func (c *Cutter) Hits(ctx context.Context) ([]Hit, error) {
	if len(c.hits) > c.k {
		c.floor = c.kth()
		above, _ := c.partition()
		if err := c.resolve(above, c.k-above); err != nil {
			return nil, err
		}
	}
	slices.SortFunc(c.hits, func(a, b Hit) int {
		return cmp.Compare(uint64(a.Segment)<<32|uint64(a.Passage), uint64(b.Segment)<<32|uint64(b.Passage))
	})
	if err := c.mark(ctx); err != nil {
		return nil, err
	}
	for i := range c.hits {
		c.hits[i].Score <<= c.scorer.Shift
	}
	return c.hits, nil
}

// mark sets the terms of the hits, segment by segment.
func (c *Cutter) mark(ctx context.Context) error {
	for from := 0; from < len(c.hits); {
		to := from
		segment := c.hits[from].Segment
		for to < len(c.hits) && c.hits[to].Segment == segment {
			to++
		}
		if err := ctx.Err(); err != nil {
			return err
		}
		if err := markTerms(c.hits[from:to], c.scanned[segment]); err != nil {
			return err
		}
		from = to
	}
	return nil
}

func markTerms(hits []Hit, terms []ScanTerm) error {
	passages := make([]uint32, len(hits))
	for i := range hits {
		passages[i] = hits[i].Passage
	}
	for _, t := range terms {
		if err := t.List.Mark(passages, func(i int, _ byte) { hits[i].Terms |= 1 << t.Term }); err != nil {
			return err
		}
	}
	return nil
}

// Rank sorts hits by score, best first, and equal ones by passage id.
func Rank(hits []Hit, ids IDs) error {
	slices.SortStableFunc(hits, func(a, b Hit) int { return cmp.Compare(b.Score, a.Score) })
	c := Cutter{ids: ids}
	for from := 0; from < len(hits); {
		to := from + 1
		for to < len(hits) && hits[to].Score == hits[from].Score {
			to++
		}
		if to > from+1 {
			sorted, err := c.byID(hits[from:to])
			if err != nil {
				return err
			}
			copy(hits[from:to], sorted)
		}
		from = to
	}
	return nil
}
