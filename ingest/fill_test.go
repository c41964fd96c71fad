package ingest

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"sluice/index"
	"sluice/internal/promise"
	"sluice/internal/testkit"
	"sluice/internal/vfs"
)

// meant is an encoder whose vectors tell meanings of words. It fails after some passages.
type meant struct {
	id     byte
	limit  int // passages that it reads before it fails; 0: all
	read   int
	failed error
}

func (m *meant) Space() index.Space {
	return index.Space{ID: [16]byte{m.id}, Dim: testkit.MeaningDim}
}
func (m *meant) Levels() []index.Level { return []index.Level{index.Shallow, index.Deep} }

func (m *meant) Question(_ context.Context, text string) ([]float32, error) {
	return testkit.Meaning(text), nil
}

func (m *meant) Passages(_ context.Context, _ index.Level, texts []string) (out [][]float32, err error) {
	for _, t := range texts {
		if m.read++; m.limit > 0 && m.read > m.limit {
			return nil, m.failed
		}
		out = append(out, testkit.Meaning(t))
	}
	return out, nil
}

// askMeaning gathers by words and vectors and returns the paths.
func askMeaning(t *testing.T, s *both, m *meant, question string) (paths []string) {
	t.Helper()
	sn, err := s.Snapshot(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	defer sn.Close()
	q, _ := questionNaming(sn, question)
	q.Vector, q.Space = testkit.Meaning(question), m.Space()
	hits, account, err := sn.Gather(context.Background(), q, &index.Filter{}, index.Cut{Keep: 5, Ordered: 5})
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
		paths = append(paths, p.Path)
	}
	return paths
}

// meaningful is a source of many notes, one of which says in other words what is asked.
func meaningful() *testkit.Source {
	src := testkit.NewSource("notes")
	testkit.Fill(src, 3, 60)
	src.Put("garage.txt", "the physician left her car\n")
	return src
}

const meantQuestion = "doctor automobile"

// TestAFillIsFound: what a model has read is found by what it means, in every way a store changes;
// what it has not read is found by words as before.
func TestAFillIsFound(t *testing.T) {
	ctx := context.Background()
	s := armed(t, vfs.Mem())
	src := meaningful()
	addSource(t, s, src)
	syncSource(t, s, src)
	m := &meant{id: 1}
	if got := askMeaning(t, s, m, meantQuestion); strings.Contains(strings.Join(got, " "), "garage.txt") {
		t.Fatal("vacuous: words find it")
	}
	if d := degraded(t, s); len(d) > 0 {
		t.Errorf("a store that no model has read is called degraded: %v", d)
	}
	words := askMeaning(t, s, m, "torn write")
	rep, err := s.Fill(ctx, FillOptions{Encoder: m})
	if err != nil || rep.Done != rep.Total || rep.Passages != rep.Total || rep.Total == 0 {
		t.Fatalf("%+v, %v", rep, err)
	}
	found := func(when string, want bool) {
		t.Helper()
		if got := askMeaning(t, s, m, meantQuestion); want != (len(got) > 0 && got[0] == "garage.txt") {
			t.Errorf("%s: %v", when, got)
		}
		noOrphans(t, s, when)
	}
	found("filled", true)
	if c := coverage(t, s)["vectors"]; c != 1 {
		t.Errorf("coverage %v", c)
	}
	if got := askMeaning(t, s, &meant{id: 9}, "torn write"); strings.Join(got, " ") != strings.Join(words, " ") {
		t.Errorf("vectors of other weights change the order of words: %v, before %v", got, words)
	}
	if again, err := s.Fill(ctx, FillOptions{Encoder: m}); err != nil || again.Passages != 0 {
		t.Errorf("filled twice: %+v, %v", again, err)
	}
	if deep, err := s.Fill(ctx, FillOptions{Encoder: m, Level: index.Deep}); err != nil || deep.Passages != rep.Total {
		t.Errorf("deeper: %+v, %v", deep, err)
	}
	found("deeper", true)
	for i := range 10 { // segments to merge
		src.Put(fmt.Sprintf("more/%d.txt", i), testkit.Text(uint64(i), 2000))
		syncSource(t, s, src)
	}
	if c := coverage(t, s)["vectors"]; c <= 0 || c >= 1 {
		t.Errorf("new documents, unread: coverage %v", c)
	}
	found("merged with what is unread", true)
	if err := s.Merge(ctx); err != nil {
		t.Fatal(err)
	}
	found("merged whole", true)
	if _, err := s.Fill(ctx, FillOptions{Encoder: m}); err != nil || coverage(t, s)["vectors"] != 1 {
		t.Errorf("filled up: %v, coverage %v", err, coverage(t, s))
	}
	src.Remove("garage.txt")
	syncSource(t, s, src)
	found("deleted", false)
}

