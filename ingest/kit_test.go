package ingest

import (
	"testing"

	"sluice/index"
	"sluice/internal/vfs"
)

// both is a store with what changes it.
type both struct {
	*index.Store
	*Ingest
	files    vfs.FS
	progress func(Progress) // of what a crash test syncs; may be nil
}

func open(files vfs.FS, opts Options) (*both, error) {
	s, err := index.Open(files, index.Options{})
	return &both{Store: s, Ingest: New(s, opts), files: files}, err
}

func create(files vfs.FS, opts Options, as index.Options) (*both, error) {
	s, err := index.Create(files, as)
	return &both{Store: s, Ingest: New(s, opts), files: files}, err
}

// newStore opens or makes a store that is closed when the test ends.
func newStore(t testing.TB, files vfs.FS) *both {
	t.Helper()
	s := openedStore(t, files)
	t.Cleanup(func() { _ = s.Close() })
	return s
}

// openedStore opens or makes a store that its caller closes: a sweep has thousands of them, and
// what waits for the end of the test is kept until then.
func openedStore(t testing.TB, files vfs.FS) *both {
	t.Helper()
	s, err := create(files, Options{SegmentBytes: smallSegments, Jobs: 2}, index.Options{})
	if err != nil {
		t.Fatal(err)
	}
	return s
}
