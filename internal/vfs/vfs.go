// Package vfs is the only way the store touches files, so that a test can put a faulty disk under
// it.
//
// Names are slash-separated and relative to the file system's root; "" is the root itself. A name
// that would leave the root is refused. Errors are those of io/fs: errors.Is(err, fs.ErrNotExist)
// and fs.ErrExist hold for every implementation.
package vfs

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"time"
)

// FS is the file access that the store needs, and nothing more. Implementations are safe for
// concurrent use.
type FS interface {
	// Create makes a file that must not exist and opens it for writing and reading.
	Create(name string) (File, error)
	// Open opens a file for reading.
	Open(name string) (File, error)
	// OpenRW opens a file for reading and writing and creates it when it is absent.
	OpenRW(name string) (File, error)
	// Rename gives a file another name, in place of any file of that name.
	Rename(oldName, newName string) error
	// Remove deletes a file or an empty folder.
	Remove(name string) error
	// MkdirAll makes a folder, for its owner alone, and those above it.
	MkdirAll(name string) error
	// List returns the entries of a folder in bytewise order of their names.
	List(dir string) ([]Entry, error)
	// Stat describes one file or folder.
	Stat(name string) (Entry, error)
	// SyncDir makes creations, renames and removals in a folder survive a power cut.
	SyncDir(dir string) error
	// Free returns how many bytes may still be written to the disk that holds dir.
	Free(dir string) (int64, error)
	// Lock takes an advisory lock on a file, held across processes and within this one, and waits
	// for it up to wait or until ctx ends. Exclusive creates the file when it is absent; Shared
	// does not, so that who reads a file cannot bring a removed one back. A lock that others hold
	// is a *LockedError, and a disk on which nothing can be locked a *NoLocksError. Closing the
	// result releases the lock; so does the death of the process.
	Lock(name string, mode LockMode, wait time.Duration, ctx context.Context) (io.Closer, error)
}

// File is one open file.
type File interface {
	io.Reader
	io.ReaderAt
	io.Writer
	io.WriterAt
	io.Closer
	Truncate(size int64) error
	// Sync makes what was written survive a power cut. After an error the file must be given up: a
	// second call may say nil although the data is lost.
	Sync() error
	Size() (int64, error)
	// Map gives the file's bytes as they are now, read-only, without reading them.
	Map() (*Mapping, error)
	// Name is the name that the file was opened by.
	Name() string
}

// Entry is one file or folder.
type Entry struct {
	Name    string // base name
	Size    int64
	ModTime time.Time
	Dir     bool
}

// LockMode says who else may hold a lock at the same time.
type LockMode int

// The modes of a lock.
const (
	Shared    LockMode = iota // any number of other Shared holders
	Exclusive                 // nobody
)

// ErrLocked says that somebody else holds a lock. The error that carries it is a *LockedError.
var ErrLocked = errors.New("locked by another process")

// ErrNoLocks says that a file system cannot lock files. The error that carries it is a
// *NoLocksError.
var ErrNoLocks = errors.New("this file system cannot lock files")

// NoLocksError says why nothing can be locked.
type NoLocksError struct {
	Name string
	Why  string // what the system said, or what was observed
}

// Error implements error.
func (e *NoLocksError) Error() string { return fmt.Sprintf("%s cannot be locked: %s", e.Name, e.Why) }

// Unwrap makes errors.Is(err, ErrNoLocks) hold.
func (e *NoLocksError) Unwrap() error { return ErrNoLocks }

// ErrLink says that a file of the store is a symbolic link, which the store makes none of: whoever
// put it there would be read or written somewhere else.
var ErrLink = errors.New("a symbolic link stands where the store keeps a file of its own: remove the link, or give the store another folder")

// ErrNoFile says that what stands under the name of a file of the store is none: a folder, a pipe,
// a device.
var ErrNoFile = errors.New("something that is no file stands where the store keeps one of its own: remove it, or give the store another folder")

// Holder is what the exclusive holder of a lock tells about itself.
type Holder struct {
	PID   int       `json:"pid"`
	Since time.Time `json:"since"`
	What  string    `json:"what"` // what it is doing, from WithPurpose
}

// LockedError names who holds a lock. Holder.PID is 0 when that is not known: readers do not sign.
type LockedError struct {
	Name   string
	Holder Holder
	Waited time.Duration
}

// Error implements error.
func (e *LockedError) Error() string {
	who := "another process"
	if e.Holder.PID != 0 {
		who = fmt.Sprintf("process %d (%s, since %s)", e.Holder.PID, e.Holder.What, e.Holder.Since.Format(time.DateTime))
	}
	return fmt.Sprintf("%s is locked by %s; waited %s", e.Name, who, e.Waited.Round(time.Millisecond))
}

// Unwrap makes errors.Is(err, ErrLocked) hold.
func (e *LockedError) Unwrap() error { return ErrLocked }

type purposeKey struct{}

type waitlessKey struct{}

// WithoutWaiting makes who takes a lock with the context give up at once where others hold it.
func WithoutWaiting(ctx context.Context) context.Context {
	return context.WithValue(ctx, waitlessKey{}, true)
}

// Waits tells whether a lock may be waited for.
func Waits(ctx context.Context) bool { return ctx.Value(waitlessKey{}) == nil }

// WithPurpose says what the locks taken with the context are for; a process that has to wait is
// told.
func WithPurpose(ctx context.Context, what string) context.Context {
	return context.WithValue(ctx, purposeKey{}, what)
}

func purpose(ctx context.Context) string {
	what, _ := ctx.Value(purposeKey{}).(string)
	if what == "" {
		return "no purpose told"
	}
	return what
}

// checkName refuses names that are not plain paths below the root.
func checkName(op, name string) error {
	if name == "" || fs.ValidPath(name) {
		return nil
	}
	return &fs.PathError{Op: op, Path: name, Err: fs.ErrInvalid}
}
