package pack

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"sluice/cascade/flow"
	"sluice/index"
	"sluice/ingest"
	"sluice/internal/clock"
	"sluice/internal/testkit"
	"sluice/internal/tokens"
	"sluice/internal/vfs"
)

// tester is what *testing.T, *testing.B and *rapid.T have in common.
type tester interface {
	Helper()
	Fatal(...any)
	Fatalf(string, ...any)
}

// shelf is a store of some documents, for tests that choose judge's order themselves.
type shelf struct {
	tb    tester
	files *vfs.MemFS
	src   *testkit.Source
	store *index.Store
	sn    *index.Snapshot
	texts map[string]string
}

func newShelf(tb tester, docs map[string]string) *shelf {
	tb.Helper()
	s := &shelf{tb: tb, files: vfs.Mem(), src: testkit.NewSource("shelf"), texts: docs}
	for path, text := range docs {
		s.src.Put(path, text)
	}
	var err error
	if s.store, err = index.Create(s.files, index.Options{}); err != nil {
		tb.Fatal(err)
	}
	ctx := context.Background()
	info := s.src.Info()
	if err := s.store.AddSource(ctx, index.SourceConfig{Label: info.Label, Kind: info.Kind, Root: info.Root}); err != nil {
		tb.Fatal(err)
	}
	if _, err := ingest.New(s.store, ingest.Options{}).Sync(ctx, s.src, ingest.SyncOptions{}); err != nil {
		tb.Fatal(err)
	}
	s.open()
	return s
}

func (s *shelf) open() {
	s.tb.Helper()
	var err error
	if s.sn, err = s.store.Snapshot(context.Background()); err != nil {
		s.tb.Fatal(err)
	}
}

// passages lists the passages of the documents, one document after the other.
func (s *shelf) passages(paths ...string) (out []flow.Judged) {
	s.tb.Helper()
	if len(paths) == 0 {
		paths = s.src.Paths()
	}
	for _, path := range paths {
		places, err := s.sn.ByPath("", path)
		if err != nil {
			s.tb.Fatal(err)
		}
		for _, p := range places {
			out = append(out, flow.Judged{Hit: index.Hit{Place: p}})
		}
	}
	return ranked(out)
}

// ranked gives scores that fall with the rank.
func ranked(in []flow.Judged) []flow.Judged {
	for i := range in {
		in[i].Raw = float64(len(in) - i)
	}
	return in
}

func (s *shelf) pack(in []flow.Judged, opts flow.Options) (flow.Window, flow.Stats) {
	s.tb.Helper()
	w, stats, err := Stage{s.sn, clock.System{}}.Run(context.Background(), flow.Query{}, in, opts)
	if err != nil {
		s.tb.Fatal(err)
	}
	if err := stats.Balance(); err != nil {
		s.tb.Fatal(err)
	}
	if stats.Out != int64(len(w.Passages)) {
		s.tb.Fatalf("%d out, %d citations", stats.Out, len(w.Passages))
	}
	return w, stats
}

// numbered makes n documents of one passage each that have little in common.
func numbered(n int) map[string]string {
	docs := map[string]string{}
	for i := range n {
		docs[fmt.Sprintf("doc%03d.txt", i)] = testkit.Text(uint64(1000+i), 6)
	}
	return docs
}

func TestBestAtBothEnds(t *testing.T) {
	s := newShelf(t, numbered(7))
	w, _ := s.pack(s.passages(), flow.Options{})
	var numbers []int
	for _, p := range w.Passages {
		numbers = append(numbers, p.N)
		if int(p.Best.Raw) != 8-p.N {
			t.Errorf("citation %d has judge's score %g", p.N, p.Best.Raw)
		}
	}
	if want := []int{1, 3, 5, 7, 6, 4, 2}; !slices.Equal(numbers, want) {
		t.Errorf("the window has the citations in the order %v, not %v", numbers, want)
	}
}

