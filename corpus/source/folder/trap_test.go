//go:build unix

package folder

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"sluice/corpus"
	"sluice/internal/limits"
	"sluice/internal/promise"
)

// trap is one thing in a folder that a careless reader falls for.
type trap struct {
	path string
	set  func(t *testing.T, root, outside string) error
	want any // nil: the document is listed and reads as "x"; a string: reads so; a Reason: left out for it
}

func file(p, content string, want any) trap {
	return trap{p, func(_ *testing.T, root, _ string) error {
		full := filepath.Join(root, p)
		if err := os.MkdirAll(filepath.Dir(full), 0o700); err != nil {
			return err
		}
		return os.WriteFile(full, []byte(content), 0o600)
	}, want}
}

func link(p, to string) trap {
	return trap{p, func(_ *testing.T, root, outside string) error {
		return os.Symlink(strings.ReplaceAll(to, "OUTSIDE", outside), filepath.Join(root, p))
	}, corpus.Symlink}
}

func special(p string, set func(full string) error) trap {
	return trap{p, func(_ *testing.T, root, _ string) error { return set(filepath.Join(root, p)) }, corpus.Special}
}

const utf16Text = "\xff\xfeg\x00r\x00\xfc\x00n\x00"

// traps are the kinds of hostile or odd entries that row 20 of the fault table asks for.
var traps = []trap{
	// Links.
	link("link-self", "link-self"), link("link-dot", "."), link("link-up", ".."), link("link-root", "/"), link("link-out", "OUTSIDE"),
	link("link-out-file", "OUTSIDE/secret.txt"), link("link-in", "plain"), link("link-in-dir", "dir"), link("link-dangling", "nowhere"),
	link("link-loop-a", "link-loop-b"), link("link-loop-b", "link-loop-a"), link("link-null", "/dev/null"), link("link-zero", "/dev/zero"),
	link("link-proc", "/proc/self/environ"), link("link-relative", "dir/../../"), link("link-long", strings.Repeat("../", 300)+"etc/passwd"),
	// What opening waits for, or what never ends.
	special("fifo", func(p string) error { return syscall.Mkfifo(p, 0o600) }),
	special("socket", func(p string) error {
		l, err := net.ListenUnix("unix", &net.UnixAddr{Name: p, Net: "unix"})
		if err == nil {
			l.SetUnlinkOnClose(false)
			err = l.Close()
		}
		return err
	}),
	special("device", func(p string) error { return syscall.Mknod(p, syscall.S_IFCHR|0o600, 1<<8|5) }),
	// Names.
	file("plain", "x", nil), file("dir/inside", "x", nil), link("dir/link-parent", ".."), file("README", "x", nil), file("readme", "x", nil), file("Readme", "x", nil),
	file("new\nline", "x", nil), file("tab\there", "x", nil), file("esc\x1b[31m", "x", nil), file(" ", "x", nil), file("trailing ", "x", nil),
	file("back\\slash", "x", nil), file("-rf", "x", nil), file("*", "x", nil), file("con", "x", nil), file("a:b", "x", nil), file("dots...", "x", nil),
	file("\u202ertl", "x", nil), file("e\u0301", "x", nil), file("\u00e9", "x", nil), file(strings.Repeat("n", 255), "x", nil),
	file("latin-\xe9", "x", nil), file("private-\uf7e9", "x", nil), file("bad\xff\xfe/inside", "x", nil), file("\xc3", "x", nil),
	file("..a", "x", corpus.Hidden), file("...", "x", corpus.Hidden),
	// Content.
	file("empty", "", ""), file("nul", "a\x00b", corpus.Binary), file("late-nul", strings.Repeat("a", 9000)+"\x00", strings.Repeat("a", 9000)+"\x00"),
	file("utf16", utf16Text, "grün"), file("bom", "\xef\xbb\xbfx", "\xef\xbb\xbfx"), file("latin1", "gr\xfcn", "grün"), file("invalid", "grün \xff grün", "grün \xff grün"),
	file("noise", noise(), corpus.Binary), file("archive.sh", "#!/bin/sh\n"+strings.Repeat("# text\n", 20000)+noise(), corpus.Binary),
	file("id_rsa", pemKey, pemKey), file("id.p12", "x", corpus.Secret),
	// Ignore files that are traps themselves.
	{"trap/.ignore", func(_ *testing.T, root, outside string) error {
		return errors.Join(os.Mkdir(filepath.Join(root, "trap"), 0o700), os.Symlink(filepath.Join(outside, "ignore"), filepath.Join(root, "trap/.ignore")))
	}, corpus.Symlink},
	special("fifos/.ignore", func(p string) error { return errors.Join(os.Mkdir(filepath.Dir(p), 0o700), syscall.Mkfifo(p, 0o600)) }),
	{"rules/.ignore/x", file("rules/.ignore/x", "x", nil).set, corpus.Hidden},
	file("trap2/.ignore", strings.Repeat("[", 1<<16)+strings.Repeat("**/", 1<<14), corpus.Hidden), file("trap2/x", "x", nil),
}

