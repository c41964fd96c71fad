package text

import (
	"math"
	"time"
)

// Nanos is a time as documents store it: nanoseconds since 1970, 0 where it is unknown. A time that
// 64 bits cannot hold, before 1678 or after 2262, becomes the nearest that they can.
func Nanos(t time.Time) int64 {
	switch {
	case t.IsZero():
		return 0
	case Stored(t):
		return t.UnixNano()
	case t.Unix() < 0:
		return math.MinInt64
	}
	return math.MaxInt64
}

// Stored tells whether a time is stored as it is.
func Stored(t time.Time) bool {
	return t.IsZero() || t.After(time.Unix(0, math.MinInt64)) && t.Before(time.Unix(0, math.MaxInt64))
}

// When is the time that Nanos stored; zero where it is unknown, or was none that can be stored.
func When(ns int64) time.Time {
	if ns == 0 || ns == math.MinInt64 || ns == math.MaxInt64 {
		return time.Time{}
	}
	return time.Unix(0, ns).UTC()
}
