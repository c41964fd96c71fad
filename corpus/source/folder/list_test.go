package folder

import (
	"context"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"pgregory.net/rapid"

	"sluice/corpus"
)

// TestOrder compares the order of a walk with that of whole paths, with windows so small that every
// folder is read several times.
func TestOrder(t *testing.T) {
	defer func(n int) { windowNames = n }(windowNames)
	t.Setenv("HOME", t.TempDir())
	name := rapid.StringOfN(rapid.RuneFrom([]rune("ab-.0!é\x01")), 1, 3, -1)
	rapid.Check(t, func(r *rapid.T) {
		windowNames = rapid.IntRange(1, 8).Draw(r, "window")
		root := t.TempDir()
		for range rapid.IntRange(1, 40).Draw(r, "files") {
			p := filepath.Join(root, filepath.Join(rapid.SliceOfN(name, 1, 3).Draw(r, "path")...))
			if strings.HasPrefix(p, root+"/") && os.MkdirAll(filepath.Dir(p), 0o700) == nil {
				_ = os.WriteFile(p, nil, 0o600)
			}
		}
		var want []string
		if err := filepath.WalkDir(root, func(p string, e fs.DirEntry, err error) error {
			if !e.IsDir() {
				want = append(want, p[len(root)+1:])
			}
			return err
		}); err != nil {
			r.Fatal(err)
		}
		slices.Sort(want)
		f, err := Open(root, Options{Hidden: true})
		if err != nil {
			r.Fatal(err)
		}
		var got []string
		if _, err := f.Walk(context.Background(), func(it corpus.Item) error { got = append(got, it.Path); return nil }); err != nil {
			r.Fatal(err)
		}
		if !slices.Equal(got, want) {
			r.Fatalf("got %q\nwant %q", got, want)
		}
		agrees(t, f)
	})
}

// TestWideFolder holds the memory of a walk against the number of files in one folder.
func TestWideFolder(t *testing.T) {
	defer func(n int) { windowNames = n }(windowNames)
	windowNames = 100
	root := t.TempDir()
	for i := range 2500 {
		put(t, root, fmt.Sprintf("f%d", i), "")
	}
	d := &dir{}
	var err error
	if d.root, err = os.OpenRoot(root); err != nil {
		t.Fatal(err)
	}
	defer d.root.Close()
	l, n := &listing{d: d}, 0
	for w := l.next(); len(w) > 0; w = l.next() {
		if len(w) > windowNames || cap(w) > 8*windowNames {
			t.Fatalf("a window of %d names, with room for %d", len(w), cap(w))
		}
		n += len(w)
	}
	if n != 2500 || l.err != nil {
		t.Errorf("%d names, %v", n, l.err)
	}
}

func TestNames(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		bytes := rapid.SliceOfN(rapid.SampledFrom([]byte{'a', 0x80, 0xc3, 0xa9, 0xef, 0x9e, 0x9f, 0xbf, 0xff, 0xbd}), 1, 12).Draw(t, "name")
		name := string(bytes)
		spelt := encodeName(name)
		back, ok := decodeName(spelt)
		if !ok || back != name || !utf8.ValidString(spelt) {
			t.Fatalf("%q is spelt %q and read as %q, %v", name, spelt, back, ok)
		}
		if raw, ok := decodeName(name); utf8.ValidString(name) && ok && encodeName(raw) != name {
			t.Fatalf("%q is read as %q, which is spelt otherwise", name, raw)
		}
	})
}

func FuzzSplit(f *testing.F) {
	f.Add("a/b")
	f.Add("../a")
	f.Add("a/\uf7af\uf7ae")
	f.Add("\uf7c3\uf7a9") // a second spelling of é
	f.Fuzz(func(t *testing.T, path string) {
		names, err := split(path)
		if err != nil {
			return
		}
		for i, n := range names {
			if encodeName(n) != strings.Split(path, "/")[i] {
				t.Fatalf("%q is a second spelling of %q", path, names)
			}
			if n == "" || n == "." || n == ".." || strings.ContainsAny(n, "/\x00") {
				t.Fatalf("%q leads to %q", path, names)
			}
		}
	})
}
