package pages

import "golang.org/x/sys/unix"

// advise asks for huge pages: within one, addresses of the process are those of the memory but for
// a constant, so that a row or a column of a chip shows as one. A dump of the process needs none of
// it. That the kernel may refuse both changes nothing.
func advise(b []byte) {
	_ = unix.Madvise(b, unix.MADV_HUGEPAGE)
	_ = unix.Madvise(b, unix.MADV_DONTDUMP)
}
