//go:build !unix && !windows

package vfs

import (
	"errors"
	"math"
	"os"
)

func mmap(*os.File, int) ([]byte, func([]byte) error, error) {
	return nil, nil, errors.ErrUnsupported
}

func syncDir(string) error { return nil }

func freeBytes(string) (int64, error) { return math.MaxInt64, nil }

const openFlags, noWait = 0, 0

func isLink(error) bool { return false }

func tryLock(f *os.File, _ LockMode) (bool, error) {
	return false, &NoLocksError{Name: f.Name(), Why: errors.ErrUnsupported.Error()}
}
