//go:build unix && !linux

package sandbox

const dataRoom = 0

// lock takes the right away to open files and connections. Memory is watched by the child itself.
func lock(uint64) error { return shut() }
