package tool

import (
	"context"
	"errors"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"
)

// sh is the program that the tests run.
func sh(t *testing.T, script string) Command {
	t.Helper()
	if _, err := exec.LookPath("sh"); err != nil {
		t.Skip("there is no sh here")
	}
	return Command{Name: "sh", Args: []string{"-c", script}}
}

// TestOutput: what a program writes is taken, up to a bound; what it complains of is told.
func TestOutput(t *testing.T) {
	c := sh(t, "printf hello")
	if b, err := c.Output(t.Context()); string(b) != "hello" || err != nil {
		t.Errorf("%q, %v", b, err)
	}
	c = sh(t, "echo it is broken >&2; exit 3")
	if _, err := c.Output(t.Context()); err == nil || !strings.Contains(err.Error(), "it is broken") {
		t.Errorf("%v", err)
	}
	c = sh(t, "while :; do echo aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa; done")
	c.OutMax = 1000
	if b, err := c.Output(t.Context()); len(b) != 1000 || !errors.Is(err, ErrLong) {
		t.Errorf("%d bytes, %v", len(b), err)
	}
	c = sh(t, "printf 123456")
	c.OutMax = 5
	if b, err := c.Output(t.Context()); string(b) != "12345" || !errors.Is(err, ErrLong) {
		t.Errorf("%q, %v", b, err)
	}
	c = Command{Name: "no-such-program-anywhere"}
	if _, err := c.Output(t.Context()); !errors.Is(err, ErrMissing) {
		t.Errorf("%v", err)
	}
	c = sh(t, "exec sleep 60")
	c.Wait = 50 * time.Millisecond
	if _, err := c.Output(t.Context()); !errors.Is(err, ErrTime) {
		t.Errorf("%v", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	c = sh(t, "exec sleep 60")
	if _, err := c.Output(ctx); !errors.Is(err, context.Canceled) {
		t.Errorf("%v", err)
	}
}

// TestEnvironment: a program is told nothing that this process was told.
func TestEnvironment(t *testing.T) {
	t.Setenv("SLUICE_SECRET", "hunter2")
	c := sh(t, "env")
	c.Env = []string{"MORE=1"}
	b, err := c.Output(t.Context())
	if err != nil || strings.Contains(string(b), "hunter2") || !strings.Contains(string(b), "MORE=1") || !strings.Contains(string(b), "PATH="+os.Getenv("PATH")) {
		t.Errorf("%s, %v", b, err)
	}
}

// TestPieces: output is cut where it is to be, and an error of the taker ends the program.
func TestPieces(t *testing.T) {
	c := sh(t, `printf 'a\0bb\0\0'; printf c`)
	var got []string
	if err := c.Pieces(t.Context(), 0, 100, func(p []byte) error { got = append(got, string(p)); return nil }); err != nil || strings.Join(got, "|") != "a|bb||c" {
		t.Errorf("%q, %v", got, err)
	}
	enough, n := errors.New("enough"), 0
	c = sh(t, "while :; do echo x; done")
	if err := c.Pieces(t.Context(), '\n', 100, func([]byte) error { n++; return enough }); !errors.Is(err, enough) || n != 1 {
		t.Errorf("%v after %d", err, n)
	}
	c = sh(t, "while :; do printf xxxxxxxxxxxxxxxxxxxxxxxxx; done")
	if err := c.Pieces(t.Context(), '\n', 1000, func([]byte) error { return nil }); !errors.Is(err, ErrLong) {
		t.Errorf("%v", err)
	}
}
