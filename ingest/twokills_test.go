package ingest

import (
	"fmt"
	"math/rand/v2"
	"os"
	"slices"
	"testing"

	"sluice/internal/promise"
	"sluice/internal/testkit"
)

// secondKills are the write points of the recovery, of which it has n, at which the second kill
// comes: a sample, with -short one, or all that there are.
func secondKills(rng *rand.Rand, n int) (points []int) {
	if os.Getenv("SLUICE_TWO_KILLS") == "all" {
		for j := range n {
			points = append(points, j+1)
		}
		return points
	}
	points = append(points, 1+rng.IntN(20)) // what was left lying is taken up, and the first commit
	if !testing.Short() {
		points = append(points, 21+rng.IntN(100))
	}
	return slices.DeleteFunc(points, func(j int) bool { return j > n })
}

// TestTwoKills kills each operation at its k-th write point, and what a user does after it at
// another one, each with a power cut at every other k, else as kill -9 does. What the first or the
// second was told stays, and the third time ends as in a store that was never killed.
//
// Every pair: SLUICE_TWO_KILLS=all go test ./ingest -run TestTwoKills -timeout 12h
func TestTwoKills(t *testing.T) {
	promise.Sweep(t)
	for _, c := range crashes() {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			count := promise.For(t, 7, "kill during recovery", "power cut during recovery")
			st := startOf(t, c)
			judged := map[tornDisk]bool{}
			all := st.killed(t, 0)
			for k := 1; k <= len(all); k += stride() {
				first := all[k-1]
				disk := first.disk.Clone()
				if k%2 == 0 {
					disk = disk.CrashClone(uint64(k))
				}
				again := st.killedOn(t, disk, 1, func(s *both, src *testkit.Source) error { return st.redo(s, src) })
				for _, j := range secondKills(rand.New(rand.NewPCG(uint64(k), 7)), len(again)) {
					again[j-1].acked = max(again[j-1].acked, first.acked)
					st.killedTwice(t, k, j, again[j-1], judged, count)
				}
			}
			t.Logf("%d disks", len(judged))
		})
	}
}

func (st *start) killedTwice(t *testing.T, k, j int, left dead, judged map[tornDisk]bool, count *promise.Count) {
	t.Helper()
	kind, disk, at := "kill during recovery", left.disk, still
	if (k+j)%2 == 1 {
		kind, disk, at = "power cut during recovery", left.disk.CrashClone(uint64(j)), later
	}
	count.Reached(kind, 1)
	d := tornDisk{diskSum(t, disk), st.acknowledged(left), at}
	if judged[d] {
		return
	}
	judged[d] = true
	ok := t.Run(fmt.Sprintf("k=%d,j=%d", k, j), func(t *testing.T) {
		if err := st.recovers(t, disk, d.from, at); err != nil {
			t.Error(err)
		}
	})
	if !ok {
		count.Missed(kind, "%s killed at write point %d, and what follows it at %d", st.name, k, j)
	}
}
