package serve_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"sluice/api"
	"sluice/index"
	"sluice/internal/faultfs"
	"sluice/internal/promise"
	"sluice/internal/testkit"
	"sluice/internal/vfs"
	"sluice/serve"
)

// backUp backs a store up.
func backUp(store, to vfs.FS, progress func(done, total int64)) (*index.BackupReport, error) {
	s, err := index.Open(store, index.Options{})
	if err != nil {
		return nil, err
	}
	defer s.Close()
	return s.Backup(context.Background(), to, index.BackupOptions{Now: goldenNow, Progress: progress})
}

func mustBackUp(t *testing.T, store, to vfs.FS) *index.BackupReport {
	t.Helper()
	rep, err := backUp(store, to, nil)
	if err != nil {
		t.Fatal(err)
	}
	return rep
}

// verify reads all of a backup and returns its generation.
func verify(backup vfs.FS) (uint64, error) {
	m, _, _, err := index.VerifyBackup(context.Background(), backup, index.Options{}, nil)
	if err != nil {
		return 0, err
	}
	return m.Generation, nil
}

func restore(backup, to vfs.FS, replace bool) (*index.RestoreReport, error) {
	return index.Restore(context.Background(), backup, to, index.Options{}, index.RestoreOptions{Replace: replace})
}

// answersAsClean puts every question but status to a store.
func answersAsClean(t *testing.T, g *golden, disk vfs.FS) {
	t.Helper()
	for i, o := range g.ask(disk) {
		if v := g.verbs[i].name; v != "status" && (o.err != nil || o.json != g.clean[i].json) {
			t.Errorf("%s of the restored store: %v\n%s\n%s", v, o.err, o.json, g.clean[i].json)
		}
	}
}

// TestBackupAndRestore: a restored store answers as the one that was backed up. A second backup
// copies what is new, mends what the disk lost, and drops what the store no longer has.
func TestBackupAndRestore(t *testing.T) {
	g := newGolden(t, 1)
	store, to := g.disk(nil), vfs.Mem()
	first := mustBackUp(t, store, to)
	if again := mustBackUp(t, store, to); first.Copied != first.Files || first.Files < 8 || again.Copied != 0 || again.Files != first.Files {
		t.Errorf("first %+v, again %+v", first, again)
	}
	restored := vfs.Mem()
	rep, err := restore(to, restored, false)
	if err != nil || rep.From != first.Generation || rep.Replaced != 0 || len(rep.Sources) != 2 || !rep.Made.Equal(goldenNow) {
		t.Fatalf("%+v, %v", rep, err)
	}
	answersAsClean(t, g, restored)
	g.sync(t, store, g.sources["notes"])
	g.sources["notes"].Put("dir2/doc05.txt", "# Note 5\n\nWritten anew.\n")
	g.sync(t, store, g.sources["notes"])
	more := mustBackUp(t, store, to)
	if more.Generation <= first.Generation || more.Copied == 0 || more.Copied == more.Files || more.Removed == 0 {
		t.Errorf("%+v", more)
	}
	if got, err := verify(to); got != more.Generation || err != nil {
		t.Errorf("generation %d, %v", got, err)
	}
	files, _ := to.List("files")
	for _, e := range files {
		if strings.HasSuffix(e.Name, ".text") {
			testkit.Overwrite(t, to, "files/"+e.Name, make([]byte, e.Size))
		}
	}
	if mended := mustBackUp(t, store, to); mended.Copied == 0 {
		t.Error("what the backup's disk lost was not copied again")
	}
	if _, err := verify(to); err != nil {
		t.Error(err)
	}
}

// TestABackupIsOneGeneration: what is committed while a backup is made is not in it, and what the
// backup copies stays until it ends.
func TestABackupIsOneGeneration(t *testing.T) {
	g := newGolden(t, 1)
	store, to := g.disk(nil), vfs.Mem()
	commits := 0
	rep, err := backUp(store, to, func(done, total int64) {
		if commits++; commits <= 3 {
			g.sources["notes"].Put("dir0/doc00.txt", strings.Repeat("another state ", commits))
			g.sync(t, store, g.sources["notes"])
		}
	})
	if err != nil || commits < 3 {
		t.Fatalf("%+v, %v", rep, err)
	}
	restored := vfs.Mem()
	if back, err := restore(to, restored, false); err != nil || back.From != rep.Generation {
		t.Fatalf("%+v, %v", back, err)
	}
	if out, err := g.check(t, restored, checkAll); err != nil || len(out.Bad) > 0 {
		t.Errorf("%+v, %v", out, err)
	}
}

