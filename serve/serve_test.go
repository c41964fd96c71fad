package serve

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"sluice/api"
	"sluice/cascade/flow"
	"sluice/corpus"
	"sluice/index"
	"sluice/internal/clock"
	"sluice/internal/testkit"
	"sluice/internal/vfs"
)

// bench is a store in memory with sources in memory.
type bench struct {
	*Service
	t       *testing.T
	files   vfs.FS
	sources map[string]*testkit.Source
}

// newBench makes a store with one source, notes.
func newBench(t *testing.T, set func(*Options)) *bench {
	t.Helper()
	b := &bench{t: t, files: vfs.Mem(), sources: map[string]*testkit.Source{}}
	store, err := index.Create(b.files, index.Options{})
	if err != nil {
		t.Fatal(err)
	}
	o := Options{Store: store, Clock: &clock.Fake{T: now}, StatWait: time.Minute,
		Connectors: map[string]Connector{"memory": {Open: b.open, Forget: forgetMemory}}}
	if set != nil {
		set(&o)
	}
	b.Service = New(o)
	t.Cleanup(b.Close)
	notes := b.add("notes")
	notes.Put("torn.md", "# Torn writes\n\nA torn write is noticed because the checksum of its block fails.\n")
	notes.Put("fruit.md", "# Fruit\n\nBananas are yellow and bend towards the sun.\n")
	notes.Put("deep/er/log.go", "package log\n\n// Append adds a record. A torn write at the end is cut off.\nfunc Append(b []byte) error {\n\treturn nil\n}\n")
	b.sync()
	return b
}

var now = time.Date(2026, 5, 1, 12, 0, 0, 0, time.UTC)

func (b *bench) open(c index.SourceConfig) (corpus.Source, error) {
	if s := b.sources[c.Label]; s != nil {
		return s, nil
	}
	return nil, corpus.ErrRootGone
}

func forgetMemory(raw json.RawMessage, paths []string) (json.RawMessage, error) {
	var o struct {
		Forgotten []string `json:"forgotten"`
	}
	if len(raw) > 0 {
		if err := json.Unmarshal(raw, &o); err != nil {
			return nil, err
		}
	}
	o.Forgotten = append(o.Forgotten, paths...)
	return json.Marshal(o)
}

func (b *bench) add(label string) *testkit.Source {
	b.t.Helper()
	src := testkit.NewSource(label)
	b.sources[label] = src
	info := src.Info()
	if err := b.store.AddSource(b.t.Context(), index.SourceConfig{Label: label, Kind: info.Kind, Root: info.Root}); err != nil {
		b.t.Fatal(err)
	}
	return src
}

func (b *bench) sync() *api.Add {
	b.t.Helper()
	out, err := b.Sync(b.t.Context(), api.SyncRequest{}, true)
	if err != nil {
		b.t.Fatal(err)
	}
	return out
}

func (b *bench) search(query string) *api.Search {
	b.t.Helper()
	out, err := b.Search(b.t.Context(), api.SearchRequest{Query: query})
	if err != nil {
		b.t.Fatalf("search %q: %v", query, err)
	}
	balanced(b.t, out.Funnel)
	return out
}

func balanced(t *testing.T, funnel []api.Stage) {
	t.Helper()
	last := int64(-1)
	for _, s := range funnel {
		sum := s.Out
		for _, n := range s.Dropped {
			sum += n
		}
		if sum != s.In {
			t.Errorf("stage %s: %d in, %d accounted for: %v", s.Stage, s.In, sum, s.Dropped)
		}
		if last >= 0 && s.In != last {
			t.Errorf("stage %s takes %d of the %d that came out before it", s.Stage, s.In, last)
		}
		last = s.Out
	}
}

func paths(results []api.Result) string {
	var all []string
	for _, r := range results {
		all = append(all, r.Path)
	}
	return strings.Join(all, " ")
}

