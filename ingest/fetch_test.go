package ingest

import (
	"context"
	"errors"
	"testing"

	"sluice/index"
	"sluice/internal/testkit"
	"sluice/internal/vfs"
)

// distant is a source that must fetch what it holds.
type distant struct {
	*testkit.Source
	fetched int
	err     error
}

func (d *distant) Fetch(_ context.Context, tell func(done, waiting int64)) error {
	d.fetched++
	d.Put("fetched.txt", testkit.Text(7, 500))
	if tell != nil {
		tell(1, 2)
	}
	return d.err
}

// TestFetch: a source that lies elsewhere fetches when a sync is asked to have it fetch, and for no
// other sync and no look: those are what questions ask for. What was fetched is read even where not
// all could be, and what could not is told.
func TestFetch(t *testing.T) {
	src := &distant{Source: testkit.NewSource("site"), err: errors.New("the site does not answer")}
	testkit.Fill(src.Source, 3, 4)
	s, err := create(vfs.Mem(), Options{Jobs: 1}, index.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	addSource(t, s, src.Source)
	for _, opts := range []SyncOptions{{}, {Small: true}} {
		if _, err := s.Sync(t.Context(), src, opts); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := s.Look(t.Context(), src); err != nil || src.fetched != 0 {
		t.Errorf("%v; it fetched %d times for questions", err, src.fetched)
	}
	var told Progress
	rep, err := s.Sync(t.Context(), src, SyncOptions{Fetch: true, Progress: func(p Progress) {
		if p.Phase == "fetching" {
			told = p
		}
	}})
	if src.fetched != 1 || !errors.Is(err, src.err) || rep == nil || rep.Added != 1 || told.Indexed != 1 || told.FilesTotal != 3 {
		t.Errorf("fetched %d times, %+v, %v; told %+v", src.fetched, rep, err, told)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := s.Sync(ctx, src, SyncOptions{Fetch: true}); !errors.Is(err, context.Canceled) {
		t.Errorf("%v", err)
	}
}
