package ingest

import (
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"

	"sluice/index"
	"sluice/internal/faultfs"
	"sluice/internal/promise"
	"sluice/internal/testkit"
	"sluice/internal/vfs"
)

// unique begins every word that a test plants, so that one search finds a trace of any of them.
const unique = "zqxvkwj"

// plantedText is a document with unique words in its heading, in its body, and one that only this
// version holds.
func plantedText(version string) string {
	return fmt.Sprintf("# %stitle of it\n\n%s\nthe %sbody and %s%s stand here\n\n%s", unique, testkit.Text(5, 12), unique, unique, version, testkit.Text(6, 12))
}

// forgetCase is a way in which a store came to hold what is then forgotten.
type forgetCase struct {
	name  string
	setUp func(t *testing.T, s *both, src *testkit.Source)
	what  func(t *testing.T, s *both) Forget
	label string
}

func full() bool { return os.Getenv("SLUICE_FULL") != "" }

// stride is how far apart the write points are that a test tries: all of those of a document and of
// a source, and a sample of the other cases, which differ in what is found and not in how it goes.
// With -short it is a sample of each.
func (c forgetCase) stride() int {
	switch {
	case full():
		return 1
	case c.name == "edited" || c.name == "source":
		return stride()
	}
	return 5 * (stride()/2 + 1)
}

func forgetCases() []forgetCase {
	name := unique + "name.md"
	path := func(paths ...string) func(*testing.T, *both) Forget {
		return func(*testing.T, *both) Forget { return Forget{Paths: map[string][]string{"notes": paths}} }
	}
	edited := func(t *testing.T, s *both, src *testkit.Source) {
		src.Put(name, plantedText("first"))
		src.Put("zr.txt", testkit.Text(9, 700)) // lies in the same segment, which is not worn by one document
		syncSource(t, s, src)
		src.Put(name, plantedText("second"))
		syncSource(t, s, src)
	}
	return []forgetCase{
		{name: "edited", setUp: edited, what: path(name)},
		{name: "deleted", what: path(name), setUp: func(t *testing.T, s *both, src *testkit.Source) {
			src.Put(name, plantedText("only"))
			src.Put("zr.txt", testkit.Text(9, 700)) // as above
			syncSource(t, s, src)
			src.Remove(name)
			syncSource(t, s, src)
		}},
		{name: "folder", what: path(unique + "dir/"), setUp: func(t *testing.T, s *both, src *testkit.Source) {
			for i, version := range []string{"one", "two", "three"} {
				src.Put(fmt.Sprintf("%sdir/%s%d.md", unique, unique, i), plantedText(version))
			}
			syncSource(t, s, src)
			src.Put(unique+"dir/"+unique+"0.md", plantedText("later"))
			src.Remove(unique + "dir/" + unique + "1.md")
			syncSource(t, s, src)
		}},
		{name: "passage", what: passageOf, setUp: func(t *testing.T, s *both, src *testkit.Source) {
			for _, version := range []string{"first", "second"} { // the passage stays, the one before it does not
				src.Put("diary.txt", testkit.Text(uint64(len(version)), 25)+"\n"+testkit.Around(7, unique+"word"))
				src.Put("diary2.txt", testkit.Text(9, 700))
				syncSource(t, s, src)
			}
		}},
		{name: "renamed", what: path("renamed.md"), setUp: func(t *testing.T, s *both, src *testkit.Source) {
			src.Put("before.md", plantedText("same"))
			src.Put("btw.txt", testkit.Text(9, 700))
			syncSource(t, s, src)
			src.Remove("before.md")
			src.Put("renamed.md", plantedText("same"))
			syncSource(t, s, src)
		}},
		{name: "merged", what: path(name), setUp: func(t *testing.T, s *both, src *testkit.Source) {
			edited(t, s, src)
			if err := s.Merge(context.Background()); err != nil {
				t.Fatal(err)
			}
		}},
		{name: "shared", what: path(name), setUp: func(t *testing.T, s *both, src *testkit.Source) {
			src.Put(name, testkit.Text(21, 12)) // its text is stored once, for both
			src.Put("twin.md", testkit.Text(21, 12))
			syncSource(t, s, src)
		}},
		{name: "unreadable", what: path(name), setUp: func(t *testing.T, s *both, src *testkit.Source) {
			edited(t, s, src)
			src.Hide = map[string]bool{name: true} // the table of sources says that it could not be read
			syncSource(t, s, src)
		}},
		{name: "noted", what: path(name), setUp: func(t *testing.T, s *both, src *testkit.Source) {
			edited(t, s, src)
			note(t, s, name)
		}},
		{name: "source", label: unique + "Source", setUp: edited,
			what: func(*testing.T, *both) Forget { return Forget{Sources: []string{unique + "Source"}} }},
	}
}

