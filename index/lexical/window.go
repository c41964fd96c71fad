package lexical

import (
	"math/bits"
	"unsafe"
)

const (
	// windowPassages is how many passages are scored before they are cut: their scores stay in the
	// second-level cache.
	windowPassages = 1 << 16

	// groupPassages is how many passages a word of a bitmap covers.
	groupPassages = 64

	// A word of four scores is looked at at once (SIMD within a register: Knuth 7.1.3).
	lanes    = 4
	laneHigh = 0x8000_8000_8000_8000
	laneOnes = 0x0001_0001_0001_0001
)

// window holds the scores of a stretch of passages, and the same memory as words of four.
type window struct {
	scores []uint16
	words  []uint64
}

func newWindow() window {
	words := make([]uint64, windowPassages/lanes)
	return window{unsafe.Slice((*uint16)(unsafe.Pointer(&words[0])), windowPassages), words}
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

// take counts the first size passages of the window that match and offers those that reach the floor.
func (c *Cutter) take(part *Part, size int, base uint32, stats *Stats) error {
	for at := 0; at < size; at += groupPassages {
		live := part.admit((int(base)+at)/groupPassages, stats)
		matched, reach := c.lookAt(c.window.words[at/lanes : (at+groupPassages)/lanes])
		stats.Matched += int64(bits.OnesCount64(matched & live))
		for reach &= live; reach != 0; reach &= reach - 1 {
			i := at + bits.TrailingZeros64(reach)
			if err := c.offer(part.Segment, base+uint32(i), uint32(c.window.scores[i])); err != nil {
				return err
			}
		}
	}
	return nil
}

// lookAt tells of 64 passages which have a score and which reach the floor.
func (c *Cutter) lookAt(group []uint64) (matched, reach uint64) {
	floor := uint64(min(c.floor, scoreMax)) * laneOnes
	for i, w := range group {
		if w == 0 {
			continue
		}
		matched |= laneBits(notZero(w)) << (i * lanes)
		if enough := atLeast(w, floor); enough != 0 {
			reach |= laneBits(enough) << (i * lanes)
		}
	}
	return matched, reach
}
