package ingest

import (
	"context"
	"io/fs"
	"testing"

	"sluice/internal/testkit"
	"sluice/internal/vfs"
)

// noReplace is a disk whose files are all treated as Windows treats those that are mapped.
type noReplace struct{ vfs.FS }

func (d noReplace) Rename(from, to string) error {
	if _, err := d.Stat(to); err == nil {
		return &fs.PathError{Op: "rename", Path: to, Err: fs.ErrPermission}
	}
	return d.FS.Rename(from, to)
}

// TestAFileThatIsReadComesBack: a source is forgotten while somebody reads it and then added again.
// Its files are the same, and Windows puts nothing in place of a file that is mapped.
func TestAFileThatIsReadComesBack(t *testing.T) {
	s := newStore(t, noReplace{vfs.OS(t.TempDir())})
	defer s.Close()
	src := testkit.NewSource("notes")
	testkit.Fill(src, 1, 5)
	addSource(t, s, src)
	syncSource(t, s, src)
	want := state(t, s)
	reader, err := s.Snapshot(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	defer reader.Close()
	if _, err := s.Forget(context.Background(), Forget{Sources: []string{"notes"}}); err != nil {
		t.Fatal(err)
	}
	addSource(t, s, src)
	syncSource(t, s, src)
	if got := state(t, s); got != want {
		t.Errorf("the store was %s and is now %s", want, got)
	}
	checkClean(t, s, "a file came back")
}
