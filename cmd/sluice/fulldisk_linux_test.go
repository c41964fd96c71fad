package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"sluice/internal/promise"
)

// smallDisk is a real file system of 8 MiB in memory.
func smallDisk(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	if err := syscall.Mount("tmpfs", dir, "tmpfs", 0, "size=8m"); err != nil {
		t.Skipf("a file system of 8 MiB cannot be mounted here: %v", err)
	}
	t.Cleanup(func() {
		if err := syscall.Unmount(dir, 0); err != nil {
			t.Error(err)
		}
	})
	return dir
}

// fillUp leaves about that many bytes of a disk free.
func fillUp(t *testing.T, disk string, free uint64) (ballast string) {
	t.Helper()
	var fs syscall.Statfs_t
	if err := syscall.Statfs(disk, &fs); err != nil {
		t.Fatal(err)
	}
	used := int64(fs.Bavail)*fs.Bsize - int64(free)
	ballast = filepath.Join(disk, "ballast")
	if err := os.WriteFile(ballast, make([]byte, max(used, 0)), 0o600); err != nil {
		t.Fatal(err)
	}
	return ballast
}

// onADisk is a store on a small disk, and the command that uses it.
type onADisk struct {
	t     *testing.T
	disk  string
	texts string
	bin   string
	home  string
}

func (d *onADisk) try(args ...string) (code int, out string) {
	b, err := command(d.bin, d.home, append(args, "--store", filepath.Join(d.disk, "store"))...).CombinedOutput()
	return exitCode(err), string(b)
}

func (d *onADisk) must(args ...string) string {
	d.t.Helper()
	code, out := d.try(args...)
	if code != 0 {
		d.t.Fatalf("sluice %s: exit code %d\n%s", strings.Join(args, " "), code, out)
	}
	return out
}

func (d *onADisk) write(name, text string) {
	d.t.Helper()
	if err := os.WriteFile(filepath.Join(d.texts, name), []byte(text), 0o600); err != nil {
		d.t.Fatal(err)
	}
}

// refused runs a command for which there is no room. It says so in the words given, and the
// old state answers.
func (d *onADisk) refused(free uint64, count *promise.Count, kind, says string, args ...string) {
	d.t.Helper()
	before := d.must("search", "--look-wait", "0", "-n", "5", "walruses")
	ballast := fillUp(d.t, d.disk, free)
	code, out := d.try(args...)
	if code == 0 {
		d.t.Fatalf("vacuous: all of it fits into %d KiB:\n%s", free>>10, out)
	}
	count.Reached(kind, 1)
	if !strings.Contains(out, says) {
		d.t.Errorf("sluice %s with %d KiB free does not say that the disk is full:\n%s", args[0], free>>10, out)
	}
	if got := d.must("search", "--look-wait", "0", "-n", "5", "walruses"); got != before {
		count.Missed(kind, "%d KiB free: the old answer is\n%s\nnow\n%s", free>>10, before, got)
	}
	if err := os.Remove(ballast); err != nil {
		d.t.Fatal(err)
	}
}

// TestARealDiskIsFull fills a real disk under a real command: before a segment is written, which is
// told from the room that is left, and while something is written that needs little. The command
// says so; what was committed answers; and when there is room the next one succeeds, and nothing
// lies about.
func TestARealDiskIsFull(t *testing.T) {
	d := &onADisk{t: t, disk: smallDisk(t), texts: corpusOf(t, 20, 20_000), bin: built(t), home: t.TempDir()}
	count := promise.For(t, 5, "no room on a real disk", "a real disk is full")
	d.must("add", d.texts, "--yes")
	for i := range 20 {
		d.write(fmt.Sprintf("new%02d.txt", i), strings.Repeat(fmt.Sprintf("File %d tells of the narwhal by now. %x\n", i, i*7919), 4000))
	}
	for _, free := range []uint64{0, 16 << 10, 1 << 20, 2 << 20} {
		d.refused(free, count, "no room on a real disk", "MiB are needed: make room", "sync")
	}
	d.must("sync")
	if got := d.must("search", "narwhal"); !strings.Contains(got, "new") {
		t.Errorf("there is room, and it is not found:\n%s", got)
	}
	for _, free := range []uint64{0, 4 << 10} {
		d.refused(free, count, "a real disk is full", "no space left", "forget", filepath.Join(d.texts, "new07.txt"), "--yes")
	}
	d.must("forget", filepath.Join(d.texts, "new07.txt"), "--yes")
	d.must("sync")
	d.must("check")
	if left, _ := filepath.Glob(filepath.Join(d.disk, "store", "pending", "*", "*")); len(left) > 0 {
		t.Errorf("orphans: %q", left)
	}
}
