package index

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"sluice/index/blockfile"
	"sluice/internal/promise"
	"sluice/internal/testkit"
	"sluice/internal/vfs"
)

// spoil is what may have happened to a file.
var spoils = map[string]func(t *testing.T, files *vfs.MemFS, name string){
	"whole":   func(*testing.T, *vfs.MemFS, string) {},
	"missing": func(_ *testing.T, files *vfs.MemFS, name string) { _ = files.Remove(name) },
	"damaged": func(t *testing.T, files *vfs.MemFS, name string) {
		b := testkit.ReadFile(t, files, name)
		b[len(b)/2] ^= 4
		testkit.Overwrite(t, files, name, b)
	},
}

// twoSources is a store whose newest generation has the sources one and two, and the one before
// one.
func twoSources(t *testing.T) (*vfs.MemFS, uint64) {
	t.Helper()
	files := vfs.Mem()
	s := newTestStore(t, files)
	for _, label := range []string{"one", "two"} {
		if err := s.AddSource(context.Background(), SourceConfig{Label: label, Kind: "memory", Root: "memory://" + label}); err != nil {
			t.Fatal(err)
		}
	}
	_ = s.Close()
	return files, mustGeneration(t, files)
}

// sourcesOf opens a store and lists its sources and what is named.
func sourcesOf(t *testing.T, files vfs.FS) (labels []string, named []Degraded, err error) {
	t.Helper()
	s, err := Open(files, Options{})
	if err != nil {
		return nil, nil, err
	}
	defer s.Close()
	sn, err := s.Snapshot(context.Background())
	if err != nil {
		return nil, nil, err
	}
	defer sn.Close()
	for _, src := range sn.Sources() {
		labels = append(labels, src.Label)
	}
	return labels, sn.Degraded(), nil
}

// TestEveryCombinationOfDamage: whatever of the two slots, the newest generation's copy and the
// table of sources is missing or damaged, the store shows the newest generation that is whole
// anywhere, or says that it does not; and a repair leaves nothing to say, with all sources.
func TestEveryCombinationOfDamage(t *testing.T) {
	promise.Sweep(t)
	c := promise.For(t, 8, "slots, copy and table of sources, missing or damaged")
	kind := "slots, copy and table of sources, missing or damaged"
	for newer, spoilNewer := range spoils {
		for older, spoilOlder := range spoils {
			for copied, spoilCopy := range spoils {
				for table, spoilTable := range spoils {
					what := fmt.Sprintf("newest slot %s, older slot %s, copy %s, table %s", newer, older, copied, table)
					files, g := twoSources(t)
					m, _, err := readManifest(files)
					if err != nil {
						t.Fatal(err)
					}
					spoilTable(t, files, filesDir+"/"+m.Sources.Name())
					spoilNewer(t, files, slotName(g))
					spoilOlder(t, files, slotName(g-1))
					spoilCopy(t, files, generationName(g))
					if what != "newest slot whole, older slot whole, copy whole, table whole" {
						c.Reached(kind, 1)
					}
					labels, named, err := sourcesOf(t, files)
					newest, before := newer == "whole" || copied == "whole", older == "whole"
					switch {
					case newest && (err != nil || len(labels) != 2):
						c.Missed(kind, "%s: the newest generation is there, and the store shows %v, %v", what, labels, err)
					case !newest && before && (err != nil || len(labels) != 1 || len(named) == 0):
						c.Missed(kind, "%s: the store is behind and shows %v, names %v, %v", what, labels, named, err)
					case !newest && !before && !errors.Is(err, ErrCorrupt):
						c.Missed(kind, "%s: nothing can be read, and the store says %v, %v", what, labels, err)
					case table != "whole" && newest && len(named) == 0, newer == "damaged" && len(named) == 0 && err == nil,
						older == "damaged" && len(named) == 0 && err == nil:
						c.Missed(kind, "%s: nothing is named", what)
					}
					if err == nil {
						for name, how := range map[string]string{slotName(g): newer, slotName(g - 1): older, generationName(g): copied} {
							unknown := name == generationName(g) && how == "missing" && newer != "whole" // nothing tells of it any more
							if how != "whole" && !unknown && !checkNames(t, files, name) {
								c.Missed(kind, "%s: check does not name %s", what, name)
							}
						}
					}
					repaired(t, c, kind, what, files, newest)
				}
			}
		}
	}
}

// checkNames tells whether a check finds fault with a file.
func checkNames(t *testing.T, files *vfs.MemFS, name string) bool {
	t.Helper()
	s := newStore(files, Options{})
	defer s.Close()
	rep, err := s.Check(context.Background(), CheckOptions{})
	if err != nil {
		t.Fatal(err)
	}
	return slices.ContainsFunc(rep.Bad, func(b BadBlock) bool { return b.File == name })
}

