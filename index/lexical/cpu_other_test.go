//go:build !linux

package lexical

import "time"

var started = time.Now()

// threadTime stands in for CPU time where the system does not tell it.
func threadTime() time.Duration { return time.Since(started) }