// noise is what compressed data looks like.
func noise() string {
	out, x := make([]byte, 200<<10), uint64(88172645463325252)
	for i := range out {
		x ^= x << 13
		x ^= x >> 7
		x ^= x << 17
		out[i] = byte(x >> 32)
	}
	return string(out)
}

func TestTraps(t *testing.T) {
	c := promise.For(t, 20, "trap")
	outside, root := t.TempDir(), t.TempDir()
	put(t, outside, "secret.txt", "outside")
	put(t, outside, "ignore", "*\n")
	set := 0
	var done []trap
	for _, tr := range traps {
		if err := tr.set(t, root, outside); err != nil {
			t.Logf("%.30q cannot be set here: %v", tr.path, err)
			continue
		}
		set++
		done = append(done, tr)
	}
	if set < 50 { // of the kinds that row 20 asks for
		t.Errorf("only %d traps were set", set)
	}
	if err := os.Link(filepath.Join(root, "plain"), filepath.Join(root, "hard-link")); err != nil {
		t.Log(err)
	}
	f := open(t, root, Options{})
	paths := within(t, f)
	for _, tr := range done {
		c.Reached("trap", 1)
		check(t, f, tr, paths)
	}
}

// within walks with a time limit that only a blocking call exceeds, and checks that no file comes
// twice.
func within(t *testing.T, f *Folder) (paths []string) {
	t.Helper()
	end := make(chan error, 1)
	go func() {
		_, err := f.List(context.Background(), func(corpus.Item) error { return nil })
		if err == nil {
			_, err = f.Walk(context.Background(), func(it corpus.Item) error { paths = append(paths, it.Path); return nil })
		}
		end <- err
	}()
	select {
	case err := <-end:
		if err != nil {
			t.Fatal(err)
		}
	case <-time.After(time.Minute):
		t.Fatal("the walk hangs")
	}
	if !slices.IsSorted(paths) || len(slices.Compact(slices.Clone(paths))) != len(paths) {
		t.Errorf("a file comes twice, or out of order: %q", paths)
	}
	return paths
}

func check(t *testing.T, f *Folder, tr trap, paths []string) {
	t.Helper()
	var spelt []string
	for _, name := range strings.Split(tr.path, "/") {
		spelt = append(spelt, encodeName(name))
	}
	p := strings.Join(spelt, "/")
	listed := slices.Contains(paths, p)
	got, err := read(t, f, p)
	var out *corpus.LeftOutError
	switch want := tr.want.(type) {
	case nil:
		if !listed || err != nil || got != "x" {
			t.Errorf("%.40q: listed %v, %.20q, %v", p, listed, got, err)
		}
	case string:
		if !listed || err != nil || got != want {
			t.Errorf("%.40q: listed %v, %.40q, %v", p, listed, got, err)
		}
	case corpus.Reason:
		if !errors.As(err, &out) || out.Reason != want {
			t.Errorf("%.40q: got %.20q, %v, want left out as %s", p, got, err, want)
		}
		if content := want == corpus.Binary; listed != content {
			t.Errorf("%.40q (%s): listed %v", p, want, listed)
		}
	}
}

