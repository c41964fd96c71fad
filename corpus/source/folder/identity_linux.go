package folder

import (
	"io/fs"
	"syscall"
)

// identity is when the file system last changed anything about a file, and the file's number in it.
func identity(info fs.FileInfo) (changed int64, id uint64) {
	if s, ok := info.(*statter); ok {
		return s.identity()
	}
	st, ok := info.Sys().(*syscall.Stat_t)
	if !ok {
		return 0, 0
	}
	return st.Ctim.Nano(), st.Ino
}
