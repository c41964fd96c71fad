package health

import (
	"cmp"
	"math"
	"slices"
)

// Drift is a device that errs more and more.
type Drift struct {
	Unit *Unit
	Days int
	P    float64 // of the one device
	Q    float64 // the least rate of false discoveries at which it is one
}

const (
	driftDays    = 90 // how far back a drift is looked for
	driftDaysMin = 20 // fewer days show no trend
	driftActive  = 8  // on so many of them the device must have erred
	driftLags    = 7  // a fault that lasts days makes neighbours alike
)

// drifts looks for devices whose days rise (see the package's doc, "A drift").
func drifts(h *history, level float64) (found []Drift) {
	var all []Drift
	for _, u := range h.units {
		days, ok := h.watchedDays(u.Machine)
		if u.Class == Store || !ok {
			continue
		}
		days = slices.DeleteFunc(days, func(d int) bool { return d >= driftDays })
		scores, active := make([]float64, len(days)), 0
		for i, d := range days {
			scores[len(days)-1-i] = u.score(d) // oldest first
			if u.errors(d) > 0 {
				active++
			}
		}
		if len(days) >= driftDaysMin && active >= driftActive {
			all = append(all, Drift{Unit: u, Days: len(days), P: rises(scores)})
		}
	}
	slices.SortFunc(all, func(a, b Drift) int { return cmp.Compare(a.P, b.P) })
	q := 1.0
	for i := len(all) - 1; i >= 0; i-- {
		q = min(q, all[i].P*float64(len(all))/float64(i+1))
		all[i].Q = q
	}
	for _, d := range all {
		if d.Q <= level {
			found = append(found, d)
		}
	}
	return found
}

// rises is the one-sided p of the Mann-Kendall test, with the variance corrected for ties and for
// days that resemble those before them.
func rises(x []float64) float64 {
	n := float64(len(x))
	s := 0.0
	for i := range x {
		for j := i + 1; j < len(x); j++ {
			s += float64(cmp.Compare(x[j], x[i]))
		}
	}
	variance := n * (n - 1) * (2*n + 5)
	for _, t := range ties(x) {
		variance -= t * (t - 1) * (2*t + 5)
	}
	variance *= repeated(x) / 18
	if s <= 0 || variance <= 0 {
		return 1
	}
	return math.Erfc((s-1)/math.Sqrt(variance)/math.Sqrt2) / 2
}

// ties are the sizes of the groups of equal values.
func ties(x []float64) (sizes []float64) {
	sorted := slices.Sorted(slices.Values(x))
	run := 1.0
	for i := 1; i <= len(sorted); i++ {
		if i < len(sorted) && sorted[i] == sorted[i-1] {
			run++
			continue
		}
		sizes, run = append(sizes, run), 1
	}
	return sizes
}

// repeated is by how much dependent days widen the distribution (Hamed and Rao): from
// the correlations of the ranks of what is left without the trend. It never narrows it.
func repeated(x []float64) float64 {
	n := len(x)
	r := ranks(detrended(x))
	mean := float64(n+1) / 2
	total := 0.0
	for _, v := range r {
		total += (v - mean) * (v - mean)
	}
	sum, f := 0.0, float64(n)
	for k := 1; k <= min(driftLags, n-3); k++ {
		c := 0.0
		for i := range n - k {
			c += (r[i] - mean) * (r[i+k] - mean)
		}
		if rho := c / max(total, 1e-9); rho > 0 {
			sum += float64((n-k)*(n-k-1)*(n-k-2)) * rho
		}
	}
	return 1 + 2*sum/(f*(f-1)*(f-2))
}

// detrended takes off the median of all slopes.
func detrended(x []float64) []float64 {
	var slopes []float64
	for i := range x {
		for j := i + 1; j < len(x); j++ {
			slopes = append(slopes, (x[j]-x[i])/float64(j-i))
		}
	}
	slices.Sort(slopes)
	slope := slopes[len(slopes)/2]
	out := make([]float64, len(x))
	for i, v := range x {
		out[i] = v - slope*float64(i)
	}
	return out
}

// ranks are the places in order of size; equal values share theirs.
func ranks(x []float64) []float64 {
	order := make([]int, len(x))
	for i := range order {
		order[i] = i
	}
	slices.SortFunc(order, func(a, b int) int { return cmp.Compare(x[a], x[b]) })
	out := make([]float64, len(x))
	for i := 0; i < len(order); {
		j := i
		for j < len(order) && x[order[j]] == x[order[i]] {
			j++
		}
		for k := i; k < j; k++ {
			out[order[k]] = float64(i+j+1) / 2
		}
		i = j
	}
	return out
}
