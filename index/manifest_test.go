package index

import (
	"context"
	"errors"
	"reflect"
	"strings"
	"testing"

	"sluice/index/blockfile"
	"sluice/internal/promise"
	"sluice/internal/testkit"
	"sluice/internal/vfs"
)

func newTestStore(t *testing.T, files vfs.FS) *Store {
	t.Helper()
	s, err := Create(files, Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	return s
}

// TestEveryBitOfTheManifest: whatever bit of the newer slot and its copy flips, the store opens at
// the generation before and names the slot; when the other slot is gone too it refuses with
// ErrCorrupt. Never anything else.
func TestEveryBitOfTheManifest(t *testing.T) {
	promise.Sweep(t)
	files := vfs.Mem()
	s := newTestStore(t, files)
	for _, label := range []string{"notes", "mail"} {
		if err := s.AddSource(context.Background(), SourceConfig{Label: label, Kind: "memory"}); err != nil {
			t.Fatal(err)
		}
	}
	m, _, err := readManifest(files)
	if err != nil {
		t.Fatal(err)
	}
	name := slotName(m.Generation)
	good := testkit.ReadFile(t, files, name)
	for _, older := range []uint64{m.Generation, m.Generation - 1} {
		testkit.Overwrite(t, files, generationName(older), nil) // copies would take the slots' place
	}
	c := promise.For(t, 2, "bit of a manifest slot", "slot cut at every length")
	for bit := range len(good) * 8 {
		bad := append([]byte(nil), good...)
		bad[bit/8] ^= 1 << (bit % 8)
		testkit.Overwrite(t, files, name, bad)
		n, err := readNewest(files)
		got, named := n.m, n.named
		c.Reached("bit of a manifest slot", 1)
		if err != nil || got.Generation != m.Generation-1 || len(named) == 0 || named[0].What != "manifest slot "+name {
			c.Missed("bit of a manifest slot", "bit %d: %+v %v %v", bit, got, named, err)
		}
	}
	for cut := range len(good) {
		testkit.Overwrite(t, files, name, good[:cut])
		c.Reached("slot cut at every length", 1)
		if got, _, err := readManifest(files); err != nil || got.Generation != m.Generation-1 {
			c.Missed("slot cut at every length", "cut at %d: %+v %v", cut, got, err)
		}
	}
	if err := files.Remove(slotName(m.Generation + 1)); err != nil {
		t.Fatal(err)
	}
	if _, _, err := readManifest(files); !errors.Is(err, blockfile.ErrCorrupt) {
		t.Fatalf("no valid slot: %v", err)
	}
}

// TestTwoStatesOfOneGeneration: equal numbers with different content are refused, and both are
// named.
func TestTwoStatesOfOneGeneration(t *testing.T) {
	files := vfs.Mem()
	newTestStore(t, files)
	for slot, parent := range []string{"aa", "bb"} {
		b, err := (&Manifest{Generation: 8, Parent: parent}).encode()
		if err != nil {
			t.Fatal(err)
		}
		testkit.Overwrite(t, files, slotName(uint64(slot)), b)
	}
	if _, _, err := readManifest(files); !errors.Is(err, blockfile.ErrCorrupt) || !strings.Contains(err.Error(), "generation 8") {
		t.Fatal(err)
	}
}

// TestTheCopyTakesTheSlotsPlace: the newest generation survives the loss of its slot, and of both,
// through its copy; the slot is named. Where the copy is gone too the generation before answers,
// and the slot is named.
func TestTheCopyTakesTheSlotsPlace(t *testing.T) {
	ctx := context.Background()
	for name, c := range map[string]struct {
		spoil func(files vfs.FS, newest uint64)
		want  int // sources that the store then knows
	}{
		"newest slot": {func(f vfs.FS, g uint64) { testkit.Overwrite(t, f, slotName(g), []byte("torn")) }, 2},
		"older slot":  {func(f vfs.FS, g uint64) { testkit.Overwrite(t, f, slotName(g+1), []byte("torn")) }, 2},
		"both slots": {func(f vfs.FS, _ uint64) {
			testkit.Overwrite(t, f, slotName(0), nil)
			testkit.Overwrite(t, f, slotName(1), nil)
		}, 2},
		"both missing": {func(f vfs.FS, _ uint64) { _, _ = f.Remove(slotName(0)), f.Remove(slotName(1)) }, 2},
		"slot and copy": {func(f vfs.FS, g uint64) {
			testkit.Overwrite(t, f, slotName(g), []byte("torn"))
			testkit.Overwrite(t, f, generationName(g), []byte("torn"))
		}, 1},
	} {
		files := vfs.Mem()
		s := newTestStore(t, files)
		for _, label := range []string{"one", "two"} {
			if err := s.AddSource(ctx, SourceConfig{Label: label, Kind: "memory"}); err != nil {
				t.Fatal(err)
			}
		}
		newest := mustGeneration(t, files)
		_ = s.Close()
		c.spoil(files, newest)
		s, err := Open(files, Options{})
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		sn, err := s.Snapshot(ctx)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		named := len(sn.Degraded()) > 0 && strings.HasPrefix(sn.Degraded()[0].What, "manifest slot")
		if n := len(sn.Sources()); n != c.want || !named {
			t.Errorf("%s: %d sources, degraded %v", name, n, sn.Degraded())
		}
		_ = sn.Close()
		if err := s.Settle(ctx); err != nil {
			t.Errorf("%s: settle: %v", name, err)
		}
		if sn, err = s.Snapshot(ctx); err != nil || len(sn.Degraded()) > 0 {
			t.Errorf("%s: the next commit does not mend it: %v", name, err)
		}
		_ = sn.Close()
		_ = s.Close()
	}
}

// TestTheOlderTableOfSources: a store whose table of sources is damaged still answers, with the
// newest older table, says so, and is mended by the next change of a source.
func TestTheOlderTableOfSources(t *testing.T) {
	ctx := context.Background()
	files := vfs.Mem()
	s := newTestStore(t, files)
	for _, label := range []string{"one", "two"} {
		if err := s.AddSource(ctx, SourceConfig{Label: label, Kind: "memory"}); err != nil {
			t.Fatal(err)
		}
	}
	m, _, err := readManifest(files)
	if err != nil {
		t.Fatal(err)
	}
	_ = s.Close()
	testkit.Overwrite(t, files, filesDir+"/"+m.Sources.Name(), []byte("torn"))
	s = newTestStore(t, files)
	sn, err := s.Snapshot(ctx)
	if err != nil || len(sn.Degraded()) != 1 || sn.Degraded()[0].What != "table of sources" {
		t.Fatalf("%v %v", sn.Degraded(), err)
	}
	_ = sn.Close()
	if err := s.AddSource(ctx, SourceConfig{Label: "three", Kind: "memory"}); err != nil {
		t.Fatal(err)
	}
	sources, err := s.Sources(ctx)
	if err != nil || len(sources) == 0 || sources[len(sources)-1].Label == "" {
		t.Fatalf("%+v %v", sources, err)
	}
	if sn, err = s.Snapshot(ctx); err != nil || len(sn.Degraded()) != 0 {
		t.Errorf("%v %v", sn.Degraded(), err)
	}
	_ = sn.Close()
}

// TestTheManifestsCopyOfTheTable: when every file of sources is gone, the manifest's copy tells all
// that the table told.
func TestTheManifestsCopyOfTheTable(t *testing.T) {
	ctx := context.Background()
	files := vfs.Mem()
	s := newTestStore(t, files)
	if err := s.AddSource(ctx, SourceConfig{Label: "one", Kind: "memory", Options: []byte(`{"forgotten":["diary.md"]}`)}); err != nil {
		t.Fatal(err)
	}
	want, err := s.Sources(ctx)
	if err != nil {
		t.Fatal(err)
	}
	_ = s.Close()
	entries, err := files.List(filesDir)
	if err != nil || len(entries) == 0 {
		t.Fatal(entries, err)
	}
	for _, e := range entries {
		if err := files.Remove(filesDir + "/" + e.Name); err != nil {
			t.Fatal(err)
		}
	}
	s = newTestStore(t, files)
	got, err := s.Sources(ctx)
	if err != nil || !reflect.DeepEqual(got, want) {
		t.Fatalf("%+v, want %+v: %v", got, want, err)
	}
}
