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

// Mangle overwrites a buffer whose lifetime has ended, so that a stale reader fails loudly.
func Mangle(b []byte) {
	for i := range b {
		b[i] = 0xDB
	}
}