// TestRestoreTakesNothingsPlaceUnasked, and with leave the generation goes up and says where it
// comes from.
func TestRestoreTakesNothingsPlaceUnasked(t *testing.T) {
	g, other := newGolden(t, 1), newGolden(t, 1000)
	to := vfs.Mem()
	mustBackUp(t, g.disk(nil), to)
	target := other.disk(nil)
	if _, err := restore(to, target, false); !errors.Is(err, index.ErrStoreInUse) {
		t.Fatalf("over another store: %v", err)
	}
	answersAsClean(t, other, target)
	before := mustBackUp(t, target, vfs.Mem()).Generation
	rep, err := restore(to, target, true)
	if err != nil || rep.Replaced != before || rep.Generation <= before {
		t.Fatalf("%+v, %v; generation %d was there", rep, err, before)
	}
	answersAsClean(t, g, target)
	slot := string(testkit.ReadFile(t, target, "manifest.0")) + string(testkit.ReadFile(t, target, "manifest.1"))
	if !strings.Contains(slot, `"restored":[{"from":`) {
		t.Error("the manifest does not say that it went back")
	}
	if _, err := restore(vfs.Mem(), target, true); !errors.Is(err, index.ErrNoBackup) {
		t.Errorf("of an empty folder: %v", err)
	}
}

// TestBackupKilledOrFull: at whichever change of the disk a backup is killed, or finds the disk
// full, the backup that was there or the new one is whole, and the next run completes it.
func TestBackupKilledOrFull(t *testing.T) {
	promise.Sweep(t)
	g := newGolden(t, 1)
	store := g.disk(nil)
	killed, full := promise.For(t, 7, "backup killed"), promise.For(t, 5, "disk full during a backup")
	base := vfs.Mem()
	old := mustBackUp(t, store, base).Generation
	g.sources["notes"].Put("dir2/doc05.txt", "# Note 5\n\nWritten anew.\n")
	g.sync(t, store, g.sources["notes"])
	for _, mode := range []faultfs.Mode{faultfs.Kill, faultfs.Fail} {
		for k := 1; ; k++ {
			to := copyOf(t, base)
			disk := faultfs.New(to, uint64(k), faultfs.Rule{Ops: faultfs.WritePoints, Nth: k, Sticky: true, Mode: mode, Err: faultfs.ErrNoSpace})
			_, err := backUp(store, disk, nil)
			if len(disk.Missed()) > 0 {
				break
			}
			c, kind := killed, "backup killed"
			if mode == faultfs.Fail {
				c, kind = full, "disk full during a backup"
			}
			c.Reached(kind, 1)
			got, verr := verify(to)
			if verr != nil || got < old || err == nil && mode == faultfs.Kill && got == old {
				c.Missed(kind, "%s %d: generation %d of %d, %v (said: %v)", kind, k, got, old, verr, err)
			}
			if mustBackUp(t, store, to); err == nil {
				continue
			}
			if got, err := verify(to); err != nil || got == old {
				c.Missed(kind, "%s %d: after the next run generation %d, %v", kind, k, got, err)
			}
		}
	}
}

// first puts the first question to a store.
func (g *golden) first(disk vfs.FS) outcome {
	svc, err := g.open(disk)
	if err != nil {
		return outcome{err: err}
	}
	defer svc.Close()
	return g.verbs[0].ask(svc)
}

// notTorn tells whether a finding is other than a manifest that a kill left half-written.
func notTorn(b api.BadBlock) bool { return b.Kind != "manifest" }

// checkAll reads everything.
var checkAll api.CheckRequest

// copyOf copies a disk.
func copyOf(t *testing.T, from *vfs.MemFS) *vfs.MemFS {
	t.Helper()
	g := &golden{files: map[string][]byte{}}
	g.read(t, from, "")
	return g.disk(nil)
}

// TestRestoreKilled: at whichever change of the disk a restore is killed, the store is what it was
// or what was backed up, and the next run completes it.
func TestRestoreKilled(t *testing.T) {
	promise.Sweep(t)
	g, other := newGolden(t, 1), newGolden(t, 1000)
	c := promise.For(t, 7, "restore killed")
	backup := vfs.Mem()
	mustBackUp(t, g.disk(nil), backup)
	for k := 1; ; k += 1 + stride()/400 {
		target := other.disk(nil)
		disk := faultfs.New(target, uint64(k), faultfs.Rule{Ops: faultfs.WritePoints, Nth: k, Mode: faultfs.Kill})
		_, err := restore(backup, disk, true)
		if len(disk.Missed()) > 0 {
			break
		}
		c.Reached("restore killed", 1)
		out, cerr := g.check(t, target, checkAll)
		if cerr != nil && serve.ClassOf(cerr) != serve.Corrupt || slices.ContainsFunc(out.Bad, notTorn) {
			c.Missed("restore killed", "write point %d (%v): %+v, %v", k, err, out, cerr)
		}
		now, before := g.first(target), other.first(target)
		named := serve.ClassOf(now.err) == serve.Partly && len(now.degraded) > 0 // a slot that is half-written
		if now.json != g.clean[0].json && before.json != other.clean[0].json && !named {
			c.Missed("restore killed", "write point %d: neither the old nor the new answer: %v", k, now.err)
		}
		if _, err := restore(backup, target, true); err != nil {
			c.Missed("restore killed", "write point %d: the next run: %v", k, err)
		}
	}
}

