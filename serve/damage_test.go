package serve

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"sluice/api"
	"sluice/index"
)

// holed is a bench whose store has a hole somewhere in the texts: documents many/N.md of a walrus
// each.
func holed(t *testing.T) *bench {
	t.Helper()
	b := newBench(t, nil)
	for i := range 300 {
		text := fmt.Sprintf("# Walrus %d\n\n", i)
		for k := range 20 {
			text += fmt.Sprintf("Walrus %d whistles %x at night. ", i, (i+1)*(k+1)*7919)
		}
		b.sources["notes"].Put(fmt.Sprintf("many/%d.md", i), text)
	}
	b.sync()
	files, err := b.files.List("files")
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range files {
		if !strings.HasSuffix(e.Name, ".text") {
			continue
		}
		f, err := b.files.OpenRW("files/" + e.Name)
		if err != nil {
			t.Fatal(err)
		}
		if size, err := f.Size(); err != nil || size < 30_000 {
			continue
		}
		if _, err := f.WriteAt(make([]byte, 64), 20_000); err != nil {
			t.Fatal(err)
		}
		_ = f.Close()
	}
	// One that has not read the files yet, and that makes nothing anew.
	if b.store, err = index.Open(b.files, index.Options{Rebuild: -1}); err != nil {
		t.Fatal(err)
	}
	return b
}

// TestDamageCostsDocumentsAndNotSegments: a block that no parity brings back costs the documents
// that it held. They are named by their paths, in every answer; the others are answered as before.
// A sync reads them again, and nothing is missing.
func TestDamageCostsDocumentsAndNotSegments(t *testing.T) {
	b := holed(t)
	files, err := b.files.List("files")
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range files {
		if strings.HasSuffix(e.Name, ".parity") {
			_ = b.files.Remove("files/" + e.Name)
		}
	}
	if b.store, err = index.Open(b.files, index.Options{}); err != nil {
		t.Fatal(err)
	}
	s, err := b.Search(t.Context(), api.SearchRequest{Query: "walrus whistles", N: 300})
	if ClassOf(err) != Partly || len(s.Results) == 0 {
		t.Fatalf("search: %d results, %v", len(s.Results), err)
	}
	balanced(t, s.Funnel)
	named, hidden := map[string]bool{}, int64(0)
	for _, d := range s.Degraded {
		if path, _, ok := strings.Cut(d.What, " of source "); ok {
			named[path] = true
		}
		hidden += d.Documents
	}
	if len(named) == 0 || hidden > 100 {
		t.Fatalf("%d documents are missing, %v named", hidden, named)
	}
	var hit []string
	for i := range 300 {
		path := fmt.Sprintf("many/%d.md", i)
		r, err := b.Read(t.Context(), api.ReadRequest{Target: path})
		if ClassOf(err) != Partly || r == nil && !strings.Contains(err.Error(), path+" of source \"notes\" is damaged") || r != nil && named[path] {
			t.Errorf("%s: %v", path, err)
		}
		if r == nil {
			hit = append(hit, path)
		}
	}
	if int64(len(hit)) != hidden {
		t.Errorf("%d documents cannot be read, %d are said to be missing", len(hit), hidden)
	}
	b.sync()
	if s, err := b.Search(t.Context(), api.SearchRequest{Query: "walrus whistles", N: 300}); err != nil || len(s.Degraded) > 0 {
		t.Errorf("after a sync: %v", err)
	}
	for _, path := range hit {
		if _, err := b.Read(t.Context(), api.ReadRequest{Target: path}); err != nil {
			t.Errorf("after a sync: %s: %v", path, err)
		}
	}
}

// namesBlock tells whether a text says which block of which file is damaged.
func namesBlock(text string) bool {
	return strings.Contains(text, ".text, block ") && strings.Contains(text, "is damaged")
}

func TestReadAndWhyNameTheDamagedBlock(t *testing.T) {
	b := holed(t)
	bad := 0
	for i := range 300 {
		path := fmt.Sprintf("many/%d.md", i)
		_, err := b.Read(t.Context(), api.ReadRequest{Target: path})
		if err == nil {
			continue
		}
		bad++
		if ClassOf(err) != Corrupt || !namesBlock(err.Error()) {
			t.Fatalf("read %s: %v", path, err)
		}
		w, err := b.Why(t.Context(), api.WhyRequest{Query: "walrus", Path: path})
		if ClassOf(err) != Partly || w == nil || len(w.Passages) == 0 || w.Passages[0].Path != path {
			t.Fatalf("why %s: %+v, %v", path, w, err)
		}
		if !slices.ContainsFunc(w.Degraded, func(d api.Degraded) bool { return strings.HasPrefix(d.What, path) && namesBlock(d.Why) }) {
			t.Fatalf("why %s: degraded %v", path, w.Degraded)
		}
	}
	if bad == 0 || bad == 300 {
		t.Errorf("%d of 300 documents are damaged: the test's hole is none", bad)
	}
}

// TestNoAnswerSwallowsDamage: every question over texts that cannot be read is answered in part and
// says what was not seen.
func TestNoAnswerSwallowsDamage(t *testing.T) {
	b := holed(t)
	s, err := b.Search(t.Context(), api.SearchRequest{Query: "walrus", N: 300})
	if ClassOf(err) != Partly || len(s.Degraded) == 0 || len(s.Results) == 0 {
		t.Fatalf("search: %v", err)
	}
	balanced(t, s.Funnel)
	if show := s.Funnel[len(s.Funnel)-1]; show.Dropped["failed"] == 0 {
		t.Errorf("search dropped %v", show.Dropped)
	}
	if slices.ContainsFunc(s.Results, func(r api.Result) bool { return r.Text == "" }) {
		t.Error("a result has no text")
	}
	s, err = b.Search(t.Context(), api.SearchRequest{Query: `"walrus 7"`, N: 300})
	if ClassOf(err) != Partly || s.Funnel[1].Dropped["failed"] == 0 {
		t.Errorf("a phrase: dropped %v, %v", s.Funnel[1].Dropped, err)
	}
	c, err := b.Context(t.Context(), api.ContextRequest{Query: "walrus"})
	if ClassOf(err) != Partly || len(c.Degraded) == 0 || c.Window == "" {
		t.Errorf("context: %+v, %v", c.Degraded, err)
	}
	balanced(t, c.Funnel)
	a, err := b.Ask(t.Context(), api.AskRequest{Query: "what whistles at night"})
	if ClassOf(err) != Partly || len(a.Degraded) == 0 {
		t.Errorf("ask: %+v, %v", a.Degraded, err)
	}
}

// TestASourceThatIsKnownByItsSegmentsAlone can be added again under its label, and is then as it
// was.
func TestASourceThatIsKnownByItsSegmentsAlone(t *testing.T) {
	b := newBench(t, nil)
	ctx := t.Context()
	err := b.store.Commit(ctx, "", func(m *index.Manifest) error {
		return b.store.ChangeSources(m, func(all []index.SourceState) ([]index.SourceState, error) {
			return []index.SourceState{{SourceConfig: index.SourceConfig{Label: "notes"}}}, nil
		})
	})
	if err != nil {
		t.Fatal(err)
	}
	if out, err := b.Add(ctx, index.SourceConfig{Label: "notes", Kind: "memory", Root: "memory://notes"}); err != nil || out.Sources[0].Same != 3 {
		t.Fatalf("%+v, %v", out, err)
	}
	b.sync()
}
