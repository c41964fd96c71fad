package faultfs

import (
	"bytes"
	"context"
	"errors"
	"io"
	"math/bits"
	"strings"
	"testing"

	"sluice/internal/vfs"
)

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// job is what the tests run: it makes a file, in pieces, and gives it a name.
func job(files vfs.FS) error {
	if err := files.MkdirAll("d"); err != nil {
		return err
	}
	f, err := files.Create("d/temp")
	if err != nil {
		return err
	}
	defer f.Close()
	for _, piece := range []string{"one ", "two ", "three"} {
		if _, err := f.Write([]byte(piece)); err != nil {
			return err
		}
	}
	if _, err := f.WriteAt([]byte("O"), 0); err != nil {
		return err
	}
	if err := f.Truncate(12); err != nil {
		return err
	}
	if err := f.Sync(); err != nil {
		return err
	}
	if err := files.Rename("d/temp", "d/final"); err != nil {
		return err
	}
	return files.SyncDir("d")
}

func TestEveryWritePointCanFail(t *testing.T) {
	want := New(vfs.Mem(), 1)
	must(t, job(want))
	steps := want.Log()
	if got := strings.Join(steps, ", "); got != "mkdir d, create d/temp, write d/temp, write d/temp, write d/temp, "+
		"write-at d/temp, truncate d/temp, sync d/temp, rename d/final, sync-dir d" {
		t.Fatal(got)
	}
	for _, rule := range []Rule{{Mode: Fail, Err: ErrNoSpace}, {Mode: Fail}, {Mode: Fail, Sticky: true}, {Mode: Kill}} {
		for k := 1; ; k++ {
			rule.Ops, rule.Nth = WritePoints, k
			under := vfs.Mem()
			files := New(under, uint64(k), rule)
			err := job(files)
			if len(files.Missed()) > 0 {
				must(t, err)
				if k != len(steps)+1 {
					t.Fatalf("%d write points could fail, there are %d", k-1, len(steps))
				}
				break
			}
			wantErr := map[bool]error{true: rule.Err, false: ErrIO}[rule.Err != nil]
			if rule.Mode == Kill {
				wantErr = ErrKilled
			}
			if !errors.Is(err, wantErr) || len(files.Log()) != k {
				t.Fatalf("%s at %d: %v after %q", rule.Mode, k, err, files.Log())
			}
			if _, err := under.Stat("d/final"); (err == nil) != (k == len(steps)) {
				t.Fatalf("%s at %d: the failed step was carried out or an earlier one was not: %v", rule.Mode, k, err)
			}
		}
	}
}

func TestAKilledProcess(t *testing.T) {
	under := vfs.Mem()
	files := New(under, 3, Rule{Ops: Write, Nth: 1, Mode: Kill})
	_, err := files.Lock("lock", vfs.Exclusive, 0, context.Background())
	must(t, err)
	f, err := files.Create("f")
	must(t, err)
	if _, err := f.Write(bytes.Repeat([]byte{1}, 4096)); !errors.Is(err, ErrKilled) {
		t.Fatal(err)
	}
	size, _ := under.Stat("f")
	if size.Size == 0 || size.Size == 4096 {
		t.Fatalf("seed 3 should leave a part of the write, not %d bytes", size.Size)
	}
	_, openErr := files.Open("f")
	_, sizeErr := f.Size()
	for _, err := range []error{openErr, sizeErr, f.Sync(), f.Close(), files.Remove("f"), files.SyncDir("")} {
		if !errors.Is(err, ErrKilled) {
			t.Fatalf("a dead process went on: %v", err)
		}
	}
	l, err := under.Lock("lock", vfs.Exclusive, 0, context.Background())
	must(t, err)
	must(t, l.Close())
}

// disturb writes 8 KiB under a rule and returns what was written and what the disk then holds.
func disturb(t *testing.T, mode Mode) (want, got []byte) {
	t.Helper()
	want = make([]byte, 8192)
	for i := range want {
		want[i] = byte(i>>9) + 1
	}
	under := vfs.Mem()
	files := New(under, 5, Rule{Ops: Write, Nth: 2, Mode: mode})
	f, err := files.Create("f")
	must(t, err)
	for _, part := range [][]byte{want[:2048], want[2048:4096], want[4096:]} {
		n, err := f.Write(part)
		if n != len(part) || err != nil {
			t.Fatalf("%s is to go unnoticed: %d, %v", mode, n, err)
		}
	}
	if files.Counts()[mode] != 1 {
		t.Fatalf("%s was not reached", mode)
	}
	r, err := under.Open("f")
	must(t, err)
	got, err = io.ReadAll(r)
	must(t, err)
	return want, got
}