func TestSearchFillsTheContract(t *testing.T) {
	b := newBench(t, nil)
	out := b.search("torn write noticed checksum")
	if len(out.Results) != 2 || out.Results[0].Path != "torn.md" {
		t.Fatalf("results: %s", paths(out.Results))
	}
	r := out.Results[0]
	if r.Rank != 1 || r.Source != "notes" || r.URI != "memory://notes/torn.md" || r.Fresh != "fresh" || r.Flags == nil ||
		r.Score <= 0 || r.Score > 1 || r.Scores.BM25 == nil || r.Scores.Dense != nil || r.Time == nil || r.Lines[0] < 1 || len(r.ID) != 16 {
		t.Errorf("%+v", r)
	}
	if int64(len(r.Text)) != r.Bytes[1]-r.Bytes[0] {
		t.Errorf("%d bytes of text at a span of %v", len(r.Text), r.Bytes)
	}
	if out.Degraded == nil {
		t.Error("degraded is no list")
	}
	again := b.search("torn write noticed checksum")
	if paths(again.Results) != paths(out.Results) || again.Results[0].ID != r.ID {
		t.Error("the same question has another answer")
	}
	if none := b.search("wqvkjxqz"); none.Results == nil || len(none.Results) != 0 {
		t.Errorf("no hit gives %v", none.Results)
	}
}

func TestFreshness(t *testing.T) {
	b := newBench(t, nil)
	notes := b.sources["notes"]
	notes.Put("fruit.md", "# Fruit\n\nBananas are green now.\n")
	notes.Remove("torn.md")
	out := b.search("bananas torn")
	if got := paths(out.Results); got != "fruit.md deep/er/log.go" {
		t.Fatalf("results: %s", got)
	}
	if r := out.Results[0]; r.Fresh != "changed" || !strings.Contains(r.Text, "yellow") {
		t.Errorf("a changed file is shown as %s with %q", r.Fresh, r.Text)
	}
	show := out.Funnel[len(out.Funnel)-1]
	if show.Stage != "show" || show.Dropped["gone"] != 1 {
		t.Errorf("the last stage: %+v", show)
	}
}

func TestFreshnessOfSameSizeAsksTheHash(t *testing.T) {
	b := newBench(t, nil)
	b.sources["notes"].Put("fruit.md", strings.Replace("# Fruit\n\nBananas are yellow and bend towards the sun.\n", "yellow", "purple", 1))
	if r := b.search("bananas").Results[0]; r.Fresh != "changed" {
		t.Errorf("another text of the same size is %s", r.Fresh)
	}
	b.sources["notes"].Put("fruit.md", "# Fruit\n\nBananas are yellow and bend towards the sun.\n")
	if r := b.search("bananas").Results[0]; r.Fresh != "fresh" {
		t.Errorf("the same text with another time is %s", r.Fresh)
	}
}

// stopped is a source whose files all bear one time.
type stopped struct {
	*testkit.Source
	at time.Time
}

func (s *stopped) Stat(ctx context.Context, path string) (corpus.Item, error) {
	it, err := s.Source.Stat(ctx, path)
	it.ModTime = s.at
	return it, err
}

func (s *stopped) Open(ctx context.Context, path string) (io.ReadCloser, corpus.Item, error) {
	r, it, err := s.Source.Open(ctx, path)
	it.ModTime = s.at
	return r, it, err
}

func (s *stopped) Walk(ctx context.Context, visit func(corpus.Item) error) (*corpus.Report, error) {
	return s.Source.Walk(ctx, func(it corpus.Item) error {
		it.ModTime = s.at
		return visit(it)
	})
}

// A file that was written again may have its old size and its old time.
func TestATimeProvesNothing(t *testing.T) {
	for name, c := range map[string]struct {
		at   time.Time
		want string
	}{
		"while it was synced": {now, "changed"},
		"just before":         {now.Add(-time.Second), "changed"},
		"long before":         {now.Add(-time.Hour), "changed"},
	} {
		b := newBench(t, nil)
		src := &stopped{testkit.NewSource("clocks"), c.at}
		b.opts.Connectors["memory"] = Connector{Open: func(index.SourceConfig) (corpus.Source, error) { return src, nil }}
		src.Put("a.md", "The walrus is grey.\n")
		if err := b.store.AddSource(t.Context(), index.SourceConfig{Label: "clocks", Kind: "memory"}); err != nil {
			t.Fatal(err)
		}
		if _, err := b.Sync(t.Context(), api.SyncRequest{Source: []string{"clocks"}}, false); err != nil {
			t.Fatal(err)
		}
		src.Put("a.md", "The walrus is blue.\n")
		if r := b.search("walrus").Results[0]; r.Fresh != c.want {
			t.Errorf("%s: %s, want %s", name, r.Fresh, c.want)
		}
	}
}

