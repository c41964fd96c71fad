package main

import (
	"fmt"
	"io"
	"math/bits"
	"strings"
	"time"

	"sluice/api"
	"sluice/eval/plot"
	"sluice/health"
	"sluice/internal/term"
)

const (
	healthName = 34 // columns of a device's name
	stripMost  = 144
)

// printHealth draws a report for a terminal.
func (a *app) printHealth(h *api.Health, r *health.Report) {
	for _, m := range h.Machines {
		a.printMachine(m)
	}
	a.printDevices(h, r)
	for i, f := range h.Files {
		if i == 0 {
			a.printf("\nfound damaged in the store:\n")
		}
		a.printf("    %s block %s, first %s, last %s: %s\n", f.File, f.Block, f.First, f.Last, counts(f.HealthCounts))
	}
	a.printCanary(h.Canary)
	for i, f := range h.Findings {
		if i == 0 {
			a.printf("\nout of line, at a level of %g:\n", h.Level)
		}
		a.printf("    %s\n", a.style.Hit(f.Text))
	}
	if len(h.Findings) == 0 {
		a.printf("\nnothing is out of line that can be told.\n")
	}
	if len(h.Followed) > 0 {
		a.printf("\nfollowed: %s\n", a.clean(strings.Join(h.Followed, ", ")))
	}
	for i, u := range h.Unseen {
		if i == 0 {
			a.printf("\nnot seen:\n")
		}
		a.printf("    %s: %s\n", a.clean(u.What), a.clean(u.Why))
	}
}

func (a *app) printMachine(m api.HealthMachine) {
	name := m.Machine[:8]
	if m.Name != "" {
		name = m.Name + " (" + name + ")"
	}
	if m.Own {
		name += ", this one"
	}
	a.printf("machine %s: ", a.style.Strong(a.clean(name)))
	if m.Windows == 0 {
		a.printf("nothing was followed yet\n")
	} else {
		a.printf("%s ten-minute windows followed since %s\n", term.Number(m.Windows), m.WatchedFrom)
	}
	switch {
	case m.TooLittle && m.Days < m.DaysNeeded:
		a.printf("    too little history to tell whether a device is out of line: %d earlier days of the %d that it takes\n", m.Days, m.DaysNeeded)
	case m.TooLittle:
		a.printf("    whether a device is out of line cannot be told: the newest day was not followed, or too few days are those of the other machines too\n")
	}
	if m.Bad > 0 || m.Missing > 0 || m.Dropped > 0 {
		a.printf("    of its log %d records are damaged, %d missing, %d were dropped to keep it small\n", m.Bad, m.Missing, m.Dropped)
	}
}

// printDevices draws a strip of each device that erred: a column is so many windows.
func (a *app) printDevices(h *api.Health, r *health.Report) {
	width := min(stripMost, max(12, term.Width(a.stdout)-healthName-2), r.Windows())
	quiet := 0
	for i, d := range h.Devices {
		if d.HealthCounts == (api.HealthCounts{}) && !d.Out {
			quiet++
			continue
		}
		if i == quiet {
			span := r.To.Sub(r.From) / time.Duration(width)
			a.printf("\n%s to %s, a column is %.0f min; . none, ! not corrected, blank not watched:\n", h.From, h.To, span.Minutes())
		}
		name := fmt.Sprintf("%-*.*s", healthName, healthName, deviceName(d, len(h.Machines) > 1))
		if d.Out {
			name = a.style.Hit(name)
		}
		a.printf("%s %s\n", name, a.strip(r.Cells(r.Devices[i].Unit, width)))
		a.printf("%*s %s%s\n", healthName, "", counts(d.HealthCounts), judged(d))
	}
	switch {
	case len(h.Devices) == 0:
		a.printf("\nno device has counted an error.\n")
	case quiet > 0:
		a.printf("\n%d with errors before that had none in this time.\n", quiet)
	}
}

func deviceName(d api.HealthDevice, machine bool) string {
	name := d.Class + " " + d.Device
	if d.Class == string(health.Store) {
		name = "file " + d.Device
	}
	if machine {
		name = d.Machine[:4] + " " + name
	}
	return name
}

