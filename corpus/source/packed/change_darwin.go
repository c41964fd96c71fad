package packed

import (
	"io/fs"
	"syscall"
)

// changeOf is when the file system last changed anything about a file, and the file's number.
func changeOf(info fs.FileInfo) (changed int64, fileID uint64) {
	if st, ok := info.Sys().(*syscall.Stat_t); ok {
		return st.Ctimespec.Nano(), st.Ino
	}
	return 0, 0
}
