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
// seed: -run 'TestTornWrites/seed=17$'.
func TestTornWrites(t *testing.T) {
	count := promise.For(t, 3, "torn: ingest", "torn: update", "torn: merge", "torn: forget")
	ops := crashes()
	starts := make([]*start, len(ops))
	type point struct{ op, k int }
	left := map[point]dead{}
	for seed := range seedsOf(t, "SLUICE_TORN", tornRound, 100) {
		if seed%tornRound == 0 {
			clear(left)
		}
		kind := "torn: " + ops[seed%len(ops)].name
		count.Reached(kind, 1)
		if !t.Run(fmt.Sprintf("seed=%d", seed), func(t *testing.T) {
			at := point{op: seed % len(ops)}
			if starts[at.op] == nil {
				starts[at.op] = startOf(t, ops[at.op], littleSource())
			}
			st := starts[at.op]
			at.k = 1 + rand.New(rand.NewPCG(uint64(seed), 3)).IntN(st.points)
			d, ok := left[at]
			if !ok {
				d = st.killed(t, at.k, uint64(seed/tornRound))
				left[at] = d
			}
			if err := st.recovers(t, d.disk.CrashClone(uint64(seed)), st.acknowledged(t, d)); err != nil {
				t.Fatalf("%s, killed at write point %d: %v", st.name, at.k, err)
			}
		}) {
			count.Missed(kind, "seed %d of a power cut during %s", seed, ops[seed%len(ops)].name)
		}
	}
	for i, st := range starts {
		if st != nil {
			t.Logf("%s: %d write points, %d states", ops[i].name, st.points, len(st.states))
		}
	}
}

// TestTornRepair does the same to a repair. A store that is damaged has no state of before to be
// held against: what counts is that the next repair brings all of it back.
func TestTornRepair(t *testing.T) {
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
				left[k] = clone(t, w.disk)
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
	disk := faultfs.New(clone(t, w.disk), 0)
	if _, err := w.repairOn(t, disk); err != nil {
		t.Fatal(err)
	}
	return disk.WritePoints()
}
