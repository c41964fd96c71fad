//go:build !unix && !windows

package pages

// allocate falls back to the heap: nothing keeps it from being swapped.
func allocate(size int) ([]byte, bool, func([]byte) error, error) {
	return make([]byte, size), false, func([]byte) error { return nil }, nil
}
