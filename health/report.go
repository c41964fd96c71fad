package health

import (
	"cmp"
	"maps"
	"slices"
	"time"
)

// Options says what a report is asked for.
type Options struct {
	Now   time.Time
	Level float64 // how often each question may alarm where nothing is wrong; default LevelDefault
	Since time.Duration
}

// The defaults of Options.
const (
	LevelDefault = 0.05
	SinceDefault = 24 * time.Hour
)

// Report is what logs say.
type Report struct {
	From, To time.Time // what is shown
	Level    float64
	Machines []Seen
	Devices  []Device // the most striking first
	Showers  []Shower
	Drifts   []Drift
	Files    []File // parts of stores that were found damaged
	// ShowersTold is false where no machine was watched for long enough to tell a shower.
	ShowersTold bool
	DaysNeeded  int // of history, before a device can be out of line at the level
	Ignored     int // records that cannot be true, or are too many

	history *history
}

// Seen is one machine's log.
type Seen struct {
	Machine, Name string
	From, To      time.Time // of what was watched; zero where nothing was
	Windows       int64     // that were watched
	Days          int       // of which at least half was watched, the last 24 hours not among them
	Short         bool      // too little history to tell what is out of line
	Records       int
	Bad           int
	Missing       int64
	Dropped       int64
}

// Device is one device with what is said of its last 24 hours.
type Device struct {
	*Unit
	Recent   Counts // in what is shown
	Judged   bool   // false: there is too little history to tell
	Errors   int64  // in the last 24 hours that all logs have
	Expected [2]int64
	Days     int
	P        float64
	Out      bool
}

// File is a part of a store that was found damaged, or was and has been mended.
type File struct {
	Machine, Name, Block string
	First, Last          time.Time
	Counts
}

// Look says what logs, merged, tell.
func Look(journals []*Journal, o Options) *Report {
	if o.Level <= 0 {
		o.Level = LevelDefault
	}
	if o.Since <= 0 {
		o.Since = SinceDefault
	}
	h := historyOf(journals, o.Now)
	r := &Report{To: o.Now, From: o.Now.Add(-o.Since), Level: o.Level, DaysNeeded: enough(o.Level), Ignored: h.ignored, history: h}
	judged, short := judgeDevices(h, o.Level)
	r.devices(h, judged)
	r.Showers, r.ShowersTold = showers(h, o.Level)
	r.Drifts = drifts(h, o.Level)
	for _, j := range journals {
		r.machine(h, j, slices.Contains(short, j.Machine))
	}
	r.files(journals)
	return r
}

func (r *Report) machine(h *history, j *Journal, short bool) {
	s := Seen{Machine: j.Machine, Name: j.Name, Short: short, Records: len(j.Records), Bad: j.Bad, Missing: j.Missing, Dropped: j.Dropped}
	if spans := h.watched[j.Machine]; len(spans) > 0 {
		s.From, s.To = timeOf(spans[0].from), timeOf(spans[len(spans)-1].to)
		s.Windows = overlap(spans, span{0, spans[len(spans)-1].to})
	}
	days, ok := h.watchedDays(j.Machine)
	if s.Days = len(days); ok {
		s.Days--
	}
	r.Machines = append(r.Machines, s)
}

func timeOf(window int64) time.Time { return time.Unix(window*windowSeconds, 0).UTC() }

// devices puts what is out of line first, then what erred last.
func (r *Report) devices(h *history, judged []Judged) {
	by := map[*Unit]Judged{}
	for _, j := range judged {
		by[j.Unit] = j
	}
	first, end := windowOf(r.From), windowOf(r.To)+1
	for _, u := range h.units {
		d := Device{Unit: u, Errors: u.errors(0), P: 1}
		if j, ok := by[u]; ok {
			d.Judged, d.Expected, d.Days, d.P, d.Out = true, j.Expected, j.Days, j.P, j.Out
		}
		for w, c := range u.kinds {
			if w >= first && w < end {
				d.Recent.Corrected += c.Corrected
				d.Recent.Uncorrected += c.Uncorrected
				d.Recent.Unclear += c.Unclear
			}
		}
		r.Devices = append(r.Devices, d)
	}
	slices.SortStableFunc(r.Devices, func(a, b Device) int {
		return cmp.Or(cmp.Compare(a.P, b.P), cmp.Compare(b.Recent.Uncorrected, a.Recent.Uncorrected), cmp.Compare(b.Recent.All(), a.Recent.All()), b.Last.Compare(a.Last))
	})
}

// files adds up the findings of the stores.
func (r *Report) files(journals []*Journal) {
	found := map[string]*File{}
	for _, j := range journals {
		for _, rec := range j.Records {
			if rec.Class != Store || !rec.isError() || rec.To.After(r.To.Add(day)) {
				continue
			}
			key := j.Machine + " " + rec.Device + " " + rec.What
			f := found[key]
			if f == nil {
				if len(found) >= devicesMax {
					continue
				}
				f = &File{Machine: j.Machine, Name: rec.Device, Block: rec.What, First: rec.From}
				found[key] = f
			}
			f.Counts.add(rec)
			f.Last = rec.To
		}
	}
	for _, key := range slices.Sorted(maps.Keys(found)) {
		r.Files = append(r.Files, *found[key])
	}
}

// Cell is one window, or several, of one device.
type Cell struct {
	Start time.Time
	Counts
	Watched bool
}

// Cells cuts what is shown of a device into so many stretches of whole windows.
func (r *Report) Cells(u *Unit, n int) []Cell {
	first, end := windowOf(r.From), windowOf(r.To)+1
	n = max(1, min(n, int(end-first)))
	cells := make([]Cell, n)
	edge := func(i int) int64 { return first + (end-first)*int64(i)/int64(n) }
	for i := range cells {
		s := span{edge(i), edge(i + 1)}
		cells[i] = Cell{Start: timeOf(s.from), Watched: overlap(r.history.watched[u.Machine], s) > 0}
	}
	for w, c := range u.kinds {
		if w < first || w >= end {
			continue
		}
		i := int((w - first) * int64(n) / (end - first))
		for edge(i+1) <= w {
			i++
		}
		cells[i].Corrected += c.Corrected
		cells[i].Uncorrected += c.Uncorrected
		cells[i].Unclear += c.Unclear
		cells[i].Watched = true
	}
	return cells
}

// Windows is how many ten-minute windows are shown.
func (r *Report) Windows() int { return int(windowOf(r.To) + 1 - windowOf(r.From)) }

// Alarming tells whether anything is out of line, or was not corrected in the time shown.
func (r *Report) Alarming() bool {
	if len(r.Showers)+len(r.Drifts) > 0 {
		return true
	}
	return slices.ContainsFunc(r.Devices, func(d Device) bool { return d.Out || d.Recent.Uncorrected > 0 })
}
