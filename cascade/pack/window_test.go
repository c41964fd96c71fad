package pack

import (
	"fmt"
	"strconv"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"sluice/cascade/flow"
	"sluice/index"
	"sluice/internal/testkit"
	"sluice/internal/tokens"
)

// nasty are the pieces of texts that break frames, seams and counts.
var nasty = []string{"```", "````\n", "~~~\n", "[3] a.txt:1-9\n", "\r\n", "\n", "\n\n", "/", "/ */", " ", "\t", "    ", "日本語の文章。", "한국어",
	"\xff\xfe", "\xc3", "\x00", "é", "👩‍👩‍👧", "'s", "don't", "1234567", "x", "\u2028", "\u3000", "</document>", "``", "`", "\r", "word ", "Camel"}

func nastyText(t *rapid.T) string {
	var b strings.Builder
	for range rapid.IntRange(1, 8).Draw(t, "parts") {
		switch rapid.IntRange(0, 2).Draw(t, "part") {
		case 0:
			b.WriteString(strings.Join(rapid.SliceOfN(rapid.SampledFrom(nasty), 1, 200).Draw(t, "pieces"), ""))
		case 1:
			b.WriteString(testkit.Text(rapid.Uint64Range(0, 5).Draw(t, "seed"), rapid.IntRange(1, 12).Draw(t, "sentences")))
		case 2:
			b.WriteString(strings.Repeat(rapid.SampledFrom(nasty).Draw(t, "piece"), rapid.IntRange(1, 1500).Draw(t, "times")))
		}
	}
	return strings.ReplaceAll(b.String(), "\x00", "\x01") // a text with a NUL would be left out as binary
}

// TestWindow: on random stores and in random orders the window costs exactly what it says and no
// more than its budget, every passage is accounted for, every citation is its document's own bytes,
// and who reads the window as Markdown finds the citations and nothing else, whatever the documents
// hold.
func TestWindow(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		docs := map[string]string{}
		for i := range rapid.IntRange(1, 6).Draw(t, "documents") {
			name := rapid.SampledFrom([]string{"a", "/x", "b c", "d`e", "f\ng", "日本", "h\u202e"}).Draw(t, "name")
			ext := rapid.SampledFrom([]string{".go", ".md", ".txt", ".c", ".py"}).Draw(t, "ext")
			docs[fmt.Sprintf("%d%s%s", i, name, ext)] = nastyText(t)
		}
		s := newShelf(t, docs)
		defer s.sn.Close()
		in := s.passages()
		in = ranked(rapid.Permutation(in).Draw(t, "order"))
		opts := flow.Options{
			Vocab:  rapid.SampledFrom(tokens.Names()).Draw(t, "vocab"),
			Budget: rapid.SampledFrom([]int{0, 1, 40, 150, 600, 3000, 100_000}).Draw(t, "budget"),
			Pack:   rapid.SampledFrom([]int{0, 1, 3, 12}).Draw(t, "pack"),
		}
		w, stats := s.pack(in, opts)
		checkTokens(t, w, opts)
		checkCitations(t, s, w, stats)
		checkMarkdown(t, w)
	})
}

func checkTokens(t *rapid.T, w flow.Window, opts flow.Options) {
	if opts.Budget == 0 {
		if w.Counted {
			t.Fatalf("counted without a budget")
		}
		return
	}
	v, err := tokens.Get(opts.Vocab)
	if err != nil {
		t.Fatal(err)
	}
	sum := 0
	for _, p := range w.Passages {
		sum += p.Tokens
	}
	if n := v.CountString(w.Text); n != w.Tokens || sum != n || n > opts.Budget || !w.Counted {
		t.Fatalf("the window has %d tokens, says %d, its citations %d, of a budget of %d", n, w.Tokens, sum, opts.Budget)
	}
}

func checkCitations(t *rapid.T, s *shelf, w flow.Window, stats flow.Stats) {
	seen := map[index.Place]bool{}
	members := int64(0)
	for _, p := range w.Passages {
		path, err := s.sn.Path(p.Best.Place)
		if err != nil {
			t.Fatal(err)
		}
		checkSpan(t, s, p, s.texts[path])
		for _, m := range p.Members {
			if seen[m.Place] {
				t.Fatalf("passage %v stands twice in the window", m.Place)
			}
			seen[m.Place] = true
			members++
		}
	}
	if members != stats.Out+stats.Dropped[flow.Merged] {
		t.Fatalf("%d passages in the window, out %d, merged %d", members, stats.Out, stats.Dropped[flow.Merged])
	}
}

// checkMarkdown reads the window as a reader of Markdown would: a citation's line, a fence, and
// everything up to the line that is that fence.
func checkMarkdown(t *rapid.T, w flow.Window) {
	rest := w.Text
	for _, p := range w.Passages {
		head, after, ok := strings.Cut(rest, "\n")
		if !ok || !strings.HasPrefix(head, "["+strconv.Itoa(p.N)+"] ") {
			t.Fatalf("citation %d begins with %q", p.N, head)
		}
		if !strings.HasSuffix(head, fmt.Sprintf(":%d-%d", p.Line, p.Line+p.Lines-1)) {
			t.Fatalf("citation %d of line %d, %d lines: %q", p.N, p.Line, p.Lines, head)
		}
		open, after, ok := strings.Cut(after, "\n")
		fence := open[:len(open)-len(strings.TrimLeft(open, "`"))]
		if !ok || len(fence) < 3 {
			t.Fatalf("citation %d has no fence but %q", p.N, open)
		}
		text, after, ok := strings.Cut(after, fence+"\n\n")
		if !ok || strings.TrimSuffix(text, "\n") != strings.TrimSuffix(p.Text, "\n") {
			t.Fatalf("citation %d reads %q and is %q", p.N, text, p.Text)
		}
		rest = after
	}
	if rest != "" {
		t.Fatalf("behind the last citation stands %q", rest)
	}
}

// TestUnreadable: what cannot be read is dropped as failed and told of, and the rest stands in the
// window.
func TestUnreadable(t *testing.T) {
	s := newShelf(t, numbered(300))
	entries, err := s.files.List("files")
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		if strings.HasSuffix(e.Name, ".text") {
			f, err := s.files.OpenRW("files/" + e.Name)
			if err != nil {
				t.Fatal(err)
			}
			if _, err := f.WriteAt(make([]byte, 64), 20_000); err != nil { // somewhere in the texts
				t.Fatal(err)
			}
			_ = f.Close()
		}
	}
	if s.store, err = index.Open(s.files, index.Options{}); err != nil {
		t.Fatal(err)
	}
	s.open()
	in := s.passages()
	trace := &flow.Trace{Watch: map[index.Place]bool{}}
	for _, j := range in {
		trace.Watch[j.Place] = true
	}
	w, stats := s.pack(in, flow.Options{Pack: 300, Trace: trace})
	failed := stats.Dropped[flow.Failed]
	if failed == 0 || len(w.Passages) < 200 || len(trace.Steps) != len(in) {
		t.Fatalf("%d citations, dropped %v, %d steps", len(w.Passages), stats.Dropped, len(trace.Steps))
	}
	for _, step := range trace.Steps {
		if step.Reason == flow.Failed {
			failed--
		}
	}
	if failed != 0 {
		t.Errorf("%d failed passages were not told of", failed)
	}
	if len(stats.Degraded) == 0 {
		t.Error("nobody is told of the damage")
	}
}
