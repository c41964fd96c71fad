package index

import (
	"context"
	"errors"
	"strings"
	"testing"

	"sluice/index/blockfile"
	"sluice/internal/faultfs"
	"sluice/internal/promise"
	"sluice/internal/vfs"
)

// TestWhatIsCommittedIsReadAgain: a disk that says it wrote a generation or its slot and wrote
// something else is found out before the commit is acknowledged.
func TestWhatIsCommittedIsReadAgain(t *testing.T) {
	ctx := context.Background()
	c := promise.For(t, 3, "generation written otherwise", "slot written otherwise")
	for seed := range uint64(20) {
		for kind, rule := range map[string]faultfs.Rule{
			"generation written otherwise": {Ops: faultfs.Write, Path: claimPrefix, Nth: 1},
			"slot written otherwise":       {Ops: faultfs.WriteAt, Path: "manifest.", Nth: 1},
		} {
			for _, mode := range []faultfs.Mode{faultfs.Flip, faultfs.Torn, faultfs.Misdirect} {
				files := vfs.Mem()
				before := mustCommit(t, newTestStore(t, files))
				rule.Mode = mode
				faulty := faultfs.New(files, seed, rule)
				s, err := Open(faulty, Options{})
				if err != nil {
					t.Fatal(err)
				}
				err = s.AddSource(ctx, SourceConfig{Label: "one", Kind: "memory"})
				_ = s.Close()
				c.Reached(kind, faulty.Counts()[mode])
				n, nerr := readNewest(files)
				m, named := n.m, n.named
				switch {
				case nerr != nil || len(named) > 0:
					c.Missed(kind, "seed %d, %s: the commit says %v and leaves %v, %v", seed, mode, err, named, nerr)
				case err == nil && m.Generation == before, err != nil && m.Generation != before:
					c.Missed(kind, "seed %d, %s: the commit says %v and leaves generation %d after %d", seed, mode, err, m.Generation, before)
				case err != nil && !errors.Is(err, ErrCorrupt):
					c.Missed(kind, "seed %d, %s: %v", seed, mode, err)
				}
			}
		}
	}
}

// TestAFileThatIsGoneIsNotCommitted: a generation whose new files are not there is refused.
func TestAFileThatIsGoneIsNotCommitted(t *testing.T) {
	c := promise.For(t, 23, "file gone before its commit")
	files := vfs.Mem()
	s := newTestStore(t, files)
	before := mustCommit(t, s)
	err := s.Commit(context.Background(), "", func(m *Manifest) error {
		err := s.ChangeSources(m, func([]SourceState) ([]SourceState, error) { return []SourceState{{}}, nil })
		return errors.Join(err, files.Remove(filesDir+"/"+m.Sources.Name()))
	})
	c.Reached("file gone before its commit", 1)
	if !errors.As(err, new(*LostFileError)) || mustGeneration(t, files) != before {
		c.Missed("file gone before its commit", "the commit says %v and leaves generation %d after %d", err, mustGeneration(t, files), before)
	}
}

// meanwhile is a file system on which something happens just before a file is put aside.
type meanwhile struct {
	vfs.FS
	do func()
}

func (m *meanwhile) Rename(oldName, newName string) error {
	if do := m.do; do != nil && strings.Contains(newName, asidePrefix) {
		m.do = nil
		do()
	}
	return m.FS.Rename(oldName, newName)
}

// TestAFileIsPutBack: a file that nobody names is being removed when another process makes a
// generation that names it again. It stays.
func TestAFileIsPutBack(t *testing.T) {
	ctx := context.Background()
	c := promise.For(t, 23, "file named while it is removed", "file left aside by a crash")
	files := vfs.Mem()
	slow := &meanwhile{FS: files}
	s, err := Create(slow, Options{NoLock: true})
	if err != nil {
		t.Fatal(err)
	}
	other, err := Open(files, Options{NoLock: true})
	if err != nil {
		t.Fatal(err)
	}
	table := func(s *Store, labels ...string) error {
		return s.editSources(ctx, func([]SourceState) (all []SourceState, err error) {
			for _, l := range labels {
				all = append(all, SourceState{SourceConfig: SourceConfig{Label: l, Kind: "memory"}})
			}
			return all, nil
		})
	}
	for _, labels := range [][]string{{"one"}, {"one", "two"}} {
		if err := table(s, labels...); err != nil {
			t.Fatal(err)
		}
	}
	slow.do = func() { // the table of one source is about to go
		c.Reached("file named while it is removed", 1)
		if err := table(other, "one"); err != nil {
			t.Error(err)
		}
	}
	if err := table(s, "three"); err != nil {
		t.Fatal(err)
	}
	m, _, err := readManifest(files)
	if err != nil {
		t.Fatal(err)
	}
	if f, err := blockfile.Open(files, filesDir, *m.Sources); err != nil {
		c.Missed("file named while it is removed", "generation %d: %v", m.Generation, err)
	} else if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	// A crash in between leaves it aside: the next one who misses it puts it back.
	if err := files.Rename(filesDir+"/"+m.Sources.Name(), filesDir+"/"+asidePrefix+"0-"+m.Sources.Name()); err != nil {
		t.Fatal(err)
	}
	c.Reached("file left aside by a crash", 1)
	sn, err := other.Snapshot(ctx)
	if err != nil || len(sn.Degraded()) > 0 || len(sn.Sources()) != 1 {
		c.Missed("file left aside by a crash", "%v, %v", sn.Degraded(), err)
	}
	_ = sn.Close()
	_, _ = s.Close(), other.Close()
}

// TestTheSlotOfAKilledWriter: a process is killed when it has written a slot and the disk has not.
// The next one commits and removes files, and then the power fails: what both slots name is there.
func TestTheSlotOfAKilledWriter(t *testing.T) {
	c := promise.For(t, 7, "slot of a killed writer, and a power cut")
	files := vfs.Mem()
	s := newTestStore(t, files)
	add := func(s *Store, label string) error {
		return s.AddSource(t.Context(), SourceConfig{Label: label, Kind: "memory"})
	}
	for _, label := range []string{"one", "two", "three"} {
		if err := add(s, label); err != nil {
			t.Fatal(err)
		}
	}
	m, _, err := readManifest(files)
	if err != nil {
		t.Fatal(err)
	}
	_ = s.Close()
	dying := faultfs.New(files, 1, faultfs.Rule{Ops: faultfs.Sync, Path: slotName(m.Generation + 1), Nth: 1, Mode: faultfs.Kill})
	killed, err := Open(dying, Options{})
	if err != nil {
		t.Fatal(err)
	}
	if err := add(killed, "four"); !errors.Is(err, faultfs.ErrKilled) {
		t.Fatalf("vacuous: %v", err)
	}
	next, err := Open(files, Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer next.Close()
	if err := add(next, "five"); err != nil {
		t.Fatal(err)
	}
	for seed := range uint64(30) {
		left := files.CrashClone(seed)
		c.Reached("slot of a killed writer, and a power cut", 1)
		for i := range uint64(2) {
			m, _, err := readSlot(left, slotName(i))
			if err != nil {
				c.Missed("slot of a killed writer, and a power cut", "seed %d: %v", seed, err)
				continue
			}
			m.files(func(r blockfile.Ref) {
				if _, err := left.Stat(filesDir + "/" + r.Name()); err != nil {
					c.Missed("slot of a killed writer, and a power cut", "seed %d: generation %d in slot %d: %v", seed, m.Generation, i, err)
				}
			})
		}
	}
}
