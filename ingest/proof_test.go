package ingest

import (
	"context"
	"errors"
	"io"
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

// opening counts what is read of a folder. blind takes away what only some file systems tell.
type opening struct {
	*folder.Folder
	opened int
	blind  bool
	fails  string // what cannot be read
}

func (o *opening) seen(it corpus.Item) corpus.Item {
	if o.blind {
		it.Changed, it.FileID = 0, 0
	}
	return it
}

func (o *opening) Open(ctx context.Context, path string) (io.ReadCloser, corpus.Item, error) {
	o.opened++
	if path == o.fails {
		return nil, corpus.Item{}, errors.New("its elements are nested too deep")
	}
	r, it, err := o.Folder.Open(ctx, path)
	return r, o.seen(it), err
}

func (o *opening) List(ctx context.Context, visit func(corpus.Item) error) (*corpus.Report, error) {
	return o.Folder.List(ctx, func(it corpus.Item) error { return visit(o.seen(it)) })
}

func (o *opening) Walk(ctx context.Context, visit func(corpus.Item) error) (*corpus.Report, error) {
	return o.Folder.Walk(ctx, func(it corpus.Item) error { return visit(o.seen(it)) })
}

// proofs is a store of a folder that was synced when its files were at rest.
func proofs(t *testing.T, blind bool) (dir string, src *opening, s *both) {
	t.Helper()
	dir = t.TempDir()
	write(t, dir, "a.txt", "one zebra\n")
	write(t, dir, "b.txt", "a lion and nothing else\n")
	write(t, dir, "image.bin", "\x00\x01\x02")
	f, err := folder.Open(dir, folder.Options{Label: "notes"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { f.Close() })
	src = &opening{Folder: f, blind: blind}
	if s, err = create(vfs.Mem(), Options{Clock: &clock.Fake{T: time.Now().Add(time.Hour)}, Jobs: 1}, index.Options{}); err != nil {
		t.Fatal(err)
	}
	addSource(t, s, src)
	if rep := syncSource(t, s, src); rep.Added != 2 {
		t.Fatalf("%+v", rep)
	}
	src.opened = 0
	return dir, src, s
}

func write(t *testing.T, dir, name, text string) {
	t.Helper()
	err := os.MkdirAll(filepath.Dir(filepath.Join(dir, name)), 0o700)
	if err == nil {
		err = os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600)
	}
	if err != nil {
		t.Fatal(err)
	}
}

// keepTime does something to a file and gives it the modification time that it had.
func keepTime(t *testing.T, name string, do func()) {
	t.Helper()
	info, err := os.Stat(name)
	if err != nil {
		t.Fatal(err)
	}
	do()
	if err := os.Chtimes(name, time.Time{}, info.ModTime()); err != nil {
		t.Fatal(err)
	}
	if now, err := os.Stat(name); err != nil || !now.ModTime().Equal(info.ModTime()) || now.Size() != info.Size() {
		t.Fatalf("size and time are not what they were: %v, %v", now, err)
	}
}

// TestSameSizeAndTimeIsNoProof: a file that was changed behind its modification time is read, and
// one that nobody changed is not, whatever the file system tells.
func TestSameSizeAndTimeIsNoProof(t *testing.T) {
	for name, c := range map[string]struct {
		blind   bool // the file system tells no more than size and time
		change  func(t *testing.T, dir string)
		changed int64
		opened  int
	}{
		"nothing":        {change: func(*testing.T, string) {}},
		"nothing, blind": {blind: true, change: func(*testing.T, string) {}},
		"written in place": {changed: 1, opened: 1, change: func(t *testing.T, dir string) {
			keepTime(t, filepath.Join(dir, "a.txt"), func() { write(t, dir, "a.txt", "two zebra\n") })
		}},
		"written in place, blind": {blind: true, changed: 1, opened: 1, change: func(t *testing.T, dir string) {
			keepTime(t, filepath.Join(dir, "a.txt"), func() { write(t, dir, "a.txt", "two zebra\n") })
		}},
		"another file in its place": {changed: 1, opened: 1, change: func(t *testing.T, dir string) {
			keepTime(t, filepath.Join(dir, "a.txt"), func() {
				write(t, dir, "new", "two zebra\n")
				if err := os.Rename(filepath.Join(dir, "new"), filepath.Join(dir, "a.txt")); err != nil {
					t.Fatal(err)
				}
			})
		}},
		"a binary file becomes text": {opened: 1, change: func(t *testing.T, dir string) {
			keepTime(t, filepath.Join(dir, "image.bin"), func() { write(t, dir, "image.bin", "cat") })
		}},
		"touched": {opened: 1, change: func(t *testing.T, dir string) {
			if err := os.Chtimes(filepath.Join(dir, "a.txt"), time.Time{}, time.Unix(1e9, 0)); err != nil {
				t.Fatal(err)
			}
		}},
	} {
		t.Run(name, func(t *testing.T) {
			dir, src, s := proofs(t, c.blind)
			c.change(t, dir)
			if rep := syncSource(t, s, src); rep.Changed != c.changed || src.opened != c.opened {
				t.Errorf("%d changed, want %d; %d files were opened, want %d", rep.Changed, c.changed, src.opened, c.opened)
			}
			src.opened = 0
			if rep := syncSource(t, s, src); rep.Changed+rep.Added+rep.Removed != 0 || src.opened != 0 {
				t.Errorf("the sync after it found %+v and opened %d files", rep, src.opened)
			}
		})
	}
}

// TestWhatWasSeenIsHeldAgainstTheStore: a record of what was seen that is damaged, cut short, gone
// or of another state of the store proves nothing.
func TestWhatWasSeenIsHeldAgainstTheStore(t *testing.T) {
	for name, harm := range map[string]func(t *testing.T, s *both, file string){
		"gone": func(t *testing.T, s *both, file string) {
			if err := s.files.Remove(file); err != nil {
				t.Fatal(err)
			}
		},
		"cut short": func(t *testing.T, s *both, file string) {
			b := testkit.ReadFile(t, s.files, file)
			testkit.Overwrite(t, s.files, file, b[:60])
		},
		"damaged": func(t *testing.T, s *both, file string) {
			b := testkit.ReadFile(t, s.files, file)
			b[30] ^= 1
			testkit.Overwrite(t, s.files, file, b)
		},
		"of a newer format": func(t *testing.T, s *both, file string) {
			b := testkit.ReadFile(t, s.files, file)
			b[8]++
			testkit.Overwrite(t, s.files, file, b)
		},
	} {
		t.Run(name, func(t *testing.T) {
			_, src, s := proofs(t, false)
			all, err := s.files.List("seen")
			if err != nil || len(all) != 1 {
				t.Fatalf("%v, %v", all, err)
			}
			harm(t, s, "seen/"+all[0].Name)
			if rep := syncSource(t, s, src); rep.Same != 2 || src.opened != 3 {
				t.Errorf("%+v, and %d files were opened; all three must be", rep, src.opened)
			}
			src.opened = 0
			if rep := syncSource(t, s, src); rep.Same != 2 || src.opened != 0 {
				t.Errorf("the sync after it opened %d files: %+v", src.opened, rep)
			}
		})
	}
}

// TestSeenOfAnotherText: what was seen belongs to a version of a document; where the store holds an
// older one, as after a restore, it is read.
func TestSeenOfAnotherText(t *testing.T) {
	dir, src, s := proofs(t, false)
	write(t, dir, "a.txt", "two zebra\n")
	newer, err := create(vfs.Mem(), Options{Clock: &clock.Fake{T: time.Now().Add(time.Hour)}}, index.Options{})
	if err != nil {
		t.Fatal(err)
	}
	addSource(t, newer, src)
	syncSource(t, newer, src)
	all, err := s.files.List("seen")
	if err != nil || len(all) != 1 {
		t.Fatalf("%v, %v", all, err)
	}
	testkit.Overwrite(t, s.files, "seen/"+all[0].Name, testkit.ReadFile(t, newer.files, "seen/"+all[0].Name))
	if rep := syncSource(t, s, src); rep.Changed != 1 || rep.Same != 1 {
		t.Errorf("%+v", rep)
	}
}

// TestNotAtRest: a file that changed when it was read, or later than the clock says, is read again
// until it has come to rest.
func TestNotAtRest(t *testing.T) {
	dir, src, s := proofs(t, false)
	now := &clock.Fake{T: time.Now()}
	s.Ingest = New(s.Store, Options{Clock: now, Jobs: 1})
	for _, at := range []time.Duration{0, -24 * time.Hour} { // the clock is set back by a day
		now.T = time.Now().Add(at)
		write(t, dir, "a.txt", "two zebra\n")
		for range 2 {
			syncSource(t, s, src)
			if src.opened != 1 {
				t.Errorf("%d files were opened, want the one that was changed just now", src.opened)
			}
			src.opened = 0
		}
	}
	now.T = time.Now().Add(time.Hour)
	syncSource(t, s, src)
	src.opened = 0
	if syncSource(t, s, src); src.opened != 0 {
		t.Errorf("%d files at rest were opened", src.opened)
	}
}

// TestForgetLeavesNothingSeen: what was seen of a document goes with it, and the rest stays.
func TestForgetLeavesNothingSeen(t *testing.T) {
	_, src, s := proofs(t, false)
	if _, err := s.Forget(context.Background(), Forget{Paths: map[string][]string{"notes": {"a.txt"}}}); err != nil {
		t.Fatal(err)
	}
	seen := s.Seen("notes")
	if _, ok := seen.Of("a.txt"); ok {
		t.Error("what was seen of a forgotten document is still there")
	}
	for _, other := range []string{"b.txt", "image.bin"} { // the second is in no store, and would be taken for new
		if _, ok := seen.Of(other); !ok {
			t.Errorf("what was seen of %s is gone", other)
		}
	}
	if _, err := s.Forget(context.Background(), Forget{Sources: []string{src.Info().Label}}); err != nil {
		t.Fatal(err)
	}
	if all, _ := s.files.List("seen"); len(all) != 0 {
		t.Errorf("of a forgotten source there is %v", all)
	}
}
