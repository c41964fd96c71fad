//go:build linux || darwin

package folder

import (
	"io/fs"
	"os"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// statter describes the files of one open folder, with no more than a call of the system for each.
// What it returns stands until the next call.
type statter struct {
	file *os.File
	st   unix.Stat_t
	name string
}

func (s *statter) lstat(_ *dir, name string) (fs.FileInfo, error) {
	s.name = name
	for {
		err := unix.Fstatat(int(s.file.Fd()), name, &s.st, unix.AT_SYMLINK_NOFOLLOW)
		if err != unix.EINTR {
			return s, err
		}
	}
}

// Name implements fs.FileInfo.
func (s *statter) Name() string { return s.name }

// Size implements fs.FileInfo.
func (s *statter) Size() int64 { return s.st.Size }

// Mode implements fs.FileInfo: it tells the kind of the file and not who may read it.
func (s *statter) Mode() fs.FileMode {
	switch s.st.Mode & unix.S_IFMT {
	case unix.S_IFREG:
		return 0
	case unix.S_IFDIR:
		return fs.ModeDir
	case unix.S_IFLNK:
		return fs.ModeSymlink
	}
	return fs.ModeIrregular
}

// ModTime implements fs.FileInfo.
func (s *statter) ModTime() time.Time { return time.Unix(s.st.Mtim.Unix()) }

// IsDir implements fs.FileInfo.
func (s *statter) IsDir() bool { return s.Mode().IsDir() }

// Sys implements fs.FileInfo.
func (s *statter) Sys() any { return nil }

// identity is when the file system last changed anything about a file, and the file's number in it.
func identity(info fs.FileInfo) (changed int64, id uint64) {
	if s, ok := info.(*statter); ok {
		return s.st.Ctim.Nano(), s.st.Ino
	}
	st, ok := info.Sys().(*syscall.Stat_t)
	if !ok {
		return 0, 0
	}
	ctime := ctimeOf(st)
	return ctime.Nano(), st.Ino
}
