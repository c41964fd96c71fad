package vfs

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"time"
	"unsafe"

	"golang.org/x/sys/windows"
)

// On Windows a file that somebody has open can be renamed and removed too, as everywhere else, if
// everybody who opens it shares that. os.OpenFile does not: beside it a removal fails, and it fails
// itself while the file is being renamed.

const shareAll = windows.FILE_SHARE_READ | windows.FILE_SHARE_WRITE | windows.FILE_SHARE_DELETE

func createFile(path string, access, share, mode, attributes uint32) (windows.Handle, error) {
	name, err := windows.UTF16PtrFromString(path)
	if err != nil {
		return windows.InvalidHandle, err
	}
	return windows.CreateFile(name, access, share, nil, mode, attributes, 0)
}

// openFile is os.OpenFile for the flags that are used here, but shares everything.
func openFile(path string, flag int) (f *os.File, err error) {
	access, mode := uint32(windows.GENERIC_READ), uint32(windows.OPEN_EXISTING)
	attributes := uint32(windows.FILE_FLAG_BACKUP_SEMANTICS) // a folder can be opened, to be listed
	if flag&os.O_RDWR != 0 {
		access, attributes = windows.GENERIC_READ|windows.GENERIC_WRITE, windows.FILE_ATTRIBUTE_NORMAL
	}
	switch {
	case flag&os.O_EXCL != 0:
		mode, attributes = windows.CREATE_NEW, attributes|windows.FILE_FLAG_OPEN_REPARSE_POINT
	case flag&os.O_CREATE != 0:
		mode = windows.OPEN_ALWAYS
	}
	err = patiently(func() error {
		h, err := createFile(path, access, shareAll, mode, attributes)
		if err != nil {
			return &os.PathError{Op: "open", Path: path, Err: err}
		}
		f = os.NewFile(uintptr(h), path)
		return nil
	}, windows.ERROR_SHARING_VIOLATION)
	return f, err
}

func readDir(path string) ([]os.DirEntry, error) {
	f, err := openFile(path, os.O_RDONLY)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	all, err := f.ReadDir(-1)
	return slices.DeleteFunc(all, func(d os.DirEntry) bool {
		removed := strings.HasPrefix(d.Name(), removedPrefix)
		if removed { // somebody has it open, or the power failed before it was gone
			_ = removeNow(filepath.Join(path, d.Name()))
		}
		return removed
	}), err
}

// isSymlink tells whether what Lstat saw leads elsewhere: a symbolic link, or a folder that stands
// for another one, which anybody may make. Go calls the latter irregular, and no folder.
func isSymlink(info os.FileInfo) bool {
	data, ok := info.Sys().(*syscall.Win32FileAttributeData)
	folder := ok && data.FileAttributes&windows.FILE_ATTRIBUTE_DIRECTORY != 0
	return info.Mode()&os.ModeSymlink != 0 || info.Mode().Type() == os.ModeIrregular && folder
}

// takeName opens a file to rename or remove it, as only one can at a time. What Windows renames or
// removes is the open file, whatever it is called by then: who means to remove a file would
// otherwise remove it under the name that somebody has given it meanwhile.
func takeName(path string, attributes uint32) (windows.Handle, error) {
	const share = windows.FILE_SHARE_READ | windows.FILE_SHARE_WRITE
	attributes |= windows.FILE_FLAG_OPEN_REPARSE_POINT
	return createFile(path, windows.DELETE|windows.SYNCHRONIZE, share, windows.OPEN_EXISTING, attributes)
}

func renameFile(from, to string) error {
	return patiently(func() error {
		h, err := takeName(from, windows.FILE_FLAG_BACKUP_SEMANTICS)
		if err == nil {
			err = rename(h, to)
			_ = windows.CloseHandle(h)
		}
		if err != nil {
			return &os.LinkError{Op: "rename", Old: from, New: to, Err: err}
		}
		return nil
	}, windows.ERROR_SHARING_VIOLATION, windows.ERROR_ACCESS_DENIED) // the latter: a file of that name is open
}

// rename gives an open file another name, in place of any file of that name. Only the first of two
// ways, which not every file system has, replaces a file that is open.
func rename(h windows.Handle, to string) error {
	to, err := filepath.Abs(to)
	if err != nil {
		return err
	}
	name, err := windows.UTF16FromString(to)
	if err != nil {
		return err
	}
	type renameInfo struct { // FILE_RENAME_INFO
		flags  uint32
		root   windows.Handle
		length uint32
		name   [windows.MAX_LONG_PATH]uint16
	}
	info := &renameInfo{flags: windows.FILE_RENAME_REPLACE_IF_EXISTS | windows.FILE_RENAME_POSIX_SEMANTICS}
	if len(name) > len(info.name) {
		return windows.ERROR_FILENAME_EXCED_RANGE
	}
	copy(info.name[:], name)
	info.length = uint32(2 * (len(name) - 1))
	size := uint32(unsafe.Offsetof(info.name)) + uint32(2*len(name))
	if windows.SetFileInformationByHandle(h, windows.FileRenameInfoEx, (*byte)(unsafe.Pointer(info)), size) == nil {
		return nil
	}
	info.flags = windows.FILE_RENAME_REPLACE_IF_EXISTS
	return windows.SetFileInformationByHandle(h, windows.FileRenameInfo, (*byte)(unsafe.Pointer(info)), size)
}

func removeFile(path string) error {
	return patiently(func() error {
		err := removeNow(path)
		if err != nil && !errors.Is(err, windows.ERROR_SHARING_VIOLATION) {
			return os.Remove(path) // a folder, or what os.Remove knows how to say
		}
		if err != nil {
			return &os.PathError{Op: "remove", Path: path, Err: err}
		}
		return nil
	}, windows.ERROR_SHARING_VIOLATION)
}

// removedPrefix starts the name of a file that was removed and is still open. Lists leave it out.
const removedPrefix = ".removed-"

// removeNow removes a file so that its name is free at once, also while somebody has it open. Where
// the file system has no such removals, or has the file mapped, it is kept under a name of no
// meaning until the last one closes it.
func removeNow(path string) error {
	h, err := takeName(path, 0)
	if err != nil {
		return err
	}
	how := uint32(windows.FILE_DISPOSITION_DELETE | windows.FILE_DISPOSITION_POSIX_SEMANTICS | windows.FILE_DISPOSITION_IGNORE_READONLY_ATTRIBUTE)
	err = windows.SetFileInformationByHandle(h, windows.FileDispositionInfoEx, (*byte)(unsafe.Pointer(&how)), uint32(unsafe.Sizeof(how)))
	_ = windows.CloseHandle(h)
	if err == nil {
		return nil
	}
	if h, err = takeName(path, windows.FILE_FLAG_DELETE_ON_CLOSE); err != nil {
		return err
	}
	_ = rename(h, filepath.Join(filepath.Dir(path), removedPrefix+Nonce())) // else its name is free when all have closed it
	return windows.CloseHandle(h)
}

const (
	patientTries = 10 // within half a second
	patienceMin  = time.Millisecond
	patienceMax  = 128 * time.Millisecond
)

// patiently tries again while an error says that another process has the file to itself: one that
// takes its name, or a search index or a virus scanner, which look at every new file.
func patiently(try func() error, busy ...error) (err error) {
	for n := range patientTries {
		if n > 0 {
			time.Sleep(min(patienceMin<<(n-1), patienceMax))
		}
		err = try()
		if !slices.ContainsFunc(busy, func(b error) bool { return errors.Is(err, b) }) {
			return err
		}
	}
	return err
}
