package shelf

import (
	"bufio"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"

	"sluice/internal/vfs"
	"sluice/model"
)

// counter tells how far the writing is, and ends it when the work is to end.
type counter struct {
	ended    func() error
	progress func(int64)
	done     int64
	to       io.Writer
}

func (c *counter) Write(p []byte) (int, error) {
	if err := c.ended(); err != nil {
		return 0, err
	}
	n, err := c.to.Write(p)
	c.done += int64(n)
	if c.progress != nil {
		c.progress(c.done)
	}
	return n, err
}

// write keeps the weights in one form. The file is written beside its place, synced, read back and
// checked, and only then gets its name, which is its hash.
func (s *Shelf) write(ctx context.Context, count *counter, f *model.Files, kind Kind, layout model.Layout) (file File, err error) {
	file = File{Kind: kind}
	part := vfs.Nonce() + partSuffix
	out, err := s.fsys.Create(part)
	if err != nil {
		return file, err
	}
	sum := sha256.New()
	count.to = io.MultiWriter(out, sum)
	buffered := bufio.NewWriterSize(count, 1<<20)
	err = model.WriteWeights(buffered, f, layout)
	if err == nil {
		err = buffered.Flush()
	}
	if err = errors.Join(err, out.Sync(), out.Close()); err == nil {
		file.SHA256 = hex.EncodeToString(sum.Sum(nil))
		file.Name = file.SHA256 + model.WeightsSuffix
		if file.Bytes, err = s.check(ctx, part, file.SHA256); err == nil {
			err = s.fsys.Rename(part, file.Name)
		}
	}
	if err != nil {
		return file, errors.Join(err, s.fsys.Remove(part))
	}
	return file, s.fsys.SyncDir("")
}

// check reads a file: its bytes must have the hash, and its blocks their checksums.
func (s *Shelf) check(ctx context.Context, name, want string) (size int64, err error) {
	f, err := s.fsys.Open(name)
	if err != nil {
		return 0, err
	}
	defer f.Close()
	sum := sha256.New()
	buf := make([]byte, 1<<20)
	for {
		if err := ctx.Err(); err != nil {
			return 0, err
		}
		n, err := f.Read(buf)
		sum.Write(buf[:n])
		size += int64(n)
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return 0, err
		}
	}
	w, err := model.ReadWeights(name, f, size)
	if err == nil {
		err = w.Check()
	}
	if err == nil && hex.EncodeToString(sum.Sum(nil)) != want {
		err = &model.FileError{File: name, What: "it does not have the hash that it was added with", Kind: model.ErrDamaged}
	}
	return size, err
}

// Damage is a file that is not as it was added.
type Damage struct {
	Model string
	File  string
	Err   error
}

// Verify reads all files of a model and names those that are not as they were added.
func (s *Shelf) Verify(ctx context.Context, e Entry) (bytes int64, bad []Damage, err error) {
	for _, f := range e.Files {
		n, err := s.check(ctx, f.Name, f.SHA256)
		bytes += n
		switch {
		case ctx.Err() != nil:
			return bytes, bad, ctx.Err()
		case errors.Is(err, fs.ErrNotExist):
			bad = append(bad, Damage{e.Name, f.Name, fmt.Errorf("it is gone: add the model again")})
		case err != nil:
			bad = append(bad, Damage{e.Name, f.Name, err})
		}
	}
	return bytes, bad, nil
}

// Open reads the weights of a model in one of the forms that are kept.
func (s *Shelf) Open(ctx context.Context, e Entry, kind Kind) (*model.Files, error) {
	name := e.File(kind)
	if name == "" {
		return nil, fmt.Errorf("the model %q has no weights of the kind %s here", e.Name, kind)
	}
	return model.Open(ctx, s.fsys, name)
}
