package serve

import (
	"context"
	"errors"
	"fmt"

	"sluice/index"
)

// Class is what kind of failure an error is. Its value is the exit code.
type Class int

// The classes.
const (
	Done    Class = 0 // what was asked was done
	Nothing Class = 1 // nothing was done
	Usage   Class = 2 // wrong usage
	Partly  Class = 3 // done in part: something was unreadable, damaged or timed out, and the error says what
	Corrupt Class = 4 // corruption was found
	Gate    Class = 5 // refused by the gate
)

// Error is an error of a known class.
type Error struct {
	Class Class
	Err   error
}

// Error implements error.
func (e *Error) Error() string { return e.Err.Error() }

// Unwrap gives the cause.
func (e *Error) Unwrap() error { return e.Err }

// ErrNoSource says that a question names a source which the store does not have.
var ErrNoSource = errors.New("there is no source")

// Usagef words a mistake in what was asked.
func Usagef(format string, args ...any) error { return &Error{Usage, fmt.Errorf(format, args...)} }

// Nothingf words why nothing was done.
func Nothingf(format string, args ...any) error { return &Error{Nothing, fmt.Errorf(format, args...)} }

// Partlyf words what could not be done.
func Partlyf(format string, args ...any) error { return &Error{Partly, fmt.Errorf(format, args...)} }

// ClassOf tells the class of an error. Of several, the highest wins; wrong usage only stands alone.
func ClassOf(err error) Class {
	switch e := err.(type) { //nolint:errorlint // it walks the tree of errors itself
	case nil:
		return Done
	case *Error:
		return e.Class
	case interface{ Unwrap() []error }:
		best := Done
		for _, one := range e.Unwrap() {
			best = worse(best, ClassOf(one))
		}
		return best
	}
	if errors.Is(err, index.ErrCorrupt) && errors.Unwrap(err) == nil {
		return Corrupt
	}
	if inner := errors.Unwrap(err); inner != nil {
		return ClassOf(inner)
	}
	return Nothing
}

func worse(a, b Class) Class {
	if a == Usage && b != Done {
		return b
	}
	if b == Usage && a != Done {
		return a
	}
	return max(a, b)
}

// interrupted tells whether an error only says that the caller had enough.
func interrupted(ctx context.Context, err error) bool {
	return ctx.Err() != nil && (errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded))
}
