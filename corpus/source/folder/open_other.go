//go:build !unix

package folder

import "syscall"

// openNonblock is nothing where FIFOs are not part of the file system.
const openNonblock = 0

var (
	errNotFolder error = syscall.ENOTDIR
	errLoop      error = syscall.ELOOP
	errTooLong   error = syscall.ENAMETOOLONG
)
