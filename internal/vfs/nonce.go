package vfs

import (
	"fmt"
	"math/rand/v2"
	"time"
)

// Nonce returns 16 hex digits that nobody else will come up with: part of a file's name that must
// never be used twice.
func Nonce() string { return fmt.Sprintf("%016x", rand.Uint64()) }

// Jitter returns a duration between half of d and one and a half of it, so that processes that got
// into each other's way do not do so again.
func Jitter(d time.Duration) time.Duration { return d/2 + time.Duration(rand.Int64N(int64(d)+1)) }
