package ingest

import (
	"crypto/sha256"
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

// tornRound is how many seeds share what the killed writes left of themselves.
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
	count := promise.For(t, 3, "torn: ingest", "torn: update", "torn: merge", "torn: forget", "torn: fill")
	ops := crashes()
	seeds := seedsOf(t, "SLUICE_TORN", tornRound, 100)
	for i, op := range ops {
		t.Run(op.name, func(t *testing.T) {
			t.Parallel()
			st := startOf(t, op)
			judged := map[tornDisk]bool{}
			for seed := i; seed < seeds; seed += len(ops) {
				count.Reached("torn: "+op.name, 1)
				if !t.Run(fmt.Sprintf("seed=%d", seed), func(t *testing.T) { st.torn(t, judged, uint64(seed), uint64(seed/len(ops))) }) {
					count.Missed("torn: "+op.name, "seed %d of a power cut during %s", seed, op.name)
				}
			}
			t.Logf("%d disks", len(judged))
		})
	}
}

// tornDisk is what a power cut left, and what follows it: who has the same disk at the same time,
// and was told as much, does the same.
type tornDisk struct {
	disk [sha256.Size]byte
	from int
	at   stopped
}

// torn cuts the power at a random write point. turn is which of the operation's cuts this is.
func (st *start) torn(t *testing.T, judged map[tornDisk]bool, seed, turn uint64) {
	all := st.killed(t, seed/tornRound)
	k := 1 + rand.New(rand.NewPCG(seed, 3)).IntN(len(all))
	disk := all[k-1].disk.CrashClone(seed)
	d := tornDisk{diskSum(t, disk), st.acknowledged(all[k-1]), []stopped{still, later}[turn%2]}
	if judged[d] {
		return
	}
	judged[d] = true
	if err := st.recovers(t, disk, d.from, d.at); err != nil {
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
		left := w.killed(t, 0)
		for seed := range seeds {
			k := 1 + rand.New(rand.NewPCG(uint64(seed), 4)).IntN(len(left))
			count.Reached("torn: repair", 1)
			what := fmt.Sprintf("hopeless %t, killed at write point %d, seed %d", hopeless, k, seed)
			w.healed(t, count, "torn: repair", left[k-1].CrashClone(uint64(seed)), hopeless, what)
		}
	}
}

// killed is what a repair leaves that is killed at its first, second, third ... write point.
func (w wounded) killed(t *testing.T, seed uint64) (all []*vfs.MemFS) {
	t.Helper()
	faulty := faultfs.New(w.disk.CrashClone(0), seed)
	faulty.Forks(func(left *vfs.MemFS) { all = append(all, left) })
	if _, err := w.repairOn(t, faulty); err != nil {
		t.Fatal(err)
	}
	return all
}
