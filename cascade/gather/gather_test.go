package gather

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"sluice/cascade/flow"
	"sluice/index"
	"sluice/ingest"
	"sluice/internal/clock"
	"sluice/internal/limits"
	"sluice/internal/testkit"
	"sluice/internal/vfs"
)

// stored puts texts into a store, a document and a segment each, and returns a snapshot of it.
func stored(t *testing.T, texts ...string) *index.Snapshot {
	t.Helper()
	s, err := index.Create(vfs.Mem(), index.Options{})
	if err != nil {
		t.Fatal(err)
	}
	ctx := context.Background()
	for i, text := range texts {
		src := testkit.NewSource(fmt.Sprintf("source%d", i))
		src.Put("a.txt", text)
		info := src.Info()
		if err := s.AddSource(ctx, index.SourceConfig{Label: info.Label, Kind: info.Kind, Root: info.Root}); err != nil {
			t.Fatal(err)
		}
		if _, err := ingest.New(s, ingest.Options{}).Sync(ctx, src, ingest.SyncOptions{}); err != nil {
			t.Fatal(err)
		}
	}
	sn, err := s.Snapshot(ctx)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = sn.Close(); _ = s.Close() })
	return sn
}

func run(t *testing.T, g Stage, question string, o flow.Options) (flow.Gathered, flow.Stats) {
	t.Helper()
	out, stats, err := g.Run(context.Background(), flow.ParseQuery(question, index.Filter{}), o)
	if err != nil {
		t.Fatal(err)
	}
	if err := stats.Balance(); err != nil {
		t.Fatal(err)
	}
	return out, stats
}

// TestLongQuestionsAreCut: of more terms than a question may have those stay that tell most, and a
// note says which.
func TestLongQuestionsAreCut(t *testing.T) {
	var rare []string
	for i := range index.TermsMax {
		rare = append(rare, fmt.Sprintf("rare%dx", i))
	}
	common := "walrus seal ship sail wax"
	sn := stored(t, common+" "+strings.Join(rare, " "), common, common)
	g := Stage{Index: sn, Clock: clock.System{}}
	out, stats := run(t, g, common+" "+strings.Join(rare, " "), flow.Options{})
	if len(out.Terms) != index.TermsMax || len(stats.Notes) != 1 || !strings.Contains(stats.Notes[0], " 18x") {
		t.Errorf("%d terms, notes %q", len(out.Terms), stats.Notes)
	}
	for _, term := range out.Terms {
		if term.DF != 1 || term.IDF != index.MixedIDF(3, 1, term.Stem) {
			t.Errorf("%q, which %d passages hold, has idf %g and stays", term.Text, term.DF, term.IDF)
		}
	}
	if out, stats = run(t, g, common, flow.Options{}); len(out.Terms) != 5 || len(out.Hits) != 3 || len(stats.Notes)+len(stats.Words) != 0 {
		t.Errorf("%d terms, %d hits, notes %q, words %q", len(out.Terms), len(out.Hits), stats.Notes, stats.Words)
	}
}

