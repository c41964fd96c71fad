package eval

import (
	"context"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"sluice/index"
	"sluice/ingest"
	"sluice/internal/testkit"
	"sluice/internal/vfs"
)

// kernelTree puts testdata/kernel into a store; segmentBytes cuts it into many segments.
func kernelTree(t *testing.T, segmentBytes int64) *index.Snapshot {
	t.Helper()
	src := testkit.NewSource("kernel")
	files, err := filepath.Glob("testdata/kernel/*")
	if err != nil || len(files) == 0 {
		t.Fatal("no test data", err)
	}
	for _, f := range files {
		text, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		src.Put(filepath.Base(f), string(text))
	}
	store, err := index.Create(vfs.Mem(), index.Options{})
	if err != nil {
		t.Fatal(err)
	}
	ctx := context.Background()
	info := src.Info()
	if err := store.AddSource(ctx, index.SourceConfig{Label: info.Label, Kind: info.Kind, Root: info.Root}); err != nil {
		t.Fatal(err)
	}
	if _, err := ingest.New(store, ingest.Options{SegmentBytes: segmentBytes}).Sync(ctx, src, ingest.SyncOptions{}); err != nil {
		t.Fatal(err)
	}
	sn, err := store.Snapshot(ctx)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { sn.Close() })
	return sn
}

func TestDocComments(t *testing.T) {
	text := `/* not kernel-doc - at all here */
/**
 * pool_get() - take a buffer from the pool
 * @p: the pool
 */
/** on one line - is not kernel-doc either */
/**
 * struct pool - buffers that wait for work
 */
/**
 * pool_put - give back
 */
/**
 * DOC: how the pool works - an essay about it
 */
	/**
	 * pool_size(p) - how many buffers the pool has
	 */
/**
 * pool_end - this comment never ends, and that is fine`
	var got []string
	for _, c := range docComments([]byte(text)) {
		got = append(got, c.summary)
		if s := text[c.start:c.end]; !strings.HasPrefix(s, "/**") || !strings.HasSuffix(s, "*/") || strings.Count(s, "*/") != 1 {
			t.Errorf("the comment is %q", s)
		}
	}
	want := []string{"take a buffer from the pool", "buffers that wait for work", "how many buffers the pool has"}
	if !slices.Equal(got, want) {
		t.Errorf("summaries %q, not %q", got, want)
	}
}

// TestFindKnownItems: the items are the passages that hold their comments, however the store is
// cut.
func TestFindKnownItems(t *testing.T) {
	want := map[string]string{
		"reserve a slot before the writer sleeps":  "ring_reserve",
		"make what was written visible to readers": "ring_publish",
		"a queue with one writer and many readers": "struct ring",
		"wait until the oldest reader has moved":   "ring_wait",
		"turn a wall clock time into ticks":        "ticks_from",
		"start a timer that fires once":            "timer_once",
	}
	var first []string
	for _, segmentBytes := range []int64{1, 1 << 20} {
		sn := kernelTree(t, segmentBytes)
		items, all, err := FindKnownItems(context.Background(), sn, "kernel", 0, 1)
		if err != nil || all != len(items) || len(items) != len(want) {
			t.Fatalf("%d items of %d, %v", len(items), all, err)
		}
		var questions []string
		for _, it := range items {
			text, err := sn.Text(it.Place)
			if name := want[it.Question]; err != nil || name == "" || !strings.Contains(string(text), name) {
				t.Errorf("%q is to be found in %q, %v", it.Question, text, err)
			}
			questions = append(questions, it.Question)
		}
		if first == nil {
			first = questions
		} else if !slices.Equal(first, questions) {
			t.Errorf("cut differently, the store is asked %q instead of %q", questions, first)
		}
	}
}

func TestKnownItems(t *testing.T) {
	sn := kernelTree(t, 1<<20)
	asked := 0
	rep, err := KnownItems(context.Background(), sn, KnownOptions{Items: 4, Seed: 3, Progress: func(int, int) { asked++ }})
	if err != nil {
		t.Fatal(err)
	}
	if rep.Comments != 6 || rep.Questions != 4 || asked != 4 || rep.Latency.Questions != 4 {
		t.Errorf("%d questions of %d comments, %d asked, %d timed", rep.Questions, rep.Comments, asked, rep.Latency.Questions)
	}
	for name, arm := range rep.Arms {
		if arm.MRR != 1 || arm.Success != 1 || arm.Interval != [2]float64{1, 1} {
			t.Errorf("in so small a tree every summary finds its comment: %s %+v", name, arm)
		}
	}
	if rep.InWindow != 1 || rep.Latency.Context.Wall.P50 <= 0 || rep.Latency.Context.Wall.P99 < rep.Latency.Context.Wall.P50 {
		t.Errorf("in the window %g, latency %+v", rep.InWindow, rep.Latency)
	}
	if _, err := KnownItems(context.Background(), sn, KnownOptions{Source: "other"}); err == nil {
		t.Error("a source without C has nothing to ask about")
	}
}

func TestKnownArm(t *testing.T) {
	a := knownArm([]int{1, 2, 0, 4}, 1)
	if a.MRR != (1+.5+.25)/4 || a.First != .25 || a.Success != .75 {
		t.Errorf("%+v", a)
	}
	if a.Interval[0] >= a.MRR || a.Interval[1] <= a.MRR || a.Interval[0] < 0 || a.Interval[1] > 1 {
		t.Errorf("the interval %v around %g", a.Interval, a.MRR)
	}
}

func TestRankIn(t *testing.T) {
	at := func(i int) index.Place { return index.Place{Passage: uint32(i)} }
	for passage, want := range map[uint32]int{0: 1, 9: 10, 10: 0, 99: 0} {
		if got := rankIn(20, at, index.Place{Passage: passage}); got != want {
			t.Errorf("passage %d has rank %d, not %d", passage, got, want)
		}
	}
}

// TestBootstrap holds the interval of a coin's mean to the normal approximation: 1.96 standard
// errors.
func TestBootstrap(t *testing.T) {
	values := make([]float64, 400)
	for i := range 200 {
		values[i] = 1
	}
	got := bootstrap(values, 1)
	half := 1.96 * .5 / math.Sqrt(400)
	if math.Abs(got[0]-(.5-half)) > .01 || math.Abs(got[1]-(.5+half)) > .01 {
		t.Errorf("%v, not .5 -+ %.3f", got, half)
	}
}
