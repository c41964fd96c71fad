package cascade

import (
	"context"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"sluice/cascade/flow"
	"sluice/corpus"
	"sluice/index"
	"sluice/ingest"
	"sluice/internal/testkit"
	"sluice/internal/vfs"
)

// tester is what *testing.T and *rapid.T have in common.
type tester interface {
	Helper()
	Fatal(...any)
	Fatalf(string, ...any)
}

// smallSegments makes stores of many segments out of little text.
const smallSegments = 4 << 10

// testStore is a store with what brings it up to date.
type testStore struct {
	*index.Store
	*ingest.Ingest
}

func newStore(t tester, segmentBytes int64) testStore {
	t.Helper()
	return storeIn(t, vfs.Mem(), segmentBytes)
}

func storeIn(t tester, files vfs.FS, segmentBytes int64) testStore {
	t.Helper()
	store, err := index.Create(files, index.Options{})
	if err != nil {
		t.Fatal(err)
	}
	return testStore{store, ingest.New(store, ingest.Options{SegmentBytes: segmentBytes, Jobs: 1})}
}

// bring adds the source, if it is new, and syncs it.
func bring(t tester, store testStore, src corpus.Source) {
	t.Helper()
	ctx := context.Background()
	info := src.Info()
	if err := store.AddSource(ctx, index.SourceConfig{Label: info.Label, Kind: info.Kind, Root: info.Root}); err != nil {
		t.Fatal(err)
	}
	if _, err := store.Sync(ctx, src, ingest.SyncOptions{}); err != nil {
		t.Fatal(err)
	}
}

func snapshot(t tester, store testStore) *index.Snapshot {
	t.Helper()
	sn, err := store.Snapshot(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	return sn
}

// filled is a store of n made-up documents in segments of that size.
func filled(t tester, seed uint64, n int, segmentBytes int64) testStore {
	t.Helper()
	src := testkit.NewSource("notes")
	testkit.Fill(src, seed, n)
	store := newStore(t, segmentBytes)
	bring(t, store, src)
	return store
}

// ask runs the whole cascade and holds every stage to its account: what goes in comes out or is
// dropped for a reason, and what one stage lets out goes into the next.
func ask(t tester, sn Index, q flow.Query, opts flow.Options) *Result {
	t.Helper()
	r, err := New(Parts{Index: sn}).Context(context.Background(), q, opts)
	if err != nil {
		t.Fatalf("%q: %v", q.Raw, err)
	}
	checkFunnel(t, sn, r)
	return r
}

func checkFunnel(t tester, sn Index, r *Result) {
	t.Helper()
	in := sn.Passages()
	for i, s := range r.Funnel {
		if err := s.Balance(); err != nil {
			t.Fatalf("%q: %v", r.Query.Raw, err)
		}
		for reason, n := range s.Dropped {
			if n < 0 {
				t.Fatalf("%q: stage %s dropped %d as %s", r.Query.Raw, s.Stage, n, reason)
			}
		}
		if s.In != in {
			t.Fatalf("%q: %d passages go into stage %s, %d came out of the one before", r.Query.Raw, s.In, s.Stage, in)
		}
		if want := []string{"gather", "judge", "pack"}[i]; s.Stage != want {
			t.Fatalf("stage %d is %s, not %s", i+1, s.Stage, want)
		}
		in = s.Out
	}
	if len(r.Funnel) != 3 || in != int64(len(r.Window.Passages)) {
		t.Fatalf("%q: %d stages, %d out of the last, %d citations", r.Query.Raw, len(r.Funnel), in, len(r.Window.Passages))
	}
}

// words are what made-up questions are made of: frequent ones, rare ones, one that no text has.
var words = strings.Fields(`store writes segment block manifest torn write page commit reader passage term budget window lock merge
	footer crc index folder path error corrupt newer parity vector recall kernel prefetch disk sector fsync worker batch the note zebra`)

// question makes up the nth question.
func question(n int) string {
	r := rand.New(rand.NewPCG(uint64(n), 11))
	picked := make([]string, 1+r.IntN(5))
	for i := range picked {
		picked[i] = words[r.IntN(len(words))]
	}
	return strings.Join(picked, " ")
}

func text(question string) flow.Query { return flow.Query{Raw: question, Text: question} }

// fingerprint is all that must not depend on how a store came about: ids in judge's order, scores,
// the window.
func fingerprint(r *Result) string {
	var b strings.Builder
	for _, j := range r.Judged {
		fmt.Fprintf(&b, "%s %d %g %g\n", index.FormatID(j.ID), j.Score, j.Raw, j.Prob)
	}
	for _, p := range r.Window.Passages {
		fmt.Fprintf(&b, "[%d] %s %d %d\n", p.N, index.FormatID(p.Best.ID), p.Start, p.End)
	}
	return b.String() + r.Window.Text
}

func closing(t *testing.T, sn *index.Snapshot) *index.Snapshot {
	t.Cleanup(func() { sn.Close() })
	return sn
}
