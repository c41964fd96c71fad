package cascade

import (
	"context"
	"math/rand/v2"
	"testing"

	"sluice/cascade/flow"
	"sluice/corpus"
	"sluice/index"
	"sluice/internal/testkit"
)

const (
	sameDocuments = 150
	sameQuestions = 200
)

// elsewhere is a source whose root is another folder.
type elsewhere struct{ corpus.Source }

func (e elsewhere) Info() corpus.Info {
	info := e.Source.Info()
	info.Root = "memory://moved"
	return info
}

// grown is a store that came to its documents by ten syncs in random order, with documents that
// changed and documents that went away in between.
func grown(t *testing.T, seed uint64, final *testkit.Source, contents map[string]string) testStore {
	src := testkit.NewSource(final.Label)
	store := newStore(t, smallSegments)
	r := rand.New(rand.NewPCG(seed, 5))
	paths := final.Paths()
	r.Shuffle(len(paths), func(i, j int) { paths[i], paths[j] = paths[j], paths[i] })
	const syncs = 10
	for k := range syncs {
		for i := k * len(paths) / syncs; i < (k+1)*len(paths)/syncs; i++ {
			src.Put(paths[i], contents[paths[i]])
		}
		other := paths[r.IntN(len(paths))]
		src.Put(other, testkit.Text(seed+uint64(k), 20)) // will be put right, or is now wrong until the end
		passing := "passing.txt"
		if src.Put(passing, testkit.Text(seed, 9)); k%2 == 1 {
			src.Remove(passing)
		}
		bring(t, store, src)
		src.Put(other, contents[other])
		if k < syncs-1 && r.IntN(2) == 0 {
			src.Remove(other)
			paths = append(paths, other)
		}
	}
	for _, p := range paths {
		src.Put(p, contents[p])
	}
	bring(t, store, src)
	return store
}

func segments(t *testing.T, store testStore) int {
	st, err := store.Status(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	return st.Segments
}

// TestSameStoreSameAnswers: how a store came about, how it is cut into segments and where its
// source's root lies changes nothing: the same passages in the same order with the same scores, and
// the same window.
func TestSameStoreSameAnswers(t *testing.T) {
	final := testkit.NewSource("notes")
	contents := map[string]string{}
	testkit.Fill(final, 3, sameDocuments)
	for i, p := range final.Paths() {
		contents[p] = testkit.Text(uint64(i), 3+i%40)
		final.Put(p, contents[p])
	}
	once := newStore(t, 1<<20)
	bring(t, once, final)
	merged := grown(t, 8, final, contents)
	if err := merged.Merge(context.Background()); err != nil {
		t.Fatal(err)
	}
	moved := newStore(t, smallSegments)
	bring(t, moved, final)
	bring(t, moved, elsewhere{final})
	stores := map[string]*index.Snapshot{
		"grown by ten syncs": closing(t, snapshot(t, grown(t, 7, final, contents))), "merged": closing(t, snapshot(t, merged)),
		"with its root moved": closing(t, snapshot(t, moved)),
	}
	if a, b := segments(t, merged), segments(t, grown(t, 9, final, contents)); a != 1 || b < 2 {
		t.Fatalf("%d segments after merging, %d before", a, b)
	}
	opts := flow.Options{Gather: 200, Judge: 150, Read: 40, Budget: 20_000} // every cut cuts
	base := closing(t, snapshot(t, once))
	shown := 0
	for n := range sameQuestions {
		want := ask(t, base, text(question(n)), opts)
		shown += len(want.Window.Passages)
		for name, sn := range stores {
			if got := ask(t, sn, text(question(n)), opts); fingerprint(got) != fingerprint(want) {
				t.Fatalf("%q: the store %s answers\n%s\nand the one added in one go\n%s", question(n), name, fingerprint(got), fingerprint(want))
			}
		}
	}
	if shown < sameQuestions*10 {
		t.Errorf("only %d citations for %d questions: the test asks nothing", shown, sameQuestions)
	}
}
