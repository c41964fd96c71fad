package sim

import (
	"os"
	"runtime"
	"strconv"
	"testing"
	"testing/synctest"
	"time"

	"sluice/internal/promise"
)

// timeless is long enough that no wait ends by itself.
const timeless = 24 * time.Hour

const (
	seedsShort   = 4
	seedsDefault = 12
	stepsOfALife = 40
)

// TestLives lives many lives of a store, each from one seed, and checks it after every step.
func TestLives(t *testing.T) {
	kill := promise.For(t, 7, "kill at a change of the disk, in a life")
	cut := promise.For(t, 3, "power cut, in a life")
	full := promise.For(t, 5, "full disk, in a life")
	sync := promise.For(t, 6, "failed sync, in a life")
	flip := promise.For(t, 1, "bit of any file, in a life")
	jump := promise.For(t, 14, "clock that jumps, in a life")
	like := promise.For(t, 25, "answer held against a fresh store's")
	bubble(t, func(t *testing.T) {
		for _, seed := range seeds(t) {
			w := live(t, seed)
			kill.Reached("kill at a change of the disk, in a life", w.counts["kill"])
			cut.Reached("power cut, in a life", w.counts["power cut"])
			full.Reached("full disk, in a life", w.counts["disk full"])
			sync.Reached("failed sync, in a life", w.counts["failed sync"])
			flip.Reached("bit of any file, in a life", w.counts["flip"])
			jump.Reached("clock that jumps, in a life", w.counts["clock jump"])
			like.Reached("answer held against a fresh store's", w.counts["answer compared"])
		}
		if !testing.Verbose() {
			aSeedIsALife(t)
		}
	})
}

// bubble runs lives in fake time and on one processor, so that the seed decides everything. There
// is one bubble in this package: a decoder that the whole process shares belongs to the first.
func bubble(t *testing.T, lives func(*testing.T)) {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1))
	synctest.Test(t, lives)
}

// seeds are those that the environment asks for.
func seeds(t *testing.T) []uint64 {
	if s := os.Getenv("SLUICE_SIM_SEED"); s != "" {
		seed, err := strconv.ParseUint(s, 10, 64)
		if err != nil {
			t.Fatal(err)
		}
		return []uint64{seed}
	}
	n := seedsDefault
	if testing.Short() {
		n = seedsShort
	}
	if s := os.Getenv("SLUICE_SIM"); s != "" {
		var err error
		if n, err = strconv.Atoi(s); err != nil {
			t.Fatal(err)
		}
	}
	all := make([]uint64, n)
	for i := range all {
		all[i] = uint64(i) + 1
	}
	return all
}

// live lives one life.
func live(t *testing.T, seed uint64) *world {
	w := newWorld(t, seed)
	w.pause = synctest.Wait
	w.addSource()
	for range stepsOfALife {
		w.next()
		w.check()
		w.asked()
	}
	w.settle()
	w.live.Close()
	if testing.Verbose() && len(seeds(t)) == 1 {
		for _, line := range w.trace {
			t.Log(line)
		}
	}
	return w
}

// aSeedIsALife: the same seed lives the same life, so that a failure can be looked at again.
func aSeedIsALife(t *testing.T) {
	for seed := uint64(1); seed < 4; seed++ {
		one, two := live(t, seed), live(t, seed)
		for i := range min(len(one.trace), len(two.trace)) {
			if one.trace[i] != two.trace[i] {
				t.Fatalf("seed %d, line %d: %q, then %q", seed, i, one.trace[i], two.trace[i])
			}
		}
	}
}
