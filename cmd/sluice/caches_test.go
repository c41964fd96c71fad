package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"sluice/internal/clock"
	"sluice/internal/vfs"
)

// fill makes a kept store of n bytes.
func fill(t *testing.T, c *caches, path string, n int) string {
	t.Helper()
	key, err := c.use(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := c.files.MkdirAll(key + "/files"); err != nil {
		t.Fatal(err)
	}
	f, err := c.files.Create(key + "/files/x")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := f.Write(make([]byte, n)); err != nil {
		t.Fatal(err)
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	return key
}

func kept(t *testing.T, c *caches) string {
	t.Helper()
	all, err := c.list()
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, e := range all {
		names = append(names, e.Path)
	}
	return strings.Join(names, " ")
}

func TestCachesDropWhatWasNotUsedForLongest(t *testing.T) {
	now := &clock.Fake{T: time.Unix(1_700_000_000, 0)}
	c := &caches{files: vfs.Mem(), clock: now, max: 2500}
	if err := c.files.MkdirAll(""); err != nil {
		t.Fatal(err)
	}
	for i := range 3 {
		now.T = now.T.Add(2 * time.Hour)
		fill(t, c, fmt.Sprintf("/p%d", i), 600)
	}
	if got := kept(t, c); got != "/p2 /p1 /p0" {
		t.Fatalf("kept: %s", got)
	}
	now.T = now.T.Add(2 * time.Hour)
	if _, err := c.use("/p0"); err != nil { // p1 is now the oldest
		t.Fatal(err)
	}
	now.T = now.T.Add(2 * time.Hour)
	fill(t, c, "/p3", 600)
	if _, err := c.use("/p3"); err != nil {
		t.Fatal(err)
	}
	if got := kept(t, c); got != "/p3 /p0 /p2" {
		t.Errorf("kept: %s", got)
	}
	if st, err := c.status(); err != nil || len(st) != 3 || st[0].Bytes < 600 || st[0].Path == "" {
		t.Errorf("%+v, %v", st, err)
	}
}

func TestCachesKeepWhatMayBeInUse(t *testing.T) {
	now := &clock.Fake{T: time.Unix(1_700_000_000, 0)}
	c := &caches{files: vfs.Mem(), clock: now, max: 100}
	fill(t, c, "/just-used", 600)
	now.T = now.T.Add(time.Minute)
	fill(t, c, "/now", 600)
	if _, err := c.use("/now"); err != nil {
		t.Fatal(err)
	}
	if got := kept(t, c); got != "/now /just-used" {
		t.Errorf("kept: %s", got)
	}
	now.T = now.T.Add(2 * cacheIdle)
	if _, err := c.use("/now"); err != nil {
		t.Fatal(err)
	}
	if got := kept(t, c); got != "/now" {
		t.Errorf("kept: %s", got)
	}
}

func TestADamagedNoteIsOldest(t *testing.T) {
	now := &clock.Fake{T: time.Unix(1_700_000_000, 0)}
	c := &caches{files: vfs.Mem(), clock: now, max: 1 << 20}
	key := fill(t, c, "/a", 1)
	f, err := c.files.OpenRW(key + "/" + usedName)
	if err != nil {
		t.Fatal(err)
	}
	_, _ = f.WriteAt([]byte("}{"), 0)
	_ = f.Close()
	fill(t, c, "/b", 1)
	all, err := c.list()
	if err != nil || len(all) != 2 || all[1].key != key || !all[1].Used.IsZero() {
		t.Errorf("%+v, %v", all, err)
	}
}

// TestCachesKnowAFolderByAnotherName: one folder has one kept store, whatever it is called.
func TestCachesKnowAFolderByAnotherName(t *testing.T) {
	dir := t.TempDir()
	folder, other := filepath.Join(dir, "folder"), filepath.Join(dir, "other")
	if err := os.Mkdir(folder, 0o700); err != nil {
		t.Fatal(err)
	}
	err := os.Symlink(folder, other)
	if err == nil {
		_, err = os.Lstat(other) // Wine says that it makes links, and makes none
	}
	if err != nil {
		t.Skipf("no second name can be made here: %v", err)
	}
	c := newCaches(filepath.Join(dir, "in"), clock.System{})
	if got := c.known(other); got != other {
		t.Errorf("before there is a store: %s", got)
	}
	if _, err := c.use(folder); err != nil {
		t.Fatal(err)
	}
	if got := c.known(other); got != folder {
		t.Errorf("%s is known as %s, want %s", other, got, folder)
	}
	if got := c.known(dir); got != dir {
		t.Errorf("another folder is known as %s", got)
	}
}
