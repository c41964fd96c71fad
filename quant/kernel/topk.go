package kernel

import (
	"math"
	"math/bits"
	"slices"
)

const topBins = 4096

// TopK keeps the best k of a stream of (id, score), exactly: higher scores first, of equal scores
// the lower id. Ids must be offered in ascending order. A counting histogram of the scores that
// were let in raises the threshold as it fills, so that a scan lets about k·(1 + ln(N/k)) of N
// through and the choice costs a few nanoseconds for each of them. A TopK belongs to one goroutine
// and allocates only when it is made.
type TopK struct {
	k         int
	floor     int32
	threshold int32 // the least score that may still count
	ids       []uint32
	scores    []int32

	seeded  bool  // the threshold began as a guess
	started bool  // the histogram is in use
	base    int32 // lowest score of bin 0
	shift   uint  // log2 of a bin's width
	cursor  int   // the bin that threshold stands in
	above   int   // hits in bins from cursor up, at least k
	bins    [topBins]int32

	scratch [scanPiece * BitBlock]int32 // scores of the piece that is being scanned
	masks   [scanPiece]uint64           // and which of them reach the threshold
	sample  *TopK                       // for Best; nil when k is small
}

// NewTopK makes a selection of the best k ids whose score is at least floor.
func NewTopK(k int, floor int32) (*TopK, error) {
	if k <= 0 || k > 1<<24 {
		return nil, &ShapeError{OnebitScan.String(), "k", k, 1 << 24}
	}
	room := 4*k + max(len(TopK{}.scratch), cutPiece)
	t := &TopK{k: k, ids: make([]uint32, 0, room), scores: make([]int32, 0, room)}
	t.Reset(floor)
	if k >= sampleLeast {
		t.sample, _ = NewTopK(sampleSize(k), floor)
	}
	return t, nil
}

const (
	sampleEvery = 128  // Best looks at one of so many blocks for its guess
	sampleLeast = 4096 // with a smaller k a guess is not worth its scan
)

// sampleSize is how many of a sample stand for k of all: half more than the share, so that codes
// that lie unevenly seldom make the guess too high.
func sampleSize(k int) int { return k/sampleEvery*3/2 + 16 }

// Reset empties the selection for another stream.
func (t *TopK) Reset(floor int32) {
	t.floor, t.threshold, t.started, t.seeded = floor, floor, false, false
	t.ids, t.scores = t.ids[:0], t.scores[:0]
}

// Seed begins an empty selection with a guess of what the k-th best score will be, from a sample:
// whatever scores less is refused at once. If the guess was too high, Short says so afterwards, and
// the stream must be offered again.
func (t *TopK) Seed(guess int32) {
	t.seeded = t.seeded || guess > t.threshold
	t.threshold = max(guess, t.threshold)
}

// guess is the worst score of a full sample, or else the floor.
func (t *TopK) guess() int32 {
	if _, scores := t.Take(); len(scores) == t.k {
		return slices.Min(scores)
	}
	return t.floor
}

// Short says that fewer than k were let in because of the guess, so that what was kept may not be
// the best.
func (t *TopK) Short() bool { return t.seeded && len(t.ids) < t.k }

// K is how many the selection keeps.
func (t *TopK) K() int { return t.k }

// Threshold is the least score that can still get in.
func (t *TopK) Threshold() int32 { return t.threshold }

// Offer gives one id, not lower than any before, to the selection.
func (t *TopK) Offer(id uint32, score int32) {
	if score < t.threshold {
		return
	}
	t.push(id, score)
	t.settle(cap(t.ids) - 1)
}

// Take returns the best k in ascending order of ids. The slices are valid until the next call.
func (t *TopK) Take() (ids []uint32, scores []int32) {
	if t.started && t.cursor > 0 { // at cursor 0 the threshold stands above scores that count
		t.keep(t.threshold, math.MaxInt)
	}
	if len(t.ids) > t.k {
		t.compact()
	}
	return t.ids, t.scores
}

