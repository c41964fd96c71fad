package ingest

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"path"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"sluice/index/blockfile"
	"sluice/internal/promise"
	"sluice/internal/testkit"
	"sluice/internal/vfs"
)

// spoil damages a stretch of a file far beyond its parity, and a bit of each file of those endings.
func spoil(t *testing.T, files vfs.FS, good map[string][]byte, name string, from, to int, endings ...string) {
	t.Helper()
	bad := bytes.Clone(good[name])
	for i := from; i < to; i++ {
		bad[i] ^= 0x55
	}
	testkit.Overwrite(t, files, "files/"+name, bad)
	for other, b := range good {
		if slices.Contains(endings, path.Ext(other)) {
			bad := bytes.Clone(b)
			bad[len(bad)/2] ^= 1
			testkit.Overwrite(t, files, "files/"+other, bad)
		}
	}
}

// brought is a store of which nothing is gone, to be damaged.
type brought struct {
	disk *vfs.MemFS
	src  *testkit.Source
	want string
	good map[string][]byte // texts and what hangs on them
}

func newBrought(t *testing.T, merged bool) brought {
	t.Helper()
	disk, src := vfs.Mem(), crashSource()
	s := openedStore(t, disk)
	addSource(t, s, src)
	syncSource(t, s, src)
	if merged {
		if err := s.Merge(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	b := brought{src: src, want: state(t, s), good: map[string][]byte{}}
	_ = s.Close()
	b.disk = clone(t, disk)
	for _, name := range listed(t, b.disk) {
		if !strings.HasSuffix(name, ".sources") {
			b.good[name] = testkit.ReadFile(t, b.disk, "files/"+name)
		}
	}
	return b
}

// documentsAt is where a text file's list of documents begins: without that nothing tells which
// ones are lacking.
func documentsAt(t *testing.T, files vfs.FS, name string) int {
	t.Helper()
	ref, err := blockfile.RefOf(files, "files", name)
	if err != nil {
		t.Fatal(err)
	}
	f, err := blockfile.Open(files, "files", ref)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	i := slices.IndexFunc(f.Sections(), func(s blockfile.SectionInfo) bool { return s.Name == "documents" })
	return int(f.Sections()[i].Off) / f.BlockBytes() * f.BlockBytes() // the whole block is refused
}

// TestASourceBringsTheSameBytesBack: what parity does not bring back, the source does, as the same
// bytes: by a repair or by the next sync, whichever texts and records were hit. Where a document
// that was hit has changed since, or nothing tells which ones were, the store is what its source
// is.
func TestASourceBringsTheSameBytesBack(t *testing.T) {
	const repaired, synced, changed, unnamed = "text brought back by its source", "text brought back by a sync",
		"text whose source has changed", "text whose list of documents is lost"
	count := promise.For(t, 1, repaired, synced, changed, unnamed)
	for _, merged := range []bool{false, true} {
		b := newBrought(t, merged)
		try := func(kind, name string, from, to int, mend func(*both), judge func(*both, *vfs.MemFS) error) {
			t.Helper()
			what := fmt.Sprintf("%s, bytes %d to %d, merged %t", name, from, to, merged)
			files := b.disk.CrashClone(1)
			if kind == synced { // it sees to what was met
				spoil(t, files, b.good, name, from, to)
			} else {
				spoil(t, files, b.good, name, from, to, ".lexical")
			}
			meets(t, files, name) // as a question does that reads it
			s := openedStore(t, files)
			defer s.Close()
			count.Reached(kind, 1)
			mend(s)
			if err := judge(s, files); err != nil {
				count.Missed(kind, "%s: %v", what, err)
			}
			checkClean(t, s, what)
		}
		identical := func(s *both, files *vfs.MemFS) error { return same(t, files, s, b.want, b.good, "brought back") }
		says := func(want string) func(*both, *vfs.MemFS) error {
			return func(s *both, _ *vfs.MemFS) error {
				if got := state(t, s); got != want {
					return errors.New(cmp.Diff(want, got))
				}
				return nil
			}
		}
		other := b.src.Clone()
		for _, p := range other.Paths() {
			other.Put(p, testkit.Text(uint64(len(p)), 9)+p)
		}
		fresh := newStore(t, vfs.Mem())
		addSource(t, fresh, other)
		syncSource(t, fresh, other)
		changedTo := state(t, fresh)
		for _, name := range slices.Sorted(maps.Keys(b.good)) {
			if !strings.HasSuffix(name, ".text") {
				continue
			}
			repair := func(s *both) { s.mustRepair(t, b.src) }
			end, n := documentsAt(t, b.disk, name), len(b.good[name])
			if end == 0 { // it is one block
				continue
			}
			for part := range 3 {
				try(repaired, name, end*part/3, end*(part+1)/3, repair, identical)
			}
			try(repaired, name, 0, end, repair, identical)
			try(synced, name, end/4, end/2, func(s *both) { syncSource(t, s, b.src) }, identical)
			try(changed, name, end/4, end/2, func(s *both) { s.mustRepair(t, other) }, says(changedTo))
			try(unnamed, name, n/4, n, repair, says(b.want))
		}
	}
}

// meets leaves the note of a process that met a damaged file.
func meets(t *testing.T, files vfs.FS, name string) {
	t.Helper()
	f, err := files.Create("damaged/" + name)
	if errors.Is(err, fs.ErrNotExist) {
		if err = files.MkdirAll("damaged"); err == nil {
			f, err = files.Create("damaged/" + name)
		}
	}
	if err = errors.Join(err, f.Close()); err != nil {
		t.Fatal(err)
	}
}
