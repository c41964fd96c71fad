package eval

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os/exec"
	"strings"
	"time"
)

// Cost is what one step cost the process that took it.
type Cost struct {
	MS   float64 `json:"ms"`
	CPU  float64 `json:"cpu_ms,omitempty"`          // of the whole process, where the system tells
	Anon int64   `json:"anonymous_bytes,omitempty"` // at most; Linux only
}

// Step is what a fresh process tells of the one thing that it did to a store.
type Step struct {
	Cost
	Segments  int      `json:"segments,omitempty"`    // after open
	Named     int64    `json:"named_bytes,omitempty"` // after open: what the generation names
	Documents Changes  `json:"documents"`             // after make and sync
	Passages  []string `json:"passages,omitempty"`    // after search: ids, best first
}

// Changes counts the documents that a sync found.
type Changes struct {
	Added   int64 `json:"added"`
	Changed int64 `json:"changed"`
	Removed int64 `json:"removed"`
	Same    int64 `json:"same"`
}

// The steps that a fresh process can be told to take.
const (
	StepMake   = "make"   // a store of a folder, where there is none
	StepOpen   = "open"   // the store and a snapshot
	StepSearch = "search" // one question, from opening the store to its results
	StepSync   = "sync"   // the store's source
)

// Measured runs f and tells what that cost this process.
func Measured(f func() error) (Cost, error) {
	peak, stop := watchMemory()
	before, known := processTime()
	start := time.Now()
	err := f()
	c := Cost{MS: milliseconds(time.Since(start))}
	if known {
		after, _ := processTime()
		c.CPU = milliseconds(after - before)
	}
	now := anonymousBytes() // a short step may end between two samples
	stop()
	c.Anon = max(peak.Load(), now)
	return c, err
}

// take starts a process that takes one step on the store in dir and tells what it cost.
func (l *life) take(ctx context.Context, step, dir string, args ...string) (*Step, error) {
	line := append(append(l.o.Self[:len(l.o.Self):len(l.o.Self)], step, dir), args...)
	out, err := exec.CommandContext(ctx, line[0], line[1:]...).Output()
	if ctx.Err() != nil {
		return nil, ctx.Err() // it was ended: what it says of that is no news
	}
	var exit *exec.ExitError
	if errors.As(err, &exit) {
		return nil, fmt.Errorf("%s in a process of its own: %w: %s", step, err, strings.TrimSpace(string(exit.Stderr)))
	}
	if err != nil {
		return nil, err
	}
	s := new(Step)
	if err := json.Unmarshal(out, s); err != nil {
		return nil, fmt.Errorf("%s in a process of its own: %w", step, err)
	}
	return s, nil
}
