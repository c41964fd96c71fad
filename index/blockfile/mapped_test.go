//go:build unix

package blockfile

import (
	"errors"
	"path"
	"testing"

	"sluice/internal/vfs"
)

// A file that shrinks while it is mapped must cost its own queries, not the process.
func TestTruncatedAfterMapping(t *testing.T) {
	files := vfs.OS(t.TempDir())
	must(t, files.MkdirAll("d"))
	w := NewWriter(files, "d", KindLexical, ID{1}, BlockBytesRandom)
	w.Section("s")
	w.Bytes(noise(1, 100_000))
	ref, err := w.Finish()
	must(t, err)
	f, err := Open(files, "d", ref)
	must(t, err)
	defer f.Close()
	s, err := f.Section("s")
	must(t, err)
	view, err := s.Bytes(90_000, 100)
	must(t, err)
	rw, err := files.OpenRW(path.Join("d", ref.Name()))
	must(t, err)
	defer rw.Close()
	must(t, rw.Truncate(5000))

	corrupt := new(CorruptError)
	if _, err := s.Bytes(50_000, 100); !errors.As(err, &corrupt) { // a block that was never checked
		t.Errorf("first use behind the end: %v", err)
	}
	total := 0
	err = Guard(func() error { // a view from before
		for _, c := range view {
			total += int(c)
		}
		return nil
	})
	if !errors.As(err, &corrupt) || !errors.Is(err, vfs.ErrFault) {
		t.Errorf("a view from before: %v, sum %d", err, total)
	}
	if err := s.ReadAt(make([]byte, 100), 50_000); !errors.As(err, &corrupt) {
		t.Errorf("a read behind the end: %v", err)
	}
	_, err = s.Bytes(0, 100)
	must(t, err) // what is left is served
	if _, err := Open(files, "d", ref); !errors.Is(err, ErrCorrupt) {
		t.Errorf("opened again: %v", err)
	}
}
