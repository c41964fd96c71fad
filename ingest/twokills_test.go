package ingest

import (
	"fmt"
	"math/rand/v2"
	"os"
	"testing"

	"sluice/internal/promise"
	"sluice/internal/testkit"
)

// secondKills are the write points of the recovery at which the second kill comes: a sample, with
// -short one, or all that there are.
func secondKills(rng *rand.Rand) (points []int) {
	if os.Getenv("SLUICE_TWO_KILLS") == "all" {
		for j := range 1000 {
			points = append(points, j+1)
		}
		return points
	}
	points = append(points, 1+rng.IntN(20)) // what was left lying is taken up, and the first commit
	if !testing.Short() {
		points = append(points, 21+rng.IntN(100))
	}
	return points
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
			for k := 1; k <= st.points; k += stride() {
				for _, j := range secondKills(rand.New(rand.NewPCG(uint64(k), 7))) {
					if !st.killedTwice(t, k, j, count) {
						break // the recovery has no such write point, nor any behind it
					}
				}
			}
		})
	}
}

func (st *start) killedTwice(t *testing.T, k, j int, count *promise.Count) (reached bool) {
	t.Helper()
	kind := map[bool]string{true: "kill during recovery", false: "power cut during recovery"}[(k+j)%2 == 0]
	ok := t.Run(fmt.Sprintf("k=%d,j=%d", k, j), func(t *testing.T) {
		first := st.killed(t, k, 0)
		from := st.acknowledged(t, first)
		disk := first.disk
		if k%2 == 0 {
			disk = disk.CrashClone(uint64(k))
		}
		second := st.killedIn(t, disk, j, 1, func(s *both, src *testkit.Source) error { return st.redo(s, src) })
		if reached = second.dead; !reached {
			return
		}
		if second.err == nil {
			from = len(st.states) - 1
		}
		count.Reached(kind, 1)
		at := still
		if (k+j)%2 == 1 {
			disk, at = disk.CrashClone(uint64(j)), later
		}
		if err := st.recovers(t, disk, from, at); err != nil {
			t.Error(err)
		}
	})
	if !ok {
		count.Missed(kind, "%s killed at write point %d, and what follows it at %d", st.name, k, j)
	}
	return reached
}