// stuck is a source that does not answer.
type stuck struct{ corpus.Source }

func (s stuck) Stat(ctx context.Context, _ string) (corpus.Item, error) {
	<-ctx.Done()
	return corpus.Item{}, ctx.Err()
}

func TestFreshnessGivesUpInTime(t *testing.T) {
	b := newBench(t, func(o *Options) { o.StatWait = time.Millisecond })
	b.Service.sources = map[string]corpus.Source{}
	b.opts.Connectors["memory"] = Connector{Open: func(c index.SourceConfig) (corpus.Source, error) { return stuck{b.sources[c.Label]}, nil }}
	if r := b.search("bananas").Results[0]; r.Fresh != "unknown" {
		t.Errorf("a source that does not answer makes %s", r.Fresh)
	}
}

func TestAMissingRootIsUnknownNotGone(t *testing.T) {
	b := newBench(t, nil)
	delete(b.sources, "notes")
	clear(b.Service.sources)
	if r := b.search("bananas").Results[0]; r.Fresh != "unknown" {
		t.Errorf("a source that cannot be opened makes %s", r.Fresh)
	}
}

func TestContextAndAskReadChangedFilesFirst(t *testing.T) {
	b := newBench(t, nil)
	b.sources["notes"].Put("fruit.md", "# Fruit\n\nBananas are green until they are ripe.\n")
	c, err := b.Context(t.Context(), api.ContextRequest{Query: "what colour are bananas"})
	if err != nil {
		t.Fatal(err)
	}
	balanced(t, c.Funnel)
	if !strings.Contains(c.Window, "green until") || strings.Contains(c.Window, "yellow") {
		t.Errorf("the window: %s", c.Window)
	}
	b.sources["notes"].Put("fruit.md", "# Fruit\n\nBananas are brown when they are old.\n")
	a, err := b.Ask(t.Context(), api.AskRequest{Query: "when are bananas brown"})
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(a.Answer, "Bananas are brown when they are old. [1]") || len(a.Citations) != 1 || a.Citations[0].N != 1 || a.Citations[0].Path != "fruit.md" || a.Citations[0].Fresh != "fresh" {
		t.Errorf("%+v", a)
	}
	b.sources["notes"].Remove("fruit.md")
	if a, err = b.Ask(t.Context(), api.AskRequest{Query: "when are bananas brown"}); err != nil || a.Answer != Abstain {
		t.Errorf("a deleted file still answers: %q, %v", a.Answer, err)
	}
}

