package kernel

import (
	"slices"
	"sync/atomic"
	"time"
)

// A scan of codes in memory is bound by how many cache lines are under way at a time, and machines
// differ in what keeps most of them so: some fetch a stream ahead by themselves, others only when
// they are asked; what one stream is allowed is less than what two or four are. Which way is best
// differs by half between machines, so the first large scan of a process tries them all, piece by
// piece in turns, and the fastest is kept. Results do not depend on it.

// scanWay is a way to walk through one-bit blocks.
type scanWay struct {
	streams int   // blocks that are at work side by side
	ahead   int32 // how many bytes ahead of them memory is asked for; negative: not at all
	near    bool  // neighbouring blocks, which are in the cache, and not equal parts of the piece
}

const (
	trialLeast = 64 << 20 // bytes that a scan must have for a trial: more than a cache
	trialTurns = 33       // pieces by each way
	waysMax    = 6
)

// waysPlain are the ways where there is but one: the processor fetches a stream ahead by itself.
var waysPlain = []scanWay{{streams: 1, ahead: -1}}

var (
	wayKept  [AVX512 + 1][2]atomic.Int32 // by path and kind of question: 1 + the way that a trial kept
	wayTried [AVX512 + 1][2]atomic.Bool
)

// wayNow is the way that scans of memory go.
func (q *BitQuery) wayNow(p Path) scanWay {
	return scanWays(p)[max(wayKept[p][q.kind()].Load()-1, 0)]
}

// kind is 1 for questions that look every nibble up twice, and 0 for others.
func (q *BitQuery) kind() int {
	if q.wide {
		return 1
	}
	return 0
}

// trial times the pieces of one scan. The zero trial does nothing.
type trial struct {
	ways   []scanWay
	kept   *atomic.Int32
	pieces int
	start  time.Time
	times  [waysMax][trialTurns]time.Duration
}

// startTrial starts a trial if this scan is the first of its kind that is large enough, and has the
// pieces to end it.
func (q *BitQuery) startTrial(p Path, bytes int) (t trial) {
	ways, kind := scanWays(p), q.kind()
	least := max(trialLeast, len(ways)*trialTurns*scanPiece*BitBlockBytes(q.Dims()))
	if bytes >= least && len(ways) > 1 && wayTried[p][kind].CompareAndSwap(false, true) {
		t.ways, t.kept, t.start = ways, &wayKept[p][kind], time.Now()
	}
	return t
}

// way is how the next piece shall be walked through, otherwise being that of scans without a trial.
func (t *trial) way(otherwise scanWay) scanWay {
	if t.kept == nil {
		return otherwise
	}
	return t.ways[t.pieces%len(t.ways)]
}

// done ends a piece.
func (t *trial) done() {
	if t.kept == nil {
		return
	}
	now, n := time.Now(), len(t.ways)
	t.times[t.pieces%n][t.pieces/n] = now.Sub(t.start)
	t.start = now
	if t.pieces++; t.pieces == n*trialTurns {
		t.kept.Store(int32(1 + t.fastest()))
		t.kept = nil
	}
}

// fastest is the way with the least median.
func (t *trial) fastest() (best int) {
	var least time.Duration
	for i := range t.ways {
		slices.Sort(t.times[i][:])
		if median := t.times[i][trialTurns/2]; i == 0 || median < least {
			best, least = i, median
		}
	}
	return best
}
