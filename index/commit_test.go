package index

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"

	"sluice/index/blockfile"
	"sluice/internal/testkit"
	"sluice/internal/vfs"
)

// nothing is a change that changes nothing but the generation.
func nothing(*Manifest) error { return nil }

func mustCommit(t *testing.T, s *Store) uint64 {
	t.Helper()
	if err := s.Commit(context.Background(), "", nothing); err != nil {
		t.Fatal(err)
	}
	m, _, err := readManifest(s.fs)
	if err != nil {
		t.Fatal(err)
	}
	return m.Generation
}

// TestAClaimedGenerationIsSteppedOver: a process that died after it had claimed a number leaves the
// number taken. The next commit goes on with one that leaves the slot of the present generation
// alone: were that slot overwritten and the write torn, nothing would be left.
func TestAClaimedGenerationIsSteppedOver(t *testing.T) {
	files := vfs.Mem()
	s := newTestStore(t, files)
	current := mustCommit(t, s)
	for _, claimed := range []uint64{current + 1, current + 3} {
		if err := writeFile(files, generationName(claimed), []byte("a claim")); err != nil {
			t.Fatal(err)
		}
	}
	next := mustCommit(t, s)
	if next != current+5 {
		t.Errorf("after %d, with %d and %d claimed, comes %d", current, current+1, current+3, next)
	}
	if before, _, err := readSlot(files, slotName(current)); err != nil || before.Generation != current {
		t.Errorf("the generation before is gone from its slot: %+v, %v", before, err)
	}
}

// TestTheGenerationBeforeKeepsItsFiles: when the newest slot is torn the store falls back to the
// generation before it, all of whose files are still there; Settle ends that.
func TestTheGenerationBeforeKeepsItsFiles(t *testing.T) {
	files := vfs.Mem()
	s := newTestStore(t, files)
	ctx := context.Background()
	for _, label := range []string{"one", "two"} {
		if err := s.AddSource(ctx, SourceConfig{Label: label, Kind: "memory"}); err != nil {
			t.Fatal(err)
		}
	}
	m, _, _ := readManifest(files)
	torn := files.CrashClone(1)
	testkit.Overwrite(t, torn, slotName(m.Generation), []byte("torn"))
	testkit.Overwrite(t, torn, generationName(m.Generation), []byte("torn")) // or its copy would take its place
	back, err := Open(torn, Options{})
	if err != nil {
		t.Fatal(err)
	}
	sources, err := back.Sources(ctx)
	if err != nil || len(sources) != 1 || sources[0].Label != "one" {
		t.Errorf("the generation before: %+v, %v", sources, err)
	}
	if err := s.Settle(ctx); err != nil {
		t.Fatal(err)
	}
	left, err := files.List(filesDir)
	if err != nil || len(left) != 1 {
		t.Errorf("settled, and %d files where one is in use: %v", len(left), err)
	}
	if again := mustGeneration(t, files); s.Settle(ctx) != nil || mustGeneration(t, files) != again {
		t.Error("a settled store is changed by settling it")
	}
}

