package ingest

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"sluice/index"
	"sluice/internal/faultfs"
	"sluice/internal/promise"
	"sluice/internal/testkit"
	"sluice/internal/vfs"
)

// crashing is one operation of a store that may be killed at any write point.
type crashing struct {
	name  string
	setUp func(t *testing.T, s *both, src *testkit.Source) // what the store holds before
	run   func(s *both, src *testkit.Source) error         // what is killed
	rid   bool                                             // when it says that it is done, what is gone has left the files
	again bool                                             // who finds it unfinished does it again; else they sync
}

func crashes() []crashing {
	ctx := context.Background()
	sync := func(s *both, src *testkit.Source) error {
		_, err := s.Sync(ctx, src, SyncOptions{Progress: s.progress})
		return err
	}
	mustSync := func(t *testing.T, s *both, src *testkit.Source) { addSource(t, s, src); syncSource(t, s, src) }
	fill := func(s *both) error { _, err := s.Fill(ctx, FillOptions{Encoder: &meant{id: 1}}); return err }
	filled := func(t *testing.T, s *both, src *testkit.Source) {
		mustSync(t, s, src)
		if err := fill(s); err != nil {
			t.Fatal(err)
		}
	}
	edit := func(src *testkit.Source) {
		src.Put("dir0/doc000.txt", testkit.Text(99, 30))
		src.Put("added.txt", testkit.Text(98, 30))
		src.Remove("dir1/note001.md")
		paged(src, "report.pdf", 97, 5)
	}
	forget := Forget{Paths: map[string][]string{"notes": {"dir0/"}}}
	return []crashing{
		{name: "ingest", setUp: func(t *testing.T, s *both, src *testkit.Source) { addSource(t, s, src) }, run: sync},
		{name: "update", setUp: func(t *testing.T, s *both, src *testkit.Source) { filled(t, s, src); edit(src) }, run: sync},
		{name: "merge", setUp: func(t *testing.T, s *both, src *testkit.Source) { filled(t, s, src); edit(src); mustSync(t, s, src) },
			run: func(s *both, _ *testkit.Source) error { return s.Merge(ctx) }, rid: true},
		{name: "forget", setUp: filled, run: func(s *both, _ *testkit.Source) error { _, err := s.Forget(ctx, forget); return err }, rid: true, again: true},
		{name: "fill", setUp: mustSync, run: func(s *both, _ *testkit.Source) error { return fill(s) }, again: true},
	}
}

func crashSource() *testkit.Source {
	src := testkit.NewSource("notes")
	testkit.Fill(src, 11, 14)
	paged(src, "report.pdf", 96, 7)
	return src
}

// TestKillAtEveryWritePoint kills the process at its first, second, third ... change of the disk
// until the operation gets through. After each kill the store opens with a state of its way, every
// checksum holds, and doing it again gives the documents, passages and document frequencies of a
// store that was never killed: both when the disk kept what was written (kill -9) and when it lost
// what was not synced (power cut).
func TestKillAtEveryWritePoint(t *testing.T) {
	promise.Sweep(t)
	count := promise.For(t, 7, "kill at a write point", "power cut at a write point")
	for _, c := range crashes() {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			st := startOf(t, c)
			all := st.killed(t, 1)
			for k := 1; k <= len(all); k += stride() {
				d := all[k-1]
				from := st.acknowledged(d)
				count.Reached("power cut at a write point", 1)
				if err := st.recovers(t, d.disk.CrashClone(uint64(k)), from, later); err != nil {
					count.Missed("power cut at a write point", "%s, point %d: %v", c.name, k, err)
				}
				count.Reached("kill at a write point", 1)
				if err := st.recovers(t, d.disk.Clone(), from, still); err != nil {
					count.Missed("kill at a write point", "%s, point %d: %v", c.name, k, err)
				}
			}
		})
	}
}

func checkClean(t *testing.T, s *both, what string) {
	t.Helper()
	rep, err := s.Check(context.Background(), index.CheckOptions{})
	if err != nil {
		t.Fatalf("%s: %v", what, err)
	}
	for _, b := range rep.Bad {
		if b.Kind != "manifest" { // a slot that was being written is damaged, and the other one stands
			t.Fatalf("%s: %+v", what, b)
		}
	}
}

// noOrphans: the store's folder holds what the two slots name, and nothing else.
func noOrphans(t *testing.T, s *both, what string) {
	t.Helper()
	orphans, err := s.Orphans()
	if err != nil || len(orphans) > 0 {
		t.Errorf("%s: orphans %v, %v", what, orphans, err)
	}
}

// TestFailAtEveryWritePoint: a full disk or an I/O error, once or from then on, fails the operation
// with that error and leaves the store as it was, as it should become, or as one of its commits
// left it; trying again succeeds.
func TestFailAtEveryWritePoint(t *testing.T) {
	promise.Sweep(t)
	for _, c := range crashes() {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			st := startOf(t, c)
			count := promise.For(t, 5, "full once", "full from then on", "I/O error once", "I/O error from then on")
			for _, kind := range []string{"full once", "full from then on", "I/O error once", "I/O error from then on"} {
				rule := faultfs.Rule{Ops: faultfs.WritePoints, Mode: faultfs.Fail, Err: faultfs.ErrNoSpace, Sticky: strings.HasSuffix(kind, "on")}
				if strings.HasPrefix(kind, "I/O") {
					rule.Err = faultfs.ErrIO
				}
				for rule.Nth = 1; st.failed(t, kind, rule, count); rule.Nth += stride() {
				}
			}
		})
	}
}

// nothingGone: no segment holds what was removed.
func nothingGone(t *testing.T, disk vfs.FS, what string) {
	t.Helper()
	s := openedStore(t, disk)
	defer s.Close()
	sn, err := s.Snapshot(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	defer sn.Close() // at once: what a reader holds stays on the disk
	for _, seg := range sn.Segments() {
		if n := goneOf(seg); n > 0 {
			t.Errorf("%s: nothing is said to have failed, and %s holds %d removed passages", what, seg.Name(), n)
		}
	}
}

// failed runs the operation on a disk that fails as the rule says; false when it got through.
func (st *start) failed(t *testing.T, kind string, rule faultfs.Rule, count *promise.Count) (reached bool) {
	t.Helper()
	ok := t.Run(fmt.Sprintf("%s,point=%d", strings.ReplaceAll(kind, " ", "-"), rule.Nth), func(t *testing.T) {
		disk := st.base.CrashClone(1)
		faulty := faultfs.New(disk, uint64(rule.Nth), rule)
		s, err := open(faulty, Options{SegmentBytes: smallSegments, Jobs: 1, Clock: still})
		if err == nil {
			err = st.run(s, st.src.Clone())
			_ = s.Close()
		}
		if reached = len(faulty.Missed()) == 0; !reached {
			return
		}
		count.Reached(kind, 1)
		if err != nil && !errors.Is(err, rule.Err) {
			t.Fatalf("it does not say what failed: %v", err)
		}
		if err == nil && st.rid {
			nothingGone(t, disk, kind)
		}
		at := []stopped{still, later}[rule.Nth/stride()%2]
		from := 0
		if err == nil {
			from = len(st.states) - 1
		}
		if bad := st.recovers(t, disk, from, at); bad != nil {
			t.Errorf("the operation said %v: %v", err, bad)
		}
	})
	if !ok {
		count.Missed(kind, "%s: %s, write point %d", st.name, kind, rule.Nth)
	}
	return reached
}