// note notes the encoding of a document, as a sync does of one that does not say in which it is.
func note(t *testing.T, s *both, path string) {
	t.Helper()
	err := s.Commit(t.Context(), "", func(m *index.Manifest) error {
		return s.ChangeSources(m, func(all []index.SourceState) ([]index.SourceState, error) {
			i := slices.IndexFunc(all, func(st index.SourceState) bool { return st.Label == "notes" })
			all[i].Guessed = map[string]string{path: "windows-1252"}
			return all, nil
		})
	})
	if err != nil {
		t.Fatal(err)
	}
}

// passageOf forgets the passages that hold the unique word.
func passageOf(t *testing.T, s *both) Forget {
	var what Forget
	for _, line := range ask(t, snapshot(t, s), unique+"word", 10) {
		id, err := index.ParseID(strings.Fields(line)[0])
		if err != nil {
			t.Fatal(err)
		}
		what.IDs = append(what.IDs, id)
	}
	return what
}

// forgetStart is a store that holds what is to be forgotten, and the order to forget it.
type forgetStart struct {
	disk *vfs.MemFS
	src  *testkit.Source
	what Forget
	left string // what the store says when it is forgotten

	unserved bool // it says that before, too
}

// clone is the disk of the start, so that one set-up serves many kills.
func (f *forgetStart) clone() *vfs.MemFS { return f.disk.CrashClone(1) }

func startForget(t *testing.T, c forgetCase) *forgetStart {
	t.Helper()
	f := &forgetStart{disk: vfs.Mem(), src: testkit.NewSource("notes")}
	if c.label != "" {
		f.src.Label = c.label
	}
	s := newStore(t, f.disk)
	other := testkit.NewSource("other")
	testkit.Fill(other, 3, 5)
	addSource(t, s, other)
	syncSource(t, s, other)
	testkit.Fill(f.src, 11, 14)
	addSource(t, s, f.src)
	syncSource(t, s, f.src)
	c.setUp(t, s, f.src)
	f.what = c.what(t, s)
	before := state(t, s)
	_ = s.Close()
	if len(spelled(t, f.clone(), unique)) == 0 {
		t.Fatal("vacuous: the store never spelled it")
	}
	again := newStore(t, f.clone())
	mustForget(t, again, f.what)
	f.left = state(t, again)
	f.unserved = before == f.left
	_ = again.Close()
	return f
}

func mustForget(t testing.TB, s *both, what Forget) *ForgetReport {
	t.Helper()
	rep, err := s.Forget(context.Background(), what)
	if err != nil && !errors.Is(err, index.ErrNoSource) { // a source that is forgotten already is none any more
		t.Fatal(err)
	}
	if err != nil {
		if rep.Remains, err = s.Resume(context.Background()); err != nil {
			t.Fatal(err)
		}
	}
	return rep
}

// goneFrom: nothing on the disk spells a unique word, nor would after a power cut.
func goneFrom(t *testing.T, disk *vfs.MemFS, what string) {
	t.Helper()
	if where := spelled(t, disk, unique); len(where) > 0 {
		t.Errorf("%s: %d places still spell it, %s first", what, len(where), where[0])
	}
	if where := spelled(t, disk.CrashClone(7), unique); len(where) > 0 {
		t.Errorf("%s, and the power cut after it: %d places spell it again, %s first", what, len(where), where[0])
	}
}

