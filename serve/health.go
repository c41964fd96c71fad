package serve

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"sluice/api"
	"sluice/health"
	"sluice/internal/clock"
)

// Recorder keeps what was found damaged. A *health.Log is one.
type Recorder interface {
	// Damaged says that parts of the store's files are not what was written, or were not.
	Damaged(found ...health.Finding)
	// Recent counts what was found since a time.
	Recent(since time.Time) (health.Recent, error)
}

// forgetful is a Recorder that keeps nothing.
type forgetful struct{}

// Damaged implements Recorder.
func (forgetful) Damaged(...health.Finding) {}

// Recent implements Recorder.
func (forgetful) Recent(time.Time) (health.Recent, error) { return health.Recent{}, nil }

// HealthOptions says what Health looks at. It needs no store: one that does not open has a health
// too.
type HealthOptions struct {
	Log    *health.Log // nil: there is no store, and nothing is kept
	System health.System
	Clock  clock.Clock
	Others []*health.Journal // logs of other machines
	Since  time.Duration
	Level  float64
	Memory *health.MemoryOptions // nil: memory is not watched
}

// Health tells how memory and disks are. The report beside the response is for drawing.
func Health(ctx context.Context, o HealthOptions) (*api.Health, *health.Report, error) {
	var memory *health.MemoryFound
	var failed []error
	if o.Memory != nil {
		found, err := health.ExamineMemory(ctx, *o.Memory)
		if err != nil {
			return nil, nil, Nothingf("watch memory: %w", err)
		}
		memory = found
	}
	reading, own, err := o.sample(ctx, memory)
	if err != nil {
		failed = append(failed, Partlyf("nothing could be kept: %w", err))
	}
	logs := slices.Clone(o.Others)
	if own != nil {
		logs = append([]*health.Journal{own}, logs...)
	}
	r := health.Look(health.Merge(logs), health.Options{Now: o.Clock.Now(), Level: o.Level, Since: o.Since})
	out := healthOf(r, own)
	out.Followed = reading.Followed()
	for _, u := range reading.Unseen {
		out.Unseen = append(out.Unseen, api.HealthUnseen(u))
	}
	if memory != nil {
		out.Canary = canaryOf(memory)
	}
	return out, r, errors.Join(append(failed, alarms(out, r)...)...)
}

// sample looks at the machine, keeps what it sees, and returns the store's own log.
func (o HealthOptions) sample(ctx context.Context, memory *health.MemoryFound) (health.Reading, *health.Journal, error) {
	now := o.Clock.Now()
	unkept := func(r health.Reading) *health.Journal {
		j := health.Unkept(r, now)
		if memory != nil {
			for i, rec := range memory.Records(now) {
				rec.Seq = uint64(len(j.Records) + 1 + i)
				j.Records = append(j.Records, rec)
			}
		}
		return j
	}
	if o.Log == nil {
		r := o.System.Read(now)
		return r, unkept(r), nil
	}
	reading, err := o.Log.Sample(ctx, o.System, true)
	if memory != nil && len(memory.Bursts) > 0 {
		err = errors.Join(err, o.Log.Record(ctx, memory.Records(now)...))
	}
	own, jerr := o.Log.Journal()
	if errors.Is(jerr, health.ErrEmpty) {
		return reading, unkept(reading), err
	}
	if jerr != nil {
		return reading, unkept(reading), errors.Join(err, jerr)
	}
	return reading, own, err
}

// alarms are the reasons not to exit with 0: something was not corrected, is out of line, or could
// not be seen although it should be.
func alarms(out *api.Health, r *health.Report) (list []error) {
	var lost int64
	for _, d := range out.Devices {
		lost += d.Uncorrected
	}
	if lost > 0 {
		list = append(list, Partlyf("%s not corrected since %s", hasOrHave(lost, "error"), out.From))
	}
	if n := int64(len(out.Findings)); n > 0 {
		list = append(list, Partlyf("%s out of line: %s", hasOrHave(n, "thing"), out.Findings[0].Text))
	}
	if c := out.Canary; c != nil && c.Flips > 0 {
		list = append(list, Partlyf("%s of memory flipped: run a test of the memory, and replace what fails", Plural(c.Flips, "bit")))
	}
	for _, m := range r.Machines {
		if m.Bad > 0 || m.Missing > 0 {
			list = append(list, Partlyf("the log of machine %s is damaged: %d records are not what was written, %d are missing", m.Machine[:8], m.Bad, m.Missing))
		}
	}
	for _, u := range out.Unseen {
		if u.Refused {
			list = append(list, Partlyf("%s: %s", u.What, u.Why))
		}
	}
	return list
}

func hasOrHave(n int64, what string) string {
	if n == 1 {
		return "1 " + what + " was"
	}
	return Plural(n, what) + " were"
}

