package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"

	"sluice/internal/defence"
	"sluice/internal/promise"
)

// undefended takes every defence of the rows away in turn and fails when no test of the row then
// does. One that no row names proves nothing either.
func undefended(ctx context.Context, rows []promise.Row) (failed error) {
	dir, err := os.MkdirTemp("", "sluice-undefended-")
	if err != nil {
		return err
	}
	defer func() { _ = os.RemoveAll(dir) }()
	b := binaries{dir: dir, built: map[string]string{}}
	for _, r := range rows {
		for _, name := range r.Defences {
			err := b.missed(ctx, r, name)
			if ctx.Err() != nil {
				return errors.Join(failed, ctx.Err())
			}
			failed = errors.Join(failed, err)
		}
	}
	return failed
}

// binaries are test binaries of a build in which defences can be removed.
type binaries struct {
	dir   string
	built map[string]string // by package
}

// missed removes a defence and fails when every test of the row passes without it. The quick ones
// are tried first.
func (b *binaries) missed(ctx context.Context, r promise.Row, name defence.Name) error {
	tests := slices.Clone(r.Tests)
	slices.SortStableFunc(tests, func(x, y promise.Test) int { return slices.Index(slow, x.Package) - slices.Index(slow, y.Package) })
	for _, t := range tests {
		bin, err := b.of(ctx, t.Package)
		if err != nil {
			return err
		}
		cmd := exec.CommandContext(ctx, bin, "-test.short", "-test.failfast", "-test.timeout=10m", "-test.run", pattern([]string{t.Name}))
		cmd.Dir = t.Package
		cmd.Env = append(os.Environ(), "SLUICE_WITHOUT="+string(name), promise.Dir+"=")
		out, failed := cmd.CombinedOutput()
		if strings.Contains(string(out), "panic: test timed out") { // a slow machine is no proof
			return fmt.Errorf("row %d: without %q %s took too long to tell", r.Number, name, t.Name)
		}
		if failed != nil {
			fmt.Printf("row %2d without %s: %s fails, as it must: %s\n", r.Number, name, t.Name, firstFailure(string(out)))
			return nil //nolint:nilerr // the failure is what is wanted
		}
	}
	return fmt.Errorf("row %d: without %q every test passes: the defence is not needed, or nothing tests it", r.Number, name)
}

// slow are the packages whose tests take long, the slowest last.
var slow = []string{"cmd/sluice", "serve", "ingest", "internal/sim"}

// of builds the test binary of a package.
func (b *binaries) of(ctx context.Context, pkg string) (string, error) {
	if bin := b.built[pkg]; bin != "" {
		return bin, nil
	}
	bin := filepath.Join(b.dir, strings.ReplaceAll(pkg, "/", "-")+".test")
	cmd := exec.CommandContext(ctx, "go", "test", "-c", "-tags", "undefended", "-o", bin, "./"+pkg)
	if out, err := cmd.CombinedOutput(); err != nil {
		return "", fmt.Errorf("build the tests of %s: %w\n%s", pkg, err, out)
	}
	b.built[pkg] = bin
	return bin, nil
}

// firstFailure is the first line that says what was wrong.
func firstFailure(out string) string {
	for line := range strings.Lines(out) {
		line = strings.TrimSpace(line)
		if strings.Contains(line, "_test.go:") || strings.HasPrefix(line, "panic:") {
			if len(line) > 120 {
				line = line[:120] + "…"
			}
			return line
		}
	}
	return "(says nothing)"
}
