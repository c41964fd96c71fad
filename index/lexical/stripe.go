package lexical

import (
	"errors"
	"math/bits"
	"unsafe"

	"sluice/index/arm"
	"sluice/quant/kernel"
)

const (
	// stripePassages is how many passages are scored before they are cut: their scores stay in the
	// second-level cache.
	stripePassages = 1 << 16

	// groupPassages is how many passages a word of a bitmap covers.
	groupPassages = 64

	// A word of four scores is looked at at once (SIMD within a register: Knuth 7.1.3).
	lanes    = 4
	laneHigh = 0x8000_8000_8000_8000
	laneOnes = 0x0001_0001_0001_0001
	laneEven = 0x0000_FFFF_0000_FFFF
)

// stripe holds the scores of a stretch of passages, and the same memory as words of four.
type stripe struct {
	kernel    *kernel.Stripe
	base, end uint32
	scores    []uint16
	words     []uint64
	added     uint64 // the sum of all that was added to the scores
	found     uint64 // the sum of the scores, as take met them
}

func newStripe() stripe {
	w, err := kernel.NewStripe(stripePassages)
	if err != nil {
		panic("BUG: " + err.Error())
	}
	scores := w.Scores()
	return stripe{kernel: w, scores: scores, words: unsafe.Slice((*uint64)(unsafe.Pointer(&scores[0])), stripePassages/lanes)}
}

// move empties the first size scores and lets them stand for the passages from base on.
func (w *stripe) move(base uint32, size int) {
	w.kernel.Move(base)
	w.base, w.end, w.added, w.found = base, base+uint32(size), 0, 0
	clear(w.words[:size/lanes])
}

// scatter adds the impacts of the passages of a list that lie in the stripe. The cursor has passed
// all before.
func (c *cursor) scatter(w *stripe, scorer *Scorer, term int) error {
	if _, add := accelerated(); add && c.list.classes {
		if done, err := c.addBlocks(w, &scorer.kernels[term]); done || err != nil {
			return err
		}
	}
	table := &scorer.Tables[term]
	for c.at < c.n || c.from < w.end {
		if c.at == c.n {
			if ok, err := c.load(); !ok || err != nil {
				return err
			}
		}
		for ; c.at < c.n && c.passages[c.at] < w.end; c.at++ {
			impact := table[c.class(c.at)]
			w.scores[c.passages[c.at]-w.base] += impact
			w.added += uint64(impact)
		}
		if c.at < c.n {
			return nil
		}
	}
	return nil
}

// addBlocks adds full blocks as they are stored. A block that reaches beyond the stripe is added
// again to the next one: what lies outside is passed over. It is done when the rest of the list
// lies beyond the stripe.
func (c *cursor) addBlocks(w *stripe, table *kernel.ImpactTable) (done bool, err error) {
	for full := c.list.full(); c.block < full; c.block++ {
		if c.from >= w.end {
			return true, nil
		}
		h, data, err := c.stored()
		if err != nil {
			return false, err
		}
		sum, err := w.kernel.AddBlock(data, c.from-1, uint(h.width), table)
		if errors.As(err, new(*kernel.WrongError)) {
			return false, err
		} else if err != nil {
			panic("BUG: " + err.Error())
		}
		w.added += uint64(sum)
		if h.last >= w.end {
			return true, nil
		}
		c.from = h.last + 1
	}
	return false, nil
}

// laneBits gathers the high bits of the four lanes of w, which has no others.
func laneBits(w uint64) uint64 {
	w >>= 15
	return (w | w>>15 | w>>30 | w>>45) & 0xF
}

// notZero has the high bit of each lane of w that is not zero.
func notZero(w uint64) uint64 {
	return ((w &^ laneHigh) + ^uint64(laneHigh) | w) & laneHigh
}

// atLeast has the high bit of each lane of w that is at least the same lane of floor.
func atLeast(w, floor uint64) uint64 {
	low := (w | laneHigh) - floor&^laneHigh
	return (w&^floor | ^(w^floor)&low) & laneHigh
}

// take counts the first size passages of the stripe that match and offers those that reach the
// floor.
func (s *Search) take(part *arm.Part, passages, size int, base uint32, stats *arm.Stats) error {
	for at := 0; at < size; at += groupPassages {
		live := admit(part, passages, (int(base)+at)/groupPassages, stats)
		matched, reach := s.lookAt(s.stripe.words[at/lanes : (at+groupPassages)/lanes])
		stats.Matched += int64(bits.OnesCount64(matched & live))
		for reach &= live; reach != 0; reach &= reach - 1 {
			i := at + bits.TrailingZeros64(reach)
			place := arm.Place{Segment: part.Segment, Passage: base + uint32(i)}
			if err := s.top.Offer(place, uint32(s.stripe.scores[i])); err != nil {
				return err
			}
		}
	}
	return nil
}

// admit counts the deleted and the filtered of the 64 passages of a word, and returns a bit for
// each of the others.
func admit(p *arm.Part, passages, word int, stats *arm.Stats) uint64 {
	live := ^uint64(0)
	if beyond := (word+1)*groupPassages - passages; beyond > 0 {
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

// lookAt tells of 64 passages which have a score and which reach the floor.
func (s *Search) lookAt(group []uint64) (matched, reach uint64) {
	floor := uint64(min(s.top.Floor(), scoreMax)) * laneOnes
	var sums uint64 // of the even and of the odd lanes: 32 scores each at most
	for i, w := range group {
		if w == 0 {
			continue
		}
		sums += w&laneEven + w>>16&laneEven
		matched |= laneBits(notZero(w)) << (i * lanes)
		if enough := atLeast(w, floor); enough != 0 {
			reach |= laneBits(enough) << (i * lanes)
		}
	}
	s.stripe.found += sums&0xFFFF_FFFF + sums>>32
	return matched, reach
}
