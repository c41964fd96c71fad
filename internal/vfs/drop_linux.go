package vfs

import (
	"os"

	"golang.org/x/sys/unix"
)

// dropPages takes pages out of our own map first: the page cache keeps what somebody has mapped.
// Both are advice, so that a system which does not follow it loses nothing.
func dropPages(f *os.File, pages []byte, off int64) {
	_ = unix.Madvise(pages, unix.MADV_DONTNEED)
	_ = unix.Fadvise(int(f.Fd()), off, int64(len(pages)), unix.FADV_DONTNEED)
}
