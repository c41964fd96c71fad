package serve

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"sluice/api"
	"sluice/corpus"
	"sluice/index"
	"sluice/internal/faultfs"
	"sluice/internal/testkit"
	"sluice/internal/vfs"
)

// following is a bench whose questions look at sources first, and wait as long as that takes.
func newFollowing(t *testing.T, longLived bool) *bench {
	return newBench(t, func(o *Options) { o.LookWait, o.LongLived = time.Hour, longLived })
}

func (b *bench) generation() uint64 {
	b.t.Helper()
	sn, err := b.store.Snapshot(b.t.Context())
	if err != nil {
		b.t.Fatal(err)
	}
	defer sn.Close()
	return sn.Generation()
}

// TestQuestionsFindWhatIsNew: what came, changed or went since the last sync is so for every
// question, and one that finds nothing new writes nothing.
func TestQuestionsFindWhatIsNew(t *testing.T) {
	for _, longLived := range []bool{false, true} {
		b := newFollowing(t, longLived)
		notes := b.sources["notes"]
		notes.Put("new.md", "The walrus is new.\n")
		if got := paths(b.search("walrus").Results); got != "new.md" {
			t.Errorf("long-lived %t: a new file: found %q", longLived, got)
		}
		before := b.generation()
		if b.search("walrus"); b.generation() != before {
			t.Errorf("long-lived %t: a question that found nothing new went from generation %d to %d", longLived, before, b.generation())
		}
		notes.Put("new.md", "The ocelot is new.\n")
		if got := paths(b.search("walrus").Results); got != "" {
			t.Errorf("long-lived %t: after a change the old text is found in %q", longLived, got)
		}
		out, err := b.Ask(t.Context(), api.AskRequest{Query: "what is the ocelot"})
		if err != nil || !strings.Contains(out.Answer, "ocelot is new") {
			t.Errorf("long-lived %t: after a change: %+v, %v", longLived, out, err)
		}
		if r, err := b.Read(t.Context(), api.ReadRequest{Target: "new.md"}); err != nil || !strings.Contains(r.Text, "ocelot") {
			t.Errorf("long-lived %t: read: %+v, %v", longLived, r, err)
		}
		notes.Remove("new.md")
		if got := paths(b.search("ocelot").Results); got != "" {
			t.Errorf("long-lived %t: a removed file is found: %q", longLived, got)
		}
	}
}

// stale asks and expects an answer from what the store holds that says what it does not know.
func (b *bench) stale(want string, documents int64) {
	b.t.Helper()
	out, err := b.Search(b.t.Context(), api.SearchRequest{Query: "torn write noticed checksum"})
	if ClassOf(err) != Partly || out == nil || len(out.Results) == 0 {
		b.t.Fatalf("%+v, %v", out, err)
	}
	if len(out.Degraded) != 1 || out.Degraded[0].What != "source notes" || !strings.Contains(out.Degraded[0].Why, want) || out.Degraded[0].Documents != documents {
		b.t.Errorf("degraded %+v, want %q of %d documents", out.Degraded, want, documents)
	}
}

// TestQuestionsWaitForNoLock: where another process writes to the source, the answer comes from
// what is there, and says so.
func TestQuestionsWaitForNoLock(t *testing.T) {
	files := vfs.Mem()
	store, err := index.Create(files, index.Options{Wait: 24 * time.Hour})
	if err != nil {
		t.Fatal(err)
	}
	b := newBench(t, func(o *Options) { o.Store, o.LookWait = store, 24*time.Hour })
	for _, take := range []string{"source", "commits"} {
		b.sources["notes"].Put(take+".md", "The walrus is new, and so are "+take+".\n")
		lock, err := store.LockSource(t.Context(), "notes")
		if take == "commits" {
			if err = errors.Join(err, lock.Close()); err != nil {
				t.Fatal(err)
			}
			lock, err = files.Lock("locks/commit", vfs.Exclusive, 0, t.Context())
		}
		if err != nil {
			t.Fatal(err)
		}
		b.stale("newer than this answer: another process writes", 1)
		if err := lock.Close(); err != nil {
			t.Fatal(err)
		}
		if got := paths(b.search("walrus").Results); !strings.Contains(got, take+".md") {
			t.Errorf("when the lock is free the question finds %q", got)
		}
	}
}

// TestQuestionsOnAStoreThatCannotBeWritten: a full or read-only disk costs what is newer, and where
// nothing is newer nothing is written.
func TestQuestionsOnAStoreThatCannotBeWritten(t *testing.T) {
	b := newFollowing(t, false)
	full := faultfs.New(b.files, 1, faultfs.Rule{Ops: faultfs.WritePoints, Mode: faultfs.Fail, Err: faultfs.ErrNoSpace, Nth: 1, Sticky: true})
	store, err := index.Open(full, index.Options{})
	if err != nil {
		t.Fatal(err)
	}
	o := b.opts
	o.Store, o.Ingest = store, nil
	on := &bench{Service: New(o), t: t, files: full, sources: b.sources}
	defer on.Close()
	if got := paths(on.search("torn write").Results); got == "" {
		t.Error("nothing was found")
	}
	b.sources["notes"].Put("new.md", "The walrus is new.\n")
	on.stale("1 file is newer than this answer: ", 1)
}

// TestMuchIsLeftToASync: a process that answers one question reads a little first, and one that
// stays reads all.
func TestMuchIsLeftToASync(t *testing.T) {
	for _, longLived := range []bool{false, true} {
		b := newFollowing(t, longLived)
		b.sources["notes"].Put("large.md", "The walrus is large.\n"+strings.Repeat("Nothing else is here.\n", smallRead/20))
		if longLived {
			if got := paths(b.search("walrus").Results); got != "large.md" {
				t.Errorf("found %q", got)
			}
			continue
		}
		before := b.generation()
		if b.stale("1 file is newer than this answer", 1); b.generation() != before {
			t.Error("it was read all the same")
		}
	}
}

