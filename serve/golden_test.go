package serve_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"path"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"sluice/api"
	"sluice/corpus"
	"sluice/index"
	"sluice/ingest"
	"sluice/internal/clock"
	"sluice/internal/faultfs"
	"sluice/internal/testkit"
	"sluice/internal/vfs"
	"sluice/serve"
)

// golden is a small store that holds one of everything: two sources, segments as they were first
// written and a merged one, tombstones, marks, a document that was superseded, and what an
// interrupted sync left. Every test of damage starts from its bytes.
type golden struct {
	files   map[string][]byte // by name; what a verb reads is a copy
	dirs    []string
	sources map[string]*testkit.Source
	names   map[string][]string // of a file: what a message may call it
	texts   map[string]string   // of each document, by source and path
	verbs   []verb
	clean   []outcome
	rebuild int64 // bytes of damaged files that are made anew in memory; none, so that they must be named
}

// verb is one question to a store.
type verb struct {
	name string
	run  func(context.Context, *serve.Service) (any, error)
}

// outcome is what a verb answered.
type outcome struct {
	json     string
	degraded []api.Degraded
	err      error
}

var goldenNow = time.Date(2026, 5, 1, 12, 0, 0, 0, time.UTC)

// newGolden builds the store. Another seed makes another store of the same shape.
func newGolden(t *testing.T, seed uint64) *golden {
	t.Helper()
	disk := vfs.Mem()
	g := &golden{sources: map[string]*testkit.Source{}, texts: map[string]string{}, files: map[string][]byte{}, rebuild: -1}
	notes, papers := testkit.NewSource("notes"), testkit.NewSource("papers")
	g.sources["notes"], g.sources["papers"] = notes, papers
	notes.Put("dir1/small.txt", "A torn write of the manifest goes unnoticed, or so the reader of the merge fears.\n")
	for i := range 18 { // nine syncs, so that there are eight segments to merge
		notes.Put(fmt.Sprintf("dir%d/doc%02d.txt", i%3, i), fmt.Sprintf("# Note %d\n\n", i)+testkit.Text(seed+uint64(i), 6))
		if i%2 == 1 {
			g.sync(t, disk, notes)
		}
	}
	report, marks := testkit.Extract(
		testkit.Part{Text: testkit.Text(seed+50, 8), Marks: []corpus.Mark{corpus.Page(1), corpus.Heading(1, "Animals")}},
		testkit.Part{Text: "\nAn ocelot reads the manifest on this page.\n" + testkit.Text(seed+51, 8), Marks: []corpus.Mark{corpus.Page(2)}})
	papers.PutMarked("report.pdf", report, marks)
	papers.Put("plain.md", "# Plain\n\n"+testkit.Text(seed+52, 8))
	g.sync(t, disk, papers)
	notes.Put("dir1/small.txt", "A torn write of the manifest is noticed by its checksum.\n") // little is gone: no rewrite
	g.sync(t, disk, notes)
	fillGolden(t, disk) // all: what is read while a question waits depends on the machine
	g.interrupt(t, disk, notes)
	scrubGolden(t, disk)
	g.read(t, disk, "")
	g.nameAll(t, disk)
	g.keepTexts(t)
	g.verbs = g.allVerbs(t, disk)
	g.clean = g.ask(g.disk(nil))
	for i, o := range g.clean {
		if o.err != nil || len(o.degraded) > 0 || o.json == "" {
			t.Fatalf("%s of the undamaged store: %v, %v", g.verbs[i].name, o.degraded, o.err)
		}
	}
	return g
}

// sync brings a source up to date, and adds it before its first sync.
func (g *golden) sync(t *testing.T, files vfs.FS, src *testkit.Source) {
	t.Helper()
	if err := g.trySync(files, src); err != nil {
		t.Fatal(err)
	}
}

func (g *golden) trySync(files vfs.FS, src *testkit.Source) error {
	ctx := context.Background()
	store, err := index.Create(files, index.Options{})
	if err != nil {
		return err
	}
	defer store.Close()
	all, err := store.Sources(ctx)
	if err != nil {
		return err
	}
	info := src.Info()
	if !slices.ContainsFunc(all, func(s index.SourceState) bool { return s.Label == info.Label }) {
		if err := store.AddSource(ctx, index.SourceConfig{Label: info.Label, Kind: info.Kind, Root: info.Root}); err != nil {
			return err
		}
	}
	in := ingest.New(store, ingest.Options{Clock: &clock.Fake{T: goldenNow}, Jobs: 1})
	_, err = in.Sync(ctx, src, ingest.SyncOptions{})
	return err
}

// interrupt kills a sync where it has written files and committed none of them.
func (g *golden) interrupt(t *testing.T, disk *vfs.MemFS, src *testkit.Source) {
	t.Helper()
	src.Put("late.txt", testkit.Text(99, 4))
	defer src.Remove("late.txt")
	dying := faultfs.New(disk, 1, faultfs.Rule{Ops: faultfs.Rename, Path: "files/", Nth: 1, Mode: faultfs.Kill})
	if err := g.trySync(dying, src); !errors.Is(err, faultfs.ErrKilled) {
		t.Fatalf("the sync was not interrupted: %v", err)
	}
	if left, err := disk.List("pending/notes"); err != nil || len(left) == 0 {
		t.Fatalf("vacuous: the interrupted sync left nothing (%v)", err)
	}
}

