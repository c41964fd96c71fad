package ingest

import (
	"bytes"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"sluice/corpus"
	"sluice/internal/faultfs"
	"sluice/internal/promise"
	"sluice/internal/testkit"
	"sluice/internal/vfs"
)

// clone copies a disk; all of the copy is durable.
func clone(t *testing.T, from vfs.FS) *vfs.MemFS {
	t.Helper()
	to := vfs.Mem()
	var folder func(dir, prefix string)
	folder = func(dir, prefix string) {
		entries, err := from.List(dir)
		if err != nil {
			t.Fatal(err)
		}
		for _, e := range entries {
			name := prefix + e.Name
			if e.Dir {
				if err := to.MkdirAll(name); err != nil {
					t.Fatal(err)
				}
				folder(name, name+"/")
				continue
			}
			f, err := to.Create(name)
			if err != nil {
				t.Fatal(err)
			}
			_, err = f.Write(testkit.ReadFile(t, from, name))
			if err = errors.Join(err, f.Sync(), f.Close()); err != nil {
				t.Fatal(err)
			}
		}
		if err := to.SyncDir(dir); err != nil {
			t.Fatal(err)
		}
	}
	folder("", "")
	return to
}

// wounded is a damaged store and what it was: with hopeless one text is beyond its parity.
type wounded struct {
	disk *vfs.MemFS
	src  *testkit.Source
	want string
	good map[string][]byte
}

func wound(t *testing.T, hopeless bool) wounded {
	files, src, want, good := wellStore(t)
	texts, arms := 0, 0
	for _, name := range slices.Sorted(maps.Keys(good)) {
		bad := bytes.Clone(good[name])
		switch {
		case strings.HasSuffix(name, ".text") && texts < 2:
			clear(bad[len(bad)/2:][:40])
			if texts++; texts == 2 && hopeless {
				clear(bad[len(bad)/4:])
			}
		case strings.HasSuffix(name, ".lexical") && arms < 2:
			bad[len(bad)/3] ^= 1
			arms++
		default:
			continue
		}
		testkit.Overwrite(t, files, "files/"+name, bad)
	}
	if texts < 2 || arms < 2 {
		t.Fatalf("vacuous: %d texts, %d arms' files", texts, arms)
	}
	return wounded{clone(t, files), src, want, good}
}

// repairOn runs a repair on a disk that may fail.
func (w wounded) repairOn(t *testing.T, disk vfs.FS) (*RepairReport, error) {
	s, err := open(disk, Options{SegmentBytes: smallSegments, Jobs: 1})
	if err != nil {
		return nil, err
	}
	defer s.Close()
	return s.Repair(t.Context(), RepairOptions{Source: func(string) (corpus.Source, error) { return w.src, nil }})
}

// TestKillDuringRepair kills a repair at its first, second, third ... change of the disk, and the
// repair after it too. The last one leaves what was there before the damage: whatever its parity or
// its text brings back as the same bytes, and the rest from the source.
func TestKillDuringRepair(t *testing.T) {
	promise.Sweep(t)
	count := promise.For(t, 7, "repair killed", "repair killed, its recovery too")
	for _, hopeless := range []bool{false, true} {
		w := wound(t, hopeless)
		k := 1
		for ; ; k += stride() {
			disk := w.disk.CrashClone(0)
			faulty := faultfs.New(disk, uint64(k), faultfs.Rule{Ops: faultfs.WritePoints, Nth: k, Mode: faultfs.Kill})
			if _, err := w.repairOn(t, faulty); !faulty.Dead() {
				if err != nil {
					t.Fatalf("point %d: %v without a fault", k, err)
				}
				break
			}
			for what, disk := range map[string]*vfs.MemFS{"power cut": disk.CrashClone(uint64(k)), "kill -9": disk} {
				what = fmt.Sprintf("hopeless %t, point %d, %s", hopeless, k, what)
				count.Reached("repair killed", 1)
				again := clone(t, disk)
				w.healed(t, count, "repair killed", again, hopeless, what)

				second := faultfs.New(disk, uint64(k), faultfs.Rule{Ops: faultfs.WritePoints, Nth: 1 + k*7%19, Mode: faultfs.Kill})
				if _, err := w.repairOn(t, second); second.Dead() {
					count.Reached("repair killed, its recovery too", 1)
				} else if err != nil {
					t.Fatalf("%s: %v without a fault", what, err)
				}
				w.healed(t, count, "repair killed, its recovery too", disk.CrashClone(uint64(k)), hopeless, what)
			}
		}
		if k < 20 {
			t.Fatalf("vacuous: only %d write points", k)
		}
	}
}

// healed repairs once more and holds the store against what it was.
func (w wounded) healed(t *testing.T, count *promise.Count, kind string, disk vfs.FS, hopeless bool, what string) {
	t.Helper()
	rep, err := w.repairOn(t, disk)
	if err != nil || len(rep.Lost()) > 0 {
		count.Missed(kind, "%s: %v, %+v", what, err, rep)
		return
	}
	s := openedStore(t, disk)
	defer s.Close()
	if got := state(t, s); got != w.want {
		count.Missed(kind, "%s: %s", what, cmp.Diff(w.want, got))
	}
	if !hopeless {
		if err := same(t, disk, s, w.want, w.good, what); err != nil {
			count.Missed(kind, "%v", err)
		}
	}
	if left, err := s.Repair(t.Context(), RepairOptions{}); err != nil || len(left.Found) > 0 {
		count.Missed(kind, "%s: still %+v, %v", what, left.Found, err)
	}
	namedOnce(t, s)
}

// TestFullDiskDuringRepair: a full disk or an I/O error, once or from then on, fails the repair or
// costs the bytes that were to be kept, and nothing else; when there is room again it succeeds.
func TestFullDiskDuringRepair(t *testing.T) {
	promise.Sweep(t)
	count := promise.For(t, 5, "repair on a full disk")
	for _, hopeless := range []bool{false, true} {
		for _, sticky := range []bool{false, true} {
			w := wound(t, hopeless)
			for k := 1; ; k += stride() {
				disk := w.disk.CrashClone(0)
				faulty := faultfs.New(disk, uint64(k), faultfs.Rule{Ops: faultfs.WritePoints, Nth: k, Mode: faultfs.Fail, Err: faultfs.ErrNoSpace, Sticky: sticky})
				_, err := w.repairOn(t, faulty)
				if len(faulty.Missed()) > 0 {
					if k < 20 {
						t.Fatalf("vacuous: only %d write points", k)
					}
					break
				}
				what := fmt.Sprintf("hopeless %t, sticky %t, point %d", hopeless, sticky, k)
				if err != nil && !errors.Is(err, faultfs.ErrNoSpace) {
					t.Fatalf("%s: %v", what, err)
				}
				count.Reached("repair on a full disk", 1)
				w.healed(t, count, "repair on a full disk", disk, hopeless, what)
			}
		}
	}
}
