package blockfile

import (
	"errors"
	"fmt"

	"sluice/internal/vfs"
)

// ErrCorrupt says that stored bytes are not those that were written. Every error of this package
// about damage matches it; a *CorruptError says where.
var ErrCorrupt = errors.New("stored bytes are damaged")

// ErrNewer says that a file was written by a newer program. The error is a *NewerError.
var ErrNewer = errors.New("written by a newer program")

// ErrOlder says that a file has a format that this program no longer reads. The error is an
// *OlderError.
var ErrOlder = errors.New("written in a format that is no longer read")

// ErrForeign says that a file is none of ours at all. It matches ErrCorrupt too: the bytes that
// belong under that name are not there. The error is a *ForeignError.
var ErrForeign = errors.New("not a file of this store")

// CorruptError is damage to one file.
type CorruptError struct {
	File  string
	Block int64 // the damaged block; -1 for header, tables, footer or the whole file
	Kind  Kind
	What  string // what did not hold
	Err   error  // the system's own error, if that is what was wrong
}

// Error implements error.
func (e *CorruptError) Error() string {
	where := ""
	if e.Block >= 0 {
		where = fmt.Sprintf(", block %d", e.Block)
	}
	return fmt.Sprintf("%s file %s%s is damaged: %s", e.Kind, e.File, where, e.What)
}

// Unwrap makes errors.Is(err, ErrCorrupt) hold, and shows the system's error.
func (e *CorruptError) Unwrap() []error {
	if e.Err == nil {
		return []error{ErrCorrupt}
	}
	return []error{ErrCorrupt, e.Err}
}

// NewerError is a format that this program does not know yet.
type NewerError struct {
	File              string
	Format, Supported int
}

// Error implements error.
func (e *NewerError) Error() string {
	return fmt.Sprintf("%s has format %d, this program reads up to %d: update sluice", e.File, e.Format, e.Supported)
}

// Unwrap makes errors.Is(err, ErrNewer) hold.
func (e *NewerError) Unwrap() error { return ErrNewer }

// OlderError is a format that this program does not read any more.
type OlderError struct {
	File              string
	Format, Supported int
}

// Error implements error.
func (e *OlderError) Error() string {
	return fmt.Sprintf("%s has format %d, this program reads from %d on: add its sources again to rebuild the store", e.File, e.Format, e.Supported)
}

// Unwrap makes errors.Is(err, ErrOlder) hold.
func (e *OlderError) Unwrap() error { return ErrOlder }

// ForeignError is a file without any mark of ours.
type ForeignError struct{ File string }

// Error implements error.
func (e *ForeignError) Error() string {
	return e.File + " is not a file of this store: something else was put in its place"
}

// Unwrap makes errors.Is hold for ErrForeign and ErrCorrupt.
func (e *ForeignError) Unwrap() []error { return []error{ErrForeign, ErrCorrupt} }

// Guard runs f, which reads mapped files, and turns a memory fault on one of them into a
// *CorruptError.
func Guard(f func() error) error {
	err := vfs.Guard(f)
	if fault := new(vfs.FaultError); errors.As(err, &fault) && !errors.Is(err, ErrCorrupt) {
		return &CorruptError{File: fault.Name, Block: -1, What: fault.Error(), Err: err}
	}
	return err
}

// IsTyped tells whether an error already says what is wrong with a file: damage, or a format that
// this program does not read.
func IsTyped(err error) bool {
	return errors.Is(err, ErrCorrupt) || errors.Is(err, ErrNewer) || errors.Is(err, ErrOlder)
}
