package health

import (
	"maps"
	"slices"
	"time"
)

// Shower is windows in which more devices began to err than chance brings together.
type Shower struct {
	Start    time.Time
	Windows  int // 1 or 2
	Devices  []string
	Machines int
	Possible int     // devices that erred at all in the week
	Expected float64 // how many of them were to be expected to begin in such windows
	Tests    int     // how many windows were looked at; P allows for them
	P        float64
}

const (
	// quietBefore is how many windows a device must have been quiet for what follows to be a new
	// event and not the same one.
	quietBefore = 6
	// showerDays is over how long a device's own habit is taken.
	showerDays = 7
	// showerWatched is how much of it a machine must have been watched.
	showerWatched = 2 * dayWindows
)

// onsets are the controllers of a history with the windows of the last week in which they began to
// err, and the chance of each that a window is one of them.
type onsets struct {
	names    []string
	machines []string
	begin    []map[int64]bool
	chance   []float64
}

// showers looks at each window of the last 24 hours, and each pair of neighbours (see the package's
// doc, "A shower"). ok is false where no machine was watched for long enough.
func showers(h *history, level float64) (found []Shower, ok bool) {
	o := h.onsets()
	for _, spans := range h.watched {
		ok = ok || overlap(spans, span{h.end - showerDays*dayWindows, h.end}) >= showerWatched
	}
	tests := int(2 * dayWindows)
	taken := map[int64]bool{}
	for _, width := range []int{1, 2} {
		for w := h.end - dayWindows; w < h.end; w++ {
			if taken[w] || taken[w+int64(width)-1] {
				continue
			}
			s, hit := o.at(w, width)
			if s.P = min(1, s.P*float64(tests)); !hit || s.P > level {
				continue
			}
			s.Start, s.Windows, s.Tests = time.Unix(w*windowSeconds, 0).UTC(), width, tests
			taken[w], taken[w+int64(width)-1] = true, true
			found = append(found, s)
		}
	}
	slices.SortFunc(found, func(a, b Shower) int { return a.Start.Compare(b.Start) })
	return found, ok
}

// onsets collects them by controller.
func (h *history) onsets() *onsets {
	week := span{h.end - showerDays*dayWindows, h.end}
	active := map[string]map[int64]bool{}
	machine := map[string]string{}
	for _, u := range h.units {
		if u.Class == Store || overlap(h.watched[u.Machine], week) < showerWatched {
			continue
		}
		name := u.Controller()
		if active[name] == nil {
			active[name], machine[name] = map[int64]bool{}, u.Machine
		}
		for w := range u.windows {
			active[name][w] = true
		}
	}
	o := &onsets{}
	for _, name := range slices.Sorted(maps.Keys(active)) {
		begin := map[int64]bool{}
		for w := range active[name] {
			if w >= week.from && w < week.to && quiet(active[name], w) {
				begin[w] = true
			}
		}
		if len(begin) == 0 {
			continue
		}
		o.names, o.machines, o.begin = append(o.names, name), append(o.machines, machine[name]), append(o.begin, begin)
		o.chance = append(o.chance, min(1, float64(len(begin))/float64(overlap(h.watched[machine[name]], week))))
	}
	return o
}

// quiet tells whether nothing happened for an hour before a window.
func quiet(active map[int64]bool, w int64) bool {
	for before := w - quietBefore; before < w; before++ {
		if active[before] {
			return false
		}
	}
	return true
}

// at is what began in width windows from w on, with the chance that so many do.
func (o *onsets) at(w int64, width int) (s Shower, hit bool) {
	at := map[string]bool{}
	// dist[k] is the chance that k of the controllers so far begin here: each by its own habit and
	// for itself, the Poisson binomial distribution.
	dist := []float64{1}
	for i, name := range o.names {
		p := min(1, float64(width)*o.chance[i])
		s.Expected += p
		next := make([]float64, len(dist)+1)
		for k, c := range dist {
			next[k] += c * (1 - p)
			next[k+1] += c * p
		}
		dist = next
		if o.begin[i][w] || width == 2 && o.begin[i][w+1] {
			s.Devices = append(s.Devices, name)
			at[o.machines[i]] = true
		}
	}
	s.Machines, s.Possible = len(at), len(o.names)
	for k := len(s.Devices); k < len(dist); k++ {
		s.P += dist[k]
	}
	return s, len(s.Devices) >= 2
}
