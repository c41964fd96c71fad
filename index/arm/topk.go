package arm

import (
	"cmp"
	"encoding/binary"
	"slices"
)

// TopK keeps the exact best k passages over all segments by (score, passage id). It keeps no heap,
// which for a large k would cost more than the scoring. What reaches the floor is collected, and a
// histogram of the scores keeps the floor at that of the k-th best.
type TopK struct {
	k         int
	ids       IDs
	floor     uint32   // least score that is taken: that of the k-th best once there are k
	reach     int      // how many of the collected reach it
	hits      []Scored // in the order in which they were offered
	histogram []uint32 // of their scores, from the floor on
}

// hitsRoom bounds the memory that is taken before anything is offered.
const hitsRoom = 1 << 16

// NewTopK keeps the best k of passages whose scores lie between 1 and scoreMax. ids is asked about
// ties at the cut only.
func NewTopK(k int, scoreMax uint32, ids IDs) *TopK {
	k = max(k, 1)
	return &TopK{k: k, ids: ids, floor: 1, histogram: make([]uint32, scoreMax+1), hits: make([]Scored, 0, min(2*k, hitsRoom))}
}

// Floor is the least score that Offer still takes.
func (t *TopK) Floor() uint32 { return t.floor }

// Offer takes a passage if its score reaches the floor, and raises the floor when k others are
// above it.
func (t *TopK) Offer(at Place, score uint32) error {
	if score < t.floor {
		return nil
	}
	t.hits = append(t.hits, Scored{Place: at, Score: score})
	t.histogram[score]++
	t.reach++
	for n := int(t.histogram[t.floor]); t.reach-n >= t.k; n = int(t.histogram[t.floor]) {
		t.reach -= n
		t.floor++
	}
	if len(t.hits) < 2*t.k {
		return nil
	}
	return t.compact(t.k / 2)
}

// Best returns the best k in the order in which they were offered.
func (t *TopK) Best() ([]Scored, error) {
	err := t.compact(0)
	return t.hits, err
}

// compact drops what is below the floor. Ties at the floor are kept while they are no more than
// slack beyond k, since telling them apart takes their ids.
func (t *TopK) compact(slack int) error {
	if beyond := t.reach - t.k; beyond > slack {
		ties := int(t.histogram[t.floor])
		if err := t.dropTies(ties, ties-beyond); err != nil {
			return err
		}
	}
	kept := t.hits[:0]
	for _, h := range t.hits {
		if h.Score >= t.floor {
			kept = append(kept, h)
		}
	}
	t.hits = kept
	return nil
}

// tie is a passage at the floor with its id.
type tie struct {
	high uint64 // of the id
	low  uint16
	at   uint32 // its index
}

func (t tie) compare(o tie) int {
	return cmp.Or(cmp.Compare(t.high, o.high), cmp.Compare(t.low, o.low))
}

func makeTie(ids IDs, h Scored, at int) (tie, error) {
	id, err := ids(h.Place)
	return tie{binary.BigEndian.Uint64(id[:]), binary.BigEndian.Uint16(id[8:]), uint32(at)}, err
}

// dropTies leaves of the n passages at the floor the want with the smallest ids, and takes the
// score off the others.
func (t *TopK) dropTies(n, want int) error {
	ties := make([]tie, 0, n)
	for i, h := range t.hits {
		if h.Score != t.floor {
			continue
		}
		one, err := makeTie(t.ids, h, i)
		if err != nil {
			return err
		}
		ties = append(ties, one)
	}
	slices.SortFunc(ties, tie.compare)
	for _, one := range ties[want:] {
		t.hits[one.at].Score = 0
	}
	t.histogram[t.floor] -= uint32(n - want)
	t.reach -= n - want
	return nil
}

// Rank sorts passages by score, best first, and equal ones by passage id as far as any of them
// stands among the first upTo: an id is a random read, and nobody looks at the order of ties far
// down. It asks for the id of every passage in that range whose score another one has.
func Rank(hits []Scored, ids IDs, upTo int) error {
	sortByScore(hits)
	var ties []tie
	var group []Scored
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

// sortByScore sorts best first and keeps the order of equal scores: a radix sort of 16 bits a pass.
func sortByScore(hits []Scored) {
	const radix = 1 << 16
	from, to := hits, make([]Scored, len(hits))
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
