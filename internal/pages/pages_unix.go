//go:build unix

package pages

import (
	"fmt"

	"golang.org/x/sys/unix"
)

func allocate(size int) ([]byte, bool, func([]byte) error, error) {
	b, err := unix.Mmap(-1, 0, size, unix.PROT_READ|unix.PROT_WRITE, unix.MAP_ANON|unix.MAP_PRIVATE)
	if err != nil {
		return nil, false, nil, fmt.Errorf("map %d bytes of memory: %w", size, err)
	}
	advise(b)
	return b, unix.Mlock(b) == nil, unix.Munmap, nil
}
