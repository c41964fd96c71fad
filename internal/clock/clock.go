// Package clock is the only place that asks what time it is, so that tests can turn it.
package clock

import (
	"context"
	"time"
)

// Clock tells the time. Order in the store never depends on it: generations are numbers.
type Clock interface {
	Now() time.Time
}

// Waiter is a clock that one can wait by.
type Waiter interface {
	Clock
	// Wait returns when d has passed, or with the context's error when that ends first.
	Wait(ctx context.Context, d time.Duration) error
}

// System is the machine's clock.
type System struct{}

// Now implements Clock.
func (System) Now() time.Time { return time.Now() }

// Wait implements Waiter.
func (System) Wait(ctx context.Context, d time.Duration) error { return Sleep(ctx, d) }

// Sleep returns when d has passed, or with the context's error when that ends first.
func Sleep(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// Fake is a clock that stands still until it is set, or waited by. It is used by one goroutine at a
// time.
type Fake struct{ T time.Time }

// Now implements Clock.
func (f *Fake) Now() time.Time { return f.T }

// Wait implements Waiter: the time has passed at once.
func (f *Fake) Wait(ctx context.Context, d time.Duration) error {
	f.T = f.T.Add(d)
	return ctx.Err()
}