// TestAFillGoesOn: what was read before a model failed is kept, and not read again.
func TestAFillGoesOn(t *testing.T) {
	ctx := context.Background()
	s := armed(t, vfs.Mem())
	src := meaningful()
	testkit.Fill(src, 4, 300)
	addSource(t, s, src)
	syncSource(t, s, src)
	failed := errors.New("out of memory")
	m := &meant{id: 1, limit: 5 * fillBatch / 2, failed: failed}
	rep, err := s.Fill(ctx, FillOptions{Encoder: m})
	if !errors.Is(err, failed) || rep.Passages == 0 {
		t.Fatalf("%+v, %v", rep, err)
	}
	if c := coverage(t, s)["vectors"]; c == 0 {
		t.Error("nothing of it is kept")
	}
	before := rep.Passages
	m = &meant{id: 1}
	if rep, err = s.Fill(ctx, FillOptions{Encoder: m}); err != nil || rep.Passages+before != rep.Total {
		t.Errorf("%d were read, then %d of %d (%v)", before, rep.Passages, rep.Total, err)
	}
	other := &meant{id: 2} // another model reads all anew
	if rep, err = s.Fill(ctx, FillOptions{Encoder: other}); err != nil || rep.Passages != rep.Total {
		t.Errorf("another model: %+v, %v", rep, err)
	}
}

// nearest is what is found by meaning, with how near it is, and whether anything is named that
// could not be read.
func nearest(t *testing.T, s *both, m *meant) (found []string, named bool) {
	t.Helper()
	ctx := context.Background()
	sn, err := s.Snapshot(ctx)
	if err != nil {
		t.Fatal(err)
	}
	defer sn.Close()
	q, _ := questionNaming(sn, meantQuestion)
	q.Vector, q.Space = testkit.Meaning(meantQuestion), m.Space()
	hits, account, err := sn.Gather(ctx, q, &index.Filter{}, index.Cut{Keep: 5, Ordered: 5})
	if err != nil {
		t.Fatal(err)
	}
	near, places := make([]float32, len(hits)), make([]index.Place, len(hits))
	for i, h := range hits {
		places[i] = h.Place
	}
	bad, err := sn.Near(ctx, q, places, near)
	if err != nil {
		t.Fatal(err)
	}
	for i, h := range hits {
		p, err := sn.Passage(h.Place)
		if err != nil {
			t.Fatal(err)
		}
		found = append(found, fmt.Sprintf("%s %.4f", p.Path, near[i]))
	}
	return found, len(sn.Degraded())+len(account.Degraded)+len(bad) > 0
}

