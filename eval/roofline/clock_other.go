//go:build !linux

package roofline

import "time"

var started = time.Now()

// threadTime is the wall clock where threads have no clock of their own.
func threadTime() time.Duration { return time.Since(started) }
