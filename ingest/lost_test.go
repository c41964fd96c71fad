package ingest

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"sluice/index"
	"sluice/internal/faultfs"
	"sluice/internal/promise"
	"sluice/internal/testkit"
	"sluice/internal/vfs"
)

// TestALostTextIsReadAgain: a segment whose text is missing, or damaged where it is opened, hides
// its documents until the next sync, which reads them again. Then the store is what it was: no
// document is there twice, no file is named twice, and nothing is degraded.
func TestALostTextIsReadAgain(t *testing.T) {
	for name, lose := range map[string]func(t *testing.T, files vfs.FS, path string){
		"missing": func(t *testing.T, files vfs.FS, path string) {
			if err := files.Remove(path); err != nil {
				t.Fatal(err)
			}
		},
		"header": func(t *testing.T, files vfs.FS, path string) {
			bad := testkit.ReadFile(t, files, path)
			bad[3] ^= 1
			testkit.Overwrite(t, files, path, bad)
		},
		"cut short": func(t *testing.T, files vfs.FS, path string) {
			testkit.Overwrite(t, files, path, testkit.ReadFile(t, files, path)[:100])
		},
	} {
		for _, ending := range []string{".text", ".lexical", ".tombstones", ".parity", ".spare"} {
			t.Run(name+ending, func(t *testing.T) { loseAndSync(t, ending, lose) })
		}
	}
}

func loseAndSync(t *testing.T, ending string, lose func(*testing.T, vfs.FS, string)) {
	files := vfs.Mem()
	src := testkit.NewSource("notes")
	testkit.Fill(src, 5, 24)
	s := newStore(t, files)
	addSource(t, s, src)
	syncSource(t, s, src)
	src.Put("dir0/doc000.txt", testkit.Text(77, 20))
	src.Remove("dir1/note001.md")
	syncSource(t, s, src)
	want := state(t, s)
	_ = s.Close()
	all, err := files.List("files")
	if err != nil {
		t.Fatal(err)
	}
	lost := 0
	for _, e := range all {
		if !strings.HasSuffix(e.Name, ending) {
			continue
		}
		lose(t, files, "files/"+e.Name)
		lost++
		s := newStore(t, files)
		if len(degraded(t, s)) == 0 && ending != ".parity" && ending != ".spare" { // without these every question is answered
			t.Errorf("%s is gone and nobody says so", e.Name)
		}
		syncSource(t, s, src)
		if got := state(t, s); got != want {
			t.Fatalf("after a sync:\n%s", cmp.Diff(want, got))
		}
		namedOnce(t, s)
		checkClean(t, s, "after a sync")
		noOrphans(t, s, "after a sync")
		_ = s.Close()
	}
	if lost == 0 {
		t.Fatal("vacuous: no such file")
	}
}

