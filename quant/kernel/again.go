package kernel

import (
	"fmt"
	"sync/atomic"
)

// A core can compute wrongly for some inputs only (Hochschild et al., Cores that don't count, HotOS
// 2021), which no self-test at the start finds. So one block in sampleOf is scored again by the
// reference. Which ones depends on the block and on the question, not on chance: the same question
// checks the same blocks, and another one others.
const sampleOf = 4096

// WrongError says that a path computed something else than the reference. The path is switched off;
// what was added since the stripe was last empty is not to be used.
type WrongError struct {
	Kernel Kernel
	Path   Path
}

// Error implements error.
func (e *WrongError) Error() string {
	return fmt.Sprintf("the kernel %s computed wrongly on path %s, which is switched off", e.Kernel, e.Path)
}

// Sampled tells whether a block that follows document base is one of those that are computed again
// for a question; seed is the question's. With the seed 0 none is.
func Sampled(seed uint64, base uint32) bool {
	x := (uint64(base) + seed) * 0x9E3779B97F4A7C15
	x = (x ^ x>>32) * 0xBF58476D1CE4E5B9
	return seed != 0 && x>>(64-12) == 0
}

var _ = [1]struct{}{}[sampleOf-1<<12] // Sampled takes twelve bits

// Sample sets which blocks are scored again from here on.
func (w *Stripe) Sample(seed uint64) { w.seed = seed }

// addOne adds one block, by the reference too if it is sampled.
func (w *Stripe) addOne(p Path, data []byte, ref []PostingRef, table *ImpactTable) (sum int64, err error) {
	if p == Ref || !Sampled(w.seed, ref[0].Base) {
		return w.scatter(p, data, ref, table), nil
	}
	var docs [PostingBlock]uint32
	var want [PostingBlock]uint16
	src := data[ref[0].At:]
	unpackStoredRef(&docs, ref[0].Base, src[:ref[0].Width*PostingBlock/8], uint(ref[0].Width))
	classes := src[ref[0].Width*PostingBlock/8:][:PostingBlock]
	var wantSum int64
	for i, d := range docs {
		if at := d - w.base; uint64(at) < uint64(w.size) {
			impact := table.words[classes[i]]
			want[i] = w.scores[at] + impact
			wantSum += int64(impact)
		}
	}
	sum = w.scatter(p, data, ref, table)
	right := sum == wantSum
	for i, d := range docs {
		if at := d - w.base; uint64(at) < uint64(w.size) {
			right = right && w.scores[at] == want[i]
		}
	}
	if !right {
		PostingsTopK.Reject(p)
		return sum, &WrongError{PostingsTopK, p}
	}
	return sum, nil
}

// scatter adds blocks on a path, and what a planted fault adds to that.
func (w *Stripe) scatter(p Path, data []byte, refs []PostingRef, table *ImpactTable) int64 {
	sum := scatterBlocks(p, w.scores, w.base, data, refs, table, &w.room)
	if fault := planted.Load(); fault != nil && p != Ref {
		sum += (*fault)(w.scores[:w.size], w.base, data, refs)
	}
	return sum
}

// Fault is what a broken core does after a block was added: it changes scores, and says by how much
// it makes the sum of what was added wrong, too.
type Fault func(scores []uint16, base uint32, data []byte, refs []PostingRef) (sum int64)

var planted atomic.Pointer[Fault]

// Plant breaks every path but the reference until undo is called. It is for tests of what notices
// it.
func Plant(fault Fault) (undo func()) {
	planted.Store(&fault)
	return func() {
		planted.Store(nil)
		settling.Lock()
		defer settling.Unlock()
		chosen[PostingsTopK].Store(0)
	}
}