// TestDeepAndWide builds a tree deeper than a walk goes.
func TestDeepAndWide(t *testing.T) {
	root := t.TempDir()
	deep, err := os.OpenRoot(root)
	if err != nil {
		t.Fatal(err)
	}
	for range depthMax + 50 {
		if err := deep.Mkdir("d", 0o700); err != nil {
			t.Fatal(err)
		}
		below, err := deep.OpenRoot("d")
		if err != nil {
			t.Fatal(err)
		}
		deep.Close()
		deep = below
		if err := deep.WriteFile("f", []byte("x"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	deep.Close()
	f := open(t, root, Options{})
	agrees(t, f)
	n := 0
	report, err := f.Walk(t.Context(), func(corpus.Item) error { n++; return nil })
	if err != nil || n != depthMax || report.FailureN != 1 {
		t.Errorf("%d files, %+v, %v", n, report, err)
	}
}

// TestSwappedFolder swaps a folder for a symbolic link while it is walked, opened and asked for.
// What lies outside must never be read, whatever the moment.
func TestSwappedFolder(t *testing.T) {
	rounds := 10_000
	if testing.Short() {
		rounds = 500
	}
	outside, root := t.TempDir(), t.TempDir()
	put(t, outside, "f", "outside")
	put(t, root, "in/other/f", "other")
	put(t, root, "sub/f", "inside")
	f := open(t, root, Options{})
	var stop atomic.Bool
	c := promise.For(t, 20, "swap of a folder")
	var swaps, reads, refused int
	var all sync.WaitGroup
	all.Go(func() {
		defer stop.Store(true)
		sub, kept := filepath.Join(root, "sub"), filepath.Join(root, "in/kept")
		for i := range rounds {
			to := []string{outside, "in/other"}[i%2]
			if os.Rename(sub, kept) != nil || os.Symlink(to, sub) != nil || os.Remove(sub) != nil || os.Rename(kept, sub) != nil {
				t.Error("the swap itself failed")
				return
			}
			swaps++
		}
	})
	for !stop.Load() {
		text, err := read(t, f, "sub/f")
		if err == nil {
			reads++
		} else {
			refused++
		}
		if err == nil && text != "inside" {
			c.Missed("swap of a folder", "sub/f reads %q", text)
			break
		}
		if _, err := f.Walk(t.Context(), func(it corpus.Item) error {
			if it.Path == "sub/f" && it.Size != int64(len("inside")) {
				t.Errorf("the walk found %+v", it)
			}
			return nil
		}); err != nil {
			t.Fatal(err)
		}
		if _, err := f.List(t.Context(), func(it corpus.Item) error {
			if it.Path == "sub/f" && it.Size != int64(len("inside")) {
				t.Errorf("the list found %+v", it)
			}
			return nil
		}); err != nil {
			t.Fatal(err)
		}
	}
	all.Wait()
	c.Reached("swap of a folder", swaps)
	if swaps != rounds || reads == 0 || refused == 0 {
		t.Errorf("%d swaps, %d reads, %d refused: the race was not reached", swaps, reads, refused)
	}
	t.Logf("%d swaps, %d reads, %d refused", swaps, reads, refused)
}

// TestReplaced replaces an entry between the moment when it is listed and the moment when it is
// opened.
func TestReplaced(t *testing.T) {
	c := promise.For(t, 20, "replaced entry")
	outside, root := t.TempDir(), t.TempDir()
	put(t, outside, "f", "outside")
	put(t, root, "other/f", "other")
	fifo := func(p string) error { return syscall.Mkfifo(p, 0o600) }
	linkTo := func(to string) func(string) error { return func(p string) error { return os.Symlink(to, p) } }
	for name, set := range map[string]func(string) error{
		"fifo": fifo, "device": linkTo("/dev/zero"), "out": linkTo(outside + "/f"), "in": linkTo("other/f"), "folder out": linkTo(outside), "folder in": linkTo("other"),
		"file": func(p string) error { return os.WriteFile(p, []byte("new"), 0o600) }, "folder": func(p string) error { return os.Mkdir(p, 0o700) },
	} {
		put(t, root, "x/f", "x")
		put(t, root, "y", "y")
		d := &dir{}
		var err error
		if d.root, err = os.OpenRoot(root); err != nil {
			t.Fatal(err)
		}
		x, _ := d.root.Lstat("x")
		y, _ := d.root.Lstat("y")
		for _, n := range []string{"x", "y"} {
			// Moved away and not deleted: a new file would get the number of a deleted one.
			if err := errors.Join(os.Rename(filepath.Join(root, n), filepath.Join(outside, n)), set(filepath.Join(root, n))); err != nil {
				t.Fatal(err)
			}
		}
		c.Reached("replaced entry", 2)
		inTime(t, name, func() {
			if sub, err := d.enter(x, "x"); err == nil {
				c.Missed("replaced entry", "a folder that became %s was entered: %v", name, sub.path)
			}
			if file, _, err := d.openFile("y", y); err == nil {
				c.Missed("replaced entry", "a file that became %s was opened: %v", name, file.Name())
			}
		})
		d.root.Close()
		os.RemoveAll(filepath.Join(root, "x"))
		os.RemoveAll(filepath.Join(root, "y"))
		os.RemoveAll(filepath.Join(outside, "x"))
		os.RemoveAll(filepath.Join(outside, "y"))
	}
}

// inTime fails when do blocks.
func inTime(t *testing.T, what string, do func()) {
	t.Helper()
	done := make(chan bool)
	go func() { do(); close(done) }()
	select {
	case <-done:
	case <-time.After(time.Minute):
		t.Fatalf("%s: hangs", what)
	}
}

// TestRootGoesAway takes the root away in the middle of a walk, as when a disk is unplugged.
func TestRootGoesAway(t *testing.T) {
	top := t.TempDir()
	root := filepath.Join(top, "root")
	for _, name := range []string{"a/x", "b/x", "c/x"} {
		put(t, root, name, "x")
	}
	f := open(t, root, Options{})
	moved := false
	_, err := f.Walk(t.Context(), func(corpus.Item) error {
		if moved {
			return nil
		}
		moved = true
		return errors.Join(os.Rename(root, filepath.Join(top, "away")), os.Mkdir(root, 0o700))
	})
	if !moved || !errors.Is(err, corpus.ErrRootGone) {
		t.Errorf("an empty folder took the root's place during the walk: %v", err)
	}
	if err := errors.Join(os.Remove(root), syscall.Mkfifo(root, 0o600)); err != nil {
		t.Fatal(err)
	}
	inTime(t, "a FIFO as root", func() {
		if _, err := f.Walk(t.Context(), func(corpus.Item) error { return nil }); !errors.Is(err, corpus.ErrRootGone) {
			t.Errorf("a FIFO took the root's place: %v", err)
		}
	})
	if err := os.Remove(root); err != nil {
		t.Fatal(err)
	}
	put(t, root, "new", "x")
	if _, err = f.Walk(t.Context(), func(corpus.Item) error { return os.RemoveAll(root) }); !errors.Is(err, corpus.ErrRootGone) {
		t.Errorf("the root was deleted during the walk: %v", err)
	}
}

// TestGrowingFile reads a file while it is written to, and one that shrinks.
func TestGrowingFile(t *testing.T) {
	c := promise.For(t, 20, "file that grows", "file that shrinks")
	c.Reached("file that grows", 1)
	c.Reached("file that shrinks", 1)
	root := t.TempDir()
	put(t, root, "log", strings.Repeat("line\n", 40_000))
	f := open(t, root, Options{})
	r, it, err := f.Open(t.Context(), "log")
	if err != nil || it.Size != 200_000 {
		t.Fatal(it, err)
	}
	defer r.Close()
	out, err := os.OpenFile(filepath.Join(root, "log"), os.O_APPEND|os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer out.Close()
	fmt.Fprint(out, "more\n")
	if text, err := io.ReadAll(r); err != nil || len(text) != 200_005 {
		t.Errorf("a file that grew: %d bytes, %v", len(text), err)
	}
	r2, _, err := f.Open(t.Context(), "log")
	if err != nil {
		t.Fatal(err)
	}
	defer r2.Close()
	if err := os.Truncate(filepath.Join(root, "log"), 100); err != nil {
		t.Fatal(err)
	}
	if text, err := io.ReadAll(r2); err != nil || !bytes.HasPrefix([]byte(strings.Repeat("line\n", 40_000)), text) {
		t.Errorf("a file that shrank: %d bytes, %v", len(text), err)
	}
}

// TestSparseFile reads a file of the greatest size that begins as text and is a hole behind.
func TestSparseFile(t *testing.T) {
	root := t.TempDir()
	put(t, root, "sparse", strings.Repeat("text ", 40_000))
	put(t, root, "huge", "text")
	if os.Truncate(filepath.Join(root, "sparse"), limits.DocumentBytesMax) != nil || os.Truncate(filepath.Join(root, "huge"), 1<<32) != nil {
		t.Skip("the file system has no sparse files")
	}
	f := open(t, root, Options{})
	paths, out := list(t, f)
	want(t, paths, "sparse")
	if out[corpus.TooLarge] != 1 {
		t.Errorf("left out: %v", out)
	}
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	_, err := read(t, f, "sparse")
	runtime.ReadMemStats(&after)
	var left *corpus.LeftOutError
	if !errors.As(err, &left) || left.Reason != corpus.Binary {
		t.Errorf("a hole: %v", err)
	}
	if grown := after.Sys - before.Sys; grown > 64<<20 {
		t.Errorf("memory grew by %d MiB", grown>>20)
	}
}

// TestCancelledRead cancels while a document is read.
func TestCancelledRead(t *testing.T) {
	root := t.TempDir()
	put(t, root, "a", strings.Repeat("text ", 100_000))
	ctx, cancel := context.WithCancel(t.Context())
	r, _, err := open(t, root, Options{}).Open(ctx, "a")
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	cancel()
	if _, err := io.Copy(io.Discard, r); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
}
