package vfs

import (
	"errors"
	"os"
	"unsafe"

	"golang.org/x/sys/windows"
)

func mmap(f *os.File, size int) ([]byte, func([]byte) error, error) {
	h, err := windows.CreateFileMapping(windows.Handle(f.Fd()), nil, windows.PAGE_READONLY, 0, 0, nil)
	if err != nil {
		return nil, nil, err
	}
	defer windows.CloseHandle(h) // the view keeps the mapping alive
	address, err := windows.MapViewOfFile(h, windows.FILE_MAP_READ, 0, 0, uintptr(size))
	if err != nil {
		return nil, nil, err
	}
	view := *(*unsafe.Pointer)(unsafe.Pointer(&address)) // an address outside Go's heap
	return unsafe.Slice((*byte)(view), size), unmap, nil
}

func unmap(data []byte) error {
	return windows.UnmapViewOfFile(uintptr(unsafe.Pointer(unsafe.SliceData(data))))
}

// openFlags has nothing that keeps a link from being followed: unlinked looks first. Pipes have no
// names in a folder.
const openFlags, noWait = 0, 0

func isLink(error) bool { return false }

// syncDir does nothing: NTFS journals names by itself, and a folder cannot be flushed.
func syncDir(path string) error {
	_, err := os.Stat(path)
	return err
}

func freeBytes(path string) (int64, error) {
	name, err := windows.UTF16PtrFromString(path)
	if err != nil {
		return 0, err
	}
	var free uint64
	if err := windows.GetDiskFreeSpaceEx(name, &free, nil, nil); err != nil {
		return 0, &os.PathError{Op: "free", Path: path, Err: err}
	}
	return int64(min(free, 1<<62)), nil
}

// lockOffset lies far behind any content: a lock on Windows forbids reading what it covers, and
// what the holder wrote about itself must stay readable.
const lockOffset = 1 << 30

// tryLock locks f without waiting; false says that somebody else holds it.
func tryLock(f *os.File, mode LockMode) (bool, error) {
	flags := uint32(windows.LOCKFILE_FAIL_IMMEDIATELY)
	if mode == Exclusive {
		flags |= windows.LOCKFILE_EXCLUSIVE_LOCK
	}
	at := &windows.Overlapped{OffsetHigh: lockOffset}
	err := windows.LockFileEx(windows.Handle(f.Fd()), flags, 0, 1, 0, at)
	switch {
	case err == nil:
		return true, nil
	case errors.Is(err, windows.ERROR_LOCK_VIOLATION), errors.Is(err, windows.ERROR_IO_PENDING):
		return false, nil
	case errors.Is(err, windows.ERROR_NOT_SUPPORTED), errors.Is(err, windows.ERROR_INVALID_FUNCTION), errors.Is(err, windows.ERROR_CALL_NOT_IMPLEMENTED):
		return false, &NoLocksError{Name: f.Name(), Why: err.Error()}
	}
	return false, &os.PathError{Op: "lock", Path: f.Name(), Err: err}
}
