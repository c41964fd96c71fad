package vfs

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

const (
	dirMode  = 0o700 // the store is its owner's alone
	fileMode = 0o600
)

type osFS struct {
	root   string
	follow bool // links below the root
}

// OS returns the files below a folder of the machine. The folder need not exist yet: MkdirAll("")
// makes it. The folder itself may be reached by a link; a link below it is ErrLink.
func OS(root string) FS { return osFS{root: root} }

// Linked is OS for a folder that its owner keeps by hand: links below it are followed.
func Linked(root string) FS { return osFS{root: root, follow: true} }

// path returns the machine's name for a name of ours.
func (o osFS) path(op, name string) (string, error) {
	if name == "" {
		return o.root, nil
	}
	local, err := filepath.Localize(name)
	if err != nil {
		return "", &fs.PathError{Op: op, Path: name, Err: fs.ErrInvalid}
	}
	return filepath.Join(o.root, local), nil
}

func (o osFS) open(op, name string, flag int) (File, error) {
	path, err := o.path(op, name)
	if err != nil {
		return nil, err
	}
	if err := o.unlinked(op, name, path); err != nil {
		return nil, err
	}
	if !o.follow {
		flag |= openFlags
	}
	f, err := openRegular(op, path, flag)
	if err != nil {
		return nil, err
	}
	return &osFile{File: f, name: name}, nil
}

// openRegular opens a file, and nothing else: to read a pipe is to wait for ever.
func openRegular(op, path string, flag int) (*os.File, error) {
	f, err := openFile(path, flag|noWait)
	switch {
	case isLink(err):
		return nil, &fs.PathError{Op: op, Path: path, Err: ErrLink}
	case errors.Is(err, fs.ErrNotExist), errors.Is(err, fs.ErrExist):
		return nil, err
	case err != nil:
		return nil, noFile(op, path, err)
	}
	if info, err := f.Stat(); err == nil && !info.Mode().IsRegular() {
		_ = f.Close()
		return nil, &fs.PathError{Op: op, Path: path, Err: ErrNoFile}
	}
	return f, nil
}

// noFile says so where it is why something failed: that what stands there is no file.
func noFile(op, path string, err error) error {
	if info, serr := os.Lstat(path); serr == nil && !info.Mode().IsRegular() && !isSymlink(info) {
		return &fs.PathError{Op: op, Path: path, Err: ErrNoFile}
	}
	return err
}

// unlinked refuses a file whose folder, or that itself, is a link. Where the system can open
// without following links, the file is left to it: between a look and an opening a link can be put
// there.
func (o osFS) unlinked(op, name, path string) error {
	if o.follow || name == "" {
		return nil
	}
	if openFlags != 0 {
		path = filepath.Dir(path)
	}
	for ; len(path) > len(o.root); path = filepath.Dir(path) {
		if info, err := os.Lstat(path); err == nil && isSymlink(info) {
			return &fs.PathError{Op: op, Path: path, Err: ErrLink}
		}
	}
	return nil
}

func (o osFS) Create(name string) (File, error) {
	return o.open("create", name, os.O_CREATE|os.O_EXCL|os.O_RDWR)
}

func (o osFS) Open(name string) (File, error) { return o.open("open", name, os.O_RDONLY) }

func (o osFS) OpenRW(name string) (File, error) {
	return o.open("open", name, os.O_CREATE|os.O_RDWR)
}

func (o osFS) Rename(oldName, newName string) error {
	from, err := o.path("rename", oldName)
	if err != nil {
		return err
	}
	to, err := o.path("rename", newName)
	if err != nil {
		return err
	}
	if err := renameFile(from, to); err != nil {
		return noFile("rename", to, err)
	}
	return nil
}

func (o osFS) Remove(name string) error {
	path, err := o.path("remove", name)
	if err != nil {
		return err
	}
	return removeFile(path)
}

func (o osFS) MkdirAll(name string) error {
	path, err := o.path("mkdir", name)
	if err != nil {
		return err
	}
	return os.MkdirAll(path, dirMode)
}

func (o osFS) List(dir string) ([]Entry, error) {
	path, err := o.path("list", dir)
	if err == nil && dir != "" && !o.follow {
		_, err = o.Stat(dir)
	}
	if err != nil {
		return nil, err
	}
	found, err := readDir(path)
	if err != nil {
		return nil, err
	}
	entries := make([]Entry, 0, len(found))
	for _, d := range found {
		if info, err := d.Info(); err == nil { // an entry that vanished meanwhile is not there
			entries = append(entries, entryOf(info))
		}
	}
	slices.SortFunc(entries, func(a, b Entry) int { return strings.Compare(a.Name, b.Name) })
	return entries, nil
}

func (o osFS) Stat(name string) (Entry, error) {
	path, err := o.path("stat", name)
	if err != nil {
		return Entry{}, err
	}
	look := os.Lstat
	if name == "" || o.follow {
		look = os.Stat
	}
	info, err := look(path)
	switch {
	case err != nil:
		return Entry{}, err
	case isSymlink(info):
		return Entry{}, &fs.PathError{Op: "stat", Path: path, Err: ErrLink}
	}
	return entryOf(info), nil
}

func entryOf(info fs.FileInfo) Entry {
	return Entry{Name: info.Name(), Size: info.Size(), ModTime: info.ModTime(), Dir: info.IsDir()}
}

func (o osFS) SyncDir(dir string) error {
	path, err := o.path("sync", dir)
	if err != nil {
		return err
	}
	return syncDir(path)
}

func (o osFS) Free(dir string) (int64, error) {
	path, err := o.path("free", dir)
	if err != nil {
		return 0, err
	}
	return freeBytes(path)
}

type osFile struct {
	*os.File
	name string
}

func (f *osFile) Name() string { return f.name }

func (f *osFile) Size() (int64, error) {
	info, err := f.Stat()
	if err != nil {
		return 0, err
	}
	return info.Size(), nil
}

func (f *osFile) Map() (*Mapping, error) {
	size, err := f.Size()
	if err != nil {
		return nil, err
	}
	return mapFile(f.File, f.name, size)
}
