package ingest

import (
	"bytes"
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"sluice/index"
	"sluice/internal/promise"
	"sluice/internal/testkit"
	"sluice/internal/vfs"
)

// goneStore is a store from which documents were deleted, replaced and forgotten, in two rounds,
// with the tombstones and copies of the first round. Its source holds none of these documents.
func goneStore(t *testing.T) (files *vfs.MemFS, want string, older map[string][]byte) {
	t.Helper()
	files = vfs.Mem()
	src := testkit.NewSource("notes")
	testkit.Fill(src, 5, 24)
	s, err := create(files, Options{SegmentBytes: 1 << 20, Jobs: 1}, index.Options{}) // one segment, that no round rewrites
	if err != nil {
		t.Fatal(err)
	}
	addSource(t, s, src)
	syncSource(t, s, src)
	older = map[string][]byte{}
	for round, path := range []string{src.Paths()[0], src.Paths()[1]} {
		src.Remove(path)
		syncSource(t, s, src)
		for _, e := range filesOf(t, files, ".tombstones", ".spare") {
			if round == 0 {
				older[e[strings.LastIndex(e, "."):]] = testkit.ReadFile(t, files, e)
			}
		}
	}
	want = state(t, s)
	_ = s.Close()
	return files, want, older
}

// filesOf lists the files with one of these endings.
func filesOf(t *testing.T, files vfs.FS, endings ...string) (names []string) {
	t.Helper()
	all, err := files.List("files")
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range all {
		for _, ending := range endings {
			if strings.HasSuffix(e.Name, ending) {
				names = append(names, "files/"+e.Name)
			}
		}
	}
	return names
}

// TestWhatIsGoneStaysGone: whatever happens to a file that says what is gone, or to its copy,
// nothing that was removed is served again: not while the file is damaged, and not when it was made
// anew. While one of the two is whole, the store comes back as it was without its source.
func TestWhatIsGoneStaysGone(t *testing.T) {
	spoils := map[string]func(name string, files *vfs.MemFS, older map[string][]byte){
		"missing": func(name string, files *vfs.MemFS, _ map[string][]byte) { _ = files.Remove(name) },
		"of last time": func(name string, files *vfs.MemFS, older map[string][]byte) {
			testkit.Overwrite(t, files, name, older[name[strings.LastIndex(name, "."):]])
		},
		"of another": func(name string, files *vfs.MemFS, _ map[string][]byte) {
			testkit.Overwrite(t, files, name, []byte("SLUICEF"))
		},
		"flip in header": func(name string, files *vfs.MemFS, _ map[string][]byte) { flipAt(t, files, name, 9) },
		"flip in sets":   func(name string, files *vfs.MemFS, _ map[string][]byte) { flipAt(t, files, name, 70) },
		"flip in a tally": func(name string, files *vfs.MemFS, _ map[string][]byte) {
			flipAt(t, files, name, len(testkit.ReadFile(t, files, name))/2)
		},
		"cut": func(name string, files *vfs.MemFS, _ map[string][]byte) {
			testkit.Overwrite(t, files, name, testkit.ReadFile(t, files, name)[:90])
		},
	}
	c := promise.For(t, 1, "damage to tombstones", "damage to their copy", "damage to both")
	for what, spoil := range spoils {
		for kind, endings := range map[string][]string{"damage to tombstones": {".tombstones"}, "damage to their copy": {".spare"}, "damage to both": {".tombstones", ".spare"}} {
			files, want, older := goneStore(t)
			good := map[string][]byte{}
			for _, name := range filesOf(t, files, ".tombstones", ".spare") {
				good[strings.TrimPrefix(name, "files/")] = testkit.ReadFile(t, files, name)
			}
			for _, name := range filesOf(t, files, endings...) {
				spoil(name, files, older)
			}
			c.Reached(kind, 1)
			s := newStore(t, files)
			if err := servesNoMore(s, want); err != nil {
				c.Missed(kind, "%s %s: at first: %v", kind, what, err)
			}
			for s.Revive(t.Context()) { // as a question does that met it
			}
			if err := servesNoMore(s, want); err != nil {
				c.Missed(kind, "%s %s: made anew: %v", kind, what, err)
			}
			if kind == "damage to both" {
				continue // the source decides: TestRepairFromTheSource
			}
			if got := state(t, s); got != want {
				c.Missed(kind, "%s %s: made anew: %s", kind, what, cmp.Diff(want, got))
			}
			s.withoutSource(t)
			if err := same(t, files, s, want, good, kind+" "+what); err != nil {
				c.Missed(kind, "repaired: %v", err)
			}
		}
	}
}

// servesNoMore fails where the store serves a document that want does not list, or misses one
// without a word.
func servesNoMore(s *both, want string) error {
	sn, err := s.Snapshot(context.Background())
	if err != nil {
		return err
	}
	defer sn.Close()
	n := 0
	err = sn.EachDocument("", func(d index.Document) error {
		n++
		if !strings.Contains(want, " "+d.Path+" ") {
			return errors.New(d.Path + " is served again")
		}
		return nil
	})
	if err == nil && n < strings.Count(want, "\ndocument ") && len(sn.Degraded()) == 0 {
		err = errors.New("documents are missing, and nothing is named")
	}
	return err
}

func flipAt(t *testing.T, files *vfs.MemFS, name string, at int) {
	t.Helper()
	b := bytes.Clone(testkit.ReadFile(t, files, name))
	b[at] ^= 1
	testkit.Overwrite(t, files, name, b)
}