// TestWhoSettlesKeepsNothing: files that nothing holds but the generation that the store itself
// keeps open for the next question go when it settles.
func TestWhoSettlesKeepsNothing(t *testing.T) {
	files := vfs.Mem()
	s := newTestStore(t, files)
	ctx := context.Background()
	if err := s.AddSource(ctx, SourceConfig{Label: "one", Kind: "memory"}); err != nil {
		t.Fatal(err)
	}
	sn, err := s.Snapshot(ctx)
	if err != nil {
		t.Fatal(err)
	}
	_ = sn.Close() // the store keeps it open for the next question
	other, err := Open(files, Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer other.Close()
	if err := other.AddSource(ctx, SourceConfig{Label: "two", Kind: "memory"}); err != nil {
		t.Fatal(err)
	}
	if err := other.Settle(ctx); err != nil {
		t.Fatal(err)
	}
	if orphans, err := s.Orphans(); err != nil || len(orphans) == 0 {
		t.Fatalf("vacuous: nothing is kept, %v", err)
	}
	if err := s.Settle(ctx); err != nil {
		t.Fatal(err)
	}
	if orphans, err := s.Orphans(); err != nil || len(orphans) > 0 {
		t.Errorf("left behind: %v, %v", orphans, err)
	}
}

func mustGeneration(t *testing.T, files vfs.FS) uint64 {
	t.Helper()
	m, _, err := readManifest(files)
	if err != nil {
		t.Fatal(err)
	}
	return m.Generation
}

// TestAClaimSurvivesAPowerCut: once a commit is done its generation's file is there for good, for
// readers lock by it and writers count by it.
func TestAClaimSurvivesAPowerCut(t *testing.T) {
	files := vfs.Mem()
	s := newTestStore(t, files)
	want := mustCommit(t, s)
	after := files.CrashClone(1)
	entries, err := after.List(generationsDir)
	if err != nil || !slices.ContainsFunc(entries, func(e vfs.Entry) bool { return e.Name == fmt.Sprint(want) }) {
		t.Errorf("generation %d of %v, %v", want, entries, err)
	}
}

// TestAFailedChangeChangesNothing: an edit that refuses leaves the generation as it is.
func TestAFailedChangeChangesNothing(t *testing.T) {
	files := vfs.Mem()
	s := newTestStore(t, files)
	before := mustGeneration(t, files)
	refused := errors.New("no longer applies")
	if err := s.Commit(context.Background(), "", func(*Manifest) error { return refused }); !errors.Is(err, refused) {
		t.Fatal(err)
	}
	if mustGeneration(t, files) != before {
		t.Error("a refused change made a generation")
	}
}

// TestRenew: a store of an older format opens with its sources and none of its documents, and only
// once.
func TestRenew(t *testing.T) {
	files := vfs.Mem()
	s := newTestStore(t, files)
	ctx := context.Background()
	if err := s.AddSource(ctx, SourceConfig{Label: "notes", Kind: "memory", Root: "memory://notes"}); err != nil {
		t.Fatal(err)
	}
	_ = s.Close()
	for g := range uint64(2) { // as the older program wrote them
		m, _, err := readSlot(files, slotName(g))
		if err != nil {
			t.Fatal(err)
		}
		m.Segments = []Entry{{Label: "notes", Documents: 7, Tombstones: &blockfile.Ref{Kind: blockfile.KindTombstones}}}
		b, err := m.encodeAs(1)
		if err != nil {
			t.Fatal(err)
		}
		testkit.Overwrite(t, files, slotName(g), b)
		testkit.Overwrite(t, files, generationName(m.Generation), b)
	}
	if _, err := Open(files, Options{}); !errors.Is(err, ErrOlder) || errors.Is(err, ErrCorrupt) {
		t.Fatalf("an older store opens with %v", err)
	}
	if _, err := Create(files, Options{}); !errors.Is(err, ErrOlder) {
		t.Fatalf("an older store is made anew with %v", err)
	}
	for range 2 {
		renewed, err := Renew(ctx, files, Options{})
		if err != nil {
			t.Fatal(err)
		}
		st, err := renewed.Status(ctx)
		if err != nil || len(st.Sources) != 1 || st.Sources[0].Root != "memory://notes" || st.Sources[0].Documents != 0 || len(st.Degraded) > 0 {
			t.Fatalf("%+v, %v", st, err)
		}
		_ = renewed.Close()
	}
}

// TestFindAndPut: a generation has a segment once; one without documents leaves, and one that is
// gone does not come back.
func TestFindAndPut(t *testing.T) {
	a, b := Entry{Documents: 1, Text: blockfile.Ref{Size: 1}}, Entry{Documents: 2, Text: blockfile.Ref{Size: 2}}
	a.Text.Hash[0], b.Text.Hash[0] = 1, 2
	m := &Manifest{Segments: []Entry{a, b}}
	b.Documents = 9
	m.Put(b)
	if m.Find(b.Text) != 1 || m.Segments[1].Documents != 9 || len(m.Segments) != 2 {
		t.Errorf("%+v", m.Segments)
	}
	a.Documents = 0
	m.Put(a)
	a.Documents = 1
	m.Put(a)
	if m.Find(a.Text) != -1 || len(m.Segments) != 1 {
		t.Errorf("%+v", m.Segments)
	}
}
