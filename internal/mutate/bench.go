package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"time"
)

// moduleRoot returns the folder of the module that the command was started in.
func moduleRoot(ctx context.Context) (string, error) {
	out, err := exec.CommandContext(ctx, "go", "list", "-m", "-f", "{{.Dir}}").Output()
	return strings.TrimSpace(string(out)), err
}

// outcome is what became of a mutant.
type outcome int

const (
	killed   outcome = iota
	timedOut         // killed too: the unchanged tests end long before
	survived
	invalid // it does not compile, or was not tried
)

// count is what became of the mutants of one package.
type count struct{ killed, timedOut, survived int }

func (c *count) add(d count) {
	c.killed += d.killed
	c.timedOut += d.timedOut
	c.survived += d.survived
}

func (c *count) take(o outcome) {
	switch o {
	case killed:
		c.killed++
	case timedOut:
		c.killed++
		c.timedOut++
	case survived:
		c.survived++
	}
}

func (c count) String() string {
	n := c.killed + c.survived
	s := fmt.Sprintf("%d mutants, %d killed, %d survived (%.0f %%)", n, c.killed, c.survived, 100*float64(c.survived)/float64(max(1, n)))
	if c.timedOut > 0 {
		s += fmt.Sprintf("; %d of the killed never ended", c.timedOut)
	}
	return s
}

// bench is where mutants are built and tested.
type bench struct {
	options
	root    string
	scratch string                   // everything that is written is below it
	limit   map[string]time.Duration // by package: how long its tests may take
	mu      sync.Mutex               // of the output and of the counts
}

// newBench runs the unchanged tests, which must pass, and takes the time that they need.
func newBench(ctx context.Context, root string, o options) (*bench, error) {
	scratch, err := os.MkdirTemp("", "mutate")
	if err != nil {
		return nil, err
	}
	confine()
	b := &bench{options: o, root: root, scratch: scratch, limit: map[string]time.Duration{}}
	if err := b.measure(ctx); err != nil {
		_ = os.RemoveAll(scratch)
		return nil, err
	}
	return b, nil
}

func (b *bench) measure(ctx context.Context) error {
	for _, pkg := range slices.Concat(b.packages, b.tests) {
		b.limit[pkg] = 10 * time.Minute
		start := time.Now()
		w, err := b.newWork("unchanged")
		if err != nil {
			return err
		}
		binary, err := w.build(ctx, pkg)
		if err == nil && binary == "" {
			fmt.Printf("%s has no tests\n", pkg)
			continue
		}
		if err == nil {
			start = time.Now()
			err = w.test(ctx, pkg, binary)
		}
		if err != nil {
			return fmt.Errorf("the tests of %s do not pass as they are: %w", pkg, err)
		}
		b.limit[pkg] = 20*time.Second + 4*time.Since(start)
	}
	return nil
}

// queue holds the mutants of every package that have not been tried.
type queue struct {
	mu   sync.Mutex
	left [][]mutant
}

func (q *queue) next(pkg int) (mutant, bool) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if len(q.left[pkg]) == 0 {
		return mutant{}, false
	}
	m := q.left[pkg][0]
	q.left[pkg] = q.left[pkg][1:]
	return m, true
}

// try takes mutants from the packages in turn until n have compiled, and returns what became of
// them.
func (b *bench) try(ctx context.Context, drawn [][]mutant) []count {
	q, counts := &queue{left: drawn}, make([]count, len(drawn))
	jobs := make(chan int)
	var wg sync.WaitGroup
	for i := range b.jobs {
		wg.Go(func() {
			for pkg := range jobs {
				got := b.turn(ctx, fmt.Sprintf("worker%d", i), q, pkg)
				b.mu.Lock()
				counts[pkg].take(got)
				b.mu.Unlock()
			}
		})
	}
	for _, pkg := range turns(drawn, b.n) {
		jobs <- pkg
	}
	close(jobs)
	wg.Wait()
	return counts
}

// turn tries the package's next mutant that compiles.
func (b *bench) turn(ctx context.Context, worker string, q *queue, pkg int) outcome {
	for m, ok := q.next(pkg); ok && ctx.Err() == nil; m, ok = q.next(pkg) {
		if got := b.one(ctx, worker, m); got != invalid {
			return got
		}
	}
	return invalid
}

// turns deals n turns evenly to the packages, and none to one that has no mutant left; all turns
// where n is 0.
func turns(drawn [][]mutant, n int) (pkgs []int) {
	for round, dealt := 0, true; dealt; round++ {
		dealt = false
		for pkg, all := range drawn {
			if round < len(all) && (n <= 0 || len(pkgs) < n) {
				pkgs, dealt = append(pkgs, pkg), true
			}
		}
	}
	return pkgs
}

