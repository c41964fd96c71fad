package tool

import (
	"time"

	"golang.org/x/sys/unix"
)

// limit bounds what a process that was started may take. One that ended at once needs no bounds.
func limit(pid int, memory uint64, cpu time.Duration) {
	if memory > 0 {
		_ = unix.Prlimit(pid, unix.RLIMIT_AS, &unix.Rlimit{Cur: memory, Max: memory}, nil)
	}
	if s := uint64(cpu / time.Second); s > 0 {
		_ = unix.Prlimit(pid, unix.RLIMIT_CPU, &unix.Rlimit{Cur: s, Max: s}, nil)
	}
	_ = unix.Prlimit(pid, unix.RLIMIT_CORE, &unix.Rlimit{}, nil)
}
