package ingest

import (
	"bytes"
	"context"
	"encoding/binary"
	"os"
	"path/filepath"
	"testing"
	"time"

	"sluice/corpus"
	"sluice/corpus/source/folder"
	"sluice/index"
	"sluice/internal/clock"
	"sluice/internal/testkit"
	"sluice/internal/vfs"
)

func look(t *testing.T, s *both, src *opening) Look {
	t.Helper()
	generation := snapshot(t, s).Generation()
	src.opened = 0
	l, err := s.Look(context.Background(), src)
	if err != nil {
		t.Fatal(err)
	}
	if src.opened != 0 || snapshot(t, s).Generation() != generation {
		t.Errorf("a look opened %d files and went from generation %d to %d", src.opened, generation, snapshot(t, s).Generation())
	}
	return *l
}

// TestLook: a look tells what a sync would do, and after the sync there is nothing more to do.
func TestLook(t *testing.T) {
	in := filepath.Join
	for name, c := range map[string]struct {
		change func(t *testing.T, dir string)
		want   Look
	}{
		"nothing":  {func(*testing.T, string) {}, Look{}},
		"new":      {func(t *testing.T, dir string) { write(t, dir, "sub/c.txt", "four") }, Look{New: 1, Bytes: 4}},
		"changed":  {func(t *testing.T, dir string) { write(t, dir, "a.txt", "four") }, Look{Changed: 1, Bytes: 4}},
		"gone":     {func(t *testing.T, dir string) { remove(t, in(dir, "a.txt")) }, Look{Gone: 1}},
		"all gone": {func(t *testing.T, dir string) { remove(t, in(dir, "a.txt")); remove(t, in(dir, "b.txt")) }, Look{Gone: 2, Half: true}},
		"renamed": {func(t *testing.T, dir string) {
			if err := os.Rename(in(dir, "a.txt"), in(dir, "z.txt")); err != nil {
				t.Fatal(err)
			}
		}, Look{New: 1, Gone: 1, Bytes: 10}},
		"behind its time": {func(t *testing.T, dir string) {
			keepTime(t, in(dir, "a.txt"), func() { write(t, dir, "a.txt", "two zebra\n") })
		}, Look{Changed: 1, Bytes: 10}},
		"ignored":     {func(t *testing.T, dir string) { write(t, dir, ".ignore", "a.txt\n") }, Look{Gone: 1}},
		"hidden":      {func(t *testing.T, dir string) { write(t, dir, ".env", "four") }, Look{}},
		"binary gone": {func(t *testing.T, dir string) { remove(t, in(dir, "image.bin")) }, Look{}},
	} {
		for _, state := range []string{"as seen", "of another state"} {
			t.Run(name+", "+state, func(t *testing.T) {
				dir, src, s := proofs(t, false)
				if state != "as seen" { // the documents of the store count, not what was seen
					if err := s.Fit(s.Seen("notes"), 1, 0); err != nil {
						t.Fatal(err)
					}
				}
				c.change(t, dir)
				if got := look(t, s, src); got != c.want {
					t.Errorf("%+v, want %+v", got, c.want)
				}
				if c.want.Half {
					return
				}
				syncSource(t, s, src)
				if got := look(t, s, src); got != (Look{}) {
					t.Errorf("after a sync: %+v", got)
				}
			})
		}
	}
}

// TestWhatWasTriedIsNotNewer: a document that was tried just after it was written, and could not be
// read or was left out, is not called newer before somebody changes it.
func TestWhatWasTriedIsNotNewer(t *testing.T) {
	dir := t.TempDir()
	write(t, dir, "fine.txt", "one zebra\n")
	write(t, dir, "image.bin", "\x00\x01\x02")
	write(t, dir, "broken.txt", "nobody reads this\n")
	f, err := folder.Open(dir, folder.Options{Label: "notes"})
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	src := &opening{Folder: f, fails: "broken.txt"}
	s, err := create(vfs.Mem(), Options{Clock: &clock.Fake{T: time.Now()}, Jobs: 1}, index.Options{})
	if err != nil {
		t.Fatal(err)
	}
	addSource(t, s, src)
	if rep := syncSource(t, s, src); rep.Added != 1 || rep.Report.FailureN != 1 {
		t.Fatalf("%+v", rep)
	}
	if got := look(t, s, src); got.Newer() != 0 || got.Unproven != 3 {
		t.Errorf("%+v, want nothing newer and three that nothing is proven of", got)
	}
	for _, name := range []string{"image.bin", "broken.txt"} {
		write(t, dir, name, "it can be read now\n")
	}
	if got := look(t, s, src); got.New != 2 {
		t.Errorf("%+v, want two that are new", got)
	}
}

