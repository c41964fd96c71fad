package serve

import (
	"testing"
	"time"

	"sluice/api"
	"sluice/index"
)

// TestTwoNamesAreOneSource: a folder that is added by another name keeps its label, its root and
// its documents.
func TestTwoNamesAreOneSource(t *testing.T) {
	b := newBench(t, func(o *Options) {
		c := o.Connectors["memory"]
		c.Same = func(a, b index.SourceConfig) bool { return a.Root == "memory://notes" && b.Root == "memory://NOTES" }
		o.Connectors["memory"] = c
	})
	for _, label := range []string{"notes", "NOTES"} {
		out, err := b.Add(t.Context(), index.SourceConfig{Label: label, Kind: "memory", Root: "memory://NOTES"})
		if err != nil || len(out.Sources) != 1 || out.Sources[0].Label != "notes" || out.Sources[0].Same != 3 {
			t.Errorf("%s: %+v, %v", label, out, err)
		}
	}
	all, err := b.store.Sources(t.Context())
	if err != nil || len(all) != 1 || all[0].Root != "memory://notes" {
		t.Errorf("%+v, %v", all, err)
	}
}

// TestAFolderThatIsAskedWaitsForNoLock: the store that is kept for a folder answers while another
// process writes to it, and where nothing is new nobody is asked.
func TestAFolderThatIsAskedWaitsForNoLock(t *testing.T) {
	store, err := index.Create(newBench(t, nil).files, index.Options{Wait: 24 * time.Hour})
	if err != nil {
		t.Fatal(err)
	}
	b := newBench(t, func(o *Options) { o.Store, o.SyncFirst = store, []string{"notes"} })
	lock, err := store.LockSource(t.Context(), "notes")
	if err != nil {
		t.Fatal(err)
	}
	if out, err := b.Search(t.Context(), api.SearchRequest{Query: "torn write"}); err != nil || len(out.Results) == 0 {
		t.Errorf("nothing is new: %+v, %v", out, err)
	}
	b.sources["notes"].Put("new.md", "The walrus is new.\n")
	b.stale("1 file is newer than this answer: another process writes", 0)
	if err := lock.Close(); err != nil {
		t.Fatal(err)
	}
	if got := paths(b.search("walrus").Results); got != "new.md" {
		t.Errorf("when the lock is free the question finds %q", got)
	}
}
