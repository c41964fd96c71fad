package testkit

import (
	"errors"
	"io"

	"sluice/internal/vfs"
)

// test is the part of testing.TB that is used here.
type test interface {
	Helper()
	Fatal(args ...any)
}

// ReadFile reads a whole file.
func ReadFile(t test, files vfs.FS, name string) []byte {
	t.Helper()
	f, err := files.Open(name)
	if err != nil {
		t.Fatal(err)
	}
	b, err := io.ReadAll(f)
	if err = errors.Join(err, f.Close()); err != nil {
		t.Fatal(err)
	}
	return b
}

// Overwrite makes b the whole content of a file that is there.
func Overwrite(t test, files vfs.FS, name string, b []byte) {
	t.Helper()
	f, err := files.OpenRW(name)
	if err != nil {
		t.Fatal(err)
	}
	_, err = f.WriteAt(b, 0)
	if err = errors.Join(err, f.Truncate(int64(len(b))), f.Close()); err != nil {
		t.Fatal(err)
	}
}
