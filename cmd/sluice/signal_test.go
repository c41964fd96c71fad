//go:build unix

package main

import (
	"bufio"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// built gives the command as a program of its own: the test's program, which TestMain turns into
// the command when it is called so.
func built(t *testing.T) string {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	bin := filepath.Join(t.TempDir(), "sluice")
	if err := os.Symlink(self, bin); err != nil {
		t.Fatal(err)
	}
	return bin
}

// command runs the binary with an empty home.
func command(bin, home string, args ...string) *exec.Cmd {
	c := exec.Command(bin, args...)
	c.Env = append(os.Environ(), "HOME="+home, "XDG_DATA_HOME="+home+"/data", "XDG_CACHE_HOME="+home+"/cache", "XDG_CONFIG_HOME="+home+"/config", "SLUICE_STAT_WAIT=1m", "SLUICE_LOOK_WAIT=1m")
	return c
}

// corpusOf writes files of made-up text.
func corpusOf(t *testing.T, files, bytes int) string {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "texts")
	if err := os.Mkdir(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	for i := range files {
		var b strings.Builder
		for b.Len() < bytes {
			fmt.Fprintf(&b, "Line %d of file %d tells of walruses, ships and sealing wax %x.\n", b.Len(), i, b.Len()*7919+i)
		}
		if err := os.WriteFile(filepath.Join(dir, fmt.Sprintf("f%05d.txt", i)), []byte(b.String()), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

func exitCode(err error) int {
	var exit *exec.ExitError
	if errors.As(err, &exit) {
		return exit.ExitCode()
	}
	return 0
}

func TestAClosedPipeIsQuiet(t *testing.T) {
	bin, home := built(t), t.TempDir()
	dir := corpusOf(t, 300, 2000)
	if out, err := command(bin, home, "add", dir, "--yes").CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	c := command(bin, home, "search", "-n", "1000", "-C", "20", "walruses")
	var errs strings.Builder
	c.Stderr = &errs
	out, err := c.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	if _, err := bufio.NewReader(out).ReadString('\n'); err != nil {
		t.Fatal(err)
	}
	_ = out.Close()
	_ = c.Wait()
	if errs.Len() > 0 {
		t.Errorf("a reader that goes away is complained about: %q", errs.String())
	}
}

func TestAnInterruptedAddGoesOn(t *testing.T) {
	if testing.Short() {
		t.Skip("indexes 50 MB")
	}
	bin, home := built(t), t.TempDir()
	dir := corpusOf(t, 500, 100_000)
	c := command(bin, home, "add", dir, "--yes")
	var errs strings.Builder
	c.Stderr = &errs
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	done := make(chan error, 1)
	go func() { done <- c.Wait() }()
	for begun := false; !begun; { // the sync has begun when it has a file to write
		select {
		case <-done:
			t.Skip("it was done before it could be interrupted")
		case <-time.After(time.Millisecond):
			found, _ := filepath.Glob(home + "/data/sluice/store/pending/*/*")
			begun = len(found) > 0
		}
	}
	_ = c.Process.Signal(syscall.SIGINT)
	switch code := exitCode(<-done); {
	case code == 0:
		t.Skip("it was done before it could be interrupted")
	case code != 3 || !strings.Contains(errs.String(), "`sluice sync` goes on from there"):
		t.Fatalf("exit %d: %s", code, errs.String())
	}
	if out, err := command(bin, home, "sync").CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	out, err := command(bin, home, "status", "--json").Output()
	if err != nil || !strings.Contains(string(out), `"documents":500,`) {
		t.Errorf("%v: %s", err, out)
	}
	if out, err := command(bin, home, "check").CombinedOutput(); err != nil {
		t.Errorf("%v\n%s", err, out)
	}
}
