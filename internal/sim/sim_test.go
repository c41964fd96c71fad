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

// injected are what a life does, with the row of PROMISES.md that it counts for.
var injected = []struct {
	row       int
	did, kind string
}{
	{7, "kill", "kill at a change of the disk, in a life"},
	{3, "power cut", "power cut, in a life"},
	{5, "disk full", "full disk, in a life"},
	{6, "failed sync", "failed sync, in a life"},
	{1, "flip", "bit of any file, in a life"},
	{14, "clock jump", "clock that jumps, in a life"},
	{7, "fill", "a model that reads, in a life"},
	{25, "answer compared", "answer held against a fresh store's"},
}

// TestLives lives many lives of a store, each from one seed, and checks it after every step. A few
// seeds need not do everything.
func TestLives(t *testing.T) {
	all := seeds(t)
	var counts []*promise.Count
	for _, of := range injected {
		c := promise.For(t, of.row, of.kind)
		if len(all) < seedsShort {
			c.Part()
		}
		counts = append(counts, c)
	}
	bubble(t, func(t *testing.T) {
		for _, seed := range all {
			w := live(t, seed)
			for i, of := range injected {
				counts[i].Reached(of.kind, w.counts[of.did])
			}
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
