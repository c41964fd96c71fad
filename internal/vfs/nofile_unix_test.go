//go:build unix

package vfs

import (
	"context"
	"os"
	"path/filepath"
	"testing"

	"golang.org/x/sys/unix"
)

// TestWhatIsNoFile: a folder or a pipe under the name of a file is opened by nothing, waits for
// nobody, and what would be written in a folder's place says why it is not.
func TestWhatIsNoFile(t *testing.T) {
	for kind, put := range map[string]func(string) error{
		"folder": func(name string) error { return os.Mkdir(name, 0o700) },
		"pipe":   func(name string) error { return unix.Mkfifo(name, 0o600) },
	} {
		for name, files := range map[string]func(string) FS{"followed": Linked, "not followed": OS} {
			t.Run(kind+", links "+name, func(t *testing.T) {
				dir := t.TempDir()
				must(t, put(filepath.Join(dir, "name")))
				fs, ctx := files(dir), context.Background()
				_, err := fs.Open("name")
				wantErr(t, err, ErrNoFile)
				_, err = fs.OpenRW("name")
				wantErr(t, err, ErrNoFile)
				for _, mode := range []LockMode{Shared, Exclusive} {
					_, err = fs.Lock("name", mode, 0, ctx)
					wantErr(t, err, ErrNoFile)
				}
				f, err := fs.Create("new")
				must(t, err)
				must(t, f.Close())
				if err = fs.Rename("new", "name"); kind == "folder" {
					wantErr(t, err, ErrNoFile)
				} else {
					must(t, err)
					_, err = fs.Open("name")
					must(t, err)
				}
			})
		}
	}
}
