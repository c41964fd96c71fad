package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"slices"
	"strings"

	"sluice/internal/promise"
)

// counts runs the tests of the rows, or reads what a run of them has left in the folder from.
func counts(ctx context.Context, rows []promise.Row, from string) ([]promise.Counted, error) {
	if from != "" {
		return promise.Read(from)
	}
	dir, err := os.MkdirTemp("", "sluice-promises-")
	if err != nil {
		return nil, err
	}
	defer func() { _ = os.RemoveAll(dir) }()
	tests := testsOf(rows)
	for _, pkg := range slices.Sorted(maps.Keys(tests)) {
		fmt.Printf("%s: %s\n", pkg, strings.Join(tests[pkg], " "))
		cmd := exec.CommandContext(ctx, "go", "test", "-count=1", "-timeout=60m", "-run", pattern(tests[pkg]), "./"+pkg)
		cmd.Env = append(os.Environ(), promise.Dir+"="+dir)
		if out, err := cmd.CombinedOutput(); err != nil {
			return nil, fmt.Errorf("%s: %w\n%s", pkg, err, out)
		}
	}
	return promise.Read(dir)
}

// testsOf groups the tests of the rows by package.
func testsOf(rows []promise.Row) map[string][]string {
	by := map[string][]string{}
	for _, r := range rows {
		for _, t := range r.Tests {
			if !slices.Contains(by[t.Package], t.Name) {
				by[t.Package] = append(by[t.Package], t.Name)
			}
		}
	}
	for _, names := range by {
		slices.Sort(names)
	}
	return by
}

// pattern matches the tests of those names.
func pattern(names []string) string { return "^(" + strings.Join(names, "|") + ")$" }

// total is what all tests of a row did.
type total struct{ reached, missed map[string]int64 }

func (t total) injections() (n int64) {
	for _, k := range t.reached {
		n += k
	}
	return n
}

func (t total) misses() (n int64) {
	for _, k := range t.missed {
		n += k
	}
	return n
}

// kinds lists what was injected, the most frequent first.
func (t total) kinds() []string {
	return slices.SortedFunc(maps.Keys(t.reached), func(a, b string) int {
		return cmp.Or(cmp.Compare(t.reached[b], t.reached[a]), cmp.Compare(a, b))
	})
}

// totalOf adds up the counts of a row.
func totalOf(r promise.Row, counted []promise.Counted) total {
	t := total{map[string]int64{}, map[string]int64{}}
	for _, c := range counted {
		if c.Row != r.Number {
			continue
		}
		for kind, n := range c.Reached {
			t.reached[kind] += n
		}
		for kind, n := range c.Missed {
			t.missed[kind] += n
		}
	}
	return t
}

// judge fails a row of which a test left no count, a kind was never reached or an injection was
// missed.
func judge(rows []promise.Row, counted []promise.Counted) (failed error) {
	for _, r := range rows {
		for _, t := range r.Tests {
			ran := slices.ContainsFunc(counted, func(c promise.Counted) bool {
				name, _, _ := strings.Cut(c.Test, "/")
				return c.Row == r.Number && name == t.Name
			})
			if !ran {
				failed = errors.Join(failed, fmt.Errorf("row %d: %s of %s has counted nothing", r.Number, t.Name, t.Package))
			}
		}
		t := totalOf(r, counted)
		for _, kind := range t.kinds() {
			if t.reached[kind] == 0 {
				failed = errors.Join(failed, fmt.Errorf("row %d: no injection of kind %q was reached", r.Number, kind))
			}
		}
		if n := t.misses(); n > 0 || t.injections() == 0 {
			failed = errors.Join(failed, fmt.Errorf("row %d: %d of %d injections were missed", r.Number, n, t.injections()))
		}
	}
	return failed
}