// TestUnknownWordsTakeNoPlace: of a question and a log behind it, or before it, the words count
// that the store holds, and they are named. As long as there is room the others stay: they tell
// that the answer may not be here.
func TestUnknownWordsTakeNoPlace(t *testing.T) {
	sn := stored(t, "the serval sleeps", "the ocelot sleeps", "a kettle boils")
	g := Stage{Index: sn, Clock: clock.System{}}
	log := func(lines int) string {
		var b strings.Builder
		for i := range lines {
			fmt.Fprintf(&b, "request%dx took %dms\n", i, i)
		}
		return b.String()
	}
	for _, c := range []struct {
		name, question string
		unknown        int // that stay beside the two
	}{
		{"few", "where does the serval sleep foo bar", 4},
		{"33 words behind", "where does the serval sleep " + log(33), index.TermsMax - 2},
		{"33 words before", log(33) + " where does the serval sleep", index.TermsMax - 2},
		{"a long log behind", "where does the serval sleep\n" + log(4000), 0},
		{"a long log before", log(4000) + "where does the serval sleep", 0},
		{"more words than are looked up", log(9000) + "where does the serval sleep", 0},
		{"a mebibyte", "where does the serval sleep " + strings.Repeat("zyx ", (limits.QueryBytesMax-30)/4), 0},
	} {
		out, stats := run(t, g, c.question, flow.Options{})
		var held []string
		unknown := 0
		for _, term := range out.Terms {
			if term.DF > 0 {
				held = append(held, term.Stem)
			} else {
				unknown++
			}
		}
		slices.Sort(held)
		if !slices.Equal(held, []string{"serval", "sleep"}) || unknown != c.unknown || len(out.Hits) != 2 {
			t.Errorf("%s: terms %q and %d unknown ones, %d hits", c.name, held, unknown, len(out.Hits))
		}
		used := slices.Sorted(slices.Values(stats.Words))
		if cut := c.unknown != 4; cut && !slices.Equal(used, []string{"serval", "sleep"}) || !cut && len(used) > 0 {
			t.Errorf("%s: %q are told to be used", c.name, used)
		}
	}
	out, stats := run(t, g, log(4000), flow.Options{})
	if len(out.Hits) != 0 || !strings.Contains(strings.Join(stats.Notes, "; "), "nothing that was searched holds any") {
		t.Errorf("a log of unknown words: %d hits, notes %q", len(out.Hits), stats.Notes)
	}
	if _, stats = run(t, g, strings.Repeat("walrush ", limits.QueryBytesMax/8)+"seal", flow.Options{}); !strings.Contains(stats.Notes[0], "bytes") {
		t.Errorf("more than may be asked: notes %q", stats.Notes)
	}
}

// TestWhichWordsAreCut: rare words that something holds stay, then those that nothing holds, and
// common words have what is left.
func TestWhichWordsAreCut(t *testing.T) {
	g := Stage{Index: stored(t, "a walrus")}
	for _, c := range []struct{ rare, unknown, common, wantRare, wantUnknown, wantCommon int }{
		{4, 30, 6, 4, 28, 0},
		{4, 20, 20, 4, 20, 8},
		{40, 40, 40, 32, 0, 0},
		{0, 10, 40, 0, 10, 22},
		{1, 2, 3, 1, 2, 3},
	} {
		terms := slices.Concat(slices.Repeat([]index.Term{{}}, c.unknown),
			slices.Repeat([]index.Term{{DF: 2}}, c.rare), slices.Repeat([]index.Term{{DF: 500}}, c.common))
		var rare, unknown, common int
		for _, term := range g.most(terms) {
			switch term.DF {
			case 0:
				unknown++
			case 2:
				rare++
			default:
				common++
			}
		}
		if rare != c.wantRare || unknown != c.wantUnknown || common != c.wantCommon {
			t.Errorf("%+v: %d rare, %d unknown, %d common", c, rare, unknown, common)
		}
	}
}

// TestLateSegmentsAreNamed: what nobody looked at in time is dropped for that, named, and told of.
func TestLateSegmentsAreNamed(t *testing.T) {
	sn := stored(t, "the walrus whistles", "the walrus sleeps", "the seal barks")
	c := &clock.Fake{T: time.Unix(1_000_000_000, 0)}
	trace := &flow.Trace{Watch: map[index.Place]bool{}}
	for seg := range uint32(3) {
		trace.Watch[index.Place{Segment: seg}] = true
	}
	out, stats := run(t, Stage{Index: sn, Clock: c}, "walrus", flow.Options{Deadline: c.T, Trace: trace})
	if len(out.Hits) != 1 || stats.Dropped[flow.Timeout] != 2 || len(stats.Notes) != 1 || len(stats.Degraded) != 2 {
		t.Errorf("%d hits, dropped %v, notes %q, degraded %v", len(out.Hits), stats.Dropped, stats.Notes, stats.Degraded)
	}
	reasons := map[flow.Reason]int{}
	for _, step := range trace.Steps {
		reasons[step.Reason]++
	}
	if reasons[flow.Timeout] != 1 || reasons[flow.NoMatch] != 1 || len(trace.Steps) != 2 {
		t.Errorf("steps %+v", trace.Steps)
	}
	if _, stats = run(t, Stage{Index: sn, Clock: c}, "walrus", flow.Options{Deadline: c.T.Add(1)}); stats.Dropped[flow.Timeout] != 0 {
		t.Errorf("in time, %v", stats.Dropped)
	}
}
