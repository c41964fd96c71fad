package ingest

import (
	"context"
	"errors"
	"strings"
	"testing"

	"sluice/index"
	"sluice/internal/promise"
	"sluice/internal/testkit"
	"sluice/internal/vfs"
)

// TestADocumentThatIsThereTwice: a generation in which two segments hold one document is found by a
// check. It is made as a writer would that knows nothing of another one.
func TestADocumentThatIsThereTwice(t *testing.T) {
	const kind = "document held twice"
	c := promise.For(t, 8, kind)
	files := vfs.Mem()
	s := newStore(t, files)
	src := testkit.NewSource("notes")
	src.Put("a.txt", testkit.Text(1, 20))
	addSource(t, s, src)
	syncSource(t, s, src)
	twin := newStore(t, vfs.Mem()) // the same document, in a segment of another name
	other := testkit.NewSource("notes")
	other.Put("a.txt", testkit.Text(1, 20))
	other.Put("b.txt", testkit.Text(2, 20))
	addSource(t, twin, other)
	syncSource(t, twin, other)
	from := snapshot(t, twin).Segments()[0].Entry()
	if err := files.MkdirAll("planted"); err != nil {
		t.Fatal(err)
	}
	all, err := twin.files.List("files")
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range all {
		testkit.Overwrite(t, files, "planted/"+e.Name, testkit.ReadFile(t, twin.files, "files/"+e.Name))
	}
	err = s.Commit(context.Background(), "planted", func(m *index.Manifest) error {
		m.Segments = append(m.Segments, from)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	c.Reached(kind, 1)
	rep, err := s.Check(context.Background(), index.CheckOptions{})
	if err != nil {
		t.Fatal(err)
	}
	for _, b := range rep.Bad {
		if strings.Contains(b.What, "a.txt") {
			return
		}
	}
	c.Missed(kind, "check finds %+v", rep.Bad)
}

// TestASourceThatChangedMeanwhile: where the locks do not keep two syncs of one source apart, the
// one that began from what is past commits nothing, and begins again.
func TestASourceThatChangedMeanwhile(t *testing.T) {
	const kind = "source changed by another process"
	c := promise.For(t, 8, kind)
	ctx := context.Background()
	files := vfs.Mem()
	one, err := create(files, Options{SegmentBytes: smallSegments, Jobs: 1}, index.Options{NoLock: true})
	if err != nil {
		t.Fatal(err)
	}
	defer one.Close()
	two, err := open(files, Options{SegmentBytes: smallSegments, Jobs: 1})
	if err != nil {
		t.Fatal(err)
	}
	defer two.Close()
	src := testkit.NewSource("notes")
	testkit.Fill(src, 1, 6)
	addSource(t, one, src)
	sn := snapshot(t, one)
	stale := newRemoval(sn, one.Arms()).watch("notes")
	if _, err := two.Sync(ctx, src, SyncOptions{}); err != nil {
		t.Fatal(err)
	}
	c.Reached(kind, 1)
	err = one.commit(ctx, "", stale, func(*index.Manifest) error { return nil })
	if !errors.Is(err, index.ErrSourceChanged) {
		c.Missed(kind, "a commit from what is past says %v", err)
	}
	if _, err := one.Sync(ctx, src, SyncOptions{}); err != nil {
		c.Missed(kind, "a sync after it says %v", err)
	}
	checkClean(t, one, "two syncs of one source")
}
