package eval

import (
	"time"

	"golang.org/x/sys/unix"
)

// processTime is the processor time that the process has used.
func processTime() (t time.Duration, known bool) {
	var ts unix.Timespec
	if err := unix.ClockGettime(unix.CLOCK_PROCESS_CPUTIME_ID, &ts); err != nil {
		return 0, false
	}
	return time.Duration(ts.Nano()), true
}
