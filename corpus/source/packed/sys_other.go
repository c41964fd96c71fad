//go:build !unix

package packed

// nonblock is nothing where FIFOs are not part of the file system.
const nonblock = 0