func TestFormat(t *testing.T) {
	s := newShelf(t, map[string]string{
		"a/x.go":    "package x\n\nfunc F() {}\n",
		"notes.md":  "# Fences\n\n````\n```\n````\n",
		"plain.txt": "[9] other.txt:1-2\n```\nnot a citation\n",
	})
	w, _ := s.pack(s.passages("a/x.go", "notes.md", "plain.txt"), flow.Options{})
	want := "[1] a/x.go:1-3\n```go\npackage x\n\nfunc F() {}\n```\n\n" +
		"[3] plain.txt:1-3\n````\n[9] other.txt:1-2\n```\nnot a citation\n````\n\n" +
		"[2] notes.md:1-5\n`````markdown\n# Fences\n\n````\n```\n````\n`````\n\n"
	if w.Text != want {
		t.Errorf("the window is\n%s\nand not\n%s", w.Text, want)
	}
	if w.Counted || w.Tokens == 0 {
		t.Errorf("without a budget the tokens are an estimate: counted %t, %d", w.Counted, w.Tokens)
	}
}

func TestDuplicates(t *testing.T) {
	base := strings.Fields(testkit.Text(1, 12))
	near := slices.Clone(base)
	near[len(near)/2] = "otherwise"
	far := strings.Fields(testkit.Text(2, 12))
	s := newShelf(t, map[string]string{
		"a.txt": strings.Join(base, " "), "b.txt": strings.Join(near, " "), "c.txt": strings.Join(far, " "),
		"d.txt": strings.Join(base, " "), "e.txt": "short text", "f.txt": "Short text",
	})
	w, stats := s.pack(s.passages(), flow.Options{})
	if got := paths(t, s, w); !slices.Equal(got, []string{"a.txt", "c.txt", "e.txt", "f.txt"}) {
		t.Errorf("the window holds %v", got)
	}
	if stats.Dropped[flow.Duplicate] != 2 {
		t.Errorf("dropped %v", stats.Dropped)
	}
	in := s.passages()
	in[1].Terms = 1 // b.txt holds a term of the question that a.txt lacks
	w, _ = s.pack(in, flow.Options{})
	if got := paths(t, s, w); !slices.Contains(got, "b.txt") || slices.Contains(got, "d.txt") {
		t.Errorf("what the question asked for is lost, or an equal text is not dropped: %v", got)
	}
}

// paths lists the documents of the window by number.
func paths(t tester, s *shelf, w flow.Window) []string {
	t.Helper()
	out := make([]string, len(w.Passages))
	for _, p := range w.Passages {
		path, err := s.sn.Path(p.Best.Place)
		if err != nil {
			t.Fatal(err)
		}
		out[p.N-1] = path
	}
	return out
}

// long is a document of several passages with line ends of both kinds between them.
func long() string {
	var b strings.Builder
	for i := range 24 {
		b.WriteString(strings.ReplaceAll(testkit.Text(uint64(i), 5), "\n", " "))
		b.WriteString([]string{"\n\n", "\n\n\n", "\r\n\r\n", "\n \n"}[i%4])
	}
	return b.String()
}

func TestNeighboursAreMerged(t *testing.T) {
	doc := long()
	s := newShelf(t, map[string]string{"long.txt": doc})
	all := s.passages()
	if len(all) < 8 {
		t.Fatalf("only %d passages", len(all))
	}
	in := ranked([]flow.Judged{all[0], all[2], all[5], all[1], all[7]})
	w, stats := s.pack(in, flow.Options{})
	if len(w.Passages) != 3 || stats.Dropped[flow.Merged] != 2 {
		t.Fatalf("%d citations, dropped %v", len(w.Passages), stats.Dropped)
	}
	u := w.Passages[0]
	if u.N != 1 || !slices.Equal(membersOf(u), []index.Place{all[0].Place, all[1].Place, all[2].Place}) || u.Best.Place != all[0].Place {
		t.Errorf("the union has number %d and the members %v", u.N, membersOf(u))
	}
	checkSpan(t, s, u, doc)
	if got := []int{w.Passages[0].N, w.Passages[2].N, w.Passages[1].N}; !slices.Equal(got, []int{1, 2, 3}) {
		t.Errorf("what was joined left its number free: %v", got)
	}
	if strings.Count(w.Text, "\n[2] ") != 1 || strings.Count(w.Text, "\n[3] ") != 1 {
		t.Errorf("the window does not number its citations as they are numbered:\n%s", w.Text)
	}
}

func membersOf(u flow.Packed) (places []index.Place) {
	for _, m := range u.Members {
		places = append(places, m.Place)
	}
	return places
}

