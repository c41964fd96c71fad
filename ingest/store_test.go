package ingest

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"sluice/index"

	"github.com/google/go-cmp/cmp"

	"sluice/corpus"
	"sluice/index/lexical"
	"sluice/index/text"
	"sluice/internal/clock"
	"sluice/internal/faultfs"
	"sluice/internal/testkit"
	"sluice/internal/vfs"
)

// smallSegments makes stores of many segments out of little text.
const smallSegments = 6 << 10

func addSource(t testing.TB, s *both, src corpus.Source) {
	t.Helper()
	info := src.Info()
	if err := s.AddSource(context.Background(), index.SourceConfig{Label: info.Label, Kind: info.Kind, Root: info.Root}); err != nil {
		t.Fatal(err)
	}
}

func syncSource(t testing.TB, s *both, src corpus.Source) *Report {
	t.Helper()
	rep, err := s.Sync(context.Background(), src, SyncOptions{})
	if err != nil {
		t.Fatal(err)
	}
	return rep
}

func snapshot(t testing.TB, s *both) *index.Snapshot {
	t.Helper()
	sn, err := s.Snapshot(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = sn.Close() })
	return sn
}

// state writes down all that a store holds, in an order that does not depend on its segments.
func state(t testing.TB, s *both) string {
	t.Helper()
	sn, err := s.Snapshot(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	defer sn.Close()
	for _, d := range sn.Degraded() {
		if !strings.HasPrefix(d.What, "manifest slot") { // its copy took its place, and nothing is hidden
			t.Fatalf("degraded: %v", d)
		}
	}
	lines := append(contents(t, sn), fmt.Sprintf("documents %d passages %d length %d", sn.Documents(), sn.Passages(), length(sn)))
	for key := range keys(t, sn) {
		if df, bad := sn.DF([]byte(key)); bad != nil || df != 0 {
			lines = append(lines, fmt.Sprintf("df %q %d %v", key, df, bad))
		}
	}
	slices.Sort(lines)
	return strings.Join(lines, "\n")
}

// contents lists the documents and passages that a snapshot serves.
func contents(t testing.TB, sn *index.Snapshot) (lines []string) {
	t.Helper()
	var places []index.Place
	err := sn.EachDocument("", func(d index.Document) error {
		lines = append(lines, fmt.Sprintf("document %s %s %s %x", sn.Segments()[d.Segment].Label(), d.Path, d.Title, d.Hash[:4]))
		for p := d.First; p < d.First+d.Count; p++ {
			place := index.Place{Segment: uint32(d.Segment), Passage: p}
			if line := passageLine(t, sn, place); line != "" {
				lines, places = append(lines, line), append(places, place)
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return append(lines, vectorLines(t, sn, places)...)
}

// vectorLines tell what a model has made of passages.
func vectorLines(t testing.TB, sn *index.Snapshot, places []index.Place) (lines []string) {
	t.Helper()
	space := (&meant{id: 1}).Space()
	if !sn.Read(space) {
		return nil
	}
	vectors, bad, err := sn.Vectors(context.Background(), space, places)
	if err != nil || len(bad) > 0 {
		t.Fatal(err, bad)
	}
	for i, v := range vectors {
		rec, err := sn.Passage(places[i])
		if err != nil {
			t.Fatal(err)
		}
		if v != nil {
			lines = append(lines, fmt.Sprintf("vector %s %x", text.FormatID(rec.ID), sha256.Sum256(fmt.Append(nil, v))))
		}
	}
	return lines
}

func passageLine(t testing.TB, sn *index.Snapshot, p index.Place) string {
	if !sn.Live(p) {
		return ""
	}
	rec, err := sn.Passage(p)
	if err != nil {
		t.Fatal(err)
	}
	body, err := sn.Text(p)
	if err != nil {
		t.Fatal(err)
	}
	return fmt.Sprintf("passage %s %s %d+%d line %d context %q marks %v %q",
		text.FormatID(rec.ID), rec.Path, rec.Start, rec.Bytes, rec.Line, rec.Context, rec.Marks, body)
}

// length is how many terms the live passages have.
func length(sn *index.Snapshot) (n uint64) {
	for _, seg := range sn.Segments() {
		if p, ok := seg.Part(0); ok {
			gone, _ := p.Removed.(*lexical.Removed)
			n += p.Reader.(*lexical.Reader).TotalLength() - gone.Length()
		}
	}
	return n
}

func keys(t testing.TB, sn *index.Snapshot) map[string]bool {
	all := map[string]bool{}
	for _, seg := range sn.Segments() {
		p, _ := seg.Part(0)
		err := p.Reader.(*lexical.Reader).Terms(nil, func(key []byte, _ lexical.List) error {
			all[string(key)] = true
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	return all
}

// questionOf analyses a question and looks up its terms.
func questionOf(t testing.TB, sn *index.Snapshot, text string) *index.Question {
	t.Helper()
	q, bad := questionNaming(sn, text)
	if bad != nil {
		t.Fatal(bad)
	}
	return q
}

// questionNaming is questionOf of a store that may be damaged: what its counts could not see is
// named.
func questionNaming(sn *index.Snapshot, text string) (q *index.Question, named []index.Degraded) {
	q = &index.Question{Text: text, Terms: index.NewAnalyzer().Question([]byte(text))}
	for i := range q.Terms {
		df, bad := sn.DF(q.Terms[i].Key)
		named = index.AddDegraded(named, bad...)
		q.Terms[i].DF, q.Terms[i].IDF = df, index.IDF(sn.Passages(), df)
	}
	return q, named
}

// ask returns the best k passages for a question as "id score".
func ask(t testing.TB, sn *index.Snapshot, question string, k int) []string {
	t.Helper()
	hits, count, err := sn.Gather(context.Background(), questionOf(t, sn, question), &index.Filter{}, index.Cut{Keep: k, Ordered: k})
	if err != nil {
		t.Fatal(err)
	}
	if sum := int64(len(hits)) + count.BelowCut + count.NoMatch + count.Filtered + count.Failed; sum != sn.Passages() {
		t.Fatalf("%q: %d passages went in, %d are accounted for: %+v", question, sn.Passages(), sum, count)
	}
	var out []string
	for _, h := range hits {
		rec, err := sn.Passage(h.Place)
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, fmt.Sprintf("%s %d", text.FormatID(rec.ID), h.Score))
	}
	return out
}

func questions(seed uint64, n int) []string {
	r := rand.New(rand.NewPCG(seed, 1))
	var out []string
	for range n {
		words := strings.Fields(testkit.Text(r.Uint64(), 1))
		out = append(out, strings.Join(words[:2+r.IntN(len(words)-2)], " "))
	}
	return out
}

func TestSyncFollowsItsSource(t *testing.T) {
	s := newStore(t, vfs.Mem())
	src := testkit.NewSource("notes")
	testkit.Fill(src, 1, 12)
	addSource(t, s, src)
	if rep := syncSource(t, s, src); rep.Added != 12 || rep.Passages == 0 {
		t.Fatalf("first sync: %+v", rep)
	}
	before := snapshot(t, s)
	src.Put("dir0/doc000.txt", "a zebra walked into the store\n")
	src.Remove("dir1/note001.md")
	src.Put("new.txt", "something new\n")
	rep := syncSource(t, s, src)
	if rep.Added != 1 || rep.Changed != 1 || rep.Removed != 1 || rep.Same != 10 {
		t.Fatalf("second sync: %+v", rep)
	}
	if got := ask(t, snapshot(t, s), "zebra", 10); len(got) != 1 {
		t.Fatalf("the changed document is not found: %v", got)
	}
	if got := ask(t, before, "zebra", 10); len(got) != 0 {
		t.Fatalf("a snapshot changed under its reader: %v", got)
	}
	fresh := newStore(t, vfs.Mem())
	addSource(t, fresh, src)
	syncSource(t, fresh, src)
	if diff := cmp.Diff(state(t, fresh), state(t, s)); diff != "" {
		t.Fatalf("an updated store differs from a fresh one:\n%s", diff)
	}
}

// TestSameAnswersWhateverTheSegments: growth by ten syncs in random order, one go, merges, and
// another root give the same passages with the same scores in the same order.
func TestSameAnswersWhateverTheSegments(t *testing.T) {
	const docs, asked = 60, 200
	whole := testkit.NewSource("notes")
	testkit.Fill(whole, 7, docs)
	once := newStore(t, vfs.Mem())
	addSource(t, once, whole)
	syncSource(t, once, whole)

	grown := newStore(t, vfs.Mem())
	part := grow(t, grown, whole, 10)
	merged := newStore(t, vfs.Mem())
	grow(t, merged, whole, 10)
	if err := merged.Merge(context.Background()); err != nil {
		t.Fatal(err)
	}
	if a, b := len(snapshot(t, grown).Segments()), len(snapshot(t, merged).Segments()); a < 2 || b != 1 {
		t.Fatalf("vacuous: %d segments grown, %d merged", a, b)
	}
	if len(part.Paths()) != docs {
		t.Fatalf("vacuous: %d documents", len(part.Paths()))
	}
	want, others := snapshot(t, once), map[string]*index.Snapshot{"grown": snapshot(t, grown), "merged": snapshot(t, merged)}
	found := 0
	for _, q := range questions(3, asked) {
		answer := ask(t, want, q, 25)
		found += len(answer)
		for name, sn := range others {
			if diff := cmp.Diff(answer, ask(t, sn, q, 25)); diff != "" {
				t.Fatalf("%s: %q:\n%s", name, q, diff)
			}
		}
	}
	if found < asked*10 {
		t.Fatalf("vacuous: only %d passages found", found)
	}
}

// grow adds the documents of whole to s by several syncs, in random order, some of them in a first
// version that is replaced later.
func grow(t *testing.T, s *both, whole *testkit.Source, syncs int) *testkit.Source {
	part := testkit.NewSource(whole.Label)
	addSource(t, s, part)
	paths := whole.Paths()
	r := rand.New(rand.NewPCG(5, 5))
	r.Shuffle(len(paths), func(i, j int) { paths[i], paths[j] = paths[j], paths[i] })
	for i := range syncs {
		for _, p := range paths[i*len(paths)/syncs : (i+1)*len(paths)/syncs] {
			part.Put(p, read(t, whole, p))
		}
		if i+1 < syncs {
			part.Put(paths[len(paths)-1], fmt.Sprintf("draft %d of a document\n", i))
		}
		syncSource(t, s, part)
	}
	return part
}

func read(t *testing.T, src corpus.Source, path string) string {
	r, _, err := src.Open(context.Background(), path)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	var b bytes.Buffer
	if _, err := b.ReadFrom(r); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func TestGoneRootsAndHalvesDeleteNothing(t *testing.T) {
	s := newStore(t, vfs.Mem())
	src := testkit.NewSource("notes")
	testkit.Fill(src, 1, 10)
	addSource(t, s, src)
	syncSource(t, s, src)
	want := state(t, s)

	src.Gone = true
	if _, err := s.Sync(context.Background(), src, SyncOptions{}); !errors.Is(err, corpus.ErrRootGone) {
		t.Fatalf("root gone: %v", err)
	}
	src.Gone = false
	for _, p := range src.Paths()[:6] {
		src.Remove(p)
	}
	if _, err := s.Sync(context.Background(), src, SyncOptions{}); !errors.Is(err, ErrHalfGone) {
		t.Fatalf("half gone: %v", err)
	}
	if got := state(t, s); got != want {
		t.Fatalf("something was deleted:\n%s", cmp.Diff(want, got))
	}
	if rep, err := s.Sync(context.Background(), src, SyncOptions{Prune: true}); err != nil || rep.Removed != 6 {
		t.Fatalf("prune: %+v %v", rep, err)
	}
}

func TestRenamedDocumentsAreNotLost(t *testing.T) {
	s := newStore(t, vfs.Mem())
	src := testkit.NewSource("notes")
	testkit.Fill(src, 1, 6)
	addSource(t, s, src)
	syncSource(t, s, src)
	for _, p := range src.Paths() {
		body := read(t, src, p)
		src.Remove(p)
		src.Put("moved/"+p, body)
	}
	if rep := syncSource(t, s, src); rep.Removed != 6 || rep.Added != 6 {
		t.Fatalf("%+v", rep)
	}
}

func TestForgetReachesTheDisk(t *testing.T) {
	files := vfs.Mem()
	s := newStore(t, files)
	src := testkit.NewSource("notes")
	testkit.Fill(src, 1, 9)
	src.Put("secret.txt", "the zebra's password is xyzzy\n")
	addSource(t, s, src)
	syncSource(t, s, src)
	before, err := files.List("files")
	if err != nil {
		t.Fatal(err)
	}
	old := fileOf(t, s, "secret.txt")
	rep, err := s.Forget(context.Background(), Forget{Paths: map[string][]string{"notes": {"secret.txt"}}})
	if err != nil || rep.Documents != 1 {
		t.Fatalf("%+v %v", rep, err)
	}
	if got := ask(t, snapshot(t, s), "zebra password", 10); len(got) != 0 {
		t.Fatalf("served after forget: %v", got)
	}
	after, err := files.List("files")
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range after {
		if e.Name == old {
			t.Fatalf("the text file that held it is still on disk (%d files before, %d after)", len(before), len(after))
		}
	}
}

// fileOf is the name of the text file that holds a document.
func fileOf(t *testing.T, s *both, path string) (name string) {
	sn, err := s.Snapshot(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	defer sn.Close()
	err = sn.EachDocument("", func(d index.Document) error {
		if d.Path == path {
			name = sn.Segments()[d.Segment].Entry().Text.Name()
		}
		return nil
	})
	if err != nil || name == "" {
		t.Fatalf("no document %s: %v", path, err)
	}
	return name
}

func TestForgottenPassageStaysOut(t *testing.T) {
	s := newStore(t, vfs.Mem())
	src := testkit.NewSource("notes")
	src.Put("a.txt", "the zebra sleeps\n")
	src.Put("b.txt", "another story of the store\n")
	addSource(t, s, src)
	syncSource(t, s, src)
	id, err := text.ParseID(strings.Fields(ask(t, snapshot(t, s), "zebra", 1)[0])[0])
	if err != nil {
		t.Fatal(err)
	}
	if rep, err := s.Forget(context.Background(), Forget{IDs: [][10]byte{id}}); err != nil || rep.Passages != 1 {
		t.Fatalf("%+v %v", rep, err)
	}
	src.Put("a.txt", "the zebra sleeps\n") // touched: read again
	syncSource(t, s, src)
	if got := ask(t, snapshot(t, s), "zebra", 1); len(got) != 0 {
		t.Fatalf("it came back: %v", got)
	}
}

func TestForgetSource(t *testing.T) {
	s := newStore(t, vfs.Mem())
	for _, label := range []string{"one", "two"} {
		src := testkit.NewSource(label)
		testkit.Fill(src, 1, 5)
		addSource(t, s, src)
		syncSource(t, s, src)
	}
	if rep, err := s.Forget(context.Background(), Forget{Sources: []string{"one"}}); err != nil || rep.Sources != 1 || rep.Documents != 5 {
		t.Fatalf("%+v %v", rep, err)
	}
	st, err := s.Status(context.Background())
	if err != nil || len(st.Sources) != 1 || st.Sources[0].Label != "two" || st.Sources[0].Documents != 5 {
		t.Fatalf("%+v %v", st, err)
	}
}

func TestUnreadableFolderDeletesNothing(t *testing.T) {
	s := newStore(t, vfs.Mem())
	src := testkit.NewSource("notes")
	testkit.Fill(src, 1, 10)
	addSource(t, s, src)
	syncSource(t, s, src)
	want := state(t, s)
	src.Hide = map[string]bool{"dir0/doc000.txt": true}
	if rep := syncSource(t, s, src); rep.Removed != 0 || rep.Report.FailureN != 1 {
		t.Fatalf("%+v", rep)
	}
	if got := state(t, s); got != want {
		t.Fatal(cmp.Diff(want, got))
	}
	src.Hide = nil
	src.Remove("dir0/doc000.txt")
	if rep := syncSource(t, s, src); rep.Removed != 1 {
		t.Fatalf("%+v", rep)
	}
}

// TestReadersNeverWait: snapshots open and answer while another goroutine syncs, merges and
// forgets, and each sees one whole generation.
func TestReadersNeverWait(t *testing.T) {
	s := newStore(t, vfs.OS(t.TempDir()))
	src := testkit.NewSource("notes")
	testkit.Fill(src, 1, 12)
	src.Put("fixed.txt", "the zebra stays\n")
	addSource(t, s, src)
	syncSource(t, s, src)
	done := make(chan struct{})
	go func() {
		defer close(done)
		for i := range 12 {
			src.Put(fmt.Sprintf("dir0/doc%03d.txt", i%3*3), testkit.Text(uint64(100+i), 20))
			if _, err := s.Sync(context.Background(), src, SyncOptions{}); err != nil {
				t.Error(err)
			}
			if i%4 == 3 {
				if err := s.Merge(context.Background()); err != nil {
					t.Error(err)
				}
			}
		}
	}()
	generations := map[uint64]bool{}
	for n := 0; ; n++ {
		sn := snapshot(t, s)
		generations[sn.Generation()] = true
		if d := sn.Degraded(); len(d) > 0 {
			t.Fatalf("degraded: %v", d)
		}
		if got := ask(t, sn, "zebra", 5); len(got) != 1 {
			t.Fatalf("generation %d: %v", sn.Generation(), got)
		}
		_ = sn.Close()
		select {
		case <-done:
			if len(generations) < 3 {
				t.Fatalf("vacuous: %d generations were read in %d tries", len(generations), n)
			}
			return
		default:
		}
	}
}

func TestNothingNewMakesNoGeneration(t *testing.T) {
	s := newStore(t, vfs.Mem())
	src := testkit.NewSource("notes")
	testkit.Fill(src, 1, 5)
	addSource(t, s, src)
	syncSource(t, s, src)
	before := snapshot(t, s).Generation()
	syncSource(t, s, src)
	if after := snapshot(t, s).Generation(); after != before {
		t.Fatalf("generation %d became %d though nothing changed", before, after)
	}
	src.Put("dir0/doc000.txt", "changed\n")
	syncSource(t, s, src)
	if after := snapshot(t, s).Generation(); after == before {
		t.Fatal("a change made no generation")
	}
}

func TestNoSpaceIsSaidBeforeAnythingIsWritten(t *testing.T) {
	disk := vfs.Mem()
	files := faultfs.New(disk, 1)
	s := newStore(t, files)
	src := testkit.NewSource("notes")
	testkit.Fill(src, 1, 20)
	addSource(t, s, src)
	files.SetFree(1000)
	_, err := s.Sync(context.Background(), src, SyncOptions{})
	var full *index.NoSpaceError
	if !errors.As(err, &full) || full.Free != 1000 || full.Need <= 1000 {
		t.Fatalf("%v", err)
	}
	files.SetFree(1 << 30)
	if rep := syncSource(t, s, src); rep.Added != 20 {
		t.Fatalf("%+v", rep)
	}
}

// TestRacyModificationTimes: a change of the same size within the clock's step leaves size and time
// as they were; what was changed so close to a sync is read again.
func TestRacyModificationTimes(t *testing.T) {
	src := testkit.NewSource("notes")
	src.Put("a.txt", "one zebra\n")
	item, err := src.Stat(context.Background(), "a.txt")
	if err != nil {
		t.Fatal(err)
	}
	now := &clock.Fake{T: item.ModTime.Add(time.Second)}
	s, err := create(vfs.Mem(), Options{Clock: now}, index.Options{})
	if err != nil {
		t.Fatal(err)
	}
	addSource(t, s, src)
	syncSource(t, s, src)
	src.Sneak("a.txt", "two zebra\n")
	if rep := syncSource(t, s, src); rep.Changed != 1 {
		t.Fatalf("a change in the second of the sync was missed: %+v", rep)
	}
	now.T = item.ModTime.Add(time.Hour)
	syncSource(t, s, src) // reads it once more, and notes that the time has passed
	if rep := syncSource(t, s, src); rep.Same != 1 || rep.Bytes != 0 {
		t.Fatalf("%+v", rep)
	}
}

// strictLocks refuses a lock to a context that has ended, as one that must wait for another process
// does.
type strictLocks struct{ vfs.FS }

func (f strictLocks) Lock(name string, mode vfs.LockMode, wait time.Duration, ctx context.Context) (io.Closer, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	return f.FS.Lock(name, mode, wait, ctx)
}

// TestTheLastCommitMayWait: the commit that ends a sync waits for other processes under the
// caller's context, not under that of the workers, which has ended by then.
func TestTheLastCommitMayWait(t *testing.T) {
	s := newStore(t, strictLocks{vfs.Mem()})
	src := testkit.NewSource("notes")
	testkit.Fill(src, 1, 12)
	addSource(t, s, src)
	syncSource(t, s, src)
	src.Remove("dir0/doc000.txt")
	if rep := syncSource(t, s, src); rep.Removed != 1 {
		t.Fatalf("%+v", rep)
	}
}