// TestForgottenIsGone: however a store came to hold a document, a passage or a source, when a
// forget says that it is gone no file spells a word of it, and the rest is as it was.
func TestForgottenIsGone(t *testing.T) {
	count := promise.For(t, 26, "forget")
	for _, c := range forgetCases() {
		t.Run(c.name, func(t *testing.T) {
			f := startForget(t, c)
			disk := f.clone()
			s := newStore(t, disk)
			if rep := mustForget(t, s, f.what); !rep.Remains.Gone() {
				t.Fatalf("nobody reads, and it is %s", rep.Remains)
			}
			count.Reached("forget", 1)
			goneFrom(t, disk, "forgotten")
			before := generationOf(t, s)
			if rep := mustForget(t, s, f.what); !rep.Remains.Gone() || rep.Documents+rep.Passages+rep.Older != 0 {
				t.Errorf("forgotten again: %+v", rep)
			}
			if c.label == "" && generationOf(t, s) != before {
				t.Error("forgetting again what is gone changes the store")
			}
			if got := state(t, s); got != f.left {
				t.Error("forgetting again changes what is left")
			}
			checkClean(t, s, "forgotten")
			noOrphans(t, s, "forgotten")
		})
	}
}

func generationOf(t *testing.T, s *both) uint64 {
	t.Helper()
	sn, err := s.Snapshot(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	defer sn.Close()
	return sn.Generation()
}

// TestForgetKilled kills a forget at every write point, and what goes on with it at another one.
// What is named is served as before or not at all. When the order was recorded, it is carried out
// by whatever writes next, else by forgetting again; and then every byte is gone.
//
// Every write point of all cases, and every pair of the first: SLUICE_FULL=1 go test ./ingest -run
// TestForgetKilled
func TestForgetKilled(t *testing.T) {
	promise.Sweep(t)
	for i, c := range forgetCases() {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			kills := promise.For(t, 7, "kill", "power cut")
			gone := promise.For(t, 26, "kill", "kill again")
			f := startForget(t, c)
			for k := 1; ; k += c.stride() {
				disk := f.clone()
				if !f.killedAt(t, disk, k, f.forget) {
					break
				}
				kills.Reached("kill", 1)
				kills.Reached("power cut", 1)
				gone.Reached("kill", 2)
				seconds := []int{1 + k*7%23}
				if full() && i == 0 {
					seconds = seconds[:0]
					for j := 1; j < 80; j++ {
						seconds = append(seconds, j)
					}
				}
				for _, j := range seconds {
					f.goesOn(t, disk.CrashClone(uint64(k)), j, gone, fmt.Sprintf("point %d, power cut", k))
				}
				f.goesOn(t, disk, 1+k%23, gone, fmt.Sprintf("point %d, kill -9", k))
			}
		})
	}
}

// killedAt runs do on a process that is killed at its k-th write point; false when it got through.
func (f *forgetStart) killedAt(t *testing.T, disk vfs.FS, k int, do func(*both) error) bool {
	t.Helper()
	faulty := faultfs.New(disk, uint64(k), faultfs.Rule{Ops: faultfs.WritePoints, Nth: k, Mode: faultfs.Kill})
	s, err := open(faulty, Options{SegmentBytes: smallSegments, Jobs: 1})
	if err == nil {
		err = do(s)
		_ = s.Close()
	}
	if !faulty.Dead() && err != nil {
		t.Fatalf("point %d: %v without a fault", k, err)
	}
	return faulty.Dead()
}

func (f *forgetStart) forget(s *both) error {
	_, err := s.Forget(context.Background(), f.what)
	if errors.Is(err, index.ErrNoSource) {
		_, err = s.Resume(context.Background())
	}
	return err
}