// checkSpan holds a citation to its document: its text is as long as its span, and every member
// stands in it verbatim at its own offset, with nothing but white space between.
func checkSpan(t tester, s *shelf, u flow.Packed, doc string) {
	t.Helper()
	if len(u.Text) != int(u.End-u.Start) {
		t.Fatalf("a text of %d bytes for the span %d to %d", len(u.Text), u.Start, u.End)
	}
	at := u.Start
	for _, m := range u.Members {
		p, err := s.sn.Passage(m.Place)
		if err != nil {
			t.Fatal(err)
		}
		if p.Start < at || strings.TrimSpace(doc[at:p.Start]) != "" || strings.TrimSpace(u.Text[at-u.Start:p.Start-u.Start]) != "" {
			t.Fatalf("between %d and %d stands %q, shown as %q", at, p.Start, doc[at:p.Start], u.Text[at-u.Start:p.Start-u.Start])
		}
		at = p.Start + p.Bytes
		if u.Text[p.Start-u.Start:at-u.Start] != doc[p.Start:at] {
			t.Fatalf("a member's text differs from the document's")
		}
	}
	if at != u.End {
		t.Fatalf("the last member ends at %d, the span at %d", at, u.End)
	}
	if first := uint32(1 + strings.Count(doc[:u.Start], "\n")); u.Line != first {
		t.Fatalf("the first line is %d, not %d", u.Line, first)
	}
	if lines := uint32(1 + strings.Count(doc[u.Start:u.End], "\n")); u.Lines != lines {
		t.Fatalf("%d lines, not %d", u.Lines, lines)
	}
	if got := strings.Count(u.Text, "\n"); got != int(u.Lines)-1 {
		t.Fatalf("the text has %d line ends in %d lines", got, u.Lines)
	}
}

func TestUnionsStaySmall(t *testing.T) {
	s := newShelf(t, map[string]string{"long.txt": testkit.Text(3, 300)})
	all := s.passages()
	backwards := slices.Clone(all)
	slices.Reverse(backwards)
	var middleLast []flow.Judged // two halves, and then what joins them
	for i, j := range all[:10] {
		if i != 4 {
			middleLast = append(middleLast, j)
		}
	}
	middleLast = append(middleLast, all[4])
	for name, in := range map[string][]flow.Judged{"forwards": all, "backwards": backwards, "the middle last": middleLast} {
		w, _ := s.pack(ranked(in), flow.Options{})
		if len(w.Passages) < 2 {
			t.Fatalf("%s: %d passages became %d citations", name, len(in), len(w.Passages))
		}
		for _, p := range w.Passages {
			if len(p.Text) > unionBytesMax {
				t.Errorf("%s: citation %d has %d bytes", name, p.N, len(p.Text))
			}
		}
	}
}

// TestExactBudget: what costs just the budget fits, with neighbours joined, and not with a token
// less.
func TestExactBudget(t *testing.T) {
	s := newShelf(t, map[string]string{"long.txt": long()})
	all := s.passages()
	in := ranked([]flow.Judged{all[0], all[1], all[5], all[4]})
	free, _ := s.pack(in, flow.Options{Budget: 1 << 20})
	if len(free.Passages) != 2 {
		t.Fatalf("%d citations", len(free.Passages))
	}
	if w, _ := s.pack(in, flow.Options{Budget: free.Tokens}); w.Text != free.Text {
		t.Errorf("a window of %d tokens does not fit into as many: %d", free.Tokens, w.Tokens)
	}
	if w, stats := s.pack(in, flow.Options{Budget: free.Tokens - 1}); stats.Dropped[flow.Budget] != 1 || stats.Dropped[flow.Merged] != 1 {
		t.Errorf("a token less costs more than the last passage: %d tokens, dropped %v", w.Tokens, stats.Dropped)
	}
}

func TestNeverAcrossWhatWasForgotten(t *testing.T) {
	s, gone := shortBetween(t)
	if _, err := ingest.New(s.store, ingest.Options{}).Forget(context.Background(), ingest.Forget{IDs: [][10]byte{gone.ID}}); err != nil {
		t.Fatal(err)
	}
	s.open()
	w, _ := s.pack(s.passages(), flow.Options{})
	for _, p := range w.Passages {
		if p.Start < gone.Start && p.End > gone.Start {
			t.Errorf("citation %d spans what was forgotten", p.N)
		}
	}
}