// levels are the heights of a strip, each four times the one before.
var levels = []rune("▁▂▃▄▅▆▇█")

func (a *app) strip(cells []health.Cell) string {
	var b strings.Builder
	for _, c := range cells {
		switch {
		case c.Uncorrected > 0:
			b.WriteString(a.style.Hit("!"))
		case c.All() > 0:
			b.WriteRune(levels[min(len(levels)-1, (bits.Len64(uint64(c.All()))-1)/2)])
		case c.Watched:
			b.WriteByte('.')
		default:
			b.WriteByte(' ')
		}
	}
	return b.String()
}

func counts(c api.HealthCounts) string {
	var parts []string
	for _, p := range []struct {
		n    int64
		what string
	}{{c.Corrected, "corrected"}, {c.Uncorrected, "not corrected"}, {c.Unclear, "unclear whether corrected"}} {
		if p.n > 0 {
			parts = append(parts, term.Number(p.n)+" "+p.what)
		}
	}
	if len(parts) == 0 {
		return "none"
	}
	return strings.Join(parts, ", ")
}

// judged words how a device's last day compares.
func judged(d api.HealthDevice) string {
	if d.P == nil {
		return ""
	}
	return fmt.Sprintf("; last day %d, 95 of 100 of %d earlier days %d to %d, p = %.2g", d.LastDay, d.Days, d.Expected[0], d.Expected[1], *d.P)
}

func (a *app) printCanary(c *api.HealthCanary) {
	if c == nil {
		return
	}
	a.printf("\n%s of memory read %d times in %.0f s: ", term.Bytes(c.Bytes), c.Walks, c.Seconds)
	if !c.Locked {
		a.printf("(not locked: what was swapped out was read from the disk) ")
	}
	if c.Flips == 0 {
		a.printf("no bit flipped\n")
		return
	}
	a.printf("%s\n", a.style.Hit(fmt.Sprintf("%d bits flipped", c.Flips)))
	for _, b := range c.Bursts {
		a.printf("    %s of %d bits, %d of which came back after they were written anew", b.Kind, b.Bits, b.Stuck)
		if b.Step > 0 {
			a.printf(", %d bytes apart", b.Step)
		}
		a.printf("\n")
		for _, f := range b.Flips {
			a.printf("        page %d byte %d bit %d: %s, %s\n", f.Page, f.Byte, f.Bit, map[bool]string{true: "0 became 1", false: "1 became 0"}[f.Up], f.State)
		}
	}
}

const (
	svgCells = 320 // columns of the picture
	svgTicks = 6
)

// drawHealth draws a report as a picture.
func (a *app) drawHealth(r *health.Report, name string) error {
	if name == "" {
		return nil
	}
	var strips []plot.Strip
	for _, d := range r.Devices {
		s := plot.Strip{Name: d.Machine[:8] + " " + string(d.Class) + " " + d.Device, Strong: d.Out, Note: "none"}
		if d.Recent.All() > 0 {
			s.Note = counts(api.HealthCounts(d.Recent))
		}
		if d.Judged && d.Out {
			s.Note += fmt.Sprintf(", p = %.2g", d.P)
		}
		for _, c := range r.Cells(d.Unit, svgCells) {
			s.Cells = append(s.Cells, plot.Cell{Count: c.All(), Bad: c.Uncorrected > 0, Known: c.Watched})
		}
		strips = append(strips, s)
	}
	var ticks []plot.Tick
	for i := range svgTicks + 1 {
		at := r.From.Add(r.To.Sub(r.From) * time.Duration(i) / svgTicks)
		layout := "15:04"
		if r.To.Sub(r.From) > 48*time.Hour {
			layout = "Jan 2"
		}
		ticks = append(ticks, plot.Tick{At: float64(i) / svgTicks, Text: at.UTC().Format(layout)})
	}
	title := fmt.Sprintf("errors by device, %s to %s", r.From.UTC().Format("2006-01-02 15:04"), r.To.UTC().Format("2006-01-02 15:04 UTC"))
	return a.toFile(name, func(w io.Writer) error { return plot.Strips(w, title, ticks, strips) })
}
