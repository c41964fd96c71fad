package serve

import (
	"context"
	"fmt"
	"io"
	"strings"
	"testing"

	"sluice/api"
	"sluice/corpus"
	"sluice/index"
	"sluice/ingest"
)

// TestWhySpeaksToTheAsker: which words of the question a passage holds and lacks, what beat it,
// what would bring it in.
func TestWhySpeaksToTheAsker(t *testing.T) {
	b := newBench(t, nil)
	notes := b.sources["notes"]
	for i := range 150 {
		notes.Put(fmt.Sprintf("many/m%03d.md", i), fmt.Sprintf("# Memory %d\n\nThe memory limit of a group is number %d.\n", i, i))
	}
	notes.Put("near.md", "# Pages\n\nPages belong to the memory of a group when they are charged. Charged pages are uncharged one day.\n")
	b.sync()
	for _, c := range []struct {
		query, path string
		filters     api.Filters
		said        []string // of the nearest passage
		advice      []string
	}{
		{"yellow bananas", "fruit.md", api.Filters{}, []string{"in the window as [1]", "holds all words of the question"}, nil},
		{"memory group limit", "near.md", api.Filters{}, []string{"below_cut", "holds *memory* and *group*, not *limit*", "the 117th scored ", ", this "},
			[]string{"first came many/m", "it holds all words", "ask with words that it holds, such as *pages*, *charged*", "leave out *limit*"}},
		{"walruses", "near.md", api.Filters{}, []string{"no_match", "holds no word of the question"}, []string{"ask with words that it holds"}},
		{"memory group", "near.md", api.Filters{Path: []string{"many/**"}}, []string{"a filter of the question leaves it out"}, []string{"drop the filter"}},
	} {
		w, err := b.Why(t.Context(), api.WhyRequest{Query: c.query, Path: c.path, Filters: c.filters})
		if err != nil || len(w.Passages) == 0 {
			t.Fatalf("%q %s: %+v, %v", c.query, c.path, w, err)
		}
		for _, want := range c.said {
			if !strings.Contains(w.Passages[0].Said, want) {
				t.Errorf("%q %s: %q does not say %q", c.query, c.path, w.Passages[0].Said, want)
			}
		}
		advice := strings.Join(w.Advice, "\n")
		for _, want := range c.advice {
			if !strings.Contains(advice, want) {
				t.Errorf("%q %s: %q does not advise %q", c.query, c.path, advice, want)
			}
		}
		if len(c.advice) == 0 && advice != "" {
			t.Errorf("what is in the window is advised: %q", advice)
		}
	}
}

// TestWhySpeaksOfMeaning: where a model reads, why tells how near a passage's meaning is, and of
// one that it has not read that only words count.
func TestWhySpeaksOfMeaning(t *testing.T) {
	b := newBench(t, func(o *Options) { o.Encoder = meant{} })
	b.sources["notes"].Put("garage.md", "the physician left her car\n")
	b.sync()
	if _, err := b.Fill(t.Context(), nil); err != nil {
		t.Fatal(err)
	}
	b.sources["notes"].Put("later.md", "a doctor whom nobody has read about\n")
	b.sync()
	why := func(path string) api.WhyPassage {
		t.Helper()
		w, err := b.Why(t.Context(), api.WhyRequest{Query: "doctor automobile", Path: path, Effort: "fast"})
		if err != nil || len(w.Passages) == 0 {
			t.Fatalf("%s: %+v, %v", path, w, err)
		}
		return w.Passages[0]
	}
	if p := why("garage.md"); p.Dense == nil || *p.Dense < 0.4 || !strings.Contains(p.Said, fmt.Sprintf("its meaning is %.2f near", *p.Dense)) ||
		!strings.Contains(p.Said, "holds no word of the question") || p.Reason != Kept {
		t.Errorf("%+v", p)
	}
	if p := why("later.md"); p.Dense != nil || !strings.Contains(p.Said, "no model has read it yet") {
		t.Errorf("%+v", p)
	}
	if p := why("fruit.md"); p.Dense == nil || !strings.Contains(p.Said, "near") {
		t.Errorf("%+v", p)
	}
	b = newBench(t, nil)
	w, err := b.Why(t.Context(), api.WhyRequest{Query: "torn write", Path: "fruit.md"})
	if err != nil || strings.Contains(w.Passages[0].Said, "model") || strings.Contains(w.Passages[0].Said, "meaning") {
		t.Errorf("without a model: %+v, %v", w, err)
	}
}

// TestWhyIsAsLongAsWasAskedFor: a document of many passages is told by its nearest ones.
func TestWhyIsAsLongAsWasAskedFor(t *testing.T) {
	b := newBench(t, nil)
	var text strings.Builder
	for i := range 4000 {
		fmt.Fprintf(&text, "Line %d of a long document about seals and other animals of the sea.\n", i)
		if i == 2000 {
			text.WriteString("A walrus whistles at night, and nobody knows why it does so.\n")
		}
	}
	b.sources["notes"].Put("long.md", text.String())
	b.sync()
	w, err := b.Why(t.Context(), api.WhyRequest{Query: "walrus whistles", Path: "long.md", MaxBytes: 2000})
	if err != nil {
		t.Fatal(err)
	}
	size := 0
	for _, p := range w.Passages {
		size += len(p.Said) + len(p.Path) + len(p.Text)
	}
	if size > 2500 || len(w.Passages) > 8 {
		t.Errorf("%d passages of %d bytes for 2000", len(w.Passages), size)
	}
	if p := w.Passages[0]; p.Reason != Kept || !strings.Contains(p.Said, "all words") {
		t.Errorf("the nearest passage is not the first: %+v", p)
	}
	if last := w.Advice[len(w.Advice)-1]; !strings.Contains(last, "more passages came less near (") {
		t.Errorf("nothing counts the rest: %q", w.Advice)
	}
}

