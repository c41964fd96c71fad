package health

import (
	"cmp"
	"maps"
	"math"
	"slices"
	"strings"
	"time"
)

// Window is the unit of time that errors are counted by.
const Window = 10 * time.Minute

const (
	windowSeconds = int64(Window / time.Second)
	day           = 24 * time.Hour
	dayWindows    = int64(day / Window)
	// daysMax is how far back anything is compared.
	daysMax = 400
	// devicesMax bounds what logs of strangers can make of memory.
	devicesMax = 1 << 12
)

func windowOf(t time.Time) int64 { return t.Unix() / windowSeconds }

// Unit is one device of one machine, with the errors that have a window. It is what the tests
// compare.
type Unit struct {
	Machine string
	Class   Class
	Device  string

	Counts
	Last time.Time
	// Unplaced errors happened between two looks that lie more than a day apart.
	Unplaced int64

	kinds   map[int64]*Counts // of a window or, where only that is known, the last window of a day
	windows map[int64]int64   // window -> errors
	loose   map[int64]int64   // the same, where only the day is known
	blind   []span            // of this time not even that is known
	days    [daysMax]tally    // counted back from the end
}

// Counts are errors by what became of them.
type Counts struct{ Corrected, Uncorrected, Unclear int64 }

func (c *Counts) add(r Record) {
	switch r.Kind {
	case Corrected:
		c.Corrected += r.Count
	case Uncorrected:
		c.Uncorrected += r.Count
	default:
		c.Unclear += r.Count
	}
}

// All is their sum.
func (c Counts) All() int64 { return c.Corrected + c.Uncorrected + c.Unclear }

// tally is a day of a device.
type tally struct {
	score  float64
	errors int64
}

func (u *Unit) name() string { return u.Machine + " " + string(u.Class) + " " + u.Device }

// Controller is the part of a machine that the device hangs on: what one controller does to several
// of its devices is one event.
func (u *Unit) Controller() string {
	device, _, _ := strings.Cut(u.Device, "/")
	return u.Machine + " " + string(u.Class) + " " + device
}

// span is a stretch of time [from, to) in windows.
type span struct{ from, to int64 }

// history is what the logs say, in windows.
type history struct {
	units   []*Unit
	watched map[string][]span // by machine: disjoint, in order
	end     int64             // the window after the newest that was watched
	ignored int               // records that no clock could have written, or of too many devices
}

// historyOf turns records into windows. What is later than now is some broken clock's.
func historyOf(journals []*Journal, now time.Time) *history {
	h := &history{watched: map[string][]span{}}
	units := map[string]*Unit{}
	for _, j := range journals {
		var seen []span
		for _, r := range j.Records {
			switch {
			case r.To.After(now.Add(day)):
				h.ignored++
			case r.Kind == Watched:
				seen = append(seen, span{windowOf(r.From), windowOf(r.To)})
			case r.isError():
				h.enter(units, j.Machine, r)
			}
		}
		h.watched[j.Machine] = joined(seen)
	}
	h.units = slices.SortedFunc(maps.Values(units), func(a, b *Unit) int { return strings.Compare(a.name(), b.name()) })
	h.close()
	return h
}

// close chooses the end and adds up the days before it. The end is that of the log that ends first
// of those that end within a day of the last: so the last 24 hours are the same ones for all.
func (h *history) close() {
	var ends []int64
	for _, spans := range h.watched {
		if len(spans) > 0 {
			ends = append(ends, spans[len(spans)-1].to)
		}
	}
	slices.Sort(ends)
	for _, e := range slices.Backward(ends) {
		if e >= ends[len(ends)-1]-dayWindows {
			h.end = e
		}
	}
	for _, u := range h.units {
		u.blind = joined(u.blind)
		for _, placed := range []map[int64]int64{u.windows, u.loose} {
			for w, n := range placed {
				if back := (h.end - 1 - w) / dayWindows; w < h.end && back < daysMax {
					u.days[back].score += math.Log2(1 + float64(n))
					u.days[back].errors += n
				}
			}
		}
		for back := range u.days {
			watched := overlap(h.watched[u.Machine], h.block(back)) - overlap(u.blind, h.block(back))
			u.days[back].score *= float64(dayWindows) / float64(max(watched, dayWindows/2))
		}
	}
}

// enter adds a record of errors to its device.
func (h *history) enter(units map[string]*Unit, machine string, r Record) {
	key := machine + " " + string(r.Class) + " " + r.Device
	u := units[key]
	if u == nil {
		if len(units) >= devicesMax {
			h.ignored++
			return
		}
		u = &Unit{Machine: machine, Class: r.Class, Device: r.Device, kinds: map[int64]*Counts{}, windows: map[int64]int64{}, loose: map[int64]int64{}}
		units[key] = u
	}
	u.Counts.add(r)
	if r.To.After(u.Last) {
		u.Last = r.To
	}
	apart := r.To.Sub(r.From)
	if apart <= day+Window {
		if u.kinds[windowOf(r.To)] == nil {
			u.kinds[windowOf(r.To)] = &Counts{}
		}
		u.kinds[windowOf(r.To)].add(r)
	}
	switch {
	case apart <= Window+Window/2: // looks ten minutes apart, some seconds late
		u.windows[windowOf(r.To)] += r.Count
	case apart <= day+Window:
		u.loose[windowOf(r.To)] += r.Count
	default:
		u.Unplaced += r.Count
		u.blind = append(u.blind, span{windowOf(r.From), windowOf(r.To) + 1})
	}
}

// joined sorts spans and joins those that meet.
func joined(spans []span) (out []span) {
	slices.SortFunc(spans, func(a, b span) int { return cmp.Or(cmp.Compare(a.from, b.from), cmp.Compare(a.to, b.to)) })
	for _, s := range spans {
		if n := len(out); n > 0 && s.from <= out[n-1].to {
			out[n-1].to = max(out[n-1].to, s.to)
			continue
		}
		if s.to > s.from {
			out = append(out, s)
		}
	}
	return out
}

// overlap is how many windows of a stretch lie in the spans.
func overlap(spans []span, in span) (n int64) {
	for _, s := range spans {
		n += max(0, min(s.to, in.to)-max(s.from, in.from))
	}
	return n
}

// Days are counted back from the end, so that day 0 is the last 24 hours. block is one of them.
func (h *history) block(back int) span {
	end := h.end - int64(back)*dayWindows
	return span{end - dayWindows, end}
}

// watchedDays lists the days, newest first, of which at least half was watched; ok tells whether
// the newest is one.
func (h *history) watchedDays(machine string) (days []int, ok bool) {
	for back := range daysMax {
		if overlap(h.watched[machine], h.block(back)) >= dayWindows/2 {
			days = append(days, back)
		}
	}
	return days, len(days) > 0 && days[0] == 0
}

// score is how much a device erred in a day: the sum of log2(1 + errors) over its windows, for a
// day that was watched whole. A window in which a bad cell was read a million times counts 20 and
// not a million: how often a fault is met says little of how bad it is (see the package's doc).
func (u *Unit) score(back int) float64 { return u.days[back].score }

// errors counts the errors of a day.
func (u *Unit) errors(back int) int64 { return u.days[back].errors }