// repaired mends the manifest and fails unless nothing is left to say.
func repaired(t *testing.T, c *promise.Count, kind, what string, files *vfs.MemFS, newest bool) {
	t.Helper()
	s := newStore(files, Options{})
	defer s.Close()
	done, err := s.RepairManifest(context.Background())
	if err != nil {
		c.Missed(kind, "%s: repair says %v", what, err)
		return
	}
	labels, named, err := sourcesOf(t, files)
	if err != nil || len(named) > 0 || !slices.Contains(labels, "one") || newest && !slices.Contains(labels, "two") {
		c.Missed(kind, "%s: after a repair that did %v the store shows %v, names %v, %v", what, done, labels, named, err)
	}
	if again, err := s.RepairManifest(context.Background()); err != nil || len(again) > 0 {
		c.Missed(kind, "%s: a second repair finds %v, %v", what, again, err)
	}
	if rep, err := s.Check(context.Background(), CheckOptions{}); err != nil || len(rep.Bad) > 0 {
		c.Missed(kind, "%s: after a repair check finds %+v, %v", what, rep.Bad, err)
	}
}

// TestRolledBackAndCopiedSlots: whatever was done to the slots, the greatest generation that is
// whole answers, or what is wrong is refused and named.
func TestRolledBackAndCopiedSlots(t *testing.T) {
	const copied, restored, twoStates, foreign = "slot copied over the other", "older generation restored", "two states of one generation", "slot of another store"
	c := promise.For(t, 8, copied, restored, twoStates, foreign)
	other, og := twoSources(t)
	s := newTestStore(t, other)
	for og%2 == 0 || og < 20 {
		if err := s.AddSource(context.Background(), SourceConfig{Label: "foreign", Kind: "memory", Root: fmt.Sprint(og)}); err != nil {
			t.Fatal(err)
		}
		og = mustGeneration(t, other)
	}
	for kind, spoil := range map[string]func(files *vfs.MemFS, g uint64){
		copied + " 0": func(f *vfs.MemFS, g uint64) {
			testkit.Overwrite(t, f, slotName(1), testkit.ReadFile(t, f, slotName(0)))
		},
		copied + " 1": func(f *vfs.MemFS, g uint64) {
			testkit.Overwrite(t, f, slotName(0), testkit.ReadFile(t, f, slotName(1)))
		},
		restored + " ":  func(f *vfs.MemFS, g uint64) { restore(t, f, g) },
		twoStates + " ": func(f *vfs.MemFS, g uint64) { again(t, f, slotName(g), g) },
		twoStates + " in both slots": func(f *vfs.MemFS, g uint64) {
			again(t, f, slotName(g+1), g)
		},
		foreign + " ": func(f *vfs.MemFS, g uint64) {
			testkit.Overwrite(t, f, slotName(og), testkit.ReadFile(t, other, slotName(og)))
		},
	} {
		base := strings.TrimRight(kind, " 01")
		if strings.HasPrefix(kind, twoStates) {
			base = twoStates
		}
		files, g := twoSources(t)
		spoil(files, g)
		c.Reached(base, 1)
		labels, named, err := sourcesOf(t, files)
		switch {
		case base == twoStates:
			both := new(TwoStatesError)
			if !errors.As(err, &both) || !strings.Contains(err.Error(), both.One) || !strings.Contains(err.Error(), both.Other) {
				c.Missed(base, "%s: %v, %v", kind, labels, err)
			}
			if _, err := newStore(files, Options{}).RepairManifest(context.Background()); !errors.As(err, &both) {
				c.Missed(base, "%s: a repair chooses between them: %v", kind, err)
			}
		case err != nil || len(labels) != 2 || slices.Contains(labels, "foreign"):
			c.Missed(base, "%s: the store shows %v, %v", kind, labels, err)
		case base != restored && len(named) == 0: // a slot that is behind hides nothing
			c.Missed(base, "%s: nothing is named", kind)
		}
		if base != twoStates {
			repaired(t, c, base, kind, files, true)
		}
	}
}

// restore writes the first generation's manifest into its slot, as a restored backup would.
func restore(t *testing.T, files *vfs.MemFS, g uint64) {
	t.Helper()
	b, err := (&Manifest{Generation: g - 2}).encode()
	if err != nil {
		t.Fatal(err)
	}
	testkit.Overwrite(t, files, slotName(g), b)
}

// again writes another state of a generation into a file.
func again(t *testing.T, files *vfs.MemFS, name string, g uint64) {
	t.Helper()
	b, err := (&Manifest{Generation: g, Parent: "aa"}).encode()
	if err != nil {
		t.Fatal(err)
	}
	testkit.Overwrite(t, files, name, b)
}

// TestNoFileTwice: a generation that would name a file twice is refused at its commit, and one that
// does so is found by a check.
func TestNoFileTwice(t *testing.T) {
	c := promise.For(t, 8, "file named twice")
	files, g := twoSources(t)
	s := newTestStore(t, files)
	e := Entry{Label: "one", Documents: 1, Text: blockfile.Ref{Kind: blockfile.KindText, Size: 9}}
	err := s.Commit(context.Background(), "", func(m *Manifest) error {
		m.Segments = append(m.Segments, e, e)
		return nil
	})
	c.Reached("file named twice", 1)
	if err == nil || !strings.Contains(err.Error(), "twice") || mustGeneration(t, files) != g {
		c.Missed("file named twice", "the commit says %v and leaves generation %d after %d", err, mustGeneration(t, files), g)
	}
}
