package vfs

import (
	"errors"
	"fmt"
	"runtime/debug"

	"sluice/internal/defence"
)

// ErrFault says that mapped bytes could not be read: the file shrank, or its disk fails.
var ErrFault = errors.New("a mapped file could not be read")

// FaultError is ErrFault with the file and the place.
type FaultError struct {
	Name   string // the mapped file
	Offset int64
}

// Error implements error.
func (e *FaultError) Error() string {
	return fmt.Sprintf("%s: the bytes at %d could not be read: the file shrank or the disk fails", e.Name, e.Offset)
}

// Unwrap makes errors.Is(err, ErrFault) hold.
func (e *FaultError) Unwrap() error { return ErrFault }

// Guard runs f and turns a memory fault on a mapped file into a *FaultError instead of the death of
// the process. Any other panic passes on, a wild pointer's too. The guard covers f's own goroutine
// only.
func Guard(f func() error) (err error) {
	if !defence.Stands(defence.FaultGuard) {
		return f()
	}
	old := debug.SetPanicOnFault(true)
	defer func() {
		debug.SetPanicOnFault(old)
		if r := recover(); r != nil {
			err = faultOf(r)
		}
	}()
	return f()
}

// faultOf returns the error for a recovered fault on a mapping, and panics again for anything else.
func faultOf(r any) error {
	fault, ok := r.(interface{ Addr() uintptr })
	if !ok {
		panic(r)
	}
	m := mappings.find(fault.Addr())
	if m == nil {
		panic(r)
	}
	return &FaultError{Name: m.name, Offset: m.offset(fault.Addr())}
}
