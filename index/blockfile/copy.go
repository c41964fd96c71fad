package blockfile

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path"

	"sluice/internal/vfs"
)

// copySuffix ends the name of a copy that is not whole yet.
const copySuffix = ".copying"

// Holds reads a file and compares it with what ref says: its size, its SHA-256.
func Holds(files vfs.FS, dir string, ref Ref) error {
	name := path.Join(dir, ref.Name())
	f, err := files.Open(name)
	if errors.Is(err, fs.ErrNotExist) {
		return &CorruptError{File: name, Block: -1, Kind: ref.Kind, What: "it is missing", Err: err}
	}
	if err != nil {
		return err
	}
	defer f.Close()
	if size, err := f.Size(); err != nil || size != ref.Size { // nothing is read of a file that is larger
		return errors.Join(err, &CorruptError{File: name, Block: -1, Kind: ref.Kind, What: fmt.Sprintf("it has %d bytes, %d were written", size, ref.Size)})
	}
	if err := readBack(files, name, ref); errors.Is(err, ErrCorrupt) {
		return &CorruptError{File: name, Block: -1, Kind: ref.Kind, What: "SHA-256"}
	} else if err != nil {
		return err
	}
	return nil
}

// Copy copies the file that ref names from one folder to another, where it gets its name once it is
// durable and was read back. What is copied is compared with ref on the way: a damaged file is a
// *CorruptError and leaves nothing behind. The caller syncs the folder.
func Copy(ctx context.Context, from vfs.FS, fromDir string, to vfs.FS, toDir string, ref Ref) error {
	temp := path.Join(toDir, ref.Name()+copySuffix)
	if err := to.Remove(temp); err != nil && !errors.Is(err, fs.ErrNotExist) { // a killed copy's
		return err
	}
	err := copyBytes(ctx, from, path.Join(fromDir, ref.Name()), to, temp, ref)
	if err == nil {
		err = readBack(to, temp, ref)
	}
	if err == nil {
		err = to.Rename(temp, path.Join(toDir, ref.Name()))
	}
	if err != nil {
		_ = to.Remove(temp)
	}
	return err
}

func copyBytes(ctx context.Context, from vfs.FS, name string, to vfs.FS, temp string, ref Ref) (err error) {
	in, err := from.Open(name)
	if errors.Is(err, fs.ErrNotExist) {
		return &CorruptError{File: name, Block: -1, Kind: ref.Kind, What: "it is missing", Err: err}
	}
	if err != nil {
		return err
	}
	defer in.Close()
	out, err := to.Create(temp)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, out.Close()) }()
	h, buf := sha256.New(), make([]byte, readBackBytes)
	var n int64
	for n <= ref.Size {
		if err := ctx.Err(); err != nil {
			return err
		}
		k, err := in.Read(buf)
		h.Write(buf[:k])
		n += int64(k)
		if _, werr := out.Write(buf[:k]); werr != nil {
			return werr
		}
		if err == io.EOF {
			break
		}
		if err != nil {
			return &CorruptError{File: name, Block: -1, Kind: ref.Kind, What: err.Error(), Err: err}
		}
	}
	if n != ref.Size || Hash(h.Sum(nil)) != ref.Hash {
		return &CorruptError{File: name, Block: -1, Kind: ref.Kind, What: "SHA-256"}
	}
	return out.Sync()
}