// TestReadsGoOn: what is cut is whole lines under their true numbers, and following where it goes
// on reads all of the document once.
func TestReadsGoOn(t *testing.T) {
	b := newBench(t, nil)
	want := numbered(1, 400, nil)
	b.sources["notes"].Put("long.txt", want)
	b.sync()
	got, target := "", "long.txt"
	for n := 0; target != ""; n++ {
		r, err := b.Read(t.Context(), api.ReadRequest{Target: target, MaxBytes: 1000})
		if err != nil || n > 20 {
			t.Fatal(n, err)
		}
		if r.Text != strings.TrimSuffix(numbered(r.Lines[0], r.Lines[1], nil), "\n") || len(r.Text) > 1000 {
			t.Fatalf("lines %v are %q", r.Lines, r.Text)
		}
		got, target = got+r.Text+"\n", r.Continue
	}
	if got != want {
		t.Errorf("%d bytes of %d were read", len(got), len(want))
	}
}

// slowSource gives no document before it is let.
type slowSource struct {
	corpus.Source
	held chan struct{}
}

func (s *slowSource) Open(ctx context.Context, path string) (io.ReadCloser, corpus.Item, error) {
	<-s.held
	return s.Source.Open(ctx, path)
}

// TestTheFirstIndexKeepsNobodyWaiting: while it is made, answers come and say what is missing; when
// it is done they are whole.
func TestTheFirstIndexKeepsNobodyWaiting(t *testing.T) {
	held := make(chan struct{})
	b := newBench(t, func(o *Options) {
		o.LongLived, o.SyncFirst, o.SyncWait = true, []string{"notes"}, 1
		at := o.Connectors["memory"]
		open := at.Open
		at.Open = func(c index.SourceConfig) (corpus.Source, error) {
			src, err := open(c)
			if c.Label == "big" {
				src = &slowSource{src, held}
			}
			return src, err
		}
		o.Connectors["memory"] = at
	})
	b.add("big").Put("whale.md", "A whale sings.\n")
	if err := b.IndexFirst(t.Context()); err != nil {
		t.Fatal(err)
	}
	said := 0
	b.Prepare(t.Context(), func(p Preparing) {
		if said++; p.Label != "big" || !strings.Contains(p.String(), "its first index is being made") {
			t.Errorf("%+v: %s", p, p)
		}
	})
	out, err := b.Search(t.Context(), api.SearchRequest{Query: "torn write"})
	if said == 0 || ClassOf(err) != Partly || !strings.Contains(err.Error(), "ask again in a moment") || len(out.Results) == 0 {
		t.Errorf("said %d times; %+v, %v", said, out, err)
	}
	close(held)
	b.Service.opts.SyncWait = syncWaitDefault
	b.Prepare(t.Context(), func(Preparing) {})
	out, err = b.Search(t.Context(), api.SearchRequest{Query: "whale sings"})
	if err != nil || len(out.Results) != 1 || len(out.Degraded) > 0 {
		t.Errorf("afterwards: %+v, %v", out, err)
	}
	b.Prepare(t.Context(), func(p Preparing) { t.Errorf("nothing is left to wait for: %s", p) })
}

// TestProgressIsToldToWhoAskedForASync: beside the service's owner.
func TestProgressIsToldToWhoAskedForASync(t *testing.T) {
	owner, asker := 0, 0
	b := newBench(t, func(o *Options) { o.Progress = func(string, ingest.Progress) { owner++ } })
	before := owner
	b.sources["notes"].Put("new.md", "Something new.\n")
	if _, err := b.syncOne(t.Context(), "notes", ingest.SyncOptions{Progress: func(ingest.Progress) { asker++ }}); err != nil {
		t.Fatal(err)
	}
	if asker == 0 || owner == before {
		t.Errorf("the owner was told %d times, the asker %d times", owner-before, asker)
	}
}

// TestReadTakesWhatPeopleType: a name that only one file has is that file, and lines that cannot be
// are answered in words.
func TestReadTakesWhatPeopleType(t *testing.T) {
	b := newBench(t, nil)
	b.sources["notes"].Put("a/same.md", "One.\n")
	b.sources["notes"].Put("b/same.md", "Two.\n")
	b.sync()
	for target, want := range map[string]string{"log.go:3": "// Append adds", "er/log.go:1": "package log", "./torn.md:1": "# Torn writes"} {
		r, err := b.Read(t.Context(), api.ReadRequest{Target: target})
		if err != nil || !strings.HasPrefix(r.Text, want) {
			t.Errorf("%s: %+v, %v", target, r, err)
		}
	}
	for target, want := range map[string]string{
		"torn.md:3-1": "write torn.md:1-3", "torn.md:0": "counted from 1", "torn.md:0-4": "counted from 1", "same.md": "a/same.md, b/same.md; say which",
	} {
		if _, err := b.Read(t.Context(), api.ReadRequest{Target: target}); ClassOf(err) != Usage || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %q", target, err, want)
		}
	}
	if _, err := b.Read(t.Context(), api.ReadRequest{Target: "absent.md:3"}); ClassOf(err) != Nothing {
		t.Errorf("what is not there: %v", err)
	}
}
