package ingest

import (
	"context"
	"strings"
	"testing"

	"sluice/index"
	"sluice/internal/testkit"
	"sluice/internal/vfs"
)

// TestRepairOfWhatOnlyTheGenerationBeforeNames: damage that no answer meets, because only the slot
// of the generation before names the file, is damage all the same, and goes with that generation.
func TestRepairOfWhatOnlyTheGenerationBeforeNames(t *testing.T) {
	ctx := context.Background()
	disk := vfs.Mem()
	s := newStore(t, disk)
	src := crashSource()
	addSource(t, s, src)
	syncSource(t, s, src)
	before := map[string]bool{}
	for _, e := range listed(t, disk) {
		before[e] = true
	}
	if err := s.AddSource(ctx, index.SourceConfig{Label: "mail", Kind: "memory"}); err != nil {
		t.Fatal(err)
	}
	for name := range before {
		if strings.HasSuffix(name, ".sources") {
			b := testkit.ReadFile(t, disk, "files/"+name)
			b[len(b)/2] ^= 1
			testkit.Overwrite(t, disk, "files/"+name, b)
		}
	}
	if rep, err := s.Check(ctx, index.CheckOptions{}); err != nil || len(rep.Bad) == 0 {
		t.Fatalf("vacuous: %+v, %v", rep, err)
	}
	if _, err := s.Ingest.Repair(ctx, RepairOptions{}); err != nil {
		t.Fatal(err)
	}
	if rep, err := s.Check(ctx, index.CheckOptions{}); err != nil || len(rep.Bad) > 0 {
		t.Fatalf("after a repair: %+v, %v", rep, err)
	}
}

// listed lists the files of a store.
func listed(t *testing.T, disk vfs.FS) (names []string) {
	t.Helper()
	entries, err := disk.List("files")
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		names = append(names, e.Name)
	}
	return names
}
