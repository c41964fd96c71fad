package health

import (
	"cmp"
	"math"
	"slices"
)

// Judged is what the test of one device against history says.
type Judged struct {
	Unit     *Unit
	Errors   int64    // in the last 24 hours
	Expected [2]int64 // what 95 of 100 earlier days had, at most and at least
	Days     int      // earlier days that it is compared with
	P        float64  // 1 where there is too little history to tell
	Out      bool     // out of line at the level asked for
}

// enough is how many earlier days it takes before any day can be out of line at a level: the least
// p is 1/(days+1).
func enough(level float64) int { return int(math.Ceil(1/level-1e-9)) - 1 }

// judgeDevices asks for each device whether its last 24 hours are out of line with the days before,
// of all devices together (see the package's doc, "One device").
func judgeDevices(h *history, level float64) (all []Judged, short []string) {
	machines, days, short := comparable(h, level)
	var units []*Unit
	for _, u := range h.units {
		if u.Class != Store && slices.Contains(machines, u.Machine) {
			units = append(units, u)
		}
	}
	if len(units) == 0 {
		return nil, short
	}
	scores := make([][]float64, len(units))
	most := make([]float64, len(days)) // of each day, over the devices
	for i, u := range units {
		scores[i] = studentized(u, days)
		for d, r := range scores[i] {
			most[d] = max(most[d], r)
		}
	}
	for i, u := range units {
		j := Judged{Unit: u, Errors: u.errors(0), Days: len(days) - 1, P: 1, Expected: expected(u, days[1:])}
		if j.Errors > 0 {
			above := 0
			for _, m := range most[1:] {
				if m >= scores[i][0] {
					above++
				}
			}
			j.P = float64(1+above) / float64(len(days))
		}
		j.Out = j.P <= level
		all = append(all, j)
	}
	slices.SortStableFunc(all, func(a, b Judged) int { return cmp.Or(cmp.Compare(a.P, b.P), cmp.Compare(b.Errors, a.Errors)) })
	return all, short
}

// comparable chooses the machines with enough history and the days on which all of them were
// watched, the newest first. Machines whose history would leave too few days in common are left
// out, and named in short.
func comparable(h *history, level float64) (machines []string, days []int, short []string) {
	type candidate struct {
		machine string
		days    []int
	}
	var all []candidate
	for machine := range h.watched {
		list, ok := h.watchedDays(machine)
		if !ok || len(list)-1 < enough(level) {
			short = append(short, machine)
			continue
		}
		all = append(all, candidate{machine, list})
	}
	slices.SortFunc(all, func(a, b candidate) int {
		return cmp.Or(cmp.Compare(len(b.days), len(a.days)), cmp.Compare(a.machine, b.machine))
	})
	for _, c := range all {
		common := c.days
		if days != nil {
			common = slices.DeleteFunc(slices.Clone(days), func(d int) bool { return !slices.Contains(c.days, d) })
		}
		if len(common)-1 < enough(level) {
			short = append(short, c.machine)
			continue
		}
		machines, days = append(machines, c.machine), common
	}
	slices.Sort(short)
	return machines, days, short
}

// studentized is how far each day's score lies above the device's other days, in units of their
// spread. Each day is left out of its own yardstick, so that all days are treated alike.
func studentized(u *Unit, days []int) []float64 {
	raw := make([]float64, len(days))
	var sum, squares float64
	for i, d := range days {
		raw[i] = u.score(d)
		sum += raw[i]
		squares += raw[i] * raw[i]
	}
	n := float64(len(days) - 1)
	out := make([]float64, len(days))
	for i, s := range raw {
		mean := (sum - s) / n
		spread := math.Sqrt(max(0, (squares-s*s)/n-mean*mean))
		out[i] = (s - mean) / (1 + spread)
	}
	return out
}

// expected is the range of 95 of 100 days.
func expected(u *Unit, days []int) [2]int64 {
	counts := make([]int64, len(days))
	for i, d := range days {
		counts[i] = u.errors(d)
	}
	slices.Sort(counts)
	n := len(counts)
	return [2]int64{counts[n*25/1000], counts[min(n-1, n*975/1000)]}
}
