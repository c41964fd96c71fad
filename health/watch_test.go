package health

import (
	"context"
	"errors"
	"testing"
	"time"

	"sluice/internal/clock"
)

// waits is a clock on which a function waits.
type waits struct {
	clock.Clock
	wait func(d time.Duration) error
}

func (w waits) Wait(_ context.Context, d time.Duration) error { return w.wait(d) }

// TestTheWatcherFillsTheLog: while it watches, each window is covered, and what a counter counts is
// of the window in which it did.
func TestTheWatcherFillsTheLog(t *testing.T) {
	s := sit(t)
	s.look(0, true)
	looks := 0
	w := &Watcher{Log: s.log, System: System{Sys: s.sys, Proc: s.proc}, CanaryBytes: 1 << 16, Clock: waits{s.clock, func(d time.Duration) error {
		s.clock.T = s.clock.T.Add(d)
		if looks++; looks == 100 {
			s.set(dimm, "6")
		}
		if looks == 144 {
			return errors.New("enough")
		}
		return nil
	}}}
	if err := w.Run(t.Context()); err != nil {
		t.Fatal(err)
	}
	j, err := s.log.Journal()
	if err != nil {
		t.Fatal(err)
	}
	only(t, j.Records, 6, 99*Window, 100*Window)
	if sum := covered(j.Records); sum != time.Hour+144*Window {
		t.Errorf("watched %v", sum)
	}
	r := Look([]*Journal{j}, Options{Now: s.clock.T})
	if len(r.Devices) != 1 || r.Devices[0].Recent.Corrected != 6 || r.Devices[0].windows[windowOf(noon.Add(100*Window))] != 6 {
		t.Errorf("%+v", r.Devices)
	}
}

// TestOneWatcherOfMany: a second process does not count what the first one counts.
func TestOneWatcherOfMany(t *testing.T) {
	s := sit(t)
	system := System{Sys: s.sys, Proc: s.proc}
	second := &Watcher{Log: OpenLog(s.files, s.clock), System: system, CanaryBytes: -1, Clock: waits{s.clock, func(time.Duration) error { return errors.New("not elected") }}}
	first := &Watcher{Log: s.log, System: system, CanaryBytes: -1, Clock: waits{s.clock, func(time.Duration) error {
		if err := second.Run(t.Context()); err != nil {
			t.Error(err)
		}
		return errors.New("enough")
	}}}
	if err := first.Run(t.Context()); err != nil {
		t.Fatal(err)
	}
	j, err := s.log.Journal()
	if err != nil || len(j.Records) != 1 {
		t.Errorf("%+v, %v", j.Records, err)
	}
}

// ticking is a clock on which every question takes a millisecond.
type ticking struct{ clock.Fake }

func (c *ticking) Now() time.Time { c.T = c.T.Add(time.Millisecond); return c.T }

// TestTheBudgetIsKept: however much memory there is to look at, an hour takes no longer than its
// budget and one look at the counters each.
func TestTheBudgetIsKept(t *testing.T) {
	c := &ticking{clock.Fake{T: noon}}
	s := sit(t)
	looks := 0
	w := &Watcher{Log: s.log, System: System{Sys: s.sys, Proc: s.proc}, CanaryBytes: 64 << 20, Budget: time.Second, Clock: waits{c, func(d time.Duration) error {
		c.T = c.T.Add(d)
		if looks++; looks == 5 {
			return errors.New("enough")
		}
		return nil
	}}}
	before := c.T
	if err := w.Run(t.Context()); err != nil {
		t.Fatal(err)
	}
	if worked := c.T.Sub(before) - 5*Window; worked > time.Second+50*time.Millisecond {
		t.Errorf("worked %v in an hour", worked)
	}
}
