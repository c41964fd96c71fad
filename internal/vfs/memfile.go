package vfs

import (
	"io"
	"io/fs"
	"slices"
)

// memFile is one open file of a MemFS.
type memFile struct {
	fs     *MemFS
	inode  *memInode
	name   string
	write  bool
	pos    int64 // of Read and Write
	closed bool
}

func (f *memFile) Name() string { return f.name }

// use locks the file system and checks that the file may be used so.
func (f *memFile) use(op string, write bool) (unlock func(), err error) {
	f.fs.mu.Lock()
	switch {
	case f.closed:
		err = pathError(op, f.name, fs.ErrClosed)
	case write && !f.write:
		err = pathError(op, f.name, fs.ErrPermission)
	}
	if err != nil {
		f.fs.mu.Unlock()
		return nil, err
	}
	return f.fs.mu.Unlock, nil
}

func (f *memFile) Read(p []byte) (int, error) {
	unlock, err := f.use("read", false)
	if err != nil {
		return 0, err
	}
	defer unlock()
	n, err := f.inode.readAt(p, f.pos)
	f.pos += int64(n)
	if n > 0 {
		err = nil
	}
	return n, err
}

func (f *memFile) ReadAt(p []byte, off int64) (int, error) {
	unlock, err := f.use("read", false)
	if err != nil {
		return 0, err
	}
	defer unlock()
	if off < 0 {
		return 0, pathError("read", f.name, fs.ErrInvalid)
	}
	return f.inode.readAt(p, off)
}

func (i *memInode) readAt(p []byte, off int64) (int, error) {
	if len(p) == 0 {
		return 0, nil
	}
	if off >= int64(len(i.data)) {
		return 0, io.EOF
	}
	n := copy(p, i.data[off:])
	if n < len(p) {
		return n, io.EOF
	}
	return n, nil
}

func (f *memFile) Write(p []byte) (int, error) {
	unlock, err := f.use("write", true)
	if err != nil {
		return 0, err
	}
	defer unlock()
	f.inode.writeAt(p, f.pos)
	f.fs.touch(f.inode)
	f.pos += int64(len(p))
	return len(p), nil
}

func (f *memFile) WriteAt(p []byte, off int64) (int, error) {
	unlock, err := f.use("write", true)
	if err != nil {
		return 0, err
	}
	defer unlock()
	if off < 0 {
		return 0, pathError("write", f.name, fs.ErrInvalid)
	}
	f.inode.writeAt(p, off)
	f.fs.touch(f.inode)
	return len(p), nil
}

func (i *memInode) writeAt(p []byte, off int64) {
	i.resize(max(int64(len(i.data)), off+int64(len(p))))
	copy(i.data[off:], p)
}

func (i *memInode) resize(size int64) {
	if size <= int64(len(i.data)) {
		i.data = i.data[:size]
		return
	}
	have := len(i.data)
	i.data = slices.Grow(i.data, int(size)-have)[:size]
	clear(i.data[have:])
}

func (f *memFile) Truncate(size int64) error {
	unlock, err := f.use("truncate", true)
	if err != nil {
		return err
	}
	defer unlock()
	if size < 0 {
		return pathError("truncate", f.name, fs.ErrInvalid)
	}
	f.inode.resize(size)
	f.fs.touch(f.inode)
	return nil
}

func (f *memFile) Sync() error {
	unlock, err := f.use("sync", false)
	if err != nil {
		return err
	}
	defer unlock()
	f.inode.synced = slices.Clone(f.inode.data)
	return nil
}

// DropUnsynced throws away what was written since the last Sync, as a kernel may after a failed
// fsync.
func (f *memFile) DropUnsynced() {
	f.fs.mu.Lock()
	defer f.fs.mu.Unlock()
	f.inode.data = slices.Clone(f.inode.synced)
}

func (f *memFile) Size() (int64, error) {
	unlock, err := f.use("stat", false)
	if err != nil {
		return 0, err
	}
	defer unlock()
	return int64(len(f.inode.data)), nil
}

func (f *memFile) Map() (*Mapping, error) {
	unlock, err := f.use("map", false)
	if err != nil {
		return nil, err
	}
	defer unlock()
	data := slices.Clip(f.inode.data)
	return MapBytes(f.name, data), nil
}

func (f *memFile) Close() error {
	unlock, err := f.use("close", false)
	if err != nil {
		return err
	}
	defer unlock()
	f.closed = true
	return nil
}
