package judge

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"sluice/cascade/flow"
	"sluice/cascade/gather"
	"sluice/index"
	"sluice/internal/testkit"
	"sluice/internal/vfs"
)

// stored puts texts into a store, a document each, and returns a snapshot of it.
func stored(t *testing.T, texts ...string) *index.Snapshot {
	t.Helper()
	s, err := index.Create(vfs.Mem(), index.Options{})
	if err != nil {
		t.Fatal(err)
	}
	src := testkit.NewSource("notes")
	for i, text := range texts {
		src.Put(fmt.Sprintf("%03d.txt", i), text)
	}
	info := src.Info()
	if err := s.AddSource(context.Background(), index.SourceConfig{Label: info.Label, Kind: info.Kind, Root: info.Root}); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Sync(context.Background(), src, index.SyncOptions{}); err != nil {
		t.Fatal(err)
	}
	sn, err := s.Snapshot(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = sn.Close(); _ = s.Close() })
	return sn
}

// ask runs gather and judge and returns the paths in order.
func ask(t *testing.T, sn *index.Snapshot, question string, lim flow.Limits) ([]string, []flow.Judged, flow.Stats) {
	t.Helper()
	q := flow.ParseQuery(question, flow.Filters{})
	in, _, _, err := gather.Run(context.Background(), sn, q, lim)
	if err != nil {
		t.Fatal(err)
	}
	out, stats, err := Run(context.Background(), sn, q, in, lim)
	if err != nil {
		t.Fatal(err)
	}
	if err := stats.Balance(); err != nil {
		t.Fatal(err)
	}
	var paths []string
	for _, j := range out {
		path, err := sn.Path(index.Place(j.Place))
		if err != nil {
			t.Fatal(err)
		}
		paths = append(paths, path)
	}
	return paths, out, stats
}

func TestPhrasesMustOccurAndExclusionsMustNot(t *testing.T) {
	sn := stored(t,
		"the torn write was noticed\n",
		"a write that was torn, noticed late\n",
		"the Torn   Write of the manifest\n",
		"writes are torn in many ways\n",
		"a torn-write test; see foo->bar\n",
	)
	for _, c := range []struct {
		question string
		want     []string
	}{
		{`"torn write"`, []string{"000.txt", "002.txt", "004.txt"}},
		{`"torn write" -noticed`, []string{"002.txt", "004.txt"}},
		{`torn -write`, []string{"003.txt"}},
		{`torn "foo->bar"`, []string{"004.txt"}},
		{`torn "->"`, []string{"004.txt"}},
		{`"torn write" "manifest"`, []string{"002.txt"}},
		{`"write torn"`, nil},
	} {
		got, _, stats := ask(t, sn, c.question, flow.Limits{})
		slices.Sort(got)
		if !slices.Equal(got, c.want) {
			t.Errorf("%s: %v, want %v (%v)", c.question, got, c.want, stats.Dropped)
		}
	}
}

func TestNearerAndQuotedComesFirst(t *testing.T) {
	filler := strings.Repeat("other words stand here and say nothing of it. ", 9)
	sn := stored(t,
		"checksum at the start. "+filler+" a block somewhere. "+filler+" footer at the end.\n",
		filler+" the checksum of the block stands in the footer. "+filler+"\n",
		"block. "+filler+filler+" footer checksum.\n",
	)
	got, out, _ := ask(t, sn, "the checksum of the block stands in the footer", flow.Limits{Explain: true})
	if got[0] != "001.txt" {
		t.Fatalf("order %v", got)
	}
	if v := out[0].Parts["verbatim"]; v != 1 {
		t.Errorf("a quoted question is %g verbatim", v)
	}
	if v := out[1].Parts["verbatim"]; v > 0.2 {
		t.Errorf("scattered words are %g verbatim", v)
	}
	if out[0].Prob <= out[1].Prob || out[0].Prob > 1 || out[2].Prob < 0 {
		t.Errorf("probabilities %g %g %g", out[0].Prob, out[1].Prob, out[2].Prob)
	}
}

