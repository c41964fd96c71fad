package blockfile

import (
	"fmt"
	"path"
	"strings"

	"sluice/internal/vfs"
)

// RefOf makes the reference to a stored file from the file itself: for the time that nothing names
// it any more. The file is read whole, and must be what its name says.
func RefOf(files vfs.FS, dir, name string) (ref Ref, err error) {
	hash, kind, _ := strings.Cut(name, ".")
	if err := ref.Kind.UnmarshalText([]byte(kind)); err != nil {
		return ref, err
	}
	if err := ref.Hash.UnmarshalText([]byte(hash)); err != nil {
		return ref, err
	}
	f, err := files.Open(path.Join(dir, name))
	if err != nil {
		return ref, err
	}
	defer f.Close()
	if ref.Size, err = f.Size(); err != nil {
		return ref, err
	}
	head := make([]byte, headerBytes)
	if _, err := f.ReadAt(head, 0); err != nil {
		return ref, fmt.Errorf("%s: %w: no header", name, ErrCorrupt)
	}
	ref.ID = getHeader(head).id
	return ref, readBack(files, path.Join(dir, name), ref)
}
