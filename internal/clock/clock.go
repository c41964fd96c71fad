// Package clock is the only place that asks what time it is, so that tests can turn it.
package clock

import "time"

// Clock tells the time. Order in the store never depends on it: generations are numbers.
type Clock interface {
	Now() time.Time
}

// System is the machine's clock.
type System struct{}

// Now implements Clock.
func (System) Now() time.Time { return time.Now() }

// Fake is a clock that stands still until it is set.
type Fake struct{ T time.Time }

// Now implements Clock.
func (f *Fake) Now() time.Time { return f.T }