// goesOn is killed once more, and then finishes: by a sync of another source when the order was
// recorded, and else by forgetting again.
func (f *forgetStart) goesOn(t *testing.T, disk *vfs.MemFS, j int, count *promise.Count, what string) {
	t.Helper()
	what = fmt.Sprintf("%s, then point %d", what, j)
	other := testkit.NewSource("other")
	testkit.Fill(other, 3, 5)
	next := func() func(*both) error {
		s := openedStore(t, disk)
		defer s.Close()
		r, err := s.Remains()
		if err != nil {
			t.Fatal(err)
		}
		if state(t, s) != f.left || f.unserved && r.Gone() { // not recorded: the user is told nothing and forgets again
			return f.forget
		}
		return func(s *both) error {
			_, err := s.Sync(context.Background(), other, SyncOptions{})
			return err
		}
	}
	if f.killedAt(t, disk, j, next()) {
		count.Reached("kill again", 1)
		disk = disk.CrashClone(uint64(j))
	}
	finish := next()
	s := openedStore(t, disk)
	defer s.Close()
	if err := finish(s); err != nil {
		t.Fatalf("%s: %v", what, err)
	}
	if r, err := s.Remains(); err != nil || !r.Gone() {
		t.Fatalf("%s: %v, %v", what, r, err)
	}
	if state(t, s) != f.left {
		t.Errorf("%s: the store differs from one that was never killed", what)
	}
	if where := spelled(t, disk, unique); len(where) > 0 {
		count.Missed("kill", "%s: gone, and %d places spell it, %s first", what, len(where), where[0])
	}
}

// TestForgetOnAFullDisk: the disk is full at each write point, once or from then on. A forget that
// does not fail and says that it is gone has left nothing; any other is finished by the next one.
func TestForgetOnAFullDisk(t *testing.T) {
	promise.Sweep(t)
	for _, c := range forgetCases() {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			disks := promise.For(t, 5, "full once", "full from then on")
			gone := promise.For(t, 26, "full disk")
			f := startForget(t, c)
			for _, sticky := range []bool{false, true} {
				kind := map[bool]string{false: "full once", true: "full from then on"}[sticky]
				for k := 1; ; k += c.stride() {
					disk := f.clone()
					if !f.fullAt(t, disk, k, sticky, gone) {
						break
					}
					disks.Reached(kind, 1)
					gone.Reached("full disk", 1)
				}
			}
		})
	}
}

func (f *forgetStart) fullAt(t *testing.T, disk *vfs.MemFS, k int, sticky bool, count *promise.Count) bool {
	t.Helper()
	rule := faultfs.Rule{Ops: faultfs.WritePoints, Nth: k, Mode: faultfs.Fail, Err: faultfs.ErrNoSpace, Sticky: sticky}
	faulty := faultfs.New(disk, uint64(k), rule)
	s, err := open(faulty, Options{SegmentBytes: smallSegments, Jobs: 1})
	if err != nil {
		t.Fatal(err)
	}
	rep, err := s.Forget(context.Background(), f.what)
	_ = s.Close()
	if len(faulty.Missed()) > 0 {
		return false
	}
	if err != nil && !errors.Is(err, faultfs.ErrNoSpace) {
		t.Fatalf("point %d: %v", k, err)
	}
	if where := spelled(t, disk, unique); err == nil && rep.Remains.Gone() && len(where) > 0 {
		count.Missed("full disk", "point %d: it is said to be gone, and %d places spell it, %s first", k, len(where), where[0])
	}
	again := openedStore(t, disk)
	defer again.Close()
	if rep := mustForget(t, again, f.what); !rep.Remains.Gone() {
		t.Fatalf("point %d: there is room again, and it is %s", k, rep.Remains)
	}
	if state(t, again) != f.left {
		t.Errorf("point %d: the store differs from one whose disk was never full", k)
	}
	if where := spelled(t, disk, unique); len(where) > 0 {
		count.Missed("full disk", "point %d: forgotten again, and %d places spell it, %s first", k, len(where), where[0])
	}
	return true
}
