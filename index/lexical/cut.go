package lexical

import (
	"cmp"
	"context"
	"encoding/binary"
	"fmt"
	"slices"

	"sluice/index/blockfile"
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
// which for a large k would cost more than the scoring: what reaches the floor is collected, and a histogram
// of the scores keeps the floor at that of the k-th best.
type Cutter struct {
	k         int
	scorer    *Scorer
	ids       IDs
	floor     uint32                // least score that is taken, before the shift: that of the k-th best once there are k
	reach     int                   // how many of the collected reach it
	hits      []Hit                 // in the order in which they were offered
	histogram []uint32              // of their scores, from the floor on
	scanned   map[uint32][]ScanTerm // what each segment's hits are marked with
	window    window
}

// hitsRoom bounds the memory that a cutter takes before anything is offered.
const hitsRoom = 1 << 16

// NewCutter returns a cutter of the best k passages of a question. ids is asked about ties at the cut only.
func NewCutter(k int, scorer *Scorer, ids IDs) *Cutter {
	return &Cutter{k: max(k, 1), scorer: scorer, ids: ids, floor: 1, histogram: make([]uint32, scoreMax+1),
		hits: make([]Hit, 0, min(2*max(k, 1), hitsRoom)), scanned: map[uint32][]ScanTerm{}, window: newWindow()}
}

// offer takes a passage if its score reaches the floor, and raises the floor when k others are above it.
func (c *Cutter) offer(segment, passage, score uint32) error {
	if score < c.floor {
		return nil
	}
	c.hits = append(c.hits, Hit{Segment: segment, Passage: passage, Score: score})
	c.histogram[score]++
	c.reach++
	for n := int(c.histogram[c.floor]); c.reach-n >= c.k; n = int(c.histogram[c.floor]) {
		c.reach -= n
		c.floor++
	}
	if len(c.hits) < 2*c.k {
		return nil
	}
	return c.compact(c.k / 2)
}

// compact drops what is below the floor. Ties at the floor are kept while they are no more than slack
// beyond k, since telling them apart takes their ids.
func (c *Cutter) compact(slack int) error {
	if beyond := c.reach - c.k; beyond > slack {
		ties := int(c.histogram[c.floor])
		if err := c.dropTies(ties, ties-beyond); err != nil {
			return err
		}
	}
	kept := c.hits[:0]
	for _, h := range c.hits {
		if h.Score >= c.floor {
			kept = append(kept, h)
		}
	}
	c.hits = kept
	return nil
}

// tie is a hit at the floor with its id.
type tie struct {
	high uint64 // of the id
	low  uint16
	at   uint32 // its index
}

func (t tie) compare(o tie) int {
	return cmp.Or(cmp.Compare(t.high, o.high), cmp.Compare(t.low, o.low))
}

// dropTies leaves of the n hits at the floor the want with the smallest ids, and takes the score off the others.
func (c *Cutter) dropTies(n, want int) error {
	ties := make([]tie, 0, n)
	for i, h := range c.hits {
		if h.Score != c.floor {
			continue
		}
		t, err := makeTie(c.ids, h, i)
		if err != nil {
			return err
		}
		ties = append(ties, t)
	}
	slices.SortFunc(ties, tie.compare)
	for _, t := range ties[want:] {
		c.hits[t.at].Score = 0
	}
	c.histogram[c.floor] -= uint32(n - want)
	c.reach -= n - want
	return nil
}

func makeTie(ids IDs, h Hit, at int) (tie, error) {
	id, err := ids(h.Segment, h.Passage)
	return tie{binary.BigEndian.Uint64(id[:]), binary.BigEndian.Uint16(id[8:]), uint32(at)}, err
}

// SegmentError says in which segment an error was met while the cut was ended.
type SegmentError struct {
	Segment uint32
	Err     error
}

// Error implements error.
func (e *SegmentError) Error() string { return fmt.Sprintf("segment %d: %v", e.Segment, e.Err) }

// Unwrap returns what was met.
func (e *SegmentError) Unwrap() error { return e.Err }

// Hits ends the cut: the best k passages with the terms that they hold, in the order in which their
// segments were scanned, ascending in each. Damage to a segment is a *SegmentError.
func (c *Cutter) Hits(ctx context.Context) ([]Hit, error) {
	if err := c.compact(0); err != nil {
		return nil, err
	}
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
		to, segment := from, c.hits[from].Segment
		for to < len(c.hits) && c.hits[to].Segment == segment {
			to++
		}
		if err := ctx.Err(); err != nil {
			return err
		}
		if err := markTerms(c.hits[from:to], c.scanned[segment]); err != nil {
			return &SegmentError{segment, err}
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
	return blockfile.Guard(func() error {
		for _, t := range terms {
			if err := t.List.mark(passages, func(i int, _ byte) { hits[i].Terms |= 1 << t.Term }); err != nil {
				return err
			}
		}
		return nil
	})
}

// Rank sorts hits by score, best first, and equal ones by passage id as far as any of them stands among
// the first upTo: an id is a random read, and nobody looks at the order of ties far down. It asks for the
// id of every hit in that range whose score another one has.
func Rank(hits []Hit, ids IDs, upTo int) error {
	sortByScore(hits)
	var ties []tie
	var group []Hit
	for from := 0; from < min(upTo, len(hits)); {
		to := from + 1
		for to < len(hits) && hits[to].Score == hits[from].Score {
			to++
		}
		if to > from+1 {
			ties, group = ties[:0], append(group[:0], hits[from:to]...)
			for i, h := range group {
				t, err := makeTie(ids, h, i)
				if err != nil {
					return err
				}
				ties = append(ties, t)
			}
			slices.SortFunc(ties, tie.compare)
			for i, t := range ties {
				hits[from+i] = group[t.at]
			}
		}
		from = to
	}
	return nil
}

// sortByScore sorts hits best first and keeps the order of equal ones: a radix sort of 16 bits a pass.
func sortByScore(hits []Hit) {
	const radix = 1 << 16
	from, to := hits, make([]Hit, len(hits))
	next := make([]uint32, radix)
	for shift := 0; shift < 32; shift += 16 {
		clear(next)
		for i := range from {
			next[^from[i].Score>>shift&(radix-1)]++
		}
		sum := uint32(0)
		for d, n := range next {
			next[d] = sum
			sum += n
		}
		for _, h := range from {
			at := &next[^h.Score>>shift&(radix-1)]
			to[*at] = h
			*at++
		}
		from, to = to, from
	}
}