// TestQuestionsWithoutTheirSource: a source that vanished, or that lost over half of its documents,
// loses nothing in the store, and every answer says so.
func TestQuestionsWithoutTheirSource(t *testing.T) {
	b := newFollowing(t, false)
	notes := b.sources["notes"]
	notes.Gone = true
	b.stale("root is missing", 0)
	notes.Gone = false
	notes.Remove("fruit.md")
	notes.Remove("deep/er/log.go")
	b.stale("over half", 2)
	sn, err := b.store.Snapshot(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer sn.Close()
	if sn.Documents() != 3 {
		t.Errorf("the store holds %d documents, want all 3", sn.Documents())
	}
}

// slow is a source that is not listed before it is let.
type slow struct {
	*testkit.Source
	let chan struct{}
}

func (s *slow) Walk(ctx context.Context, visit func(corpus.Item) error) (*corpus.Report, error) {
	select {
	case <-s.let:
		return s.Source.Walk(ctx, visit)
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// TestASlowSourceIsAnsweredFromTheStore: a look that takes too long goes on beside the answer,
// which says so; a long-lived process has read what is new when it is over.
func TestASlowSourceIsAnsweredFromTheStore(t *testing.T) {
	b := newBench(t, func(o *Options) { o.LookWait, o.LongLived = time.Nanosecond, true })
	let := make(chan struct{})
	b.opts.Connectors["memory"] = Connector{Open: func(c index.SourceConfig) (corpus.Source, error) {
		return &slow{b.sources[c.Label], let}, nil
	}}
	b.Service.mu.Lock()
	clear(b.Service.sources)
	b.Service.mu.Unlock()
	b.sources["notes"].Put("new.md", "The walrus is new.\n")
	out := b.search("torn write noticed checksum")
	if len(out.Results) == 0 || len(out.Notices) != 1 || !strings.Contains(out.Notices[0], "may be newer than this answer") {
		t.Errorf("%d results, notices %q", len(out.Results), out.Notices)
	}
	close(let)
	b.following.all.Wait()
	b.opts.LookWait = 0
	if got := paths(b.search("walrus").Results); got != "new.md" {
		t.Errorf("when the look is over, found %q", got)
	}
}

// TestAQuestionDuringASync: where a source was being read before the question began, what changed
// since may have been passed over, and the answer says so; with time, it is looked at again.
func TestAQuestionDuringASync(t *testing.T) {
	b := newBench(t, func(o *Options) { o.LookWait, o.LongLived = time.Nanosecond, true })
	let := make(chan struct{})
	b.opts.Connectors["memory"] = Connector{Open: func(c index.SourceConfig) (corpus.Source, error) {
		return &slow{b.sources[c.Label], let}, nil
	}}
	b.Service.mu.Lock()
	clear(b.Service.sources)
	b.Service.mu.Unlock()
	b.search("torn write") // its look goes on
	b.sources["notes"].Put("new.md", "The walrus is new.\n")
	if out := b.search("torn write"); len(out.Notices) != 1 || !strings.Contains(out.Notices[0], "is being read") {
		t.Errorf("notices %q", out.Notices)
	}
	close(let)
	b.opts.LookWait = time.Hour
	if got := paths(b.search("walrus").Results); got != "new.md" {
		t.Errorf("found %q", got)
	}
}

// TestOtherSourcesDoNotMatter: a question that is limited to a source, or opens a document of it,
// is whole whatever became of the others. One that is not says what it misses.
func TestOtherSourcesDoNotMatter(t *testing.T) {
	b := newFollowing(t, false)
	b.add("other").Put("pier.md", "Herons nest at the pier.\n")
	b.sync()
	id := b.search("torn write").Results[0].ID
	b.sources["other"].Gone = true
	for name, c := range map[string]struct {
		run   func() error
		whole bool
	}{
		"anywhere": {func() error { _, err := b.Search(t.Context(), api.SearchRequest{Query: "torn write"}); return err }, false},
		"the filter": {func() error {
			_, err := b.Search(t.Context(), api.SearchRequest{Query: "torn write", Filters: api.Filters{Source: []string{"notes"}}})
			return err
		}, true},
		"ask": {func() error {
			_, err := b.Ask(t.Context(), api.AskRequest{Query: "how is a torn write noticed", Filters: api.Filters{Source: []string{"notes"}}})
			return err
		}, true},
		"ask the other": {func() error {
			_, err := b.Ask(t.Context(), api.AskRequest{Query: "where do herons nest", Filters: api.Filters{Source: []string{"other"}}})
			return err
		}, false},
		"read a path": {func() error { _, err := b.Read(t.Context(), api.ReadRequest{Target: "torn.md"}); return err }, true},
		"read with its source": {func() error {
			_, err := b.Read(t.Context(), api.ReadRequest{Target: "torn.md", Source: "notes"})
			return err
		}, true},
		"read an id":     {func() error { _, err := b.Read(t.Context(), api.ReadRequest{Target: id}); return err }, true},
		"read the other": {func() error { _, err := b.Read(t.Context(), api.ReadRequest{Target: "pier.md"}); return err }, false},
	} {
		if err := c.run(); (err == nil) != c.whole || err != nil && ClassOf(err) != Partly {
			t.Errorf("%s: %v", name, err)
		}
	}
}
