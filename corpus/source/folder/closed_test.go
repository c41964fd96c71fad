//go:build unix

package folder

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"testing"

	"sluice/corpus"
)

// TestUnreadable checks that what may not be read fails alone, is reported, and is not taken for
// deleted.
func TestUnreadable(t *testing.T) {
	root := t.TempDir()
	for _, name := range []string{"closed/x", "file", "open/x", "unseen/x"} {
		put(t, root, name, "x")
	}
	f := open(t, root, Options{})
	asNobody(t, root)
	mode := func(name string, mode fs.FileMode) {
		t.Helper()
		if err := os.Chmod(filepath.Join(root, name), mode); err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { os.Chmod(filepath.Join(root, name), 0o700) })
	}
	mode("closed", 0)
	mode("file", 0)
	mode("unseen", 0o400) // its names can be listed, and nothing be said of them
	report, err := f.Walk(t.Context(), func(corpus.Item) error { return nil })
	if err != nil || report.Taken.Files != 2 || report.FailureN != 2 || report.LeftOut[corpus.Unread].Files != 2 ||
		report.Failures[0].Path != "closed" || report.Failures[1].Path != "unseen/x" && report.Failures[1].Path != "unseen" {
		t.Errorf("%+v, %v", report, err)
	}
	if os.Geteuid() != 0 { // else only this thread may not, and a list has several
		agrees(t, f)
	}
	for _, name := range []string{"closed/x", "unseen/x"} {
		if _, err := f.Stat(t.Context(), name); err == nil || errors.Is(err, corpus.ErrGone) || errors.Is(err, corpus.ErrRootGone) {
			t.Errorf("stat of %s: %v; ErrGone would delete the document", name, err)
		}
	}
	if _, err := read(t, f, "file"); !errors.Is(err, fs.ErrPermission) || errors.Is(err, corpus.ErrGone) {
		t.Errorf("a file without permission: %v", err)
	}
	mode(".", 0)
	if _, err := f.Walk(t.Context(), func(corpus.Item) error { return nil }); !errors.Is(err, corpus.ErrRootGone) {
		t.Errorf("walk of an unreadable root: %v", err)
	}
	if _, err := f.List(t.Context(), func(corpus.Item) error { return nil }); !errors.Is(err, corpus.ErrRootGone) {
		t.Errorf("list of an unreadable root: %v", err)
	}
}
