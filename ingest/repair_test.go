package ingest

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"sluice/corpus"
	"sluice/index"
	"sluice/internal/promise"
	"sluice/internal/testkit"
	"sluice/internal/vfs"
)

// wellStore is a store with several segments, tombstones and marks, and its files as they were
// written.
func wellStore(t *testing.T) (files *vfs.MemFS, src *testkit.Source, want string, good map[string][]byte) {
	t.Helper()
	files, src = vfs.Mem(), crashSource()
	s := newStore(t, files)
	addSource(t, s, src)
	syncSource(t, s, src)
	src.Put("dir0/doc000.txt", testkit.Text(99, 30))
	syncSource(t, s, src)
	want = state(t, s)
	_ = s.Close()
	good = map[string][]byte{}
	entries, err := files.List("files")
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		good[e.Name] = testkit.ReadFile(t, files, "files/"+e.Name)
	}
	return files, src, want, good
}

func (s *both) mustRepair(t *testing.T, src corpus.Source) *RepairReport {
	t.Helper()
	rep, err := s.Repair(t.Context(), RepairOptions{Source: func(string) (corpus.Source, error) { return src, nil }})
	if err != nil {
		t.Fatal(err)
	}
	return rep
}

var errNoSource = errors.New("the disk is in a drawer")

// withoutSource repairs a store whose source is not to be had.
func (s *both) withoutSource(t *testing.T) *RepairReport {
	t.Helper()
	rep, err := s.Repair(t.Context(), RepairOptions{Source: func(string) (corpus.Source, error) { return nil, errNoSource }})
	if err != nil {
		t.Fatal(err)
	}
	return rep
}

// same: every file is there as it was written, and the store says what it said.
func same(t *testing.T, files vfs.FS, s *both, want string, good map[string][]byte, what string) error {
	t.Helper()
	for name, b := range good {
		if _, err := files.Stat("files/" + name); err != nil {
			return err
		}
		if !bytes.Equal(testkit.ReadFile(t, files, "files/"+name), b) {
			return fmt.Errorf("%s: %s has other bytes than before", what, name)
		}
	}
	if got := state(t, s); got != want {
		return fmt.Errorf("%s: the store says something else:\n%s", what, cmp.Diff(want, got))
	}
	return nil
}

// TestRepairByItself: damage all over every file of a store, one after the other, is repaired
// without the source: derived files, texts, tombstones and their copies are SHA-256-identical to
// what they were.
func TestRepairByItself(t *testing.T) {
	count := promise.For(t, 1, "repaired byte of text", "repaired byte of lexical", "repaired byte of parity", "repaired byte of tombstones", "repaired byte of spare")
	files, _, want, good := wellStore(t)
	for _, name := range slices.Sorted(maps.Keys(good)) {
		kind := name[strings.LastIndex(name, ".")+1:]
		if kind == "sources" {
			continue
		}
		b := good[name]
		for at := 0; at < len(b); at += 1 + len(b)/12 {
			bad := bytes.Clone(b)
			bad[at] ^= 0x41
			testkit.Overwrite(t, files, "files/"+name, bad)
			what := fmt.Sprintf("%s, byte %d of %d", name, at, len(b))
			s := newStore(t, files)
			rep := s.withoutSource(t)
			count.Reached("repaired byte of "+kind, 1)
			if len(rep.Found) != 1 || rep.Found[0].File != name || rep.Found[0].Done == NotYet {
				count.Missed("repaired byte of "+kind, "%s: %+v", what, rep.Found)
			}
			if err := same(t, files, s, want, good, what); err != nil {
				count.Missed("repaired byte of "+kind, "%v", err)
			}
			if again := s.withoutSource(t); len(again.Found) > 0 {
				t.Errorf("%s: a second repair finds %+v", what, again.Found)
			}
			kept, err := s.Quarantined()
			if err != nil || len(kept) != 1 || kept[0].File != name || !bytes.Equal(testkit.ReadFile(t, files, "quarantine/"+name), bad) {
				t.Errorf("%s: kept for a human: %+v, %v", what, kept, err)
			}
			if err := s.DropQuarantine(func(string) bool { return true }); err != nil {
				t.Fatal(err)
			}
			_ = s.Close()
		}
	}
}

