package ingest

import (
	"fmt"
	"math/rand/v2"
	"os"
	"strconv"
	"testing"

	"sluice/internal/faultfs"
	"sluice/internal/promise"
	"sluice/internal/testkit"
	"sluice/internal/vfs"
)

// littleSource is as little as gives every operation several segments and each file several
// sectors: thousands of power cuts have to be affordable.
func littleSource() *testkit.Source {
	src := testkit.NewSource("notes")
	src.Put("dir0/doc000.txt", testkit.Text(11, 60))
	src.Put("dir0/doc003.txt", testkit.Text(12, 8))
	src.Put("dir1/note001.md", "# Note\n\n"+testkit.Text(13, 60))
	paged(src, "report.pdf", 96, 3)
	return src
}

// seedsOf is how many seeds a sweep has: those of an environment variable, else few with -short.
func seedsOf(t *testing.T, variable string, normal, short int) int {
	t.Helper()
	if n, err := strconv.Atoi(os.Getenv(variable)); err == nil {
		return n
	}
	if testing.Short() {
		return short
	}
	return normal
}

// tornRound is how many seeds share what a killed write left of itself.
const tornRound = 2000

// TestTornWrites cuts the power at a random write point of each operation: of all that was not
// synced a random subset of 512-byte sectors is on the disk, some of them garbage. The store then
// opens with a state of before, of one of the operation's commits or of after, with at least what
// was acknowledged; and doing it again ends as in a store that was never killed.
//
// The whole sweep: SLUICE_TORN=100000 go test ./ingest -run TestTornWrites -timeout 6h. One
// seed: -run 'TestTornWrites/.*/seed=17$'.
func TestTornWrites(t *testing.T) {
	promise.Sweep(t)
	count := promise.For(t, 3, "torn: ingest", "torn: update", "torn: merge", "torn: forget")
	ops := crashes()
	seeds := seedsOf(t, "SLUICE_TORN", tornRound, 100)
	for i, op := range ops {
		t.Run(op.name, func(t *testing.T) {
			t.Parallel()
			st := startOf(t, op)
			left := map[int]dead{} // by write point
			for seed := i; seed < seeds; seed += len(ops) {
				if seed%tornRound == i {
					clear(left)
				}
				count.Reached("torn: "+op.name, 1)
				if !t.Run(fmt.Sprintf("seed=%d", seed), func(t *testing.T) { st.torn(t, left, uint64(seed)) }) {
					count.Missed("torn: "+op.name, "seed %d of a power cut during %s", seed, op.name)
				}
			}
		})
	}
}

func (st *start) torn(t *testing.T, left map[int]dead, seed uint64) {
	k := 1 + rand.New(rand.NewPCG(seed, 3)).IntN(st.points)
	d, ok := left[k]
	if !ok {
		d = st.killed(t, k, seed/tornRound)
		left[k] = d
	}
	if err := st.recovers(t, d.disk.CrashClone(seed), st.acknowledged(t, d), []stopped{still, later}[seed/4%2]); err != nil {
		t.Fatalf("killed at write point %d: %v", k, err)
	}
}

// TestTornRepair does the same to a repair. A store that is damaged has no state of before to be
// held against: what counts is that the next repair brings all of it back.
func TestTornRepair(t *testing.T) {
	promise.Sweep(t)
	count := promise.For(t, 3, "torn: repair")
	for _, hopeless := range []bool{false, true} {
		w := wound(t, hopeless)
		seeds := seedsOf(t, "SLUICE_TORN", tornRound, 100) / 20
		left := map[int]*vfs.MemFS{}
		points := w.repairPoints(t)
		for seed := range seeds {
			rng := rand.New(rand.NewPCG(uint64(seed), 4))
			k := 1 + rng.IntN(points)
			if left[k] == nil {
				left[k] = w.disk.CrashClone(0)
				_, _ = w.repairOn(t, faultfs.New(left[k], uint64(k), faultfs.Rule{Ops: faultfs.WritePoints, Nth: k, Mode: faultfs.Kill}))
			}
			count.Reached("torn: repair", 1)
			what := fmt.Sprintf("hopeless %t, killed at write point %d, seed %d", hopeless, k, seed)
			w.healed(t, count, "torn: repair", left[k].CrashClone(uint64(seed)), hopeless, what)
		}
	}
}

// repairPoints is how many write points a repair has.
func (w wounded) repairPoints(t *testing.T) int {
	t.Helper()
	disk := faultfs.New(w.disk.CrashClone(0), 0)
	if _, err := w.repairOn(t, disk); err != nil {
		t.Fatal(err)
	}
	return disk.WritePoints()
}