// namedOnce: a generation names no file twice and holds no document twice.
func namedOnce(t *testing.T, s *both) {
	t.Helper()
	sn, err := s.Snapshot(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer sn.Close() // a held generation keeps its files
	var files, documents []string
	for _, seg := range sn.Segments() {
		files = append(files, seg.Entry().Text.Name())
	}
	places, err := sn.ByPath("", "dir0/")
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range places {
		rec, err := sn.Passage(p)
		if err != nil {
			t.Fatal(err)
		}
		documents = append(documents, string(rec.ID[:]))
	}
	for what, names := range map[string][]string{"file": files, "passage": documents} {
		slices.Sort(names)
		if n := len(slices.Compact(slices.Clone(names))); n != len(names) {
			t.Errorf("%d of %d are different: a %s is there twice", n, len(names), what)
		}
	}
}

// TestADamagedTextIsReadAgain: damage inside a text, which opening does not see, must not stop a
// source for good: when a document of the segment is replaced, or the segment merged, its documents
// are read again.
func TestADamagedTextIsReadAgain(t *testing.T) {
	files := vfs.Mem()
	src := testkit.NewSource("notes")
	testkit.Fill(src, 5, 40)
	s := newStore(t, files)
	addSource(t, s, src)
	syncSource(t, s, src)
	_ = s.Close()
	all, err := files.List("files")
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range all {
		if strings.HasSuffix(e.Name, ".text") {
			b := testkit.ReadFile(t, files, "files/"+e.Name)
			b[200] ^= 1 // in the first block of text
			testkit.Overwrite(t, files, "files/"+e.Name, b)
		}
	}
	for _, p := range src.Paths() {
		src.Put(p, "A new text for "+p+".\n"+testkit.Text(uint64(len(p)), 12))
	}
	s = newStore(t, files)
	rep := syncSource(t, s, src)
	if len(rep.Mended) == 0 {
		t.Error("nothing says that something was damaged")
	}
	fresh := newStore(t, vfs.Mem())
	addSource(t, fresh, src)
	syncSource(t, fresh, src)
	if got, want := state(t, s), state(t, fresh); got != want {
		t.Fatalf("%s", cmp.Diff(want, got))
	}
	checkClean(t, s, "after a sync")
	noOrphans(t, s, "after a sync")
}

// TestAKilledMendingLosesNothingInSilence: a sync that meets damage reads a segment's documents
// again. Killed at any point, every document is there, once, or its segment is named; and the next
// sync ends it.
func TestAKilledMendingLosesNothingInSilence(t *testing.T) {
	promise.Sweep(t)
	c := promise.For(t, 7, "kill while damage is mended")
	for _, parity := range []bool{true, false} {
		killMending(t, c, parity)
	}
}

// killMending kills at every point, or at some where parity does not bring back what was damaged,
// which takes more steps.
func killMending(t *testing.T, c *promise.Count, parity bool) {
	damaged, src, want := damagedStore(t)
	step := stride()
	if !parity {
		step *= 5
	}
	for k := 1; ; k += step {
		disk := damaged.CrashClone(0)
		for _, name := range filesOf(t, disk, ".parity") {
			if !parity {
				_ = disk.Remove(name)
			}
		}
		faulty := faultfs.New(disk, uint64(k), faultfs.Rule{Ops: faultfs.WritePoints, Nth: k, Mode: faultfs.Kill})
		s, err := open(faulty, Options{SegmentBytes: smallSegments, Jobs: 1})
		var rep *Report
		if err == nil {
			rep, err = s.Sync(context.Background(), src, SyncOptions{})
			_ = s.Close()
		}
		if !faulty.Dead() {
			if err != nil || len(rep.Mended) == 0 {
				t.Fatalf("%d write points: %v, mended %v", k, err, rep)
			}
			return
		}
		c.Reached("kill while damage is mended", 1)
		after := openedStore(t, disk)
		sn := snapshot(t, after)
		has := map[string]int{}
		named := slices.ContainsFunc(sn.Degraded(), func(d index.Degraded) bool { return d.Documents > 0 })
		if err := sn.EachDocument("", func(d index.Document) error { has[d.Path]++; return nil }); err != nil {
			t.Fatalf("point %d: %v", k, err)
		}
		for _, p := range src.Paths() {
			if n := has[p]; n > 1 || n == 0 && !named {
				c.Missed("kill while damage is mended", "point %d: %s is there %d times, degraded %v", k, p, n, sn.Degraded())
			}
		}
		syncSource(t, after, src)
		if got := state(t, after); got != want {
			t.Fatalf("point %d: %s", k, cmp.Diff(want, got))
		}
		_ = after.Close()
	}
}

// damagedStore is a store with a flipped bit in the text of every segment, its source, whose
// documents have all changed since, and what the store should say after the next sync.
func damagedStore(t *testing.T) (disk *vfs.MemFS, src *testkit.Source, want string) {
	t.Helper()
	disk, src = vfs.Mem(), testkit.NewSource("notes")
	for i := range 3 { // each is a segment of several blocks: opening it does not see the first
		src.Put(fmt.Sprintf("long%d.txt", i), testkit.Text(uint64(i), 400))
	}
	s := newStore(t, disk)
	addSource(t, s, src)
	syncSource(t, s, src)
	_ = s.Close()
	all, err := disk.List("files")
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range all {
		if strings.HasSuffix(e.Name, ".text") {
			b := testkit.ReadFile(t, disk, "files/"+e.Name)
			b[200] ^= 1
			testkit.Overwrite(t, disk, "files/"+e.Name, b)
		}
	}
	for _, p := range src.Paths() {
		src.Put(p, "A new text for "+p+".\n"+testkit.Text(uint64(len(p)), 12))
	}
	fresh := newStore(t, vfs.Mem())
	addSource(t, fresh, src)
	syncSource(t, fresh, src)
	return clone(t, disk), src, state(t, fresh)
}

// TestAFileThatComesBack: a text that could not be read while a sync ran, and can be again after
// the sync was killed, does not bring its documents back a second time.
func TestAFileThatComesBack(t *testing.T) {
	promise.Sweep(t)
	c := promise.For(t, 7, "kill while what could not be read is read again")
	disk, src := vfs.Mem(), testkit.NewSource("notes")
	testkit.Fill(src, 5, 6)
	s := newStore(t, disk)
	addSource(t, s, src)
	syncSource(t, s, src)
	_ = s.Close()
	away := map[string][]byte{}
	all, err := disk.List("files")
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range all {
		if strings.HasSuffix(e.Name, ".text") {
			away["files/"+e.Name] = testkit.ReadFile(t, disk, "files/"+e.Name)
			testkit.Overwrite(t, disk, "files/"+e.Name, nil)
		}
	}
	src.Put("new.txt", testkit.Text(9, 30)) // other batches: the new text is not the old one's file
	unread := clone(t, disk)
	for k := 1; ; k += stride() {
		disk := unread.CrashClone(0)
		faulty := faultfs.New(disk, uint64(k), faultfs.Rule{Ops: faultfs.WritePoints, Nth: k, Mode: faultfs.Kill})
		if s, err := open(faulty, Options{SegmentBytes: smallSegments / 4, Jobs: 1}); err == nil {
			_, _ = s.Sync(context.Background(), src, SyncOptions{})
			_ = s.Close()
		}
		if !faulty.Dead() {
			return
		}
		c.Reached("kill while what could not be read is read again", 1)
		for name, b := range away {
			if _, err := disk.Stat(name); err == nil {
				testkit.Overwrite(t, disk, name, b)
			}
		}
		after := openedStore(t, disk)
		has := map[string]int{}
		if err := snapshot(t, after).EachDocument("", func(d index.Document) error { has[d.Path]++; return nil }); err != nil {
			t.Fatal(err)
		}
		for path, n := range has {
			if n > 1 {
				c.Missed("kill while what could not be read is read again", "point %d: %s is there %d times", k, path, n)
			}
		}
		_ = after.Close()
	}
}