func TestWhatCannotBeReadAgainIsLeftOut(t *testing.T) {
	b := newBench(t, nil)
	b.sources["notes"].Put("fruit.md", "# Fruit\n\nBananas are green until they are ripe.\n")
	unlock, err := b.files.Lock("locks/source-notes", vfs.Exclusive, 0, t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer unlock.Close()
	c, err := b.Context(t.Context(), api.ContextRequest{Query: "bananas torn"})
	if ClassOf(err) != Partly || c == nil {
		t.Fatalf("%v", err)
	}
	balanced(t, c.Funnel)
	if strings.Contains(c.Window, "yellow") || !strings.Contains(c.Window, "Torn writes") {
		t.Errorf("the window: %s", c.Window)
	}
	if len(c.Degraded) == 0 {
		t.Error("nothing says what was left out")
	}
}

func TestContextKeepsToMaxBytes(t *testing.T) {
	b := newBench(t, nil)
	for i := range 50 {
		b.sources["notes"].Put(fmt.Sprintf("many/%d.md", i), fmt.Sprintf("# Torn %d\n\n%s", i, strings.Repeat(fmt.Sprintf("A torn write number %d of many. ", i), 20)))
	}
	b.sync()
	for _, max := range []int{1500, 4000, 9000} {
		c, err := b.Context(t.Context(), api.ContextRequest{Query: "torn write", MaxBytes: max})
		if err != nil {
			t.Fatal(err)
		}
		if len(c.Window) > max || len(c.Window) < max/4 || len(c.Passages) == 0 || c.Passages[0].Text != "" {
			t.Errorf("max_bytes %d gives a window of %d bytes with %d passages", max, len(c.Window), len(c.Passages))
		}
		balanced(t, c.Funnel)
	}
}

func TestWhy(t *testing.T) {
	b := newBench(t, nil)
	w, err := b.Why(t.Context(), api.WhyRequest{Query: "torn write", Path: "torn.md"})
	if err != nil || len(w.Passages) == 0 || w.Passages[0].Reason != Kept || w.Passages[0].Source != "notes" {
		t.Errorf("%+v, %v", w, err)
	}
	w, err = b.Why(t.Context(), api.WhyRequest{Query: "torn write", Path: "fruit.md"})
	if err != nil || len(w.Passages) != 1 || w.Passages[0].Stage != "gather" || w.Passages[0].Reason != "no_match" {
		t.Errorf("%+v, %v", w, err)
	}
	b.sources["notes"].Put("new.md", "text")
	b.sources["notes"].Put("binary.dat", "a\x00b")
	for path, want := range map[string]string{"absent.md": "no such file", "new.md": "not indexed yet", "binary.dat": "not text"} {
		w, err := b.Why(t.Context(), api.WhyRequest{Query: "torn", Path: path})
		if ClassOf(err) != Nothing || w == nil || !strings.Contains(w.Note, want) {
			t.Errorf("%s: %v (%+v), want %q", path, err, w, want)
		}
	}
}

func TestRead(t *testing.T) {
	b := newBench(t, nil)
	id := b.search("bananas").Results[0].ID
	r, err := b.Read(t.Context(), api.ReadRequest{Target: id})
	if err != nil || r.Status != "ok" || !strings.Contains(r.Text, "yellow") || r.Fresh != "fresh" {
		t.Errorf("%+v, %v", r, err)
	}
	r, err = b.Read(t.Context(), api.ReadRequest{Target: "deep/er/log.go:3-4"})
	if want := "// Append adds a record. A torn write at the end is cut off.\nfunc Append(b []byte) error {"; err != nil || r.Text != want || r.Lines != [2]int{3, 4} {
		t.Errorf("%+v, %v", r, err)
	}
	if r, err = b.Read(t.Context(), api.ReadRequest{Target: "torn.md:3"}); err != nil || !strings.HasPrefix(r.Text, "A torn write") {
		t.Errorf("%+v, %v", r, err)
	}
	if r, err = b.Read(t.Context(), api.ReadRequest{Target: "torn.md", MaxBytes: 10}); err != nil || len(r.Text) > 10 || !slices.Contains(r.Flags, "cut") {
		t.Errorf("%+v, %v", r, err)
	}
	for _, target := range []string{"torn.md:99", "absent.md", "aaaaaaaaaaaaaaaa", ""} {
		if r, err := b.Read(t.Context(), api.ReadRequest{Target: target}); ClassOf(err) != Nothing {
			t.Errorf("read %q: %+v, %v", target, r, err)
		}
	}
	b.sources["notes"].Put("fruit.md", "# Fruit\n\nBananas are green now.\n")
	b.sync()
	if r, err = b.Read(t.Context(), api.ReadRequest{Target: id}); err == nil && (r.Status != "changed" || r.ID == id || !strings.Contains(r.Text, "green")) {
		t.Errorf("%+v", r)
	} else if err != nil && ClassOf(err) != Nothing { // a merge may have taken the dead passage away
		t.Error(err)
	}
}

func TestReadOfSeveralSourcesAsksWhich(t *testing.T) {
	b := newBench(t, nil)
	b.add("other").Put("torn.md", "another torn text\n")
	b.sync()
	if _, err := b.Read(t.Context(), api.ReadRequest{Target: "torn.md"}); ClassOf(err) != Usage || !strings.Contains(err.Error(), "notes, other") {
		t.Errorf("%v", err)
	}
	if r, err := b.Read(t.Context(), api.ReadRequest{Target: "torn.md", Source: "other"}); err != nil || r.Text != "another torn text" {
		t.Errorf("%+v, %v", r, err)
	}
}

func TestForget(t *testing.T) {
	b := newBench(t, nil)
	id := b.search("bananas").Results[0].ID
	plan, err := b.PlanForget(t.Context(), api.ForgetRequest{Targets: []string{"deep", id}})
	if err != nil || plan.Documents != 2 || plan.Passages < 2 {
		t.Errorf("%+v, %v", plan, err)
	}
	if len(b.search("torn").Results) != 2 {
		t.Error("planning forgets")
	}
	did, err := b.Forget(t.Context(), api.ForgetRequest{Targets: []string{"deep/", id}})
	if err != nil || did.Passages != plan.Passages {
		t.Errorf("%+v, %v", did, err)
	}
	if got := paths(b.search("torn bananas").Results); got != "torn.md" {
		t.Errorf("still served: %s", got)
	}
	state, _ := b.store.Sources(t.Context())
	if !strings.Contains(string(state[0].Options), `"deep/"`) {
		t.Errorf("the connector does not know what was forgotten: %s", state[0].Options)
	}
	did, err = b.Forget(t.Context(), api.ForgetRequest{Targets: []string{"torn.md", "nonsense"}})
	if ClassOf(err) != Partly || did.Documents != 1 || !slices.Equal(did.Unknown, []string{"nonsense"}) {
		t.Errorf("%+v, %v", did, err)
	}
	if _, err = b.Forget(t.Context(), api.ForgetRequest{Targets: []string{"nonsense"}}); ClassOf(err) != Nothing {
		t.Errorf("%v", err)
	}
	if did, err = b.Forget(t.Context(), api.ForgetRequest{Targets: []string{"notes"}}); err != nil || !slices.Equal(did.Sources, []string{"notes"}) {
		t.Errorf("%+v, %v", did, err)
	}
	if st, err := b.Status(t.Context()); err != nil || len(st.Sources) != 0 {
		t.Errorf("%+v, %v", st, err)
	}
}

func TestAddSettlesLabels(t *testing.T) {
	b := newBench(t, nil)
	conf := func(label, root, options string) index.SourceConfig {
		return index.SourceConfig{Label: label, Kind: "memory", Root: root, Options: json.RawMessage(options)}
	}
	if _, err := b.Add(t.Context(), conf("notes", "memory://elsewhere", "{}")); ClassOf(err) != Usage || !strings.Contains(err.Error(), "--label") {
		t.Errorf("a label is taken over: %v", err)
	}
	if _, err := b.Forget(t.Context(), api.ForgetRequest{Targets: []string{"fruit.md"}}); err != nil {
		t.Fatal(err)
	}
	if _, err := b.Add(t.Context(), conf("other-name", "memory://notes", `{"hidden":true}`)); err != nil {
		t.Fatal(err)
	}
	all, _ := b.store.Sources(t.Context())
	if len(all) != 1 || all[0].Label != "notes" || !strings.Contains(string(all[0].Options), "fruit.md") {
		t.Errorf("adding a known root again: %+v", all)
	}
	delete(b.sources, "notes")
	clear(b.Service.sources)
	if _, err := b.Add(t.Context(), conf("notes", "memory://moved", "{}")); ClassOf(err) == Usage {
		t.Errorf("a source whose root is gone cannot move: %v", err)
	}
}

func TestSyncReportsWhatWentWrong(t *testing.T) {
	b := newBench(t, nil)
	b.sources["notes"].Gone = true
	out, err := b.Sync(t.Context(), api.SyncRequest{}, false)
	if ClassOf(err) != Partly || !errors.Is(err, corpus.ErrRootGone) || len(out.Sources) != 1 || out.Sources[0].Failures == nil {
		t.Errorf("%+v, %v", out, err)
	}
	if len(b.search("bananas").Results) != 1 {
		t.Error("a missing root loses what the store had")
	}
	if _, err := b.Sync(t.Context(), api.SyncRequest{Source: []string{"nope"}}, false); ClassOf(err) != Usage || !strings.Contains(err.Error(), "notes") {
		t.Errorf("%v", err)
	}
	b.sources["notes"].Gone = false
	for _, p := range b.sources["notes"].Paths()[1:] {
		b.sources["notes"].Remove(p)
	}
	if _, err := b.Sync(t.Context(), api.SyncRequest{}, false); ClassOf(err) != Partly || !strings.Contains(err.Error(), "--prune") {
		t.Errorf("%v", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := b.Sync(ctx, api.SyncRequest{}, false); err == nil {
		t.Error("a cancelled sync is done")
	}
}

func TestSyncFirst(t *testing.T) {
	b := newBench(t, func(o *Options) { o.SyncFirst = []string{"notes"} })
	b.sources["notes"].Put("new.md", "Walruses whistle.\n")
	if got := paths(b.search("walruses").Results); got != "new.md" {
		t.Errorf("results: %s", got)
	}
	b.sources["notes"].Gone = true
	out, err := b.Search(t.Context(), api.SearchRequest{Query: "walruses"})
	if ClassOf(err) != Partly || out == nil || len(out.Results) != 1 || len(out.Degraded) != 1 {
		t.Errorf("%+v, %v", out, err)
	}
}

func TestWrongUsage(t *testing.T) {
	b := newBench(t, nil)
	for name, r := range map[string]api.SearchRequest{
		"empty":        {Query: " \n"},
		"only filters": {Query: "path:*.go lang:go"},
		"too many":     {Query: "q", N: 1001},
		"negative":     {Query: "q", N: -1},
		"effort":       {Query: "q", Effort: "huge"},
		"operators":    {Query: "q", Operators: "some"},
		"type":         {Query: "q", Filters: api.Filters{Type: []string{"klingon"}}},
		"source":       {Query: "q", Filters: api.Filters{Source: []string{"nope"}}},
		"glob":         {Query: "q", Filters: api.Filters{Path: []string{"[a"}}},
		"time":         {Query: "q", Filters: api.Filters{After: "soon"}},
		"too long":     {Query: strings.Repeat("word ", 300_000)},
	} {
		if out, err := b.Search(t.Context(), r); ClassOf(err) != Usage || out != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	for name, r := range map[string]api.ContextRequest{"budget": {Query: "q", Budget: -5}, "vocab": {Query: "q", Vocab: "klingon"}} {
		if _, err := b.Context(t.Context(), r); ClassOf(err) != Usage {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestFilters(t *testing.T) {
	b := newBench(t, nil)
	for name, c := range map[string]struct {
		f    api.Filters
		want string
	}{
		"type":   {api.Filters{Type: []string{"GO"}}, "deep/er/log.go"},
		"path":   {api.Filters{Path: []string{"deep/**"}}, "deep/er/log.go"},
		"shown":  {api.Filters{Path: []string{filepath.FromSlash("deep/er/log.go")}}, "deep/er/log.go"},
		"after":  {api.Filters{After: "30d"}, ""},
		"before": {api.Filters{Before: "1990-01-01"}, ""},
	} {
		out, err := b.Search(t.Context(), api.SearchRequest{Query: "torn", Filters: c.f})
		if err != nil || paths(out.Results) != c.want {
			t.Errorf("%s: %s, %v", name, paths(out.Results), err)
		}
	}
}

func TestDamageIsPartlyAndNamed(t *testing.T) {
	b := newBench(t, nil)
	b.add("other").Put("owl.md", "Owls are awake at night.\n")
	b.sync()
	files, err := b.files.List("files")
	if err != nil {
		t.Fatal(err)
	}
	removed := 0
	for _, e := range files {
		if strings.HasSuffix(e.Name, ".lex") || strings.Contains(e.Name, "lexical") {
			removed++
			if err := b.files.Remove("files/" + e.Name); err != nil {
				t.Fatal(err)
			}
		}
	}
	if removed == 0 {
		t.Fatalf("no postings among %v", files)
	}
	store, err := index.Open(b.files, index.Options{Rebuild: -1}) // one that has not read the files yet, and makes none anew
	if err != nil {
		t.Fatal(err)
	}
	b.store = store
	out, err := b.Search(t.Context(), api.SearchRequest{Query: "owls bananas"})
	if ClassOf(err) != Partly || out == nil || len(out.Degraded) == 0 {
		t.Fatalf("%+v, %v", out, err)
	}
	check, err := b.Check(t.Context(), api.CheckRequest{}, nil)
	if ClassOf(err) != Corrupt || len(check.Bad) == 0 {
		t.Errorf("%+v, %v", check, err)
	}
}

func TestClasses(t *testing.T) {
	for _, c := range []struct {
		err  error
		want Class
	}{
		{nil, Done}, {errors.New("x"), Nothing}, {Usagef("x"), Usage}, {fmt.Errorf("y: %w", Partlyf("x")), Partly},
		{errors.Join(Partlyf("x"), Nothingf("y")), Partly}, {errors.Join(Usagef("x"), Nothingf("y")), Nothing},
		{fmt.Errorf("a: %w", index.ErrCorrupt), Corrupt}, {errors.Join(Partlyf("x"), fmt.Errorf("a: %w", index.ErrCorrupt)), Corrupt},
		{fmt.Errorf("%w: %w", errors.New("x"), Usagef("y")), Nothing}, {&Error{Gate, errors.New("g")}, Gate},
	} {
		if got := ClassOf(c.err); got != c.want {
			t.Errorf("%v is of class %d, want %d", c.err, got, c.want)
		}
	}
}

func TestParseTime(t *testing.T) {
	for text, want := range map[string]time.Time{
		"": {}, "2026-03-01": time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC), "2026-03-01T10:00:00+02:00": time.Date(2026, 3, 1, 8, 0, 0, 0, time.UTC),
		"30d": now.AddDate(0, 0, -30), "2w": now.AddDate(0, 0, -14), "12h": now.Add(-12 * time.Hour), "1y": now.AddDate(-1, 0, 0),
	} {
		if got, err := ParseTime(text, now); err != nil || !got.Equal(want) {
			t.Errorf("%q is %v, %v", text, got, err)
		}
	}
	for _, text := range []string{"d", "-3d", "3x", "30", "2026-13-01", "99999999999999999999d"} {
		if got, err := ParseTime(text, now); ClassOf(err) != Usage {
			t.Errorf("%q is %v", text, got)
		}
	}
}

func TestAskIsNotAnsweredByAskingWords(t *testing.T) {
	b := newBench(t, nil)
	b.sources["notes"].Put("asks.md", "What does it do, and what do they do? Nobody knows what it does.\n")
	b.sources["notes"].Put("kfree.md", "kfree gives memory back that kmalloc gave.\n")
	b.sync()
	a, err := b.Ask(t.Context(), api.AskRequest{Query: "what does kfree do"})
	if err != nil || len(a.Sentences) != 1 || !strings.HasPrefix(a.Answer, "kfree gives memory back") {
		t.Errorf("%q, %v", a.Answer, err)
	}
}

// TestEffortsAndDeadlines: an effort brings a deadline, a request's own goes before it.
func TestEffortsAndDeadlines(t *testing.T) {
	b := newBench(t, nil)
	for _, c := range []struct {
		effort string
		ms     float64
		want   time.Duration
	}{
		{"fast", 0, 3 * time.Second}, {"", 0, 10 * time.Second}, {"deep", 0, 30 * time.Second},
		{"deep", 250, 250 * time.Millisecond}, {"", 1e-6, time.Nanosecond},
	} {
		session, err := b.ask(t.Context(), question{text: "torn", effort: c.effort, standard: flow.Balanced, deadlineMS: c.ms})
		if err != nil {
			t.Fatal(err)
		}
		if got := session.options.Deadline.Sub(now); got != c.want {
			t.Errorf("effort %q with %g ms: %s, want %s", c.effort, c.ms, got, c.want)
		}
		session.Close()
	}
	for _, ms := range []float64{-1, 1e12} {
		if _, err := b.Search(t.Context(), api.SearchRequest{Query: "torn", DeadlineMS: ms}); ClassOf(err) != Usage {
			t.Errorf("a deadline of %g ms: %v", ms, err)
		}
	}
}
