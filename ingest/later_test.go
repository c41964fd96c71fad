package ingest

import (
	"strings"
	"testing"

	"sluice/index"
	"sluice/internal/testkit"
	"sluice/internal/vfs"
)

// TestDamagedVectorsAreLeftToTheModel: a file of vectors that is damaged hides no document, a
// question does not wait for it to be made anew from the text, and a repair takes it out, for the
// model to read those passages again.
func TestDamagedVectorsAreLeftToTheModel(t *testing.T) {
	files := vfs.Mem()
	src := meaningful()
	s := armed(t, files)
	addSource(t, s, src)
	syncSource(t, s, src)
	m := &meant{id: 1}
	if _, err := s.Fill(t.Context(), FillOptions{Encoder: m}); err != nil {
		t.Fatal(err)
	}
	_ = s.Close()
	hurt := filesOf(t, files, ".vectors")
	for _, name := range hurt {
		good := testkit.ReadFile(t, files, name)
		testkit.Overwrite(t, files, name, good[:len(good)/2])
	}
	s = armed(t, files)
	check, err := s.Check(t.Context(), index.CheckOptions{})
	if err != nil || len(hurt) == 0 || len(check.Bad) != len(hurt) {
		t.Fatalf("%d files, and %+v, %v", len(hurt), check, err)
	}
	for _, b := range check.Bad {
		if b.HidesDocuments != 0 {
			t.Errorf("it hides documents: %+v", b)
		}
	}
	if len(degraded(t, s)) == 0 || !s.Wounded() {
		t.Fatal("vacuous: nobody met the damage")
	}
	if s.Revive(t.Context()) {
		t.Error("something was made anew")
	}
	for _, f := range s.withoutSource(t).Found {
		if f.Done != ByModel || f.Documents != 0 {
			t.Errorf("%+v", f)
		}
	}
	checkClean(t, s, "repaired")
	if _, err := s.Fill(t.Context(), FillOptions{Encoder: m}); err != nil || coverage(t, s)["vectors"] != 1 {
		t.Errorf("%v, coverage %v", err, coverage(t, s))
	}
	if got := askMeaning(t, s, m, meantQuestion); len(got) == 0 || !strings.HasPrefix(got[0], "garage.txt") {
		t.Errorf("read again: %v", got)
	}
}
