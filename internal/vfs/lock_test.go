package vfs

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

func lock(files FS, name string, mode LockMode) (io.Closer, error) {
	return files.Lock(name, mode, 0, WithPurpose(context.Background(), "testing locks"))
}

func TestWhoMayHoldALock(t *testing.T) {
	each(t, func(t *testing.T, files FS) {
		_, err := lock(files, "l", Shared)
		wantErr(t, err, fs.ErrNotExist)
		x, err := lock(files, "l", Exclusive)
		must(t, err)
		for _, mode := range []LockMode{Shared, Exclusive} {
			_, err := lock(files, "l", mode)
			wantErr(t, err, ErrLocked)
		}
		must(t, x.Close())
		s1, err := lock(files, "l", Shared)
		must(t, err)
		s2, err := lock(files, "l", Shared)
		must(t, err)
		must(t, s1.Close())
		_, err = lock(files, "l", Exclusive)
		wantErr(t, err, ErrLocked)
		must(t, s2.Close())
		x, err = lock(files, "l", Exclusive)
		must(t, err)
		must(t, x.Close())
	})
}

func TestALockedErrorNamesTheHolder(t *testing.T) {
	each(t, func(t *testing.T, files FS) {
		x, err := lock(files, "l", Exclusive)
		must(t, err)
		_, err = lock(files, "l", Exclusive)
		held := new(LockedError)
		if !errors.As(err, &held) || held.Name != "l" || held.Holder.PID == 0 || held.Holder.What != "testing locks" || held.Holder.Since.IsZero() {
			t.Fatalf("got %+v", err)
		}
		for _, part := range []string{"l is locked", "testing locks", fmt.Sprint(held.Holder.PID)} {
			if !strings.Contains(err.Error(), part) {
				t.Errorf("%q does not tell %q", err, part)
			}
		}
		must(t, x.Close())
		s, err := lock(files, "l", Shared)
		must(t, err)
		defer s.Close()
		if _, err = lock(files, "l", Exclusive); !errors.As(err, &held) || held.Holder.PID != 0 {
			t.Fatalf("a former holder is blamed for a reader's lock: %+v", err)
		}
	})
}

func TestLockingLeavesContentAlone(t *testing.T) {
	each(t, func(t *testing.T, files FS) {
		put(t, files, "generation", "precious")
		x, err := lock(files, "generation", Exclusive)
		must(t, err)
		if got := get(t, files, "generation"); got != "precious" {
			t.Fatalf("under the lock it holds %q", got)
		}
		must(t, x.Close())
		if got := get(t, files, "generation"); got != "precious" {
			t.Fatalf("after the lock it holds %q", got)
		}
	})
}

func TestWaitingForALock(t *testing.T) {
	each(t, func(t *testing.T, files FS) {
		x, err := lock(files, "l", Exclusive)
		must(t, err)
		ctx, cancel := context.WithCancel(context.Background())
		cancel()
		_, err = files.Lock("l", Exclusive, time.Hour, ctx)
		wantErr(t, err, context.Canceled)
		_, err = files.Lock("l", Exclusive, 3*time.Millisecond, context.Background())
		wantErr(t, err, ErrLocked)
		time.AfterFunc(10*time.Millisecond, func() { x.Close() })
		y, err := files.Lock("l", Exclusive, time.Hour, context.Background())
		must(t, err)
		must(t, y.Close())
	})
}

func TestALockExcludes(t *testing.T) {
	each(t, func(t *testing.T, files FS) {
		var inside atomic.Int32
		var wg sync.WaitGroup
		for range 4 {
			wg.Go(func() {
				for range 20 {
					l, err := files.Lock("l", Exclusive, time.Hour, context.Background())
					if err != nil {
						t.Error(err)
						return
					}
					if inside.Add(1) != 1 {
						t.Error("two holders at once")
					}
					inside.Add(-1)
					l.Close()
				}
			})
		}
		wg.Wait()
	})
}

// Whoever waited for a lock on a file that its holder removed must not be let in: a third one would
// make the file anew and lock that.
func TestLockOfARemovedFile(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "l")
	f, err := openLock(path, Exclusive)
	must(t, err)
	second, err := openLock(path, Exclusive)
	must(t, err)
	defer second.Close()
	must(t, OS(dir).Remove("l"))
	_, _, err = lockOpen(f, path, Exclusive, "")
	wantErr(t, err, errRemoved)
	must(t, f.Close())
	g, err := openLock(path, Exclusive) // another file of that name
	must(t, err)
	defer g.Close()
	_, _, err = lockOpen(second, path, Exclusive, "")
	wantErr(t, err, errRemoved)
	_, _, err = lockOpen(g, path, Exclusive, "")
	must(t, err)
}

// TestLockHolderProcess is no test: it is the other process of TestLocksWorkAcrossProcesses.
func TestLockHolderProcess(t *testing.T) {
	dir := os.Getenv("VFS_TEST_LOCK_DIR")
	if dir == "" {
		t.Skip("run by TestLocksWorkAcrossProcesses")
	}
	_, err := OS(dir).Lock("l", Exclusive, 0, WithPurpose(context.Background(), "the other one"))
	must(t, err)
	fmt.Println("locked")
	_, _ = io.Copy(io.Discard, os.Stdin) // until killed
}

func TestLocksWorkAcrossProcesses(t *testing.T) {
	dir := t.TempDir()
	cmd := exec.Command(os.Args[0], "-test.run=^TestLockHolderProcess$")
	cmd.Env = append(os.Environ(), "VFS_TEST_LOCK_DIR="+dir)
	stdin, err := cmd.StdinPipe()
	must(t, err)
	defer stdin.Close()
	stdout, err := cmd.StdoutPipe()
	must(t, err)
	must(t, cmd.Start())
	line, err := bufio.NewReader(stdout).ReadString('\n')
	if err != nil || line != "locked\n" {
		t.Fatalf("the other process says %q, %v", line, err)
	}
	_, err = lock(OS(dir), "l", Exclusive)
	held := new(LockedError)
	if !errors.As(err, &held) || held.Holder.PID != cmd.Process.Pid || held.Holder.What != "the other one" {
		t.Fatalf("got %v", err)
	}
	must(t, cmd.Process.Kill())
	_ = cmd.Wait()
	x, err := OS(dir).Lock("l", Exclusive, time.Hour, context.Background()) // death releases
	must(t, err)
	must(t, x.Close())
}