// TestDamagedVectorsCostNoWords: a damaged file of vectors is named, words find what they did, and
// after the next sync and fill all is as before.
func TestDamagedVectorsCostNoWords(t *testing.T) {
	ctx := context.Background()
	files := vfs.Mem()
	src := meaningful()
	m := &meant{id: 1}
	s := armed(t, files)
	addSource(t, s, src)
	syncSource(t, s, src)
	if _, err := s.Fill(ctx, FillOptions{Encoder: m}); err != nil {
		t.Fatal(err)
	}
	want, _ := nearest(t, s, m)
	words := askMeaning(t, s, &meant{id: 9}, "torn write")
	_ = s.Close()
	all, _ := files.List("files")
	seen := 0
	for _, e := range all {
		if !strings.HasSuffix(e.Name, ".vectors") {
			continue
		}
		seen++
		good := testkit.ReadFile(t, files, "files/"+e.Name)
		for at := 0; at < len(good); at += len(good)/7 + 1 {
			bad := append([]byte(nil), good...)
			bad[at] ^= 16
			testkit.Overwrite(t, files, "files/"+e.Name, bad)
			s := armed(t, files)
			got, named := nearest(t, s, m)
			if !named && strings.Join(got, " ") != strings.Join(want, " ") {
				t.Errorf("flip at %d: another answer, and nothing is named", at)
			}
			if got := askMeaning(t, s, &meant{id: 9}, "torn write"); strings.Join(got, " ") != strings.Join(words, " ") {
				t.Errorf("flip at %d: words find something else", at)
			}
			_ = s.Close()
		}
		testkit.Overwrite(t, files, "files/"+e.Name, good[:len(good)/2])
	}
	if seen == 0 {
		t.Fatal("vacuous: no file of vectors")
	}
	s = armed(t, files)
	if d := degraded(t, s); len(d) == 0 {
		t.Error("files that are cut short are not named")
	}
	syncSource(t, s, src)
	if _, err := s.Fill(ctx, FillOptions{Encoder: m}); err != nil {
		t.Fatal(err)
	}
	if got, _ := nearest(t, s, m); strings.Join(got, " ") != strings.Join(want, " ") {
		t.Errorf("after a sync and a fill: %v, before %v", got, want)
	}
	if d := degraded(t, s); len(d) > 0 {
		t.Errorf("still degraded: %v", d)
	}
}

// speechless is an encoder that makes no vector of one text.
type speechless struct{ *meant }

func (s speechless) Passages(ctx context.Context, level index.Level, texts []string) ([][]float32, error) {
	out, err := s.meant.Passages(ctx, level, texts)
	for i, t := range texts {
		if strings.Contains(t, "physician") {
			out[i][0] = float32(math.NaN())
		}
	}
	return out, err
}

// TestAFillPassesOverWhatCannotBeRead: a passage whose text is damaged, or of which the model makes
// no vector, costs itself only, and is told.
func TestAFillPassesOverWhatCannotBeRead(t *testing.T) {
	ctx := context.Background()
	files := vfs.Mem()
	s := armed(t, files)
	src := meaningful()
	addSource(t, s, src)
	syncSource(t, s, src)
	m := &meant{id: 1}
	rep, err := s.Fill(ctx, FillOptions{Encoder: speechless{m}})
	if err != nil || rep.Failed != 1 || rep.Failure == nil || rep.Done != rep.Total-1 {
		t.Fatalf("%+v, %v", rep, err)
	}
	if got := askMeaning(t, s, m, "torn write"); len(got) == 0 {
		t.Error("nothing is found any more")
	}
	if rep, err = s.Fill(ctx, FillOptions{Encoder: m}); err != nil || rep.Failed != 0 || rep.Passages != 1 || rep.Done != rep.Total {
		t.Errorf("the next run: %+v, %v", rep, err)
	}
	_ = s.Close()
	all, _ := files.List("files")
	for _, e := range all {
		if strings.HasSuffix(e.Name, ".text") {
			bad := testkit.ReadFile(t, files, "files/"+e.Name)
			bad[200] ^= 8
			testkit.Overwrite(t, files, "files/"+e.Name, bad)
		}
	}
	s = armed(t, files)
	other := &meant{id: 2}
	rep, err = s.Fill(ctx, FillOptions{Encoder: other})
	if err != nil || rep.Failed == 0 || rep.Passages == 0 || rep.Done+rep.Failed != rep.Total {
		t.Errorf("with a damaged text: %+v, %v", rep, err)
	}
}

