// Package sandbox does jobs of package extract in child processes of stage 0: the same program,
// started once more, which reads what strangers wrote. A child may use so much memory and time for
// a document, can open neither a file nor a connection where the system lets a process give that
// up, and is given the document through a pipe. When it breaks, that costs the document.
package sandbox

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
	"sync"
	"time"

	"sluice/corpus/extract"
	"sluice/corpus/extract/formats"
)

const (
	// clockMax is how long a child may take for a document by the clock. It counts its own
	// processor time (extract.CPUMax); this is for one that cannot count any more, and for a busy
	// machine.
	clockMax = 6 * extract.CPUMax
	// jobsMax is how many jobs a child does before another takes its place, so that what one
	// leaves behind does not grow.
	jobsMax = 500
	// idleMax is how long a child waits for its next job.
	idleMax = 20 * time.Second
)

// Pool is an extract.Runner. Its children are started when they are needed, and end by themselves
// when nobody needs them, or when this process ends, however it does. It is safe for concurrent
// use: so many calls of Run, so many children.
type Pool struct {
	program func() (string, error)

	mu   sync.Mutex
	idle map[string][]*child // by the format for whose sake they were made
	used Usage
}

// Usage is what the children that ended needed.
type Usage struct {
	Children  int
	CPU       time.Duration
	PeakBytes int64 // that one document cost at most
}

var _ extract.Runner = (*Pool)(nil)

// New makes a pool. program names the program that is a child when it is called with Verb:
// os.Executable.
func New(program func() (string, error)) *Pool {
	return &Pool{program: program, idle: map[string][]*child{}}
}

// child is a process that does one job at a time.
type child struct {
	cmd  *exec.Cmd
	in   io.WriteCloser
	line *line
	jobs int
	said *tail
	peak int64       // of what its documents cost
	rest *time.Timer // ends it when it was idle for too long
}

// Run implements extract.Runner.
func (p *Pool) Run(ctx context.Context, job extract.Job, r io.ReaderAt, out extract.Output) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	kind := formats.Needs(job)
	c, err := p.take(kind)
	if err != nil {
		return err
	}
	late, done := context.WithTimeout(ctx, clockMax)
	defer done()
	stop := context.AfterFunc(late, func() { _ = c.cmd.Process.Kill() })
	got := c.do(job, r, out)
	if stop() && got.ended && c.jobs < jobsMax {
		p.give(kind, c)
		return got.err
	}
	code := p.end(c, got.ended)
	switch {
	case ctx.Err() != nil:
		return ctx.Err()
	case got.ended || got.err != nil:
		return got.err
	case late.Err() != nil || code == exitTime:
		return extract.ErrTime
	case code == exitMemory:
		return extract.ErrMemory
	case code == exitPrepare:
		return fmt.Errorf("the process that reads documents could not be made ready: %s", c.said)
	case strings.Contains(c.said.String(), "out of memory"), strings.Contains(c.said.String(), "cannot allocate"):
		return extract.ErrMemory
	}
	return extract.ErrDied
}

// outcome is what became of a job.
type outcome struct {
	err   error // of the job, or of who takes what it gives
	ended bool  // the child is ready for the next one; else it broke down, or must be ended
}

// do does one job.
func (c *child) do(job extract.Job, r io.ReaderAt, out extract.Output) outcome {
	c.jobs++
	if errors.Join(c.line.sendJSON(frameJob, job), c.line.out.Flush()) != nil {
		return outcome{}
	}
	buf := make([]byte, readBytesMax)
	for {
		kind, b, err := c.line.receive()
		if err != nil {
			return outcome{}
		}
		switch kind {
		case frameRead:
			if answer(c.line, r, b, buf) != nil {
				return outcome{}
			}
		case frameEnd:
			var e ending
			if err := into(b, &e, func() error { return nil }); err != nil {
				return outcome{err: err}
			}
			c.peak = max(c.peak, e.Peak)
			return outcome{e.err(), true}
		default:
			if err := take(kind, b, out); err != nil {
				return outcome{err: err}
			}
		}
	}
}

