package faultfs

import (
	"context"
	"io"
	"time"

	"sluice/internal/vfs"
)

func (f *FS) open(op Op, name string, open func(string) (vfs.File, error)) (vfs.File, error) {
	if _, err := f.visit(op, name); err != nil {
		return nil, err
	}
	file, err := open(name)
	if err != nil {
		return nil, err
	}
	return &faultFile{fs: f, under: file, name: name}, nil
}

// Create implements vfs.FS.
func (f *FS) Create(name string) (vfs.File, error) { return f.open(Create, name, f.under.Create) }

// Open implements vfs.FS.
func (f *FS) Open(name string) (vfs.File, error) { return f.open(Open, name, f.under.Open) }

// OpenRW implements vfs.FS. It is a Create, because it may be one.
func (f *FS) OpenRW(name string) (vfs.File, error) { return f.open(Create, name, f.under.OpenRW) }

// Rename implements vfs.FS.
func (f *FS) Rename(oldName, newName string) error {
	if _, err := f.visit(Rename, newName); err != nil {
		return err
	}
	return f.under.Rename(oldName, newName)
}

// Remove implements vfs.FS.
func (f *FS) Remove(name string) error {
	if _, err := f.visit(Remove, name); err != nil {
		return err
	}
	return f.under.Remove(name)
}

// MkdirAll implements vfs.FS.
func (f *FS) MkdirAll(name string) error {
	if _, err := f.visit(Mkdir, name); err != nil {
		return err
	}
	return f.under.MkdirAll(name)
}

// SyncDir implements vfs.FS.
func (f *FS) SyncDir(dir string) error {
	if _, err := f.visit(SyncDir, dir); err != nil {
		return err
	}
	return f.under.SyncDir(dir)
}

// List implements vfs.FS.
func (f *FS) List(dir string) ([]vfs.Entry, error) {
	if _, err := f.visit(List, dir); err != nil {
		return nil, err
	}
	return f.under.List(dir)
}

// Stat implements vfs.FS.
func (f *FS) Stat(name string) (vfs.Entry, error) {
	if _, err := f.visit(Stat, name); err != nil {
		return vfs.Entry{}, err
	}
	return f.under.Stat(name)
}

// Free implements vfs.FS; see SetFree.
func (f *FS) Free(dir string) (int64, error) {
	f.mu.Lock()
	free := f.free
	f.mu.Unlock()
	if free >= 0 {
		return free, nil
	}
	return f.under.Free(dir)
}

// Lock implements vfs.FS. The lock dies with the process.
func (f *FS) Lock(name string, mode vfs.LockMode, wait time.Duration, ctx context.Context) (io.Closer, error) {
	if _, err := f.visit(Lock, name); err != nil {
		return nil, err
	}
	lock, err := f.under.Lock(name, mode, wait, ctx)
	if err != nil {
		return nil, err
	}
	f.mu.Lock()
	dead := f.dead
	f.locks = append(f.locks, lock)
	f.mu.Unlock()
	if dead {
		_ = lock.Close()
		return nil, ErrKilled
	}
	return lock, nil
}