// healthOf words a report.
func healthOf(r *health.Report, own *health.Journal) *api.Health {
	out := &api.Health{From: stamp(r.From), To: stamp(r.To), Level: r.Level, Machines: []api.HealthMachine{}, Devices: []api.HealthDevice{},
		Files: []api.HealthFile{}, Findings: []api.HealthFinding{}, Unseen: []api.HealthUnseen{}, Ignored: r.Ignored}
	for _, m := range r.Machines {
		am := api.HealthMachine{Machine: m.Machine, Name: strings.TrimPrefix(m.Name, "-"), Own: own != nil && m.Machine == own.Machine, WatchedFrom: stamp(m.From), WatchedTo: stamp(m.To),
			Windows: m.Windows, Days: m.Days, DaysNeeded: r.DaysNeeded, TooLittle: m.Short, Records: m.Records, Bad: m.Bad, Missing: m.Missing, Dropped: m.Dropped}
		out.Machines = append(out.Machines, am)
	}
	for _, d := range r.Devices {
		out.Devices = append(out.Devices, deviceOf(r, d))
	}
	for _, f := range r.Files {
		out.Files = append(out.Files, api.HealthFile{Machine: f.Machine, File: f.Name, Block: strings.TrimPrefix(f.Block, "block:"), First: stamp(f.First), Last: stamp(f.Last), HealthCounts: api.HealthCounts(f.Counts)})
	}
	out.Findings = append(out.Findings, findingsOf(r)...)
	return out
}

// stamp words a time; "" is none.
func stamp(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format(time.RFC3339)
}

func deviceOf(r *health.Report, d health.Device) api.HealthDevice {
	out := api.HealthDevice{Machine: d.Machine, Class: string(d.Class), Device: d.Device, HealthCounts: api.HealthCounts(d.Recent), Total: api.HealthCounts(d.Counts),
		Unplaced: d.Unplaced, Last: stamp(d.Last), LastDay: d.Errors, Days: d.Days, Out: d.Out, Windows: []api.HealthWindow{}}
	if d.Judged {
		out.Expected, out.P = &d.Expected, &d.P
	}
	for _, c := range r.Cells(d.Unit, r.Windows()) {
		if c.All() > 0 {
			out.Windows = append(out.Windows, api.HealthWindow{Start: stamp(c.Start), HealthCounts: api.HealthCounts(c.Counts)})
		}
	}
	return out
}

// findingsOf words what is out of line. A device that began in a shower is told once, as part of
// it.
func findingsOf(r *health.Report) (list []api.HealthFinding) {
	shower := map[string]bool{}
	for _, s := range r.Showers {
		text := fmt.Sprintf("%d controllers and disks of %s began to err within %d minutes of %s, where %.2g of %d were to be expected: what hits many at once is power, heat, a common load or a shower of particles (p = %.2g, allowing for %d windows)",
			len(s.Devices), Plural(int64(s.Machines), "machine"), s.Windows*int(health.Window/time.Minute), s.Start.Format("2006-01-02 15:04"), s.Expected, s.Possible, s.P, s.Tests)
		list = append(list, api.HealthFinding{What: "shower", Text: text, Start: stamp(s.Start), Devices: s.Devices, Machines: s.Machines, Expected: s.Expected, Compared: s.Tests, P: s.P})
		for _, name := range s.Devices {
			shower[name] = true
		}
	}
	for _, d := range r.Devices {
		if !d.Out {
			continue
		}
		name := d.Machine + " " + string(d.Class) + " " + d.Device
		text := fmt.Sprintf("%s %s of machine %s had %s in 24 hours; of its %d earlier days 95 in 100 had %d to %d (p = %.2g)",
			d.Class, d.Device, d.Machine[:8], Plural(d.Errors, "error"), d.Days, d.Expected[0], d.Expected[1], d.P)
		if shower[d.Controller()] {
			text += "; it is part of the shower above"
		}
		list = append(list, api.HealthFinding{What: "device", Text: text, Devices: []string{name}, Machines: 1, Expected: float64(d.Expected[1]), Compared: d.Days, P: d.P})
	}
	for _, d := range r.Drifts {
		name := d.Unit.Machine + " " + string(d.Unit.Class) + " " + d.Unit.Device
		text := fmt.Sprintf("%s %s of machine %s errs more and more, over %d days (false discovery rate %.2g)", d.Unit.Class, d.Unit.Device, d.Unit.Machine[:8], d.Days, d.Q)
		list = append(list, api.HealthFinding{What: "drift", Text: text, Devices: []string{name}, Machines: 1, Compared: d.Days, P: d.Q})
	}
	return list
}

// flipsShown is how many flips of a burst are listed; all are counted.
const flipsShown = 20

func canaryOf(t *health.MemoryFound) *api.HealthCanary {
	out := &api.HealthCanary{Bytes: t.Bytes, Locked: t.Locked, Walks: t.Walks, Seconds: t.Took.Seconds(), Flips: t.Found, Bursts: []api.HealthBurst{}}
	for _, b := range t.Bursts {
		burst := api.HealthBurst{Kind: string(b.Kind), Step: b.Step, Bits: len(b.Flips), Stuck: b.Stuck, Flips: []api.HealthFlip{}}
		for _, f := range b.Flips[:min(flipsShown, len(b.Flips))] {
			burst.Flips = append(burst.Flips, api.HealthFlip{Page: f.Page, Byte: f.Byte, Bit: f.Bit, Up: f.Up, State: f.State.String()})
		}
		out.Bursts = append(out.Bursts, burst)
	}
	return out
}