// take returns a child that waits, or a new one.
func (p *Pool) take(kind string) (*child, error) {
	p.mu.Lock()
	for n := len(p.idle[kind]); n > 0; n = len(p.idle[kind]) {
		c := p.idle[kind][n-1]
		p.idle[kind] = p.idle[kind][:n-1]
		if c.rest.Stop() {
			p.mu.Unlock()
			return c, nil
		}
	}
	p.mu.Unlock()
	return p.start(kind)
}

// give lets a child wait for its next job.
func (p *Pool) give(kind string, c *child) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.idle[kind] = append(p.idle[kind], c)
	c.rest = time.AfterFunc(idleMax, func() {
		p.mu.Lock()
		for i, o := range p.idle[kind] {
			if o == c {
				p.idle[kind] = append(p.idle[kind][:i], p.idle[kind][i+1:]...)
				break
			}
		}
		p.mu.Unlock()
		p.end(c, true)
	})
}

// Close ends the children that wait. The pool can still be used.
func (p *Pool) Close() error {
	p.mu.Lock()
	var all []*child
	for kind, some := range p.idle {
		for _, c := range some {
			if c.rest.Stop() {
				all = append(all, c)
			}
		}
		delete(p.idle, kind)
	}
	p.mu.Unlock()
	for _, c := range all {
		p.end(c, true)
	}
	return nil
}

// Used is what the children needed that have ended.
func (p *Pool) Used() Usage {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.used
}

func (p *Pool) start(kind string) (*child, error) {
	program, err := p.program()
	if err != nil {
		return nil, fmt.Errorf("this program cannot be started again to read documents: %w", err)
	}
	args := []string{Verb}
	if kind != "" {
		args = append(args, kind)
	}
	c := &child{cmd: exec.Command(program, args...), said: &tail{}}
	c.cmd.Env = environment()
	c.cmd.Stderr = c.said
	in, err := c.cmd.StdinPipe()
	if err != nil {
		return nil, err
	}
	out, err := c.cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := c.cmd.Start(); err != nil {
		return nil, fmt.Errorf("this program cannot be started again to read documents: %w", err)
	}
	c.in, c.line = in, newLine(out, in)
	return c, nil
}

// environment is what a child knows of its surroundings: what the system needs to start it, and
// where it may keep what it made ready.
func environment() (env []string) {
	for _, name := range []string{"SystemRoot", "HOME", "XDG_CACHE_HOME", "LocalAppData", envTest} {
		if v, ok := os.LookupEnv(name); ok {
			env = append(env, name+"="+v)
		}
	}
	return append(env, "GOMAXPROCS=2", "GOTRACEBACK=none", "TZ=UTC")
}

// envTest makes a test binary a child.
const envTest = "SLUICE_EXTRACT_CHILD"

// end ends a child and returns how it ended. One that waits for a job ends by itself when nothing
// can come any more; one that broke down has ended, or is killed.
func (p *Pool) end(c *child, waits bool) int {
	c.in.Close()
	patience := time.Second
	if !waits {
		patience = 100 * time.Millisecond
	}
	kill := time.AfterFunc(patience, func() { _ = c.cmd.Process.Kill() })
	defer kill.Stop()
	_ = c.cmd.Wait() // the code says it
	p.mu.Lock()
	defer p.mu.Unlock()
	p.used.Children++
	p.used.CPU += c.cmd.ProcessState.UserTime() + c.cmd.ProcessState.SystemTime()
	p.used.PeakBytes = max(p.used.PeakBytes, c.peak)
	return c.cmd.ProcessState.ExitCode()
}

// tail keeps the beginning of what a child says on stderr.
type tail struct {
	mu   sync.Mutex
	text []byte
}

func (t *tail) Write(b []byte) (int, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.text = append(t.text, b[:min(len(b), max(0, 1000-len(t.text)))]...)
	return len(b), nil
}

func (t *tail) String() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	return string(t.text)
}
