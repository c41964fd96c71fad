package term

import (
	"fmt"
	"io"
	"strings"
	"sync"
	"time"

	"sluice/internal/clock"
)

// redraw is how often the progress line changes at most: often enough to look alive.
const redraw = 100 * time.Millisecond

// Progress is one line that is drawn over itself: what is being done, how far, how fast, how long
// yet. A nil *Progress and one whose stream is no terminal draw nothing.
type Progress struct {
	w     io.Writer
	clock clock.Clock
	width int

	mu      sync.Mutex
	phase   string
	started time.Time
	drawn   time.Time
	visible bool
}

// State is how far a phase has come. Totals that are not known are zero.
type State struct {
	Phase             string // "reading notes"
	Done, Total       int64  // bytes
	Files, FilesTotal int64
}

// NewProgress returns a progress line on w, or nil when w is no terminal.
func NewProgress(w io.Writer, c clock.Clock) *Progress {
	if !IsTerminal(w) {
		return nil
	}
	return &Progress{w: w, clock: c, width: Width(w)}
}

// Show draws s, unless the line was drawn a moment ago. A new phase starts its own clock.
func (p *Progress) Show(s State) {
	if p == nil {
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	now := p.clock.Now()
	if s.Phase != p.phase {
		p.phase, p.started, p.drawn = s.Phase, now, time.Time{}
	}
	if now.Sub(p.drawn) < redraw {
		return
	}
	p.drawn, p.visible = now, true
	line := []rune(Line(s, now.Sub(p.started)))
	if len(line) >= p.width {
		line = line[:max(p.width-1, 0)]
	}
	fmt.Fprintf(p.w, "\r\x1b[K%s", string(line))
}

// Clear takes the line away, so that something else can be printed.
func (p *Progress) Clear() {
	if p == nil {
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.visible {
		fmt.Fprint(p.w, "\r\x1b[K")
		p.visible = false
	}
	p.phase = ""
}

// Line words s after it ran for took: "reading notes 1,204 of 9,310 files 88.1 MB of 412 MB 41 MB/s
// 8 s left".
func Line(s State, took time.Duration) string {
	parts := []string{Clean(s.Phase)}
	switch {
	case s.FilesTotal > 0:
		parts = append(parts, fmt.Sprintf("%s of %s files", Number(s.Files), Number(s.FilesTotal)))
	case s.Files > 0:
		parts = append(parts, Number(s.Files)+" files")
	}
	switch {
	case s.Total > 0:
		parts = append(parts, Bytes(s.Done)+" of "+Bytes(s.Total))
	case s.Done > 0:
		parts = append(parts, Bytes(s.Done))
	}
	if took >= time.Second && s.Done > 0 {
		rate := float64(s.Done) / took.Seconds()
		parts = append(parts, Bytes(int64(rate))+"/s")
		if s.Total > s.Done {
			left := time.Duration(float64(s.Total-s.Done) / rate * float64(time.Second))
			parts = append(parts, Duration(left)+" left")
		}
	}
	return strings.Join(parts, "  ")
}

// Bytes words n with three digits: 912 B, 1.21 MB.
func Bytes(n int64) string {
	if n < 1000 {
		return fmt.Sprintf("%d B", n)
	}
	v, unit := float64(n), -1
	for v >= 999.5 && unit < 4 {
		v, unit = v/1000, unit+1
	}
	digits := 2
	if v >= 99.95 {
		digits = 0
	} else if v >= 9.995 {
		digits = 1
	}
	return fmt.Sprintf("%.*f %cB", digits, v, "kMGTP"[unit])
}

// Number words n in groups of three digits: 1,204,331.
func Number(n int64) string {
	s := fmt.Sprint(n)
	sign := ""
	if strings.HasPrefix(s, "-") {
		sign, s = "-", s[1:]
	}
	for i := len(s) - 3; i > 0; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return sign + s
}

// Duration words d in one or two units: 8 s, 3 min 20 s, 2 h 5 min.
func Duration(d time.Duration) string {
	switch {
	case d < time.Minute:
		return fmt.Sprintf("%d s", int(d.Seconds()+0.5))
	case d < time.Hour:
		return fmt.Sprintf("%d min %d s", int(d.Minutes()), int(d.Seconds())%60)
	}
	return fmt.Sprintf("%d h %d min", int(d.Hours()), int(d.Minutes())%60)
}
