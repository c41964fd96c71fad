//go:build invariants || race

package invariants

import "fmt"

// Enabled tells whether invariants are checked in this build.
const Enabled = true

// Check panics when ok is false: the fault is ours, never the input's.
func Check(ok bool, format string, args ...any) {
	if !ok {
		panic("BUG: " + fmt.Sprintf(format, args...))
	}
}
