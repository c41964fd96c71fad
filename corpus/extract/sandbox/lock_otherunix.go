//go:build unix && !linux

package sandbox

import "os"

const dataRoom = 0

// lock takes the right away to open files and connections. Memory is watched by the child itself.
func lock(uint64) error { return shut() }

// peak is not told here.
func peak(*os.ProcessState) int64 { return 0 }