// TestEveryByteOfABackup: no byte of a backup can change and be restored.
func TestEveryByteOfABackup(t *testing.T) {
	promise.Sweep(t)
	g := newGolden(t, 1)
	c := promise.For(t, 2, "flip in a backup")
	disk := vfs.Mem()
	mustBackUp(t, g.disk(nil), disk)
	b := &golden{files: map[string][]byte{}}
	b.read(t, disk, "")
	for _, name := range b.sorted() {
		if name == "lock" {
			continue
		}
		good := b.files[name]
		step := max(1, min(stride()/8, len(good)/40))
		for at := 0; at < len(good); at += step {
			bad := slices.Clone(good)
			bad[at] ^= 1 << (at % 8)
			c.Reached("flip in a backup", 1)
			target := vfs.Mem()
			_, err := restore(b.disk(map[string][]byte{name: bad}), target, false)
			if left, _ := target.List(""); !errors.Is(err, index.ErrCorrupt) || !strings.Contains(err.Error(), filepath.Base(name)) || len(left) > 0 {
				c.Missed("flip in a backup", "%s, byte %d: %v, %d things in the target", name, at, err, len(left))
			}
		}
	}
}

// TestAHostileBackup: what is not a backup of this program is refused, and nothing is made of it.
func TestAHostileBackup(t *testing.T) {
	g := newGolden(t, 1)
	dir, store := t.TempDir(), vfs.Mem()
	mustBackUp(t, g.disk(nil), vfs.OS(dir))
	refused := func(what string, want error) {
		t.Helper()
		if _, err := restore(vfs.OS(dir), store, true); err == nil || want != nil && !errors.Is(err, want) {
			t.Errorf("%s: %v", what, err)
		}
		if left, _ := store.List(""); len(left) > 0 {
			t.Errorf("%s: a store was made", what)
		}
	}
	names, err := filepath.Glob(filepath.Join(dir, "files", "*.text"))
	if err != nil || len(names) < 2 {
		t.Fatal(names, err)
	}
	good, err := os.ReadFile(names[0])
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Remove(names[0]); err != nil {
		t.Fatal(err)
	}
	refused("a file is missing", index.ErrCorrupt)
	if err := os.WriteFile(names[0], append(good, 0), 0o600); err != nil {
		t.Fatal(err)
	}
	refused("a file has more bytes", index.ErrCorrupt)
	if err := os.WriteFile(names[0], good, 0o600); err != nil {
		t.Fatal(err)
	}
	aside := filepath.Join(t.TempDir(), "aside")
	if err := os.Rename(names[0], aside); err != nil {
		t.Fatal(err)
	}
	_ = os.Symlink(aside, names[0])
	if _, err := os.Lstat(names[0]); err == nil { // Wine says that it makes links, and makes none
		refused("a file is a link", vfs.ErrLink)
	}
	if err := errors.Join(os.RemoveAll(names[0]), os.WriteFile(names[0], good, 0o600)); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "holiday.jpg"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := backUp(g.disk(nil), vfs.OS(dir), nil); !errors.Is(err, index.ErrForeignFolder) {
		t.Errorf("a backup among other things: %v", err)
	}
	manifest := filepath.Join(dir, "backup")
	b, err := os.ReadFile(manifest)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(manifest, b[:len(b)-1], 0o600); err != nil {
		t.Fatal(err)
	}
	refused("its manifest is cut", index.ErrCorrupt)
}

// TestADamagedStoreIsNotBackedUp: what is damaged in the store does not take the place of what is
// whole in the backup.
func TestADamagedStoreIsNotBackedUp(t *testing.T) {
	g := newGolden(t, 1)
	to := vfs.Mem()
	was := mustBackUp(t, g.disk(nil), to).Generation
	for _, name := range g.sorted() {
		if !strings.HasSuffix(name, ".lexical") || !strings.HasPrefix(name, "files/") {
			continue
		}
		bad := slices.Clone(g.files[name])
		bad[len(bad)/2] ^= 1
		fresh := vfs.Mem()
		if _, err := backUp(g.disk(map[string][]byte{name: bad}), fresh, nil); !errors.Is(err, index.ErrCorrupt) || !strings.Contains(err.Error(), name) {
			t.Errorf("a damaged %s: %v", name, err)
		}
		if _, err := verify(fresh); !errors.Is(err, index.ErrNoBackup) {
			t.Errorf("a backup was made of damage: %v", err)
		}
	}
	if got, err := verify(to); err != nil || got != was {
		t.Errorf("%d, %v", got, err)
	}
}
