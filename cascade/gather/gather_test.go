package gather

import (
	"context"
	"fmt"
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
// note says so; so it does of more bytes.
func TestLongQuestionsAreCut(t *testing.T) {
	var rare []string
	for i := range index.TermsMax {
		rare = append(rare, fmt.Sprintf("rare%dx", i))
	}
	common := "walrus seal ship sail wax"
	sn := stored(t, common+" "+strings.Join(rare, " "), common, common)
	g := Stage{Index: sn, Clock: clock.System{}}
	out, stats := run(t, g, common+" "+strings.Join(rare, " "), flow.Options{})
	if len(out.Terms) != index.TermsMax || len(stats.Notes) != 1 || !strings.Contains(stats.Notes[0], "distinct terms") {
		t.Errorf("%d terms, notes %q", len(out.Terms), stats.Notes)
	}
	for _, term := range out.Terms {
		if term.DF != 1 || term.IDF != index.IDF(3, 1) {
			t.Errorf("%q, which %d passages hold, has idf %g and stays", term.Text, term.DF, term.IDF)
		}
	}
	if out, stats = run(t, g, common, flow.Options{}); len(out.Terms) != 5 || len(out.Hits) != 3 || len(stats.Notes) != 0 {
		t.Errorf("%d terms, %d hits, notes %q", len(out.Terms), len(out.Hits), stats.Notes)
	}
	out, stats = run(t, g, strings.Repeat("walrush ", limits.QueryBytesMax/8)+"seal", flow.Options{})
	if len(out.Terms) != 1 || len(stats.Notes) != 1 || !strings.Contains(stats.Notes[0], "bytes") {
		t.Errorf("%d terms, notes %q", len(out.Terms), stats.Notes)
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
