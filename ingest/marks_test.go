package ingest

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"sluice/corpus"
	"sluice/index"
	"sluice/index/text"
	"sluice/internal/testkit"
	"sluice/internal/vfs"
)

// paged puts a document of that many pages into a source.
func paged(src *testkit.Source, path string, seed uint64, pages int) {
	var parts []testkit.Part
	for n := range pages {
		parts = append(parts, testkit.Part{
			Text:  testkit.Around(seed+uint64(n), fmt.Sprintf("Page %d of %s.", n+1, path)),
			Marks: []corpus.Mark{corpus.Page(n + 1)},
		})
	}
	text, marks := testkit.Extract(parts...)
	src.PutMarked(path, text, marks)
}

// where finds the one passage that holds a word, and tells where it stands in its original.
func where(t *testing.T, s *both, word string) string {
	t.Helper()
	sn := snapshot(t, s)
	var found []string
	err := sn.EachDocument("", func(d index.Document) error {
		for p := d.First; p < d.First+d.Count; p++ {
			place := index.Place{Segment: uint32(d.Segment), Passage: p}
			body, err := sn.Text(place)
			if err != nil || !sn.Live(place) || !strings.Contains(string(body), word) {
				continue
			}
			rec, err := sn.Passage(place)
			if err != nil {
				return err
			}
			for _, m := range rec.Marks {
				if m.Start < rec.Start || m.End > rec.Start+rec.Bytes || m.Start >= m.End {
					t.Errorf("%s: mark %+v of the passage %d to %d", word, m, rec.Start, rec.Start+rec.Bytes)
				}
			}
			found = append(found, rec.Marks.Where())
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if len(found) != 1 {
		t.Fatalf("%s is found in %d passages: %q", word, len(found), found)
	}
	return found[0]
}

// Marks of every kind come with their passages, also when merges have carried them.
func TestMarksComeWithPassages(t *testing.T) {
	s := newStore(t, vfs.Mem())
	src := testkit.NewSource("things")
	testkit.FillMarked(src)
	testkit.Fill(src, 1, 20)
	addSource(t, s, src)
	if rep := syncSource(t, s, src); rep.BadMarks != 0 {
		t.Fatalf("%d bad marks", rep.BadMarks)
	}
	if n := len(snapshot(t, s).Segments()); n < 2 {
		t.Fatalf("vacuous: %d segments", n)
	}
	check := func(when string) {
		for word, want := range map[string]string{
			"tamarin": "page 3", "ocelot": "12:41", "wombat": "message second@post.example",
			"narwhal": "sheet Costs, row 8", "axolotl": "section In water, original lines 70-78",
		} {
			if got := where(t, s, word); got != want {
				t.Errorf("%s: %s stands at %q, want %q", when, word, got, want)
			}
		}
	}
	check("synced")
	src.Remove("dir0/doc000.txt") // so that numbers of documents move
	syncSource(t, s, src)
	if err := s.Merge(context.Background()); err != nil {
		t.Fatal(err)
	}
	if n := len(snapshot(t, s).Segments()); n != 1 {
		t.Fatalf("vacuous: %d segments", n)
	}
	check("merged")
}

// An edit moves the spans behind it; what is cited is where the text stands now.
func TestEditsMoveMarks(t *testing.T) {
	s := newStore(t, vfs.Mem())
	src := testkit.NewSource("things")
	paged(src, "report.pdf", 1, 9)
	addSource(t, s, src)
	syncSource(t, s, src)
	if got := where(t, s, "Page 7 of"); got != "page 7" {
		t.Fatalf("stands at %q", got)
	}
	text, marks := testkit.Extract(
		testkit.Part{Text: testkit.Text(50, 30) + "\n", Marks: []corpus.Mark{corpus.Page(1)}},
		testkit.Part{Text: "Page 7 of report.pdf came to stand further down.\n", Marks: []corpus.Mark{corpus.Page(2)}},
		testkit.Part{Text: "It goes on here.\n", Marks: []corpus.Mark{corpus.Page(3)}})
	src.PutMarked("report.pdf", text, marks)
	syncSource(t, s, src)
	if got := where(t, s, "Page 7 of"); !strings.HasSuffix(got, "-3") { // the passage goes on over two pages or more
		t.Errorf("after the edit it stands at %q", got)
	}
	fresh := newStore(t, vfs.Mem())
	addSource(t, fresh, src)
	syncSource(t, fresh, src)
	if diff := cmp.Diff(state(t, fresh), state(t, s)); diff != "" {
		t.Errorf("an updated store differs from a fresh one:\n%s", diff)
	}
}

// Marks that change while the text stays the same make another version of the document.
func TestAChangeOfMarksAloneIsSeen(t *testing.T) {
	s := newStore(t, vfs.Mem())
	src := testkit.NewSource("things")
	const text = "The zebra stands on a page.\n"
	put := func(marks ...corpus.Mark) *Report { src.PutMarked("a.pdf", text, marks); return syncSource(t, s, src) }
	addSource(t, s, src)
	put(corpus.Page(3).Over(0, 20))
	if rep := put(corpus.Page(3).Over(0, 20)); rep.Changed != 0 || rep.Same != 1 {
		t.Errorf("nothing changed but the time: %+v", rep)
	}
	for _, c := range []struct {
		marks []corpus.Mark
		want  string
	}{{[]corpus.Mark{corpus.Page(4).Over(0, 20)}, "page 4"}, {nil, ""}, {[]corpus.Mark{corpus.Page(5).Over(0, 1)}, "page 5"}} {
		if rep := put(c.marks...); rep.Changed != 1 {
			t.Errorf("marks %v: %+v", c.marks, rep)
		}
		if got := where(t, s, "zebra"); got != c.want {
			t.Errorf("stands at %q, want %q", got, c.want)
		}
	}
}

// Bad marks cost themselves and are counted, never the document.
func TestBadMarksAreCounted(t *testing.T) {
	s := newStore(t, vfs.Mem())
	src := testkit.NewSource("things")
	const text = "The zebra stands on a page.\n"
	src.PutMarked("a.pdf", text, corpus.Marks{
		corpus.Page(2).Over(5, 500), corpus.Page(9).Over(100, 200), corpus.Page(9).Over(20, 10), {Start: 1, End: 2, Kind: 77},
	})
	addSource(t, s, src)
	if rep := syncSource(t, s, src); rep.Added != 1 || rep.BadMarks != 3 || rep.Report.FailureN != 0 {
		t.Errorf("%+v", rep)
	}
	if got := where(t, s, "zebra"); got != "page 2" {
		t.Errorf("stands at %q", got)
	}
}

// What a mark says of a passage that its owner forgot leaves the disk with it.
func TestForgottenPassagesLeaveNoMarks(t *testing.T) {
	files := vfs.Mem()
	s := newStore(t, files)
	src := testkit.NewSource("things")
	body, marks := testkit.Extract(
		testkit.Part{Text: "The zebra was kept.\n\n" + testkit.Text(1, 30), Marks: []corpus.Mark{corpus.Message("kept@example")}},
		testkit.Part{Text: "\n\n" + testkit.Text(2, 30), Marks: []corpus.Mark{corpus.Message("sworn@secret")}})
	src.PutMarked("mail", body, marks)
	addSource(t, s, src)
	syncSource(t, s, src)
	sn := snapshot(t, s)
	places, err := sn.ByPath("things", "mail")
	if err != nil {
		t.Fatal(err)
	}
	var ids [][10]byte
	for _, p := range places {
		rec, err := sn.Passage(p)
		if err != nil {
			t.Fatal(err)
		}
		if strings.Contains(rec.Marks.Where(), "secret") {
			ids = append(ids, rec.ID)
		}
	}
	if len(ids) == 0 || len(ids) == len(places) {
		t.Fatalf("vacuous: %d of %d passages", len(ids), len(places))
	}
	if _, err := s.Forget(context.Background(), Forget{IDs: ids}); err != nil {
		t.Fatal(err)
	}
	src.PutMarked("mail", body, marks) // touched, and its passages stay out
	syncSource(t, s, src)
	for _, seg := range snapshot(t, s).Segments() {
		err := seg.Read(func(r *text.Reader) error {
			for n := range uint32(r.Documents()) {
				if marks, err := r.Marks(n); err != nil || marks.Where() != "message kept@example" {
					t.Errorf("the store still says %q, %v", marks.Where(), err)
				}
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
}
