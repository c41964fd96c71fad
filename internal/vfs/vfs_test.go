package vfs

import (
	"bytes"
	"context"
	"errors"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"sync"
	"testing"
)

// each runs a test on every implementation.
func each(t *testing.T, test func(t *testing.T, files FS)) {
	t.Run("os", func(t *testing.T) { test(t, OS(t.TempDir())) })
	t.Run("mem", func(t *testing.T) { test(t, Mem()) })
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func wantErr(t testing.TB, err, want error) {
	t.Helper()
	if !errors.Is(err, want) {
		t.Fatalf("got %v, want %v", err, want)
	}
}

func put(t testing.TB, files FS, name, content string) {
	t.Helper()
	f, err := files.Create(name)
	must(t, err)
	_, err = f.Write([]byte(content))
	must(t, err)
	must(t, f.Sync())
	must(t, f.Close())
}

func get(t testing.TB, files FS, name string) string {
	t.Helper()
	f, err := files.Open(name)
	must(t, err)
	defer f.Close()
	b, err := io.ReadAll(f)
	must(t, err)
	return string(b)
}

func TestFilesAndFolders(t *testing.T) {
	each(t, func(t *testing.T, files FS) {
		must(t, files.MkdirAll("a/b"))
		must(t, files.MkdirAll("a/b"))
		put(t, files, "a/b/z", "last")
		put(t, files, "a/b/m", "middle")
		_, err := files.Create("a/b/z")
		wantErr(t, err, fs.ErrExist)
		must(t, files.Rename("a/b/z", "a/m"))
		must(t, files.Rename("a/m", "a/b/m")) // in place of the other
		if got := get(t, files, "a/b/m"); got != "last" {
			t.Fatalf("got %q", got)
		}
		_, err = files.Open("a/b/z")
		wantErr(t, err, fs.ErrNotExist)
		wantErr(t, files.Rename("a/b/z", "x"), fs.ErrNotExist)
		wantErr(t, files.Remove("a/b/z"), fs.ErrNotExist)
		if files.Remove("a/b") == nil {
			t.Fatal("removed a folder that holds a file")
		}
		must(t, files.Remove("a/b/m"))
		must(t, files.Remove("a/b"))
		_, err = files.List("a/b")
		wantErr(t, err, fs.ErrNotExist)
		must(t, files.SyncDir("a"))
		must(t, files.SyncDir(""))
		free, err := files.Free("")
		if err != nil || free <= 0 {
			t.Fatalf("free %d, %v", free, err)
		}
	})
}

// Readers hold files open that a commit renames or removes. That goes on beside them, and a name is
// free at once.
func TestOpenFilesAreRenamedAndRemoved(t *testing.T) {
	each(t, func(t *testing.T, files FS) {
		put(t, files, "a", "first")
		f, err := files.Open("a")
		must(t, err)
		m, err := f.Map()
		must(t, err)
		must(t, files.Rename("a", "b"))
		_, err = files.Open("a")
		wantErr(t, err, fs.ErrNotExist)
		if got := get(t, files, "b"); got != "first" {
			t.Fatalf("renamed: %q", got)
		}
		must(t, m.Close())
		must(t, files.Remove("b"))
		_, err = files.Stat("b")
		wantErr(t, err, fs.ErrNotExist)
		put(t, files, "b", "second")
		if got, err := io.ReadAll(f); err != nil || string(got) != "first" {
			t.Fatalf("the open file reads %q, %v", got, err)
		}
		must(t, f.Close())
		entries, err := files.List("")
		if err != nil || len(entries) != 1 || get(t, files, "b") != "second" {
			t.Fatalf("left: %v, %v", entries, err)
		}
	})
}

// A link below the root is not followed, whatever kind of link the system has; the one who keeps a
// folder by hand may want it to be.
func TestLinksAreNotFollowed(t *testing.T) {
	kinds := map[string]func(to, name string) error{"link": os.Symlink}
	if runtime.GOOS == "windows" {
		kinds["junction"] = func(to, name string) error { return exec.Command("cmd", "/c", "mklink", "/J", name, to).Run() }
	}
	for kind, link := range kinds {
		t.Run(kind, func(t *testing.T) {
			dir, outside := t.TempDir(), t.TempDir()
			put(t, OS(outside), "a", "outside")
			made := link(outside, filepath.Join(dir, "folder"))
			_ = os.Symlink(filepath.Join(outside, "a"), filepath.Join(dir, "file"))
			if _, err := os.Lstat(filepath.Join(dir, "folder")); err != nil {
				t.Skipf("none can be made here: %v, %v", made, err)
			}
			files, ctx := OS(dir), context.Background()
			_, err := files.Open("folder/a")
			wantErr(t, err, ErrLink)
			_, err = files.Create("folder/b")
			wantErr(t, err, ErrLink)
			_, err = files.Lock("folder/l", Exclusive, 0, ctx)
			wantErr(t, err, ErrLink)
			_, err = files.Stat("folder")
			wantErr(t, err, ErrLink)
			_, err = files.List("folder")
			wantErr(t, err, ErrLink)
			if kind == "link" {
				_, err = files.OpenRW("file")
				wantErr(t, err, ErrLink)
				_, err = files.Lock("file", Shared, 0, ctx)
				wantErr(t, err, ErrLink)
			}
			if got := get(t, Linked(dir), "folder/a"); got != "outside" {
				t.Errorf("by hand: %q", got)
			}
		})
	}
}

// A name can be taken away once: of a removal and a renaming of the same name one finds nothing,
// and what was renamed stays.
func TestANameIsTakenAwayOnce(t *testing.T) {
	each(t, func(t *testing.T, files FS) {
		for range 300 {
			f, err := files.Create("claim")
			must(t, err)
			var renamed, removed error
			var both sync.WaitGroup
			both.Go(func() { renamed = files.Rename("claim", "kept") })
			both.Go(func() { removed = files.Remove("claim") })
			both.Wait()
			_, there := files.Stat("kept")
			must(t, f.Close())
			switch {
			case renamed == nil && errors.Is(removed, fs.ErrNotExist) && there == nil:
				must(t, files.Remove("kept"))
			case removed == nil && errors.Is(renamed, fs.ErrNotExist) && errors.Is(there, fs.ErrNotExist):
			default:
				t.Fatalf("renamed: %v; removed: %v; the new name: %v", renamed, removed, there)
			}
		}
	})
}

func TestListIsSortedAndTellsSizes(t *testing.T) {
	each(t, func(t *testing.T, files FS) {
		for _, name := range []string{"d", "a-", "a", "c"} {
			put(t, files, name, name)
		}
		must(t, files.MkdirAll("B/x"))
		entries, err := files.List("")
		must(t, err)
		var got []string
		for _, e := range entries {
			got = append(got, e.Name)
			if !e.Dir && e.Size != int64(len(e.Name)) {
				t.Errorf("%s: size %d", e.Name, e.Size)
			}
			if one, err := files.Stat(e.Name); err != nil || one.Dir != e.Dir || one.Name != e.Name || !one.ModTime.Equal(e.ModTime) {
				t.Errorf("Stat says %+v, %v; List says %+v", one, err, e)
			}
		}
		if want := []string{"B", "a", "a-", "c", "d"}; !equal(got, want) {
			t.Fatalf("got %q, want %q", got, want)
		}
	})
}

func equal(a, b []string) bool {
	if len(a) != len(b) {
		return false
	}
	for i := range a {
		if a[i] != b[i] {
			return false
		}
	}
	return true
}

func TestNamesStayBelowTheRoot(t *testing.T) {
	each(t, func(t *testing.T, files FS) {
		for _, name := range []string{"..", "../x", "/x", "a/../../x", "a//b", "./a", "a/"} {
			for what, err := range map[string]error{
				"create": second(files.Create(name)), "open": second(files.Open(name)), "openrw": second(files.OpenRW(name)),
				"rename": files.Rename(name, "y"), "rename to": files.Rename("y", name), "remove": files.Remove(name),
				"mkdir": files.MkdirAll(name),
			} {
				if err == nil || what != "rename to" && what != "open" && !errors.Is(err, fs.ErrInvalid) {
					t.Errorf("%s %q: %v", what, name, err)
				}
			}
		}
	})
}

func second[T any](_ T, err error) error { return err }

func TestOneFile(t *testing.T) {
	each(t, func(t *testing.T, files FS) {
		f, err := files.OpenRW("slot")
		must(t, err)
		_, err = f.WriteAt([]byte("world"), 6)
		must(t, err)
		_, err = f.WriteAt([]byte("hello"), 0)
		must(t, err)
		if size, err := f.Size(); size != 11 || err != nil || f.Name() != "slot" {
			t.Fatalf("size %d, %v, name %q", size, err, f.Name())
		}
		b := make([]byte, 20)
		n, err := f.ReadAt(b, 2)
		if !errors.Is(err, io.EOF) || !bytes.Equal(b[:n], []byte("llo\x00world")) {
			t.Fatalf("read %q, %v", b[:n], err)
		}
		must(t, f.Truncate(3))
		must(t, f.Truncate(5))
		if got := get(t, files, "slot"); got != "hel\x00\x00" {
			t.Fatalf("got %q", got)
		}
		must(t, f.Close())
		_, err = f.ReadAt(b, 0)
		wantErr(t, err, fs.ErrClosed)
		again, err := files.OpenRW("slot")
		must(t, err)
		defer again.Close()
		if size, _ := again.Size(); size != 5 {
			t.Fatalf("opening lost content: size %d", size)
		}
	})
}

func TestReadersCannotWrite(t *testing.T) {
	each(t, func(t *testing.T, files FS) {
		put(t, files, "x", "content")
		f, err := files.Open("x")
		must(t, err)
		defer f.Close()
		if _, err := f.Write([]byte("no")); err == nil {
			t.Error("Write on a file opened for reading")
		}
		if _, err := f.WriteAt([]byte("no"), 0); err == nil {
			t.Error("WriteAt on a file opened for reading")
		}
		if f.Truncate(0) == nil {
			t.Error("Truncate on a file opened for reading")
		}
	})
}

func TestMapShowsTheContent(t *testing.T) {
	each(t, func(t *testing.T, files FS) {
		for _, content := range []string{"", "x", string(bytes.Repeat([]byte("0123456789"), 1000))} {
			put(t, files, "f", content)
			f, err := files.Open("f")
			must(t, err)
			m, err := f.Map()
			must(t, err)
			must(t, f.Close()) // the mapping outlives the file
			if string(m.Bytes()) != content {
				t.Fatalf("mapped %d bytes of %d", len(m.Bytes()), len(content))
			}
			must(t, m.Close())
			must(t, m.Close())
			must(t, files.Remove("f"))
		}
	})
}
