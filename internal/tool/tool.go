// Package tool is the only way to programs of others that a machine may have: git, tesseract,
// ffmpeg, readpst. None of them is needed: who uses one says what is not read without it.
//
// A program is found on PATH, is given its arguments as they are (no shell), an environment of a
// few variables, and limits, and what it writes is bounded. It reads what strangers wrote.
package tool

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
	"time"
)

// Command is one run of a program.
type Command struct {
	Name  string
	Args  []string
	Dir   string    // where it runs; "": where this process does
	Env   []string  // beside the few that every program gets
	Stdin io.Reader // nil: nothing
	Wait  time.Duration
	// OutMax is how many bytes Output takes; 0: outDefault.
	OutMax int
	// Memory is how many bytes of addresses it may have, and CPU for how long it may compute; 0:
	// any. Only Linux keeps to them.
	Memory uint64
	CPU    time.Duration
}

const (
	waitDefault = 30 * time.Second
	outDefault  = 16 << 20
	errBytesMax = 4 << 10 // that are kept of what it complains about
	killWait    = 2 * time.Second
)

// The errors that a caller tells apart.
var (
	ErrMissing = errors.New("it is not installed")
	ErrTime    = errors.New("it took too long")
	ErrLong    = errors.New("it wrote more than is read of it")
)

// Has tells whether a program is installed.
func Has(name string) bool {
	_, err := exec.LookPath(name)
	return err == nil
}

// handedOn are the variables that every program gets: without them some do not start.
var handedOn = []string{"PATH", "HOME", "TMPDIR", "TEMP", "TMP", "SystemRoot", "SYSTEMROOT", "USERPROFILE", "TESSDATA_PREFIX", "LD_LIBRARY_PATH"}

func (c *Command) env() []string {
	env := []string{"LC_ALL=C.UTF-8"}
	for _, name := range handedOn {
		if v, ok := os.LookupEnv(name); ok {
			env = append(env, name+"="+v)
		}
	}
	return append(env, c.Env...)
}

// bounded takes as much as it has room for. What writes more than is read of it is ended; what only
// complains is not.
type bounded struct {
	got  bytes.Buffer
	max  int
	drop bool // what is beyond, without a word
	full bool
}

func (b *bounded) Write(p []byte) (int, error) {
	n := min(len(p), b.max-b.got.Len())
	b.got.Write(p[:n])
	if b.full = n < len(p); b.full && !b.drop {
		return n, ErrLong
	}
	return len(p), nil
}

// Output runs the program to its end and returns what it wrote. With ErrLong that is the beginning.
func (c *Command) Output(ctx context.Context) ([]byte, error) {
	out := &bounded{max: c.OutMax}
	if out.max == 0 {
		out.max = outDefault
	}
	err := c.run(ctx, out)
	if out.full && ctx.Err() == nil {
		err = fmt.Errorf("%s: %w", c.Name, ErrLong)
	}
	return out.got.Bytes(), err
}

// run runs the program to its end.
func (c *Command) run(ctx context.Context, out io.Writer) error {
	path, err := exec.LookPath(c.Name)
	if err != nil {
		return fmt.Errorf("%s: %w", c.Name, ErrMissing)
	}
	wait := c.Wait
	if wait == 0 {
		wait = waitDefault
	}
	timed, cancel := context.WithTimeout(ctx, wait)
	defer cancel()
	cmd := exec.CommandContext(timed, path, c.Args...)
	complaints := &bounded{max: errBytesMax, drop: true}
	cmd.Dir, cmd.Env, cmd.Stdin, cmd.Stdout, cmd.Stderr, cmd.WaitDelay = c.Dir, c.env(), c.Stdin, out, complaints, killWait
	if err := cmd.Start(); err != nil {
		return fmt.Errorf("%s: %w", c.Name, err)
	}
	limit(cmd.Process.Pid, c.Memory, c.CPU)
	err = cmd.Wait()
	switch {
	case ctx.Err() != nil:
		return ctx.Err()
	case timed.Err() != nil:
		return fmt.Errorf("%s: %w", c.Name, ErrTime)
	case err != nil:
		said := strings.Join(strings.Fields(strings.ToValidUTF8(complaints.got.String(), "?")), " ")
		return fmt.Errorf("%s: %w: %s", c.Name, err, said[:min(len(said), 300)])
	}
	return nil
}

// Pieces runs the program and hands on its output piece by piece, each up to an end byte. An error
// of take ends it and is returned.
func (c *Command) Pieces(ctx context.Context, end byte, pieceMax int, take func(piece []byte) error) error {
	p := &pieces{end: end, max: pieceMax, take: take}
	err := c.run(ctx, p)
	switch {
	case p.err != nil:
		return p.err
	case err == nil && len(p.rest) > 0:
		return take(p.rest)
	}
	return err
}

// pieces cuts what is written to it.
type pieces struct {
	end  byte
	max  int
	rest []byte
	take func([]byte) error
	err  error
}

func (p *pieces) Write(b []byte) (int, error) {
	for n := len(b); ; {
		piece, after, ok := bytes.Cut(b, []byte{p.end})
		if len(p.rest)+len(piece) > p.max {
			p.err = ErrLong
		} else if p.rest = append(p.rest, piece...); ok {
			p.err = p.take(p.rest)
			p.rest, b = p.rest[:0], after
			if p.err == nil {
				continue
			}
		}
		return n, p.err
	}
}
