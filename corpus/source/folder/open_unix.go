//go:build unix

package folder

import "syscall"

// openNonblock keeps the opening of a FIFO or a device from waiting. Regular files do not mind.
const openNonblock = syscall.O_NONBLOCK

var (
	errNotFolder error = syscall.ENOTDIR
	errLoop      error = syscall.ELOOP
	errTooLong   error = syscall.ENAMETOOLONG
)
