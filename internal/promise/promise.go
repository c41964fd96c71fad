// Package promise counts what the tests of PROMISES.md inject: how many faults of each kind were
// reached, and how many of them were missed. The rows are in rows.go; `go run
// ./internal/promise/prove` runs their tests, writes PROMISES.md and takes the defences away one by
// one.
//
// With no failure in n independent injections the 95 % upper bound of the rate of misses is 3/n.
package promise

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"testing"
	"time"
)

// Dir is the environment variable that names the folder in which counts are left. Without it they
// are only asserted.
const Dir = "SLUICE_PROMISES"

// NoSweeps is the environment variable that leaves sweeps out.
const NoSweeps = "SLUICE_NO_SWEEPS"

// Sweep says that a test repeats for very many faults, over a disk in memory, what other tests do a
// few times. What runs under another system or with the race detector leaves it out: it would meet
// nothing new there, and takes many times as long.
func Sweep(t testing.TB) {
	t.Helper()
	if os.Getenv(NoSweeps) != "" {
		t.Skip(NoSweeps + " is set")
	}
}

// Counted is what one test did for one row, as it is left in the folder.
type Counted struct {
	Row     int              `json:"row"`
	Test    string           `json:"test"`
	Reached map[string]int64 `json:"reached"` // injections, by kind
	Missed  map[string]int64 `json:"missed"`
}

// Count collects the injections of one test. It is safe for concurrent use.
type Count struct {
	t  testing.TB
	mu sync.Mutex
	c  Counted

	part bool
}

// For starts to count for a row. When the test ends, each of the kinds must have been reached at
// least once: a test that injects nothing proves nothing.
func For(t testing.TB, row int, kinds ...string) *Count {
	t.Helper()
	if !slices.ContainsFunc(Rows, func(r Row) bool { return r.Number == row }) {
		t.Fatalf("PROMISES.md has no row %d: add it to internal/promise/rows.go", row)
	}
	c := &Count{t: t, c: Counted{Row: row, Test: t.Name(), Reached: map[string]int64{}, Missed: map[string]int64{}}}
	for _, k := range kinds {
		c.c.Reached[k] = 0
	}
	t.Cleanup(c.finish)
	Progress(t, c.soFar)
	return c
}

// soFar tells what was injected and missed until now.
func (c *Count) soFar() string {
	c.mu.Lock()
	defer c.mu.Unlock()
	return fmt.Sprintf("row %d: reached %v, missed %v", c.c.Row, c.c.Reached, c.c.Missed)
}

// Progress prints once a minute how far a test has got, so that one that is cut off has told what
// it proved until then. It does not go through the test's log, which dies with it.
func Progress(t testing.TB, soFar func() string) {
	began, ended := time.Now(), make(chan struct{})
	t.Cleanup(func() { close(ended) })
	go func() {
		for {
			select {
			case <-ended:
				return
			case <-time.After(time.Minute):
				fmt.Fprintf(os.Stderr, "%s, after %v: %s\n", t.Name(), time.Since(began).Round(time.Second), soFar())
			}
		}
	}()
}

// Part says that only some of the injections were asked for, to look at them: that others were not
// reached is no failure, and nothing is proven.
func (c *Count) Part() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.part = true
}

// Reached counts n injections of a kind that took effect.
func (c *Count) Reached(kind string, n int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.c.Reached[kind] += int64(n)
}

// Missed counts an injection that nothing noticed, and fails the test. The injection must have been
// counted as reached too.
func (c *Count) Missed(kind, format string, args ...any) {
	c.t.Helper()
	c.mu.Lock()
	c.c.Missed[kind]++
	c.mu.Unlock()
	c.t.Errorf(format, args...)
}

func (c *Count) finish() {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.part {
		return
	}
	for kind, n := range c.c.Reached {
		if n == 0 && !c.t.Skipped() {
			c.t.Errorf("vacuous: no injection of kind %q was reached", kind)
		}
	}
	dir := os.Getenv(Dir)
	if dir == "" || c.t.Skipped() {
		return
	}
	if err := c.leave(dir); err != nil {
		c.t.Error(err)
	}
}

// leave writes the counts into a file of their own: tests run side by side, in several processes.
func (c *Count) leave(dir string) error {
	b, err := json.Marshal(c.c)
	if err != nil {
		return err
	}
	f, err := os.CreateTemp(dir, "row-*.json")
	if err != nil {
		return err
	}
	if _, err := f.Write(b); err != nil {
		_ = f.Close()
		return err
	}
	return f.Close()
}

// Bound is the 95 % upper bound of the rate of misses after n injections without one.
func Bound(n int64) float64 { return 3 / float64(n) }

// Read reads the counts that tests left in a folder.
func Read(dir string) (all []Counted, err error) {
	names, err := filepath.Glob(filepath.Join(dir, "row-*.json"))
	if err != nil {
		return nil, err
	}
	for _, name := range names {
		b, err := os.ReadFile(name)
		if err != nil {
			return nil, err
		}
		var c Counted
		if err := json.Unmarshal(b, &c); err != nil {
			return nil, err
		}
		all = append(all, c)
	}
	return all, nil
}
