package ingest

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	diff "github.com/google/go-cmp/cmp"

	"sluice/index"
	"sluice/internal/clock"
	"sluice/internal/faultfs"
	"sluice/internal/testkit"
	"sluice/internal/vfs"
)

// start is a disk on which an operation is about to begin. It is made once and cloned for every
// fault, which costs a hundredth of setting it up again.
type start struct {
	crashing
	base   *vfs.MemFS // all of it is synced, so that a power cut of it is a copy
	src    *testkit.Source
	states []string // what the store says before, after each commit, and at the end

	mu   sync.Mutex
	seed uint64
	dead []dead // what the operation leaves that is killed, with that seed
}

// points is how many write points the operation has.
func (st *start) points() int {
	st.mu.Lock()
	defer st.mu.Unlock()
	return len(st.dead)
}

// still is the time of all that a sweep does. A sync that finds nothing new notes its time when the
// noted one is old: how fast the machine is must not decide whether there is another commit.
var still = stopped{at: time.Now()}

// later is when somebody tries again who has found the machine off: then a sync that finds nothing
// new makes another commit.
var later = stopped{at: still.at.Add(2 * syncedSlack)}

// stopped is a clock that stands still. One waits by the machine's.
type stopped struct {
	clock.System
	at time.Time
}

func (s stopped) Now() time.Time { return s.at }