// shortBetween makes a document with a passage, not its first or last, that is no longer than a gap
// may be. How long what stands around it has to be is for the chunker to know, so it is tried.
func shortBetween(t *testing.T) (*shelf, index.Passage) {
	secret := strings.Repeat("The word is swordfish, and nobody must know that it is so. ", 4)
	for n := range 60 {
		text := testkit.Text(uint64(n), 10+n)
		s := newShelf(t, map[string]string{"long.md": "# One\n\n" + text + "\n# Two\n\n" + secret + "\n\n# Three\n\n" + testkit.Text(uint64(n+99), 20)})
		all := s.passages()
		for i := 1; i < len(all)-1; i++ {
			p, err := s.sn.Passage(all[i].Place)
			if err != nil {
				t.Fatal(err)
			}
			if p.Bytes < gapBytesMax-8 {
				return s, p
			}
		}
	}
	t.Fatal("no passage is short")
	return nil, index.Passage{}
}

func TestAdjoin(t *testing.T) {
	at := func(place, start, end, line, last uint32) *passage {
		j := &flow.Judged{}
		j.Place = index.Place{Passage: place}
		return &passage{judged: j, start: start, end: end, line: line, last: last}
	}
	a := at(4, 0, 100, 1, 5)
	for _, c := range []struct {
		what         string
		b            *passage
		open, strict bool
		want         bool
	}{
		{"the next line", at(5, 101, 200, 6, 9), false, true, true},
		{"the same line", at(5, 101, 200, 5, 9), false, false, true},
		{"the same line, where one may be forgotten", at(5, 101, 200, 5, 9), false, true, false},
		{"an indented line", at(5, 105, 200, 6, 9), false, false, true},
		{"an indented line, where one may be forgotten", at(5, 105, 200, 6, 9), false, true, false},
		{"not the next", at(6, 101, 200, 6, 9), false, false, false},
		{"an overlap", at(5, 99, 200, 6, 9), false, false, false},
		{"a line number that falls", at(5, 101, 200, 4, 9), false, false, false},
		{"more line ends than bytes", at(5, 101, 200, 9, 9), false, false, false},
		{"a wide gap", at(5, 100+gapBytesMax+1, 900, 6, 9), false, false, false},
		{"an end that is unknown", at(5, 101, 200, 6, 9), true, false, false},
	} {
		left := *a
		left.open = c.open
		if got := adjoin(&left, c.b, c.strict); got != c.want {
			t.Errorf("%s: %t", c.what, got)
		}
	}
}

func TestBudget(t *testing.T) {
	docs := numbered(20)
	docs["doc003.txt"] = strings.Repeat(testkit.Text(5, 6), 1)[:40]
	s := newShelf(t, docs)
	free, _ := s.pack(s.passages(), flow.Options{Budget: 1 << 20})
	if !free.Counted || len(free.Passages) != 20 {
		t.Fatalf("a large budget: counted %t, %d citations", free.Counted, len(free.Passages))
	}
	first := free.Passages[0].Tokens
	w, stats := s.pack(s.passages(), flow.Options{Budget: first + 60})
	if got := paths(t, s, w); !slices.Equal(got, []string{"doc000.txt", "doc003.txt"}) {
		t.Errorf("the short one behind the long ones should still fit: %v", got)
	}
	if stats.Dropped[flow.Budget] != 18 {
		t.Errorf("dropped %v", stats.Dropped)
	}
	w, stats = s.pack(s.passages(), flow.Options{Budget: 20})
	if len(w.Passages) != 0 || w.Text != "" || w.Tokens != 0 || len(stats.Notes) != 1 || stats.Dropped[flow.Budget] != 20 {
		t.Errorf("a budget too small for anything: %d citations, notes %q, dropped %v", len(w.Passages), stats.Notes, stats.Dropped)
	}
}

func TestSmallestFrame(t *testing.T) {
	for _, name := range tokens.Names() {
		c, err := newCounter(flow.Options{Vocab: name, Budget: 1})
		if err != nil {
			t.Fatal(err)
		}
		if n := c.of("[1] a:1-1\n```\n\n```\n\n"); n < frameTokensMin {
			t.Errorf("%s: the smallest citation costs %d tokens", name, n)
		}
	}
}

