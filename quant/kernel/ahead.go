package kernel

import (
	"sync/atomic"
	"time"
)

// Whether a scan should ask for memory ahead of time differs between machines by a factor: some fetch a stream by themselves, and asking
// only costs them; others fall to a third of their bandwidth without. So the first large scan of a process tries both, piece
// by piece in turns, and the winner is kept. Results do not depend on it.
const (
	aheadFar    = 4096     // bytes
	aheadCached = -1       // not a distance: the blocks are in the cache
	trialLeast  = 64 << 20 // bytes that a scan must have for a trial: more than a cache
	trialPairs  = 65       // pieces of each kind
)

var (
	ahead      atomic.Int32 // what scans use; 0 before the trial stands for aheadFar
	aheadTried atomic.Bool
)

// aheadNow is the distance that scans use, in bytes.
func aheadNow() int32 {
	if a := ahead.Load(); a != 0 {
		return a - 1
	}
	return aheadFar
}

// trial times the pieces of one scan. The zero trial does nothing.
type trial struct {
	pieces, wins int // of pieces without fetching, against the piece before
	start        time.Time
	before       time.Duration
}

// startTrial starts a trial if this scan is the first that is large enough.
func startTrial(bytes int) (t trial) {
	if bytes >= trialLeast && aheadTried.CompareAndSwap(false, true) {
		t.start = time.Now()
	}
	return t
}

// distance is how far ahead the next piece shall fetch.
func (t *trial) distance() int32 {
	if t.start.IsZero() {
		return aheadNow()
	}
	return int32((t.pieces + 1) % 2 * aheadFar)
}

// done ends a piece.
func (t *trial) done() {
	if t.start.IsZero() {
		return
	}
	now := time.Now()
	took := now.Sub(t.start)
	if t.pieces%2 == 1 && took < t.before {
		t.wins++
	}
	t.pieces, t.before, t.start = t.pieces+1, took, now
	if t.pieces == 2*trialPairs {
		best := int32(aheadFar)
		if t.wins > trialPairs/2 {
			best = 0
		}
		ahead.Store(best + 1)
		t.start = time.Time{}
	}
}
