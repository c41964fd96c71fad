package blockfile

import (
	"errors"
	"testing"

	"sluice/internal/faultfs"
	"sluice/internal/promise"
	"sluice/internal/vfs"
)

// published returns the names in the folder that are not of unfinished files.
func published(t testing.TB, files vfs.FS) (names []string) {
	t.Helper()
	entries, err := files.List("d")
	must(t, err)
	for _, e := range entries {
		if !IsTemp(e.Name) {
			names = append(names, e.Name)
		}
	}
	return names
}

// At every write point, whether it fails once, from then on, or the process dies: an error, and
// under the file's name nothing or the whole file.
func TestAFailureAtEveryWritePoint(t *testing.T) {
	promise.Sweep(t)
	clean := newDir(t)
	want := build(t, clean, KindText, 1)
	for _, rule := range []faultfs.Rule{
		{Mode: faultfs.Fail, Err: faultfs.ErrNoSpace}, {Mode: faultfs.Fail}, {Mode: faultfs.Fail, Sticky: true},
		{Mode: faultfs.Kill},
	} {
		reached := 0
		for k := 1; ; k++ {
			under := newDir(t)
			rule.Ops, rule.Nth = faultfs.WritePoints, k
			files := faultfs.New(under, uint64(k), rule)
			_, err := tryBuild(files, KindText, 1)
			if len(files.Missed()) > 0 {
				must(t, err)
				break
			}
			reached++
			if err == nil {
				t.Fatalf("%s at write point %d went unnoticed: %q", rule.Mode, k, files.Log())
			}
			if len(published(t, under)) > 0 {
				if _, err := outcome(under, want); err != nil {
					t.Fatalf("%s at write point %d left a bad file: %v", rule.Mode, k, err)
				}
			}
			if ref, err := tryBuild(under, KindText, 1); err != nil || ref != want { // a second try succeeds
				t.Fatalf("after %s at write point %d: %v", rule.Mode, k, err)
			}
		}
		if reached < 5 {
			t.Fatalf("%s: only %d write points", rule.Mode, reached)
		}
	}
}

// What a disk does behind our back while it says that all is well is found by reading back.
func TestSilentWriteFaultsAreFound(t *testing.T) {
	c := promise.For(t, 3, "write that is torn, flipped or misplaced in silence")
	for _, mode := range []faultfs.Mode{faultfs.Torn, faultfs.Flip, faultfs.Misdirect} {
		for nth := 1; nth <= 5; nth++ {
			for seed := range uint64(20) {
				under := newDir(t)
				files := faultfs.New(under, seed, faultfs.Rule{Ops: faultfs.Write, Nth: nth, Mode: mode})
				_, err := tryBuild(files, KindText, 1)
				if len(files.Missed()) > 0 {
					t.Fatalf("write %d was never made", nth)
				}
				c.Reached("write that is torn, flipped or misplaced in silence", 1)
				if !errors.Is(err, ErrCorrupt) || len(published(t, under)) > 0 {
					c.Missed("write that is torn, flipped or misplaced in silence", "%s of write %d, seed %d: %v, folder %q", mode, nth, seed, err, published(t, under))
				}
			}
		}
	}
}

// A sync that fails is final: the file is given up although a second sync would succeed.
func TestAFailedSyncIsFinal(t *testing.T) {
	under := newDir(t)
	promise.For(t, 6, "failed sync of a file").Reached("failed sync of a file", 1)
	files := faultfs.New(under, 1, faultfs.Rule{Ops: faultfs.Sync, Nth: 1, Mode: faultfs.DropUnsynced})
	_, err := tryBuild(files, KindText, 1)
	if !errors.Is(err, faultfs.ErrIO) || len(published(t, under)) > 0 || len(files.Missed()) > 0 {
		t.Fatalf("%v, folder %q", err, published(t, under))
	}
}

// Once Finish has returned, the file survives any power cut; before, none or all of it is there.
func TestPowerCuts(t *testing.T) {
	points := faultfs.New(newDir(t), 0)
	want, err := tryBuild(points, KindText, 1)
	must(t, err)
	whole := 0
	c := promise.For(t, 3, "power cut while a file is written")
	for k := 1; k <= points.WritePoints()+1; k++ {
		under := newDir(t)
		_, err := tryBuild(faultfs.New(under, uint64(k), faultfs.Rule{Ops: faultfs.WritePoints, Nth: k, Mode: faultfs.Kill}), KindText, 1)
		for seed := range uint64(100) {
			disk := under.CrashClone(seed)
			names := published(t, disk)
			c.Reached("power cut while a file is written", 1)
			if len(names) == 0 && err != nil {
				continue
			}
			if _, err := outcome(disk, want); err != nil {
				c.Missed("power cut while a file is written", "killed at %d of %q, power cut %d: %v", k, points.Log(), seed, err)
			}
			whole++
		}
	}
	if whole < 100 {
		t.Fatalf("the whole file survived only %d times", whole)
	}
}
