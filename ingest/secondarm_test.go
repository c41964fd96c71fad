package ingest

import (
	"context"
	"encoding/binary"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"sluice/index"
	"sluice/index/arm"
	"sluice/index/blockfile"
	"sluice/internal/testkit"
	"sluice/internal/vfs"
)

// pathWords is a second arm, as small as one can be: a passage scores by how many of the question's
// words are a whole element of its path. It shows what the seam asks of a new arm, which is all in
// this file.
type pathWords struct{}

const pathUnit = 4 * 1024 // a word in the path weighs as much as 4 of BM25

func (pathWords) Facts() arm.Facts {
	return arm.Facts{Kind: blockfile.KindTokens, Score: "path", Part: "paths", Version: 1, BlockBytes: 512}
}

type pathBuilder struct{ paths []string }

func (pathWords) NewBuilder() arm.Builder { return &pathBuilder{} }

func (b *pathBuilder) Add(f arm.Fields) { b.paths = append(b.paths, f.Path) }

func (b *pathBuilder) WriteTo(w *blockfile.Writer) error {
	w.Section("paths")
	w.U32(uint32(len(b.paths)))
	for _, p := range b.paths {
		w.U32(uint32(len(p)))
		w.Bytes([]byte(p))
	}
	return w.Err()
}

type pathReader struct{ paths []string }

func (pathWords) Open(f *blockfile.File) (arm.Reader, error) {
	s, err := f.Section("paths")
	if err != nil {
		return nil, err
	}
	b, err := s.All()
	if err != nil {
		return nil, err
	}
	r := &pathReader{}
	for n, b := binary.LittleEndian.Uint32(b), b[4:]; n > 0; n-- {
		size := binary.LittleEndian.Uint32(b)
		r.paths, b = append(r.paths, string(b[4:4+size])), b[4+size:]
	}
	return r, nil
}

func (r *pathReader) Passages() int                { return len(r.paths) }
func (r *pathReader) Verify(context.Context) error { return nil }

func (pathWords) Merge(w *blockfile.Writer, parts []arm.Part) error {
	b := &pathBuilder{}
	for _, p := range parts {
		for i, path := range p.Reader.(*pathReader).paths {
			if !p.Deleted.Has(uint32(i)) {
				b.paths = append(b.paths, path)
			}
		}
	}
	return b.WriteTo(w)
}

func (pathWords) NewTally() arm.Tally                            { return nil }
func (pathWords) OpenTally(*blockfile.File) (arm.Removed, error) { return nil, nil }

type pathScorer struct{ words []string }

func (pathWords) NewScorer(q *arm.Question, _ []arm.Part) (arm.Scorer, error) {
	if q.Text == "" {
		return nil, nil
	}
	return pathScorer{strings.Fields(q.Text)}, nil
}

func (s pathScorer) of(path string) (score uint32) {
	for _, element := range strings.Split(path, "/") {
		if slices.Contains(s.words, element) {
			score += pathUnit
		}
	}
	return score
}

func (s pathScorer) Score(p arm.Part, passages, out []uint32) error {
	for i, passage := range passages {
		out[i] += s.of(p.Reader.(*pathReader).paths[passage])
	}
	return nil
}

func (s pathScorer) Search(k int, ids arm.IDs) arm.Search {
	return &pathSearch{s, arm.NewTopK(k, 1<<16, ids)}
}

type pathSearch struct {
	pathScorer
	top *arm.TopK
}

func (s *pathSearch) Scan(_ context.Context, p arm.Part) (stats arm.Stats, err error) {
	for i, path := range p.Reader.(*pathReader).paths {
		at := arm.Place{Segment: p.Segment, Passage: uint32(i)}
		if p.Deleted.Has(at.Passage) || p.Allowed != nil && !p.Allowed.Has(at.Passage) {
			continue
		}
		if score := s.of(path); score > 0 {
			stats.Matched++
			if err := s.top.Offer(at, score); err != nil {
				return stats, err
			}
		}
	}
	return stats, nil
}

func (s *pathSearch) Best(context.Context) ([]arm.Scored, error) { return s.top.Best() }