// stillStore opens or makes a store that its caller closes.
func stillStore(t testing.TB, files vfs.FS, at stopped) *both {
	t.Helper()
	s, err := create(files, Options{SegmentBytes: smallSegments, Jobs: 2, Clock: at}, index.Options{})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// starts holds what startOf made, by the names of the operations: several sweeps begin there.
var starts sync.Map

// startOf prepares an operation and runs it, to learn which states lie on its way.
func startOf(t *testing.T, c crashing) *start {
	t.Helper()
	if st, ok := starts.Load(c.name); ok {
		return st.(*start)
	}
	disk, src := vfs.Mem(), littleSource()
	s := stillStore(t, disk, still)
	c.setUp(t, s, src)
	before := state(t, s)
	_ = s.Close() // or it would hold its generation's files
	st := &start{crashing: c, base: disk.CrashClone(1), src: src}
	if got := st.reopened(t, st.base.CrashClone(1)); got != before {
		t.Fatalf("the disk of before does not hold what was there:\n%s", diff.Diff(before, got))
	}
	way := map[string]bool{}
	for _, d := range st.killed(t, 0) {
		way[st.reopened(t, d.disk.Clone())] = true
	}
	through := st.base.CrashClone(1)
	if err := st.on(through, st.run, new(atomic.Int64)); err != nil {
		t.Fatalf("%v without a fault", err)
	}
	end := st.reopened(t, through)
	delete(way, end)
	delete(way, before)
	st.states = append(slices.SortedFunc(maps.Keys(way), byDocuments), end)
	if before != st.end() {
		st.states = slices.Insert(st.states, 0, before)
	}
	if st.points() < 20 {
		t.Fatalf("vacuous: only %d write points", st.points())
	}
	t.Logf("%s: %d write points, %d states", c.name, st.points(), len(st.states))
	starts.Store(c.name, st)
	return st
}

// documentsIn is how many documents a state tells of.
func documentsIn(state string) int64 { return int64(strings.Count("\n"+state, "\ndocument ")) }

func byDocuments(a, b string) int { return cmp.Compare(documentsIn(a), documentsIn(b)) }

// end is what the store says when the operation got through.
func (st *start) end() string { return st.states[len(st.states)-1] }

// dead is the disk of a process that was killed, and what it had been told until then.
type dead struct {
	disk  *vfs.MemFS
	acked int64 // documents that a first sync said were committed
}

// killed is what the operation leaves that is killed at its first, second, third ... write point.
// The seed chooses how much of a write that is being made reaches the disk. It is kept: the disks
// are to be cloned.
func (st *start) killed(t *testing.T, seed uint64) []dead {
	t.Helper()
	st.mu.Lock()
	defer st.mu.Unlock()
	if st.seed != seed || st.dead == nil {
		st.seed, st.dead = seed, st.killedOn(t, st.base.CrashClone(1), seed, st.run)
	}
	return st.dead
}

// killedOn is what an operation leaves on a disk that is killed at each of its write points.
func (st *start) killedOn(t *testing.T, disk *vfs.MemFS, seed uint64, run func(*both, *testkit.Source) error) (all []dead) {
	t.Helper()
	var acked atomic.Int64
	faulty := faultfs.New(disk, seed)
	faulty.Forks(func(left *vfs.MemFS) { all = append(all, dead{left, acked.Load()}) })
	if err := st.on(faulty, run, &acked); err != nil {
		t.Fatalf("%v without a fault", err)
	}
	return all
}

// on opens the store of a disk, runs an operation there, and counts what it says is committed.
func (st *start) on(disk vfs.FS, run func(*both, *testkit.Source) error, acked *atomic.Int64) error {
	s, err := open(disk, Options{SegmentBytes: smallSegments, Jobs: 1, Clock: still})
	if err != nil {
		return err
	}
	s.progress = func(p Progress) { acked.Store(max(acked.Load(), p.Indexed)) }
	err = run(s, st.src.Clone())
	_ = s.Close()
	return err
}

// reopened is what a store says that is opened on a disk.
func (st *start) reopened(t *testing.T, disk vfs.FS) string {
	t.Helper()
	s := stillStore(t, disk, still)
	defer s.Close()
	return state(t, s)
}

// redo is what a user does after a crash: the same again, or a sync.
func (st *start) redo(s *both, src *testkit.Source) error {
	if st.again {
		return st.run(s, src)
	}
	info := src.Info()
	if err := s.AddSource(context.Background(), index.SourceConfig{Label: info.Label, Kind: info.Kind, Root: info.Root}); err != nil {
		return err
	}
	_, err := s.Sync(context.Background(), src, SyncOptions{})
	return err
}

// recovers: on what a fault left the store opens with a state of the operation's way, at least the
// one of index from; every checksum holds; and doing it again, at that time, ends as if there had
// been no fault.
func (st *start) recovers(t *testing.T, disk vfs.FS, from int, at stopped) error {
	t.Helper()
	s := stillStore(t, disk, at)
	defer s.Close()
	if i := slices.Index(st.states, state(t, s)); i < from {
		return fmt.Errorf("the store holds state %d of %d (-1: none of its way), and number %d was acknowledged", i, len(st.states), from)
	}
	return st.finishes(t, s)
}

// finishes: doing it again ends as if there had been no fault.
func (st *start) finishes(t *testing.T, s *both) error {
	t.Helper()
	checkClean(t, s, "reopened")
	if err := st.redo(s, st.src.Clone()); err != nil {
		return fmt.Errorf("again: %w", err)
	}
	if got := state(t, s); got != st.end() {
		return fmt.Errorf("the store differs from one without a fault:\n%s", diff.Diff(st.end(), got))
	}
	checkClean(t, s, "again")
	if d := degraded(t, s); len(d) > 0 {
		return fmt.Errorf("still degraded: %v", d)
	}
	orphans, err := s.Orphans()
	if err != nil || len(orphans) > 0 {
		return fmt.Errorf("orphans %v, %v", orphans, err)
	}
	return nil
}

// acknowledged is the first state that holds what a killed process had been told.
func (st *start) acknowledged(d dead) int {
	if st.name != "ingest" {
		return 0
	}
	return slices.IndexFunc(st.states, func(s string) bool { return documentsIn(s) >= d.acked })
}

// stride is how far apart the points are that a sweep tries: every third, or with -short fewer. All
// of them: SLUICE_FULL=1 go test ./ingest -timeout 2h
func stride() int {
	switch {
	case full():
		return 1
	case testing.Short():
		return 7
	}
	return 3
}