func remove(t *testing.T, name string) {
	t.Helper()
	if err := os.Remove(name); err != nil {
		t.Fatal(err)
	}
}

// TestLookAfterAKilledSync: what a sync that was cut short has committed is not newer, and the rest
// is.
func TestLookAfterAKilledSync(t *testing.T) {
	dir := t.TempDir()
	for _, name := range []string{"a", "b", "c", "d"} {
		write(t, dir, name, testkit.Text(1, 200))
	}
	f, err := folder.Open(dir, folder.Options{Label: "notes"})
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	src := &opening{Folder: f}
	s, err := create(vfs.Mem(), Options{Clock: &clock.Fake{T: time.Now().Add(time.Hour)}, Jobs: 1, SegmentBytes: 1}, index.Options{})
	if err != nil {
		t.Fatal(err)
	}
	addSource(t, s, src)
	ctx, kill := context.WithCancel(context.Background())
	_, err = s.Sync(ctx, src, SyncOptions{Progress: func(p Progress) {
		if p.Indexed == 2 {
			kill()
		}
	}})
	if err == nil {
		t.Fatal("the sync was not cut short")
	}
	held := snapshot(t, s).Documents()
	if got := look(t, s, src); held == 0 || got.New != 4-held || got.Changed+got.Gone+got.Unproven != 0 {
		t.Errorf("the store holds %d of 4 documents, and a look says %+v", held, got)
	}
	src.opened = 0
	if syncSource(t, s, src); src.opened != int(4-held) {
		t.Errorf("the next sync opened %d files, want %d", src.opened, 4-held)
	}
}

// TestLookWithoutSights: where it is not known what was seen, as after a restore, size and time
// tell what has changed, and not what has not.
func TestLookWithoutSights(t *testing.T) {
	dir, src, s := proofs(t, false)
	if err := s.Unsee("notes"); err != nil {
		t.Fatal(err)
	}
	write(t, dir, "a.txt", "four")
	want := Look{New: 1, Changed: 1, Unproven: 1, Bytes: 3 + 4 + 24}
	if got := look(t, s, src); got != want {
		t.Errorf("%+v, want %+v", got, want)
	}
	syncSource(t, s, src)
	if got := look(t, s, src); got != (Look{}) {
		t.Errorf("after a sync: %+v", got)
	}
}

// TestForgetTakesWhatWasTorn: what was seen of a document and cannot be read any more, because a
// kill or damage cut it, goes with what is forgotten too.
func TestForgetTakesWhatWasTorn(t *testing.T) {
	for name, at := range map[string]int64{"header": 0, "checksum of a frame": 20} {
		t.Run(name, func(t *testing.T) {
			_, _, s := proofs(t, false)
			seen, err := s.files.List("seen")
			if err != nil || len(seen) != 1 {
				t.Fatalf("%v, %v", seen, err)
			}
			f, err := s.files.OpenRW("seen/" + seen[0].Name)
			if err != nil {
				t.Fatal(err)
			}
			if _, err := f.WriteAt([]byte("torn"), at); err != nil {
				t.Fatal(err)
			}
			_ = f.Close()
			digest := binary.LittleEndian.AppendUint64(nil, corpus.Digest([]byte("a.txt")))
			holds := func() bool {
				b := make([]byte, seen[0].Size)
				f, err := s.files.Open("seen/" + seen[0].Name)
				if err != nil {
					t.Fatal(err)
				}
				defer f.Close()
				n, _ := f.ReadAt(b, 0)
				return bytes.Contains(b[:n], digest)
			}
			if _, known := s.Seen("notes").Of("a.txt"); known || !holds() {
				t.Fatal("vacuous: it can be read, or is not there")
			}
			if _, err := s.Forget(context.Background(), Forget{Paths: map[string][]string{"notes": {"a.txt"}}}); err != nil {
				t.Fatal(err)
			}
			if holds() {
				t.Error("what was seen of a forgotten document is still there")
			}
		})
	}
}