func armed(t *testing.T, files vfs.FS, arms ...arm.Arm) *both {
	t.Helper()
	s, err := create(files, Options{SegmentBytes: smallSegments, Jobs: 1}, index.Options{Arms: append(index.Arms(), arms...)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	return s
}

// askBoth returns the best passages with the score of each arm, and holds the account to its sum.
func askBoth(t *testing.T, s *both, question string) (lines []string, account index.Account) {
	t.Helper()
	sn, err := s.Snapshot(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	defer sn.Close() // a held generation keeps its files
	q, named := questionNaming(sn, question)
	hits, account, err := sn.Gather(context.Background(), q, &index.Filter{}, index.Cut{Keep: 30, Ordered: 30})
	if err != nil {
		t.Fatal(err)
	}
	if sum := int64(len(hits)) + account.BelowCut + account.NoMatch + account.Filtered + account.Failed; sum != sn.Passages() {
		t.Fatalf("%d passages, %d accounted for: %+v", sn.Passages(), sum, account)
	}
	for _, h := range hits {
		p, err := sn.Passage(h.Place)
		if err != nil {
			t.Fatal(err)
		}
		lines = append(lines, fmt.Sprintf("%s %s %d %v", index.FormatID(p.ID), p.Path, h.Score, [2]uint32{h.Scores[0], h.Scores[len(index.Arms())]}))
	}
	account.Degraded = index.AddDegraded(account.Degraded, named...)
	return lines, account
}

func degraded(t *testing.T, s *both) []index.Degraded {
	t.Helper()
	sn, err := s.Snapshot(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	defer sn.Close()
	return sn.Degraded()
}

func coverage(t *testing.T, s *both) map[string]float64 {
	t.Helper()
	st, err := s.Status(context.Background())
	if err != nil || len(st.Sources) != 1 {
		t.Fatalf("%+v %v", st, err)
	}
	return st.Sources[0].Coverage
}

// TestASecondArm: a store gets an arm, and finds what the words alone do not; the arm's files are
// built for what was there before, follow every change, are rebuilt when they are damaged, and go
// with the arm.
func TestASecondArm(t *testing.T) {
	files := vfs.Mem()
	src := testkit.NewSource("notes")
	testkit.Fill(src, 3, 20)
	src.Put("dir0/torn/other.txt", "nothing of the question stands here\n")
	one := armed(t, files)
	addSource(t, one, src)
	syncSource(t, one, src)
	src.Remove("dir1/note001.md")
	syncSource(t, one, src)
	lexicalOnly, _ := askBoth(t, one, "torn write")
	_ = one.Close()

	two := armed(t, files, pathWords{})
	if got := coverage(t, two); got["tokens"] != 0 || got["lexical"] != 1 {
		t.Fatalf("before a sync: %v", got)
	}
	if d := degraded(t, two); len(d) == 0 || !strings.Contains(d[0].Why, "sluice sync") {
		t.Fatalf("nothing says that the arm has no files yet: %v", d)
	}
	syncSource(t, two, src)
	if got := coverage(t, two); got["tokens"] != 1 || got["lexical"] != 1 {
		t.Fatalf("after a sync: %v", got)
	}
	both, _ := askBoth(t, two, "torn write")
	if !strings.Contains(both[0], "dir0/torn/other.txt") || !strings.Contains(both[0], "[0 4096]") {
		t.Fatalf("the second arm brings nothing:\n%s", strings.Join(both[:3], "\n"))
	}
	if strings.Contains(strings.Join(lexicalOnly, "\n"), "other.txt") {
		t.Fatal("vacuous: the words alone find it")
	}
	sameAsFresh(t, two, src, both)
	_ = two.Close() // it would hold its generation's files
	damaged(t, files, src, both)

	three := armed(t, files)
	syncSource(t, three, src)
	if got, _ := askBoth(t, three, "torn write"); cmp.Diff(lexicalOnly, got) != "" {
		t.Fatalf("without the arm again:\n%s", cmp.Diff(lexicalOnly, got))
	}
	all, _ := files.List("files")
	for _, e := range all {
		if strings.HasSuffix(e.Name, ".tokens") {
			t.Errorf("%s is left of an arm that is gone", e.Name)
		}
	}
	noOrphans(t, three, "without the arm")
}

// sameAsFresh: the store answers as one that had both arms from the start, changed and merged as
// well.
func sameAsFresh(t *testing.T, s *both, src *testkit.Source, want []string) {
	t.Helper()
	fresh := armed(t, vfs.Mem(), pathWords{})
	addSource(t, fresh, src)
	syncSource(t, fresh, src)
	if got, _ := askBoth(t, fresh, "torn write"); cmp.Diff(want, got) != "" {
		t.Fatalf("a store that got the arm later differs:\n%s", cmp.Diff(want, got))
	}
	if err := s.Merge(context.Background()); err != nil {
		t.Fatal(err)
	}
	if got, _ := askBoth(t, s, "torn write"); cmp.Diff(want, got) != "" {
		t.Fatalf("merged:\n%s", cmp.Diff(want, got))
	}
}

// damaged: an arm's damaged or missing file costs the answer that arm only, is named, and is built
// again, byte for byte, by the next sync.
func damaged(t *testing.T, files vfs.FS, src *testkit.Source, want []string) {
	t.Helper()
	all, _ := files.List("files")
	seen := 0
	for _, e := range all {
		if !strings.HasSuffix(e.Name, ".tokens") && !strings.HasSuffix(e.Name, ".lexical") {
			continue
		}
		good := testkit.ReadFile(t, files, "files/"+e.Name)
		for _, how := range []string{"flipped", "missing"} {
			if how == "flipped" {
				bad := slices.Clone(good)
				bad[70] ^= 4
				testkit.Overwrite(t, files, "files/"+e.Name, bad)
			} else if err := files.Remove("files/" + e.Name); err != nil {
				t.Fatal(err)
			}
			s := armed(t, files, pathWords{})
			_, account := askBoth(t, s, "torn write")
			if len(degraded(t, s))+len(account.Degraded) == 0 {
				t.Errorf("%s %s: nobody says so", how, e.Name)
			}
			if account.Failed > 0 {
				t.Errorf("%s %s: passages are lost though another arm sees them: %+v", how, e.Name, account)
			}
			s.Revive(context.Background()) // as whoever asked does: opening the file need not see it
			if err := s.Ingest.WriteBack(context.Background()); err != nil {
				t.Fatal(err)
			}
			syncSource(t, s, src)
			if got, _ := askBoth(t, s, "torn write"); cmp.Diff(want, got) != "" {
				t.Errorf("%s %s, after a sync:\n%s", how, e.Name, cmp.Diff(want, got))
			}
			_ = s.Close()
			if back := testkit.ReadFile(t, files, "files/"+e.Name); !slices.Equal(back, good) {
				t.Errorf("%s %s: what was built again is not what was there", how, e.Name)
			}
			seen++
		}
	}
	if seen < 4 {
		t.Fatalf("vacuous: %d damages", seen)
	}
}

// TestScoringPassesOverAnArmThatHasNothing: an arm that the question says nothing to must not keep
// the others from scoring, whatever their order.
func TestScoringPassesOverAnArmThatHasNothing(t *testing.T) {
	s, err := create(vfs.Mem(), Options{}, index.Options{Arms: append([]arm.Arm{pathWords{}}, index.Arms()...)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	src := testkit.NewSource("notes")
	src.Put("torn/a.txt", "a torn write is noticed by its checksum\n")
	addSource(t, s, src)
	syncSource(t, s, src)
	sn := snapshot(t, s)
	q := questionOf(t, sn, "torn write")
	hits, _, err := sn.Gather(context.Background(), q, &index.Filter{}, index.Cut{Keep: 5, Ordered: 5})
	if err != nil || len(hits) != 1 || hits[0].Scores[0] != pathUnit || hits[0].Scores[1] == 0 {
		t.Fatalf("%+v %v", hits, err)
	}
	for text, want := range map[string]uint32{q.Text: hits[0].Score, "": hits[0].Scores[1]} {
		got := []uint32{0}
		bad, err := sn.Score(context.Background(), &index.Question{Text: text, Terms: q.Terms}, []index.Place{hits[0].Place}, got)
		if err != nil || len(bad) > 0 || got[0] != want {
			t.Errorf("%q: %d, want %d (%v, %v)", text, got[0], want, bad, err)
		}
	}
}