func TestVocabulary(t *testing.T) {
	s := newShelf(t, numbered(1))
	for _, budget := range []int{0, 100} {
		_, _, err := Stage{s.sn, clock.System{}}.Run(context.Background(), flow.Query{}, s.passages(), flow.Options{Vocab: "nothing", Budget: budget})
		var unknown *tokens.UnknownError
		if !errors.As(err, &unknown) {
			t.Errorf("budget %d: %v", budget, err)
		}
	}
}

func TestLimitAndReadingOn(t *testing.T) {
	docs := numbered(30)
	for i := range 5 {
		docs[fmt.Sprintf("doc%03d.txt", 2*i+1)] = docs["doc000.txt"]
	}
	s := newShelf(t, docs)
	w, stats := s.pack(s.passages(), flow.Options{Pack: 10})
	if len(w.Passages) != 10 || stats.Dropped[flow.Duplicate] != 5 || stats.Dropped[flow.BelowCut] != 15 {
		t.Errorf("%d citations, dropped %v", len(w.Passages), stats.Dropped)
	}
	for i := range 29 {
		docs[fmt.Sprintf("doc%03d.txt", i)] = docs["doc000.txt"]
	}
	s = newShelf(t, docs)
	if w, stats = s.pack(s.passages(), flow.Options{Pack: 10}); len(w.Passages) != 1 || stats.Dropped[flow.Duplicate] != 19 {
		t.Errorf("reading on has no end: %d citations, dropped %v", len(w.Passages), stats.Dropped)
	}
}

func TestDeadline(t *testing.T) {
	docs := numbered(30)
	for i := range 10 {
		docs[fmt.Sprintf("doc%03d.txt", i)] = docs["doc000.txt"]
	}
	s := newShelf(t, docs)
	w, stats := s.pack(s.passages(), flow.Options{Pack: 12, Deadline: time.Unix(1, 0)})
	if len(w.Passages) != 3 || len(stats.Notes) != 1 || stats.Dropped[flow.Timeout] != 12 || stats.Dropped[flow.BelowCut] != 6 || len(stats.Degraded) != 1 {
		t.Errorf("%d citations, notes %q, dropped %v", len(w.Passages), stats.Notes, stats.Dropped)
	}
}

func TestTrace(t *testing.T) {
	docs := numbered(12)
	docs["doc002.txt"] = docs["doc000.txt"]
	s := newShelf(t, docs)
	in := s.passages()
	trace := &flow.Trace{Watch: map[index.Place]bool{}}
	for _, j := range in[:6] {
		trace.Watch[j.Place] = true
	}
	s.pack(in, flow.Options{Pack: 3, Trace: trace})
	want := []flow.Step{
		{Place: in[0].Place, Stage: "pack", Rank: 1, CutRank: 4, Score: 12, CutScore: 9},
		{Place: in[1].Place, Stage: "pack", Rank: 2, CutRank: 4, Score: 11, CutScore: 9},
		{Place: in[2].Place, Stage: "pack", Reason: flow.Duplicate, Rank: 3, CutRank: 1, Score: 10, CutScore: 12},
		{Place: in[3].Place, Stage: "pack", Rank: 3, CutRank: 4, Score: 9, CutScore: 9},
		{Place: in[4].Place, Stage: "pack", Reason: flow.BelowCut, Rank: 5, CutRank: 4, Score: 8, CutScore: 9},
		{Place: in[5].Place, Stage: "pack", Reason: flow.BelowCut, Rank: 6, CutRank: 4, Score: 7, CutScore: 9},
	}
	if !slices.Equal(trace.Steps, want) {
		t.Errorf("steps:\n%+v\nwant:\n%+v", trace.Steps, want)
	}
}

// BenchmarkRun packs 117 of 1,000 passages, a document each.
func BenchmarkRun(b *testing.B) {
	docs := map[string]string{}
	for i := range 1000 {
		docs[fmt.Sprintf("dir/doc%04d.c", i)] = testkit.Text(uint64(i), 14)
	}
	s := newShelf(b, docs)
	in := s.passages()
	r := rand.New(rand.NewPCG(1, 2))
	r.Shuffle(len(in), func(i, j int) { in[i], in[j] = in[j], in[i] })
	for _, budget := range []int{0, 1 << 20} {
		b.Run(fmt.Sprintf("budget=%d", budget), func(b *testing.B) {
			for b.Loop() {
				if w, _ := s.pack(in, flow.Options{Budget: budget}); len(w.Passages) < 100 {
					b.Fatal(len(w.Passages))
				}
			}
		})
	}
}