// TestVectorsAreReadAgain: whatever byte of a file of vectors is damaged, a repair drops the file
// and says so, and the model makes the same bytes again.
func TestVectorsAreReadAgain(t *testing.T) {
	count := promise.For(t, 1, "repaired byte of vectors")
	clean, src, _, _ := wellStore(t)
	m := &meant{id: 1}
	fill := func(s *both) {
		t.Helper()
		if _, err := s.Fill(t.Context(), FillOptions{Encoder: m}); err != nil {
			t.Fatal(err)
		}
	}
	s := openedStore(t, clean)
	fill(s)
	want := state(t, s)
	_ = s.Close()
	clean = clone(t, clean)
	for _, name := range filesOf(t, clean, ".vectors") {
		good := testkit.ReadFile(t, clean, name)
		for at := 0; at < len(good); at += 1 + len(good)/12 {
			files := clean.CrashClone(1)
			bad := slices.Clone(good)
			bad[at] ^= 0x41
			testkit.Overwrite(t, files, name, bad)
			s, reader := openedStore(t, files), openedStore(t, files)
			sn, err := reader.Snapshot(t.Context()) // somebody reads what is repaired
			if err != nil {
				t.Fatal(err)
			}
			count.Reached("repaired byte of vectors", 1)
			rep := s.mustRepair(t, src)
			checkClean(t, s, name+", repaired")
			if len(rep.Found) != 1 || "files/"+rep.Found[0].File != name || rep.Found[0].Done != ByModel {
				count.Missed("repaired byte of vectors", "%s, byte %d: %+v", name, at, rep.Found)
			}
			if d := degraded(t, s); len(d) > 0 {
				count.Missed("repaired byte of vectors", "%s, byte %d: after a repair %v", name, at, d)
			}
			fill(s)
			if got := state(t, s); got != want || !bytes.Equal(testkit.ReadFile(t, files, name), good) {
				count.Missed("repaired byte of vectors", "%s, byte %d: %s", name, at, cmp.Diff(want, got))
			}
			checkClean(t, s, name)
			_, _, _ = sn.Close(), s.Close(), reader.Close()
		}
	}
}

// TestTwoFillAtOnce: two processes let a model read the same store while a third changes it.
// Nobody's work is lost for good, and in the end all is read, as by one of them alone.
func TestTwoFillAtOnce(t *testing.T) {
	count := promise.For(t, 23, "two processes fill at once")
	disk, src := vfs.Mem(), meaningful()
	process := func() *both {
		t.Helper()
		s, err := create(disk, Options{SegmentBytes: smallSegments, Jobs: 1}, index.Options{Wait: time.Hour})
		if err != nil {
			t.Fatal(err)
		}
		return s
	}
	s := process()
	defer s.Close()
	addSource(t, s, src)
	syncSource(t, s, src)
	for round := range 5 {
		var all sync.WaitGroup
		for range 2 {
			other := process()
			all.Go(func() {
				defer other.Close()
				if rep, err := other.Fill(t.Context(), FillOptions{Encoder: &meant{id: 1}}); err != nil && !errors.Is(err, ErrNotFilled) {
					t.Errorf("round %d: %+v, %v", round, rep, err)
				}
			})
		}
		src.Put(fmt.Sprintf("more/%d.txt", round), testkit.Text(uint64(round), 900))
		src.Remove(fmt.Sprintf("dir0/doc%03d.txt", 3*round))
		syncSource(t, s, src)
		all.Wait()
		count.Reached("two processes fill at once", 1)
	}
	if _, err := s.Fill(t.Context(), FillOptions{Encoder: &meant{id: 1}}); err != nil {
		t.Fatal(err)
	}
	fresh := newStore(t, vfs.Mem())
	addSource(t, fresh, src)
	syncSource(t, fresh, src)
	if _, err := fresh.Fill(t.Context(), FillOptions{Encoder: &meant{id: 1}}); err != nil {
		t.Fatal(err)
	}
	if got, want := state(t, s), state(t, fresh); got != want {
		count.Missed("two processes fill at once", "%s", cmp.Diff(want, got))
	}
	checkClean(t, s, "filled by two")
	if err := s.Settle(t.Context()); err != nil {
		t.Fatal(err)
	}
	noOrphans(t, s, "filled by two")
}