// reader is a model of the meanings of words.
type reader struct{}

func (reader) Space() index.Space    { return index.Space{ID: [16]byte{1}, Dim: testkit.MeaningDim} }
func (reader) Levels() []index.Level { return []index.Level{index.Shallow} }

func (reader) Question(_ context.Context, text string) ([]float32, error) {
	return testkit.Meaning(text), nil
}

func (reader) Passages(_ context.Context, _ index.Level, texts []string) (out [][]float32, _ error) {
	for _, t := range texts {
		out = append(out, testkit.Meaning(t))
	}
	return out, nil
}

// fillGolden lets the model read all that there is.
func fillGolden(t *testing.T, disk vfs.FS) {
	t.Helper()
	store, err := index.Open(disk, index.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer store.Close()
	in := ingest.New(store, ingest.Options{Clock: &clock.Fake{T: goldenNow}, Jobs: 1})
	if rep, err := in.Fill(t.Context(), ingest.FillOptions{Encoder: reader{}}); err != nil || rep.Passages == 0 {
		t.Fatal(rep, err)
	}
}

// scrubGolden leaves the record of a scrub.
func scrubGolden(t *testing.T, disk vfs.FS) {
	t.Helper()
	store, err := index.Open(disk, index.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer store.Close()
	if worked, err := store.Scrub(t.Context(), index.ScrubOptions{Clock: &clock.Fake{T: goldenNow}}); !worked || err != nil {
		t.Fatal(worked, err)
	}
}

// read takes up every file below a folder.
func (g *golden) read(t *testing.T, disk vfs.FS, dir string) {
	t.Helper()
	g.dirs = append(g.dirs, dir)
	entries, err := disk.List(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		name := path.Join(dir, e.Name)
		if e.Dir {
			g.read(t, disk, name)
			continue
		}
		g.files[name] = testkit.ReadFile(t, disk, name)
	}
}

// nameAll lists what a message may call each file by: its own name, or that of its segment.
func (g *golden) nameAll(t *testing.T, disk vfs.FS) {
	t.Helper()
	g.names = map[string][]string{}
	for name := range g.files {
		g.names[name] = []string{path.Base(name)}
	}
	store, err := index.Open(disk, index.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer store.Close()
	sn, err := store.Snapshot(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer sn.Close()
	marked, gone, read := false, false, false
	for _, seg := range sn.Segments() {
		e := seg.Entry()
		marked, gone, read = marked || e.Label == "papers", gone || e.Tombstones != nil, read || seg.Vectors(reader{}.Space()) != nil
		for name := range g.files {
			if belongs(e, path.Base(name)) {
				g.names[name] = append(g.names[name], e.Name())
			}
		}
	}
	if len(sn.Segments()) < 3 || !marked || !gone || !read {
		t.Fatalf("the golden store has %d segments; marks: %v, tombstones: %v, vectors: %v", len(sn.Segments()), marked, gone, read)
	}
	for name := range g.files {
		if strings.HasSuffix(name, ".sources") {
			g.names[name] = append(g.names[name], "table of sources")
		}
	}
}

var hashName = regexp.MustCompile(`[0-9a-f]{64}`)

// belongs tells whether an entry names a file.
func belongs(e index.Entry, base string) bool {
	b, err := json.Marshal(e)
	return err == nil && slices.Contains(hashName.FindAllString(string(b), -1), hashName.FindString(base))
}

func (g *golden) keepTexts(t *testing.T) {
	t.Helper()
	for label, src := range g.sources {
		for _, p := range src.Paths() {
			r, _, err := src.Open(t.Context(), p)
			if err != nil {
				t.Fatal(err)
			}
			b, err := io.ReadAll(r)
			if err != nil {
				t.Fatal(err)
			}
			g.texts[label+"\x00"+p] = string(b)
		}
	}
}

// disk is a copy of the store in which some files are others; a file that is nil is not there.
func (g *golden) disk(change map[string][]byte) *vfs.MemFS {
	m := vfs.Mem()
	for _, d := range g.dirs {
		_ = m.MkdirAll(d)
	}
	put := func(name string, b []byte) {
		f, err := m.Create(name)
		if err == nil {
			_, err = f.Write(b)
		}
		if err != nil {
			panic(err)
		}
		_ = f.Close()
	}
	for name, b := range g.files {
		if _, other := change[name]; !other {
			put(name, b)
		}
	}
	for name, b := range change {
		if b != nil {
			put(name, b)
		}
	}
	return m
}

// bytes counts the store's.
func (g *golden) bytes() (n int) {
	for _, b := range g.files {
		n += len(b)
	}
	return n
}

// sorted lists the files by name.
func (g *golden) sorted() []string { return slices.Sorted(maps.Keys(g.files)) }

// open makes a service on a disk.
func (g *golden) open(disk vfs.FS) (*serve.Service, error) { return g.openAs(disk, serve.Options{}) }

// openWith is open with options of the test's own.
func (g *golden) openWith(t *testing.T, disk vfs.FS, o serve.Options) *serve.Service {
	t.Helper()
	svc, err := g.openAs(disk, o)
	if err != nil {
		t.Fatal(err)
	}
	return svc
}

func (g *golden) openAs(disk vfs.FS, o serve.Options) (*serve.Service, error) {
	store, err := index.Open(disk, index.Options{Rebuild: g.rebuild})
	if err != nil {
		return nil, err
	}
	open := func(c index.SourceConfig) (corpus.Source, error) {
		if src := g.sources[c.Label]; src != nil {
			return src, nil
		}
		return nil, corpus.ErrRootGone
	}
	if o.Clock == nil {
		o.Clock = &clock.Fake{T: goldenNow}
	}
	o.Store, o.StatWait, o.Encoder = store, time.Minute, reader{}
	o.Ingest = ingest.New(store, ingest.Options{Clock: o.Clock, Jobs: 1})
	o.Connectors = map[string]serve.Connector{"memory": {Open: open}}
	return serve.New(o), nil
}

// ask puts every question to a store. One that cannot be opened answers all of them with its error.
func (g *golden) ask(disk vfs.FS) []outcome {
	out := make([]outcome, len(g.verbs))
	svc, err := g.open(disk)
	if err != nil {
		for i := range out {
			out[i].err = err
		}
		return out
	}
	defer svc.Close()
	for i := range g.verbs {
		out[i] = g.verbs[i].ask(svc)
	}
	return out
}

// diskBytes is what lies on the disk now, which a file that was cut changes rightly.
var diskBytes = regexp.MustCompile(`"disk":\d+,`)

// ask runs the verb; a panic is a failure that names nothing.
func (v verb) ask(svc *serve.Service) (o outcome) {
	defer func() {
		if r := recover(); r != nil {
			o = outcome{err: fmt.Errorf("PANIC: %v", r)}
		}
	}()
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	response, err := v.run(ctx, svc)
	o.err = err
	b, jerr := json.Marshal(response)
	if jerr != nil {
		return outcome{err: jerr}
	}
	if o.json = diskBytes.ReplaceAllString(string(b), ""); o.json == "null" {
		o.json = ""
	}
	var seen struct {
		Degraded []api.Degraded `json:"degraded"`
	}
	if err := json.Unmarshal(b, &seen); err == nil {
		o.degraded = seen.Degraded
	}
	return o
}

// allVerbs are the questions: each way to read a store.
func (g *golden) allVerbs(t *testing.T, disk vfs.FS) []verb {
	t.Helper()
	search := func(name string, r api.SearchRequest) verb {
		return verb{name, func(ctx context.Context, s *serve.Service) (any, error) { return answered(s.Search(ctx, r)) }}
	}
	read := func(name, target string) verb {
		return verb{name, func(ctx context.Context, s *serve.Service) (any, error) {
			return answered(s.Read(ctx, api.ReadRequest{Target: target}))
		}}
	}
	const question = "how is a torn write of the manifest noticed"
	return []verb{
		search("search", api.SearchRequest{Query: question, N: 300}),
		search("search phrase", api.SearchRequest{Query: `"torn write" checksum`, N: 300}),
		search("search without", api.SearchRequest{Query: "checksum write -manifest", N: 300}),
		search("search path", api.SearchRequest{Query: "segment block path:dir1", N: 300}),
		{"context", func(ctx context.Context, s *serve.Service) (any, error) {
			return answered(s.Context(ctx, api.ContextRequest{Query: question}))
		}},
		{"ask", func(ctx context.Context, s *serve.Service) (any, error) {
			return answered(s.Ask(ctx, api.AskRequest{Query: question}))
		}},
		{"why", func(ctx context.Context, s *serve.Service) (any, error) {
			return answered(s.Why(ctx, api.WhyRequest{Query: question, Path: "dir2/doc05.txt"}))
		}},
		read("read id", g.idOf(t, disk)),
		read("read lines", "report.pdf:3-9"),
		{"status", func(ctx context.Context, s *serve.Service) (any, error) { return answered(s.Status(ctx)) }},
		{"sources", func(ctx context.Context, s *serve.Service) (any, error) { return answered(s.Sources(ctx)) }},
	}
}

// answered turns a typed nil into none.
func answered[T any](r *T, err error) (any, error) {
	if r == nil {
		return nil, err
	}
	return r, err
}

// idOf is the id of the passage that `read` asks for.
func (g *golden) idOf(t *testing.T, disk vfs.FS) string {
	t.Helper()
	svc, err := g.open(disk)
	if err != nil {
		t.Fatal(err)
	}
	defer svc.Close()
	out, err := svc.Search(t.Context(), api.SearchRequest{Query: "ocelot"})
	if err != nil || len(out.Results) == 0 {
		t.Fatalf("the golden store has no ocelot: %v", err)
	}
	return out.Results[0].ID
}
