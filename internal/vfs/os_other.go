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

func tryLock(*os.File, LockMode) (bool, error) { return false, errors.ErrUnsupported }
