package blockfile

import (
	"io"
	"path"

	"sluice/internal/vfs"
)

// Restore writes the file that ref names into dir from the bytes that write gives: synced, read
// back and named as every new file is. Other bytes than those are an error, and nothing is changed.
func Restore(files vfs.FS, dir string, ref Ref, write func(io.Writer) error) error {
	file, temp, err := createTemp(files, dir, ref.ID)
	if err != nil {
		return err
	}
	if err = write(file); err == nil {
		err = file.Sync()
	}
	if cerr := file.Close(); err == nil {
		err = cerr
	}
	if err == nil {
		err = readBack(files, temp, ref)
	}
	if err == nil {
		err = files.Rename(temp, path.Join(dir, ref.Name()))
	}
	if err != nil {
		_ = files.Remove(temp)
		return err
	}
	return files.SyncDir(dir)
}

// Copy writes the whole file, unchecked: readers of the copy check it as they do this one.
func (f *File) Copy(to io.Writer) error {
	return f.guard(func() error {
		_, err := to.Write(f.data)
		return err
	})
}
