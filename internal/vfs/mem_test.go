package vfs

import (
	"bytes"
	"errors"
	"io/fs"
	"testing"
)

// crashes calls check for many crashes and returns how often it returned true.
func crashes(m *MemFS, check func(c *MemFS) bool) (n int) {
	for seed := range uint64(400) {
		if check(m.CrashClone(seed)) {
			n++
		}
	}
	return n
}

func exists(files FS, name string) bool {
	_, err := files.Stat(name)
	return err == nil
}

func TestSyncedIsKeptUnsyncedMayBeLost(t *testing.T) {
	m := Mem()
	put(t, m, "safe", "kept")
	must(t, m.SyncDir(""))
	put(t, m, "unsynced-name", "x")
	kept := crashes(m, func(c *MemFS) bool {
		if got := get(t, c, "safe"); got != "kept" {
			t.Fatalf("a synced file holds %q", got)
		}
		return exists(c, "unsynced-name")
	})
	if kept == 0 || kept == 400 {
		t.Fatalf("a name that was not synced survived %d of 400 crashes", kept)
	}
}

func TestUnsyncedWritesTear(t *testing.T) {
	m := Mem()
	old, now := bytes.Repeat([]byte{'o'}, 4096), bytes.Repeat([]byte{'n'}, 4096)
	put(t, m, "f", string(old))
	must(t, m.SyncDir(""))
	f, err := m.OpenRW("f")
	must(t, err)
	_, err = f.WriteAt(now, 0)
	must(t, err)
	torn, garbage := 0, 0
	for seed := range uint64(400) {
		b := get(t, m.CrashClone(seed), "f")
		if again := get(t, m.CrashClone(seed), "f"); again != b {
			t.Fatalf("seed %d gives two disks", seed)
		}
		if len(b) != len(old) {
			t.Fatalf("size %d", len(b))
		}
		if bytes.IndexByte([]byte(b), 'o') >= 0 && bytes.IndexByte([]byte(b), 'n') >= 0 {
			torn++
		}
		if len(bytes.Trim([]byte(b), "on")) > 0 {
			garbage++
		}
	}
	if torn == 0 || garbage == 0 {
		t.Fatalf("%d torn, %d with garbage", torn, garbage)
	}
	must(t, f.Sync())
	crashes(m, func(c *MemFS) bool {
		if get(t, c, "f") != string(now) {
			t.Fatal("synced bytes were lost")
		}
		return true
	})
}

func TestARenameLosesNoFile(t *testing.T) {
	for _, sync := range []string{"", "pending", "files"} {
		m := Mem()
		must(t, m.MkdirAll("pending"))
		must(t, m.MkdirAll("files"))
		put(t, m, "pending/f", "content")
		must(t, m.SyncDir("pending"))
		must(t, m.Rename("pending/f", "files/f"))
		must(t, m.SyncDir(sync))
		moved := crashes(m, func(c *MemFS) bool {
			if !exists(c, "pending/f") && !exists(c, "files/f") {
				t.Fatalf("after a sync of %q a crash lost the file", sync)
			}
			return exists(c, "files/f")
		})
		if sync == "" && (moved == 0 || moved == 400) || sync != "" && moved != 400 {
			t.Fatalf("after a sync of %q the new name survived %d of 400 crashes", sync, moved)
		}
	}
}

func TestCrashCloneIsACopy(t *testing.T) {
	m := Mem()
	put(t, m, "f", "old")
	must(t, m.SyncDir(""))
	c := m.CrashClone(1)
	f, err := c.OpenRW("f")
	must(t, err)
	_, err = f.WriteAt([]byte("new"), 0)
	must(t, err)
	must(t, c.Remove("f"))
	if got := get(t, m, "f"); got != "old" {
		t.Fatalf("a write to the clone reached the original: %q", got)
	}
	if _, err := c.Open("f"); !errors.Is(err, fs.ErrNotExist) {
		t.Fatal(err)
	}
}