// takeScan offers the codes of a scanned piece whose mask bit is set.
func (t *TopK) takeScan(scores []int32, masks []uint64, first uint32, allow []uint64, word int) {
	for b, m := range masks {
		if allow != nil {
			m &= allow[word+b]
		}
		for ; m != 0; m &= m - 1 {
			i := b*BitBlock + bits.TrailingZeros64(m)
			if s := scores[i]; s >= t.threshold {
				t.push(first+uint32(i), s)
			}
		}
	}
	t.settle(cap(t.ids) - len(scores))
}

// takeCut offers the documents of the groups that a cut left.
func (t *TopK) takeCut(c *cutResult, first uint32, allow []uint64, word int) {
	for g := range c.n {
		m, at := c.mask[g], int(c.group[g])
		if allow != nil {
			m &= allow[word+at]
		}
		for ; m != 0; m &= m - 1 {
			i := bits.TrailingZeros64(m)
			if s := int32(c.scores[g*64+i]); s >= t.threshold {
				t.push(first+uint32(at*64+i), s)
			}
		}
	}
	t.settle(cap(t.ids) - cutPiece)
}

// push lets one hit in and raises the threshold when k others are above it.
func (t *TopK) push(id uint32, score int32) {
	t.ids, t.scores = append(t.ids, id), append(t.scores, score)
	if !t.started {
		return
	}
	t.bins[t.bin(score)]++
	t.above++
	for n := int(t.bins[t.cursor]); t.above-n >= t.k; n = int(t.bins[t.cursor]) {
		t.above -= n
		t.cursor++
		t.threshold = t.base + int32(t.cursor)<<t.shift
	}
}

func (t *TopK) bin(score int32) int {
	return int(min(uint32(score-t.base)>>t.shift, topBins-1))
}

// settle starts the histogram once k are in, and makes room when more than room are held.
func (t *TopK) settle(room int) {
	if len(t.ids) > room || !t.started && len(t.ids) >= 2*t.k {
		t.compact()
	}
}

// compact keeps exactly the best k and starts the histogram afresh above the worst of them.
func (t *TopK) compact() {
	kth, ties := kthLargest(t.scores, t.k, &t.bins)
	t.keep(kth, ties)
	t.restart(kth)
}

// keep drops what is below least, and what equals least after the first ties of it.
func (t *TopK) keep(least int32, ties int) {
	n := 0
	for i, s := range t.scores {
		t.ids[n], t.scores[n] = t.ids[i], s
		if s > least {
			n++
		} else if s == least && ties > 0 {
			n, ties = n+1, ties-1
		}
	}
	t.ids, t.scores = t.ids[:n], t.scores[:n]
}

// restart sets the histogram up for what is held: k hits, the worst of them kth. A later hit of
// kth's own score has a higher id and loses, so the threshold goes one above it.
func (t *TopK) restart(kth int32) {
	top := kth
	for _, s := range t.scores {
		top = max(top, s)
	}
	t.started, t.base, t.cursor, t.above = true, kth, 0, 0
	t.shift = uint(max(bits.Len32(uint32(top-kth))-12, 0))
	clear(t.bins[:])
	for _, s := range t.scores {
		t.bins[t.bin(s)]++
	}
	t.above = len(t.scores)
	t.threshold = kth
	if kth < math.MaxInt32 {
		t.threshold = kth + 1
	}
}

// kthLargest returns the k-th largest of scores and how many equal ones belong to the best k. bins
// is scratch. Each turn counts the scores of a range into bins and narrows the range to one bin.
func kthLargest(scores []int32, k int, bins *[topBins]int32) (kth int32, ties int) {
	lo, hi := scores[0], scores[0]
	for _, s := range scores {
		lo, hi = min(lo, s), max(hi, s)
	}
	width := uint64(uint32(hi-lo)) + 1
	for {
		shift := uint(max(bits.Len64(width-1)-12, 0))
		clear(bins[:])
		for _, s := range scores {
			if d := uint64(uint32(s - lo)); s >= lo && d < width {
				bins[d>>shift]++
			}
		}
		b := topBins - 1
		for ; k > int(bins[b]); b-- {
			k -= int(bins[b])
		}
		lo += int32(uint32(b) << shift)
		if width = 1 << shift; shift == 0 {
			return lo, k
		}
	}
}
