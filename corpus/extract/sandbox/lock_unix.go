//go:build unix

package sandbox

import (
	"fmt"
	"time"

	"golang.org/x/sys/unix"
)

// none takes a right away.
var none = unix.Rlimit{}

// shut gives up the right to open anything: with no number left for a descriptor, neither a file
// nor a socket nor a pipe can be opened, and none can be made by another program, as none can be
// started.
func shut() error {
	time.Sleep(time.Nanosecond) // the runtime opens what its timers need before the first one
	for what, limit := range map[int]string{unix.RLIMIT_NOFILE: "files", unix.RLIMIT_FSIZE: "sizes of files", unix.RLIMIT_CORE: "core files"} {
		if err := unix.Setrlimit(what, &none); err != nil {
			return fmt.Errorf("limit %s: %w", limit, err)
		}
	}
	return nil
}

// cpuTime is how long processors have worked for this process.
func cpuTime() time.Duration {
	var use unix.Rusage
	if unix.Getrusage(unix.RUSAGE_SELF, &use) != nil {
		return 0
	}
	return time.Duration(use.Utime.Nano() + use.Stime.Nano())
}