// one tries a mutant, and prints it when it survives.
func (b *bench) one(ctx context.Context, name string, m mutant) outcome {
	got, err := b.outcome(ctx, name, m)
	b.mu.Lock()
	defer b.mu.Unlock()
	switch {
	case ctx.Err() != nil:
		return invalid
	case err != nil:
		fmt.Fprintln(os.Stderr, "mutate:", err)
		return invalid
	case got == survived:
		fmt.Println(m)
	}
	return got
}

func (b *bench) outcome(ctx context.Context, name string, m mutant) (outcome, error) {
	w, err := b.newWork(name)
	if err != nil {
		return invalid, err
	}
	if err := w.overlay(m); err != nil {
		return invalid, err
	}
	for _, pkg := range append([]string{m.pkg}, b.tests...) {
		binary, err := w.build(ctx, pkg)
		if err != nil {
			return invalid, nil //nolint:nilerr // it does not compile: that is the outcome
		}
		if binary == "" {
			continue
		}
		switch err := w.test(ctx, pkg, binary); {
		case errors.Is(err, errTooLong):
			return timedOut, nil
		case err != nil:
			return killed, nil //nolint:nilerr // a test failed: that is the outcome
		}
	}
	return survived, nil
}

// work is the folder of one worker.
type work struct {
	*bench
	dir   string
	flags []string // of the build
}

// newWork empties a worker's folder.
func (b *bench) newWork(name string) (*work, error) {
	w := &work{bench: b, dir: filepath.Join(b.scratch, name)}
	if err := os.RemoveAll(w.dir); err != nil {
		return nil, err
	}
	for _, sub := range []string{"home", "tmp", "overlay"} {
		if err := os.MkdirAll(filepath.Join(w.dir, sub), 0o700); err != nil {
			return nil, err
		}
	}
	return w, nil
}

// overlay writes the changed file and tells the build about it.
func (w *work) overlay(m mutant) error {
	original := filepath.Join(w.root, filepath.FromSlash(m.file))
	changed := filepath.Join(w.dir, "overlay", filepath.Base(m.file))
	list := filepath.Join(w.dir, "overlay.json")
	replace, err := json.Marshal(map[string]map[string]string{"Replace": {original: changed}})
	if err != nil {
		return err
	}
	w.flags = []string{"-overlay", list}
	return errors.Join(os.WriteFile(changed, []byte(m.changed()), 0o600), os.WriteFile(list, replace, 0o600))
}

// build builds the test binary of pkg. Where there are no tests it compiles the package, and
// returns nothing.
func (w *work) build(ctx context.Context, pkg string) (binary string, err error) {
	binary = filepath.Join(w.dir, strings.ReplaceAll(pkg, "/", "-")+".test.exe")
	if err := w.compile(ctx, pkg, "test", "-c", "-vet=off", "-o", binary); err != nil {
		return "", err
	}
	if _, err := os.Stat(binary); err == nil {
		return binary, nil
	}
	return "", w.compile(ctx, pkg, "build", "-o", os.DevNull)
}

func (w *work) compile(ctx context.Context, pkg string, args ...string) error {
	share := fmt.Sprint(max(1, runtime.NumCPU()/w.jobs))
	cmd := exec.CommandContext(ctx, "go", slices.Concat(args, []string{"-p", share}, w.flags, []string{"./" + pkg})...)
	cmd.Dir = w.root
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("%w\n%s", err, out)
	}
	return nil
}

var errTooLong = errors.New("the tests take too long")

// test runs the tests of pkg where they expect to run.
func (w *work) test(ctx context.Context, pkg, binary string) error {
	ctx, cancel := context.WithTimeoutCause(ctx, w.limit[pkg], errTooLong)
	defer cancel()
	cmd := exec.CommandContext(ctx, binary, "-test.failfast", "-test.timeout=0")
	cmd.Dir = filepath.Join(w.root, filepath.FromSlash(pkg))
	home, tmp := filepath.Join(w.dir, "home"), filepath.Join(w.dir, "tmp")
	cmd.Env = append(os.Environ(), "HOME="+home, "USERPROFILE="+home, "LocalAppData="+home, "AppData="+home,
		"XDG_CACHE_HOME="+filepath.Join(home, "cache"), "XDG_CONFIG_HOME="+filepath.Join(home, "config"),
		"TMPDIR="+tmp, "TMP="+tmp, "TEMP="+tmp, "RAPID_NOFAILFILE=true", "RAPID_SHRINKTIME=0s")
	cmd.WaitDelay = time.Second
	ownGroup(cmd)
	out, err := cmd.CombinedOutput()
	if err != nil && errors.Is(context.Cause(ctx), errTooLong) {
		return errTooLong
	}
	if err != nil {
		return fmt.Errorf("%w\n%s", err, out[max(0, len(out)-4000):])
	}
	return nil
}