// TestRepairBesideAnother: another process merges or mends the damaged segment after the repair
// found it and before it has the source's lock. There is nothing left to do, and that is no
// failure.
func TestRepairBesideAnother(t *testing.T) {
	clean, src, want, good := wellStore(t)
	for name, b := range good {
		for what, act := range map[string]func(*both) error{
			"merges": func(s *both) error { return s.Merge(t.Context()) },
			"mends": func(s *both) error {
				_, err := s.Repair(t.Context(), RepairOptions{Source: func(string) (corpus.Source, error) { return src, nil }})
				return err
			},
		} {
			files := clean.CrashClone(1)
			bad := bytes.Clone(b)
			bad[len(bad)/3] ^= 0x41
			testkit.Overwrite(t, files, "files/"+name, bad)
			other, s := newStore(t, files), newStore(t, files)
			acted := false
			rep, err := s.Repair(t.Context(), RepairOptions{
				Source: func(string) (corpus.Source, error) { return src, nil },
				Progress: func(phase string, _, _ int64) {
					if phase != "repairing" || acted {
						return
					}
					acted = true
					_ = s.Store.Close() // as a process does that nobody asks for a while: or it would keep the files
					if err := act(other); err != nil && !errors.Is(err, index.ErrCorrupt) {
						t.Errorf("%s: another one that %s: %v", name, what, err)
					}
				},
			})
			if err != nil || len(rep.Lost()) > 0 {
				t.Errorf("%s, while another one %s: %v, %+v", name, what, err, rep)
			}
			if acted == strings.HasSuffix(name, ".sources") {
				t.Errorf("vacuous: of %s nobody else did anything", name)
			}
			checkClean(t, s, name+", while another one "+what)
			if what == "mends" && state(t, s) != want {
				t.Errorf("%s, while another one %s: %s", name, what, cmp.Diff(want, state(t, s)))
			}
			_, _ = s.Close(), other.Close()
		}
	}
}

// TestRepairOfAll: every derived file is gone, every text has lost a block, and one of the parity
// files is gone too.
func TestRepairOfAll(t *testing.T) {
	files, _, want, good := wellStore(t)
	hit := 0
	for name, b := range good {
		switch {
		case strings.HasSuffix(name, ".lexical"):
			if err := files.Remove("files/" + name); err != nil {
				t.Fatal(err)
			}
			hit++
		case strings.HasSuffix(name, ".text"):
			bad := bytes.Clone(b)
			clear(bad[len(bad)-100:]) // footer and tables
			testkit.Overwrite(t, files, "files/"+name, bad)
			hit++
		}
	}
	s := newStore(t, files)
	dry, err := s.Repair(t.Context(), RepairOptions{DryRun: true})
	if err != nil || len(dry.Found) != hit {
		t.Fatalf("a dry run finds %d of %d: %v", len(dry.Found), hit, err)
	}
	if err := same(t, files, s, want, good, "dry run"); err == nil {
		t.Error("a dry run repaired something")
	}
	rep := s.withoutSource(t)
	if diff := cmp.Diff(dry.Found, rep.Found); diff != "" || len(rep.Lost()) > 0 {
		t.Errorf("what would be done and what was done differ:\n%s", diff)
	}
	if err := same(t, files, s, want, good, "repaired"); err != nil {
		t.Error(err)
	}
}

// TestRepairFromTheSource: what parity does not bring back, and tombstones whose copy is gone too,
// come back from the source. While that is not to be had nothing is made worse, and the
// report says what would help.
func TestRepairFromTheSource(t *testing.T) {
	for _, kind := range []string{".text", ".tombstones"} {
		files, src, want, good := wellStore(t)
		lost := ""
		for _, name := range slices.Sorted(maps.Keys(good)) {
			if strings.HasSuffix(name, kind) {
				lost = name
			}
		}
		bad := bytes.Clone(good[lost])
		for i := len(bad) / 4; i < len(bad)*3/4; i++ {
			bad[i] ^= 0x55
		}
		testkit.Overwrite(t, files, "files/"+lost, bad)
		for name := range good {
			if kind == ".tombstones" && strings.HasSuffix(name, ".spare") {
				_ = files.Remove("files/" + name)
			}
		}
		s := newStore(t, files)
		before := generation(t, s)
		rep := s.withoutSource(t)
		if l := rep.Lost(); len(l) != 1 || l[0].File != lost || l[0].Documents == 0 || !strings.Contains(l[0].Need, errNoSource.Error()) {
			t.Errorf("%s: without the source: %+v", kind, rep.Found)
		}
		if !bytes.Equal(testkit.ReadFile(t, files, "files/"+lost), bad) || generation(t, s) != before {
			t.Errorf("%s: a repair that could do nothing did something", kind)
		}
		rep = s.mustRepair(t, src)
		if len(rep.Lost()) > 0 || rep.Found[0].Done != BySource {
			t.Errorf("%s: with the source: %+v", kind, rep.Found)
		}
		if got := state(t, s); got != want {
			t.Errorf("%s: %s", kind, cmp.Diff(want, got))
		}
		checkClean(t, s, kind)
		if again := s.mustRepair(t, src); len(again.Found) > 0 {
			t.Errorf("%s: a second repair finds %+v", kind, again.Found)
		}
	}
}