func TestSilentWriteFaults(t *testing.T) {
	for _, mode := range []Mode{Torn, Flip, Misdirect} {
		want, got := disturb(t, mode)
		if bytes.Equal(want, got) {
			t.Errorf("%s changed nothing", mode)
		}
		if mode != Misdirect && !bytes.Equal(got[4096:], want[4096:]) {
			t.Errorf("%s reached other writes", mode)
		}
		if mode == Flip && flipped(want, got) != 1 {
			t.Errorf("%d bits were flipped", flipped(want, got))
		}
	}
}

func flipped(a, b []byte) (n int) {
	for i := range a {
		n += bits.OnesCount8(a[i] ^ b[i])
	}
	return n
}

func TestReadFaults(t *testing.T) {
	under := vfs.Mem()
	content := make([]byte, 1<<16)
	for i := range content {
		content[i] = byte(i >> 9)
	}
	w, err := under.Create("f")
	must(t, err)
	_, err = w.Write(content)
	must(t, err)
	for _, rule := range []Rule{{Ops: ReadAt, Mode: Flip}, {Ops: ReadAt, Mode: Misdirect}, {Ops: Map, Mode: Flip}} {
		files := New(under, 9, rule)
		f, err := files.Open("f")
		must(t, err)
		buf := make([]byte, 4096)
		_, err = f.ReadAt(buf, 16384)
		must(t, err)
		m, err := f.Map()
		must(t, err)
		changed := !bytes.Equal(buf, content[16384:16384+4096])
		mapChanged := flipped(m.Bytes(), content)
		if changed != (rule.Ops == ReadAt) || mapChanged != map[bool]int{true: 1}[rule.Ops == Map] {
			t.Errorf("%s: read changed %v, map changed %d bits", rule.Mode, changed, mapChanged)
		}
		must(t, m.Close())
	}
}

func TestDropUnsynced(t *testing.T) {
	under := vfs.Mem()
	files := New(under, 1, Rule{Ops: Sync, Nth: 2, Mode: DropUnsynced})
	f, err := files.Create("f")
	must(t, err)
	_, err = f.Write([]byte("kept"))
	must(t, err)
	must(t, f.Sync())
	_, err = f.Write([]byte("lost"))
	must(t, err)
	if err := f.Sync(); !errors.Is(err, ErrIO) {
		t.Fatal(err)
	}
	must(t, f.Sync()) // as on Linux: the second one knows nothing
	b := make([]byte, 8)
	if n, _ := f.ReadAt(b, 0); string(b[:n]) != "kept" {
		t.Fatalf("got %q", b[:n])
	}
}

func TestRulesChooseFiles(t *testing.T) {
	files := New(vfs.Mem(), 1, Rule{Ops: Create, Path: ".text", Nth: 2, Mode: Fail})
	for i, name := range []string{"a.text", "b.lexical", "c.text", "d.text"} {
		_, err := files.Create(name)
		if (err != nil) != (i == 2) {
			t.Fatalf("%s: %v", name, err)
		}
	}
	files.SetFree(7)
	if n, err := files.Free(""); n != 7 || err != nil {
		t.Fatalf("free %d, %v", n, err)
	}
}

// TestForks: one run leaves, before each write point, what a run that is killed there leaves.
func TestForks(t *testing.T) {
	under := vfs.Mem()
	var forks []*vfs.MemFS
	files := New(under, 1)
	files.Forks(func(left *vfs.MemFS) { forks = append(forks, left) })
	must(t, job(files))
	if n := len(files.Log()); len(forks) != n {
		t.Fatalf("%d forks of %d write points", len(forks), n)
	}
	inPart := 0
	for i, left := range forks {
		killed := vfs.Mem()
		_ = job(New(killed, 1, Rule{Ops: WritePoints, Nth: i + 1, Mode: Kill}))
		for _, name := range []string{"d/temp", "d/final"} {
			got, want := content(left, name), content(killed, name)
			if files.Log()[i] == "write "+name && strings.HasPrefix("one two three", got) {
				inPart++
				continue // how much of it is there is chance
			}
			if got != want {
				t.Errorf("%s before %q: %q, and a process that is killed there leaves %q", name, files.Log()[i], got, want)
			}
		}
	}
	if inPart != 3 {
		t.Errorf("%d writes were in part on the disk", inPart)
	}
	if got := content(forks[len(forks)-1].CrashClone(1), "d/final"); got != "" && got != "One two thre" {
		t.Errorf("a fork loses what was synced: %q", got)
	}
}

// content is what a file holds, "(none)" when it is not there.
func content(files vfs.FS, name string) string {
	f, err := files.Open(name)
	if err != nil {
		return "(none)"
	}
	defer f.Close()
	b, err := io.ReadAll(f)
	if err != nil {
		return err.Error()
	}
	return string(b)
}
