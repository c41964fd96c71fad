package vfs

import (
	"fmt"
	"runtime/debug"
	"strings"

	"sluice/internal/defence"
	"sluice/internal/invariants"
)

// PanicError is a fault of the program itself that was contained: it costs what was being read, not
// the process.
type PanicError struct {
	Value any
	Stack string
}

// Error implements error.
func (e *PanicError) Error() string {
	return fmt.Sprintf("a fault of the program: %v, at %s; please report it", e.Value, e.at())
}

// at is the line that panicked.
func (e *PanicError) at() string {
	_, after, _ := strings.Cut(e.Stack, "\npanic(")
	lines := strings.Split(after, "\n")
	for i := 2; i+1 < len(lines); i += 2 { // a function, then its place; the first is panic's own
		if !strings.HasPrefix(lines[i], "runtime.") && !strings.HasPrefix(lines[i], "panic(") {
			place, _, _ := strings.Cut(strings.TrimSpace(lines[i+1]), " ")
			return place[strings.LastIndexByte(place, '/')+1:]
		}
	}
	return "an unknown place"
}

// Contain runs f and turns a panic of its own goroutine into a *PanicError. In builds that check
// invariants it does not: there a fault of the program must be seen.
func Contain(f func() error) (err error) {
	if invariants.Enabled || !defence.Stands(defence.PanicContained) {
		return f()
	}
	defer func() {
		if r := recover(); r != nil {
			err = &PanicError{Value: r, Stack: string(debug.Stack())}
		}
	}()
	return f()
}