func generation(t *testing.T, s *both) uint64 {
	t.Helper()
	sn, err := s.Snapshot(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer sn.Close()
	return sn.Generation()
}

// TestRepairTheManifest: a damaged slot and a damaged table of sources are written anew.
func TestRepairTheManifest(t *testing.T) {
	for _, victim := range []string{"manifest.0", "manifest.1", ".sources"} {
		files, _, want, good := wellStore(t)
		name := victim
		for file := range good {
			if strings.HasSuffix(file, victim) {
				name = "files/" + file
			}
		}
		bad := testkit.ReadFile(t, files, name)
		bad[len(bad)/2] ^= 1
		testkit.Overwrite(t, files, name, bad)
		s := newStore(t, files)
		if rep := s.withoutSource(t); len(rep.Found) == 0 || slices.ContainsFunc(rep.Found, func(f Repaired) bool { return f.Done != ByCopy }) {
			t.Errorf("%s: %+v", victim, rep.Found)
		}
		if got := state(t, s); got != want {
			t.Errorf("%s: %s", victim, cmp.Diff(want, got))
		}
		if again := s.withoutSource(t); len(again.Found) > 0 {
			t.Errorf("%s: a second repair finds %+v", victim, again.Found)
		}
	}
}

// TestForgetEmptiesTheQuarantine: what is forgotten does not stay among the damaged bytes.
func TestForgetEmptiesTheQuarantine(t *testing.T) {
	files, _, _, good := wellStore(t)
	for name, b := range good {
		if strings.HasSuffix(name, ".text") {
			bad := bytes.Clone(b)
			bad[len(bad)-1] ^= 1
			testkit.Overwrite(t, files, "files/"+name, bad)
		}
	}
	s := newStore(t, files)
	s.withoutSource(t)
	if kept, err := s.Quarantined(); err != nil || len(kept) < 2 {
		t.Fatalf("vacuous: %+v, %v", kept, err)
	}
	if _, err := s.Forget(context.Background(), Forget{Paths: map[string][]string{"notes": {"dir0/"}}}); err != nil {
		t.Fatal(err)
	}
	if left, err := files.List("quarantine"); err != nil || len(left) > 0 {
		t.Errorf("left behind: %v, %v", left, err)
	}
}

// TestRepairPastWhatIsNoFile: a folder that stands in a file's place is left to the store's owner,
// and keeps nothing else from being repaired.
func TestRepairPastWhatIsNoFile(t *testing.T) {
	_, src, _, good := wellStore(t)
	dir := t.TempDir()
	files := vfs.OS(dir)
	s := newStore(t, files)
	addSource(t, s, src)
	syncSource(t, s, src)
	_ = s.Close()
	hurt := filesOf(t, files, ".lexical")
	if len(hurt) < 2 {
		t.Fatalf("%d segments, of a store of %d files", len(hurt), len(good))
	}
	for i, name := range hurt {
		if i == 0 {
			if err := errors.Join(files.Remove(name), files.MkdirAll(name)); err != nil {
				t.Fatal(err)
			}
			continue
		}
		b := testkit.ReadFile(t, files, name)
		b[len(b)/2] ^= 1
		testkit.Overwrite(t, files, name, b)
	}
	s = newStore(t, files)
	rep := s.withoutSource(t)
	if lost := rep.Lost(); len(rep.Found) != len(hurt) || len(lost) != 1 || !strings.Contains(lost[0].Need, "remove it") {
		t.Errorf("%+v", rep)
	}
	if err := files.Remove(hurt[0]); err != nil {
		t.Fatal(err)
	}
	if rep = s.withoutSource(t); len(rep.Found) != 1 || len(rep.Lost()) > 0 {
		t.Errorf("without the folder: %+v", rep)
	}
	checkClean(t, s, "repaired")
}

// TestRepairOfAStoreThatNothingNames: slots, copies, the table of sources, and a block of each text
// and of its parity are damaged. What is left of the texts says whose they were; where nothing is,
// the repair says that.
func TestRepairOfAStoreThatNothingNames(t *testing.T) {
	for _, texts := range []bool{true, false} {
		files, _, _, good := wellStore(t)
		generations, err := files.List("generations")
		if err != nil {
			t.Fatal(err)
		}
		hit := []string{"manifest.0", "manifest.1"}
		for _, g := range generations {
			hit = append(hit, "generations/"+g.Name)
		}
		for name := range good {
			if !strings.HasSuffix(name, ".text") || !texts {
				hit = append(hit, "files/"+name)
			}
		}
		for _, name := range hit {
			b := testkit.ReadFile(t, files, name)
			b[len(b)*2/3] ^= 0x41
			testkit.Overwrite(t, files, name, b)
		}
		for name := range good { // in its texts, which come first; what says whose it is comes last
			if strings.HasSuffix(name, ".text") {
				b := testkit.ReadFile(t, files, "files/"+name)
				b[70] ^= 0x41
				if !texts {
					clear(b)
				}
				testkit.Overwrite(t, files, "files/"+name, b)
			}
		}
		store, err := index.OpenToRepair(files, index.Options{})
		if err != nil {
			t.Fatal(err)
		}
		s := &both{Store: store, Ingest: New(store, Options{Jobs: 1}), files: files}
		lost := s.withoutSource(t).Lost()
		if len(lost) != 1 || lost[0].Need == "" || texts != (lost[0].Label == "notes") {
			t.Errorf("texts are there: %t: %+v", texts, lost)
		}
		checkClean(t, s, "repaired")
		_ = s.Close()
	}
}