// TestFeedbackFindsWhatTheQuestionDoesNotSay: a passage that shares no rare word with the question but
// speaks as the best passages do passes one that only shares a common word.
func TestFeedbackFindsWhatTheQuestionDoesNotSay(t *testing.T) {
	texts := []string{
		"the zebra has stripes; savanna grass feeds the zebra herd near the waterhole\n",
		"zebra stripes confuse flies; the savanna herd drinks at the waterhole\n",
		"animal notes: savanna herd at the waterhole, grass and stripes\n",
		"animal notes: office printer queue and paper trays, toner and staples\n",
	}
	for i := range 12 {
		texts = append(texts, "unrelated filler about ledgers and invoices number "+fmt.Sprint(i)+"\n")
	}
	sn := stored(t, texts...)
	got, _, _ := ask(t, sn, "zebra animal notes", flow.Limits{})
	if a, b := slices.Index(got, "002.txt"), slices.Index(got, "003.txt"); a < 0 || b < 0 || a > b {
		t.Fatalf("order %v", got)
	}
}

func TestDeadlineKeepsGathersOrder(t *testing.T) {
	sn := stored(t, testkit.Text(1, 30), testkit.Text(2, 30), testkit.Text(3, 30))
	late := flow.Limits{Deadline: time.Now().Add(-time.Second)}
	_, out, stats := ask(t, sn, "torn write checksum", late)
	if len(out) == 0 || len(stats.Notes) == 0 {
		t.Fatalf("%d passages, notes %v", len(out), stats.Notes)
	}
	if !slices.IsSortedFunc(out, func(a, b flow.Judged) int { return int(b.Score) - int(a.Score) }) {
		t.Error("not in gather's order")
	}
}

// TestLatePhrasesStayUnanswered: what could not be verified in time is dropped, not shown.
func TestLatePhrasesStayUnanswered(t *testing.T) {
	sn := stored(t, "the torn write was noticed\n", "a write that was torn\n")
	late := flow.Limits{Deadline: time.Now().Add(-time.Second)}
	for _, question := range []string{`"torn write"`, `torn -noticed`} {
		got, _, stats := ask(t, sn, question, late)
		if len(got) != 0 || stats.Dropped[flow.Timeout] == 0 || len(stats.Notes) != 1 {
			t.Errorf("%s: %v, %v, %v", question, got, stats.Dropped, stats.Notes)
		}
	}
}

func TestSameOrderTwice(t *testing.T) {
	var texts []string
	for i := range 40 {
		texts = append(texts, testkit.Text(uint64(i), 25))
	}
	sn := stored(t, texts...)
	for _, question := range []string{"torn write checksum", "the store", "parity repair of a damaged segment", "nothing matches zqxj"} {
		first, _, _ := ask(t, sn, question, flow.Limits{})
		for range 3 {
			if again, _, _ := ask(t, sn, question, flow.Limits{}); !slices.Equal(first, again) {
				t.Fatalf("%q: two orders", question)
			}
		}
	}
}

func TestReaderFeatures(t *testing.T) {
	terms := []flow.Term{
		{Text: "checksum", Stem: "checksum", Key: []byte("a"), IDF: 4, Repeats: 1},
		{Text: "blocks", Stem: "block", Key: []byte("b"), IDF: 2, Repeats: 1},
	}
	for _, c := range []struct {
		text                   string
		ordered, window, exact float64
		verbatim               float64
	}{
		{"nothing of it", 0, 0, 0, 0},
		{"checksum blocks", .5, .5, 1, 1},
		{"checksum of block", .5, .5, 2. / 3, .25},
		{"blocks checksum", 0, .5, 1, .25},
		{"checksum a b c d e f g h i j k blocks", 0, 0, 1, .25},
		{"checksum blocks and checksum blocks", 2. / 3, .75, 1, 1},
	} {
		rd := newReader(terms, "checksum blocks")
		if c.text == "checksum of block" {
			rd = newReader(terms, "checksum of blocks")
			c.verbatim = 1
		}
		var f Features
		rd.read(&f, []byte(c.text))
		for _, v := range []struct {
			feature Feature
			want    float64
		}{{Ordered, c.ordered}, {Window, c.window}, {Exact, c.exact}, {Verbatim, c.verbatim}} {
			if got := float64(f[v.feature]) / fixedOne; got < v.want-.01 || got > v.want+.01 {
				t.Errorf("%q: %s is %.3f, want %.3f", c.text, featureNames[v.feature], got, v.want)
			}
		}
	}
}

func TestWeightsRefuseWhatTheyDoNotKnow(t *testing.T) {
	for _, bad := range []string{`{"head":{"bm26":1}}`, `{"tail":{"bm25":1e9}}`, `{"head":3}`, `[]`} {
		if _, err := parseWeights([]byte(bad)); err == nil {
			t.Errorf("%s was taken", bad)
		}
	}
	if _, err := parseWeights(weightsJSON); err != nil {
		t.Error(err)
	}
}
