package judge

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"
	"time"

	"sluice/cascade/flow"
	"sluice/cascade/gather"
	"sluice/index"
	"sluice/ingest"
	"sluice/internal/clock"
	"sluice/internal/testkit"
	"sluice/internal/vfs"
)

// stored puts texts into a store, a document each, and returns a snapshot of it.
func stored(t *testing.T, texts ...string) *index.Snapshot {
	t.Helper()
	return readBy(t, nil, texts...)
}

// readBy is stored for a store that a model has read; nil: none has.
func readBy(t *testing.T, e index.Encoder, texts ...string) *index.Snapshot {
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
	in := ingest.New(s, ingest.Options{})
	if _, err := in.Sync(context.Background(), src, ingest.SyncOptions{}); err != nil {
		t.Fatal(err)
	}
	if e != nil {
		if _, err := in.Fill(context.Background(), ingest.FillOptions{Encoder: e}); err != nil {
			t.Fatal(err)
		}
	}
	sn, err := s.Snapshot(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = sn.Close(); _ = s.Close() })
	return sn
}

// ask runs gather and judge and returns the paths in order.
func ask(t *testing.T, sn *index.Snapshot, question string, opts flow.Options) ([]string, []flow.Judged, flow.Stats) {
	t.Helper()
	return askOf(t, sn, Stage{Index: sn}, question, opts)
}

// askOf is ask for a stage made of more; gather has its encoder.
func askOf(t *testing.T, sn *index.Snapshot, judge Stage, question string, opts flow.Options) ([]string, []flow.Judged, flow.Stats) {
	t.Helper()
	judge.Ranker, judge.Clock = DefaultRanker(), clock.System{}
	q := flow.ParseQuery(question, index.Filter{})
	in, _, err := gather.Stage{Index: sn, Encoder: judge.Encoder, Clock: clock.System{}}.Run(context.Background(), q, opts)
	if err != nil {
		t.Fatal(err)
	}
	out, stats, err := judge.Run(context.Background(), q, in, opts)
	if err != nil {
		t.Fatal(err)
	}
	if err := stats.Balance(); err != nil {
		t.Fatal(err)
	}
	var paths []string
	for _, j := range out {
		path, err := sn.Path(j.Place)
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
		"we retry retry retry later\n",
		"a b a b a c\n",
		"a b a b a b a b d, a b a b d\n",
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
		{`"retry retry later"`, []string{"005.txt"}},
		{`"a b a c"`, []string{"006.txt"}},
		{`"a b a b a b d"`, []string{"007.txt"}},
	} {
		got, _, stats := ask(t, sn, c.question, flow.Options{})
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
	got, out, _ := ask(t, sn, "the checksum of the block stands in the footer", flow.Options{Explain: true})
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

// TestFeedbackFindsWhatTheQuestionDoesNotSay: a passage that shares no rare word with the question
// but speaks as the best passages do passes one that only shares a common word.
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
	got, _, _ := ask(t, sn, "zebra animal notes", flow.Options{})
	if a, b := slices.Index(got, "002.txt"), slices.Index(got, "003.txt"); a < 0 || b < 0 || a > b {
		t.Fatalf("order %v", got)
	}
}

func TestDeadlineKeepsGathersOrder(t *testing.T) {
	sn := stored(t, testkit.Text(1, 30), testkit.Text(2, 30), testkit.Text(3, 30))
	late := flow.Options{Deadline: time.Now().Add(-time.Second)}
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
	late := flow.Options{Deadline: time.Now().Add(-time.Second)}
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
		first, _, _ := ask(t, sn, question, flow.Options{})
		for range 3 {
			if again, _, _ := ask(t, sn, question, flow.Options{}); !slices.Equal(first, again) {
				t.Fatalf("%q: two orders", question)
			}
		}
	}
}

func TestReaderFeatures(t *testing.T) {
	terms := []index.Term{
		{Text: "checksum", Stem: "checksum", Lists: index.Lists{Key: []byte("a")}, IDF: 4, Repeats: 1},
		{Text: "blocks", Stem: "block", Lists: index.Lists{Key: []byte("b")}, IDF: 2, Repeats: 1},
	}
	for _, c := range []struct {
		text                 string
		ordered, near, exact float64
		verbatim             float64
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
		}{{Ordered, c.ordered}, {Near, c.near}, {Exact, c.exact}, {Verbatim, c.verbatim}} {
			if got := float64(f[v.feature]) / fixedOne; got < v.want-.01 || got > v.want+.01 {
				t.Errorf("%q: %s is %.3f, want %.3f", c.text, featureNames[v.feature], got, v.want)
			}
		}
	}
}

func TestWeightsRefuseWhatTheyDoNotKnow(t *testing.T) {
	for _, bad := range []string{`{"head":3}`, `[]`} {
		if _, err := ParseWeights([]byte(bad)); err == nil {
			t.Errorf("%s was taken", bad)
		}
	}
	nan := math.NaN()
	for _, bad := range []Weights{{Head: map[string]float64{"bm26": 1}}, {Tail: map[string]float64{"bm25": 1e9}}, {Tail: map[string]float64{"bm25": nan}}} {
		if _, err := NewRanker(bad); err == nil {
			t.Errorf("%v was taken", bad)
		}
	}
	if _, err := NewRanker(DefaultWeights()); err != nil {
		t.Error(err)
	}
}

// TestTheWeightsDecide: a ranker is what its weights say, and no other weights are looked at.
func TestTheWeightsDecide(t *testing.T) {
	sn := stored(t, "walrus walrus walrus whistles\n", "walrus and seal, and seal once more\n", "the seal\n")
	q := flow.ParseQuery("walrus seal", index.Filter{})
	in, _, err := gather.Stage{Index: sn, Clock: clock.System{}}.Run(context.Background(), q, flow.Options{})
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		weight float64
		sorted func(a, b flow.Judged) int
	}{{1, func(a, b flow.Judged) int { return cmp.Compare(b.BM25, a.BM25) }}, {-1, func(a, b flow.Judged) int { return cmp.Compare(a.BM25, b.BM25) }}} {
		one := map[string]float64{"bm25": c.weight}
		ranker, err := NewRanker(Weights{Head: one, Tail: one})
		if err != nil {
			t.Fatal(err)
		}
		out, _, err := Stage{Index: sn, Ranker: ranker, Clock: clock.System{}}.Run(context.Background(), q, in, flow.Options{})
		if err != nil || len(out) != 3 || !slices.IsSortedFunc(out, c.sorted) {
			t.Errorf("weight %g: %v, %v", c.weight, out, err)
		}
	}
}

// TestWhatFeedbackDoesNotScoreStaysBehind: feedback's scores and BM25 do not compare, so what
// feedback did not score goes on behind what it did, in gather's order, whatever its BM25 is.
func TestWhatFeedbackDoesNotScoreStaysBehind(t *testing.T) {
	var texts []string
	for i := range feedbackDepth + 100 {
		text := fmt.Sprintf("a walrus, and then number %d of many\n", i)
		if i < feedbackPassages { // what these say more makes them far better than the others
			text = "walrus walrus tusks whiskers blubber moulting haul flippers colony arctic herd bellow clams\n"
		}
		texts = append(texts, text)
	}
	sn := stored(t, texts...)
	q := flow.ParseQuery("walrus", index.Filter{})
	in, _, err := gather.Stage{Index: sn, Clock: clock.System{}}.Run(context.Background(), q, flow.Options{})
	if err != nil || len(in.Hits) != len(texts) {
		t.Fatalf("%d hits, %v", len(in.Hits), err)
	}
	out, _, err := Stage{Index: sn, Ranker: DefaultRanker(), Clock: clock.System{}}.Run(context.Background(), q, in, flow.Options{Judge: len(texts)})
	if err != nil || len(out) != len(texts) {
		t.Fatalf("%d judged, %v", len(out), err)
	}
	for i, h := range in.Hits[feedbackDepth:] {
		if at := feedbackDepth + i; out[at].Place != h.Place {
			t.Fatalf("at rank %d stands passage %v and not %v, which gather had there", at+1, out[at].Place, h.Place)
		}
	}
	tail := out[HeadPlaces:]
	if !slices.IsSortedFunc(tail, func(a, b flow.Judged) int { return cmp.Compare(b.Raw, a.Raw) }) {
		t.Error("behind the head the order is not that of the scores that are shown")
	}
}

// unreadable fails at the texts of one passage.
type unreadable struct {
	Index
	at index.Place
}

func (u unreadable) Texts(ctx context.Context, places []index.Place, visit func(int, []byte) error, failed func(int, index.Degraded)) error {
	for k, p := range places {
		if p == u.at {
			failed(k, index.Degraded{What: "segment 1", Why: "checksum", Documents: 1})
			continue
		}
		if err := u.Index.Texts(ctx, places[k:k+1], func(_ int, body []byte) error { return visit(k, body) }, nil); err != nil {
			return err
		}
	}
	return nil
}

// TestAPhraseThatCannotBeReadFails: what cannot be verified does not go out, and says why.
func TestAPhraseThatCannotBeReadFails(t *testing.T) {
	sn := stored(t, "the torn write was noticed\n", "a torn write, and another torn write\n", "a write that was torn\n")
	q := flow.ParseQuery(`"torn write"`, index.Filter{})
	in, _, err := gather.Stage{Index: sn, Clock: clock.System{}}.Run(context.Background(), q, flow.Options{})
	if err != nil {
		t.Fatal(err)
	}
	trace := &flow.Trace{Watch: map[index.Place]bool{in.Hits[0].Place: true}}
	bad := unreadable{sn, in.Hits[0].Place}
	out, stats, err := Stage{Index: bad, Ranker: DefaultRanker(), Clock: clock.System{}}.Run(context.Background(), q, in, flow.Options{Trace: trace})
	if err != nil || len(out) != 1 || stats.Dropped[flow.Failed] != 1 || stats.Dropped[flow.NoMatch] != 1 || len(stats.Degraded) != 1 {
		t.Errorf("%d out, dropped %v, degraded %v, %v", len(out), stats.Dropped, stats.Degraded, err)
	}
	if len(trace.Steps) != 1 || trace.Steps[0].Reason != flow.Failed {
		t.Errorf("its end is %+v", trace.Steps)
	}
}

// TestShareOfWhatIsPossible: what a score is calibrated by is its share of the most that the terms
// of its question could give: (k1+1) x idf each, as often as the question says it, with k1 of 1.5.
func TestShareOfWhatIsPossible(t *testing.T) {
	sn := stored(t, "a torn write is torn again\n", "nothing of it\n", "more of nothing\n")
	_, out, _ := ask(t, sn, "torn torn write", flow.Options{Explain: true})
	if len(out) != 1 {
		t.Fatalf("%d passages", len(out))
	}
	torn, write := index.MixedIDF(3, 1, "torn"), index.MixedIDF(3, 1, "write") // both stand in one of three passages
	want := out[0].BM25 / ((1.5 + 1) * (2*torn + write))
	if got := out[0].Parts["share"]; math.Abs(got-want) > 1e-9 || got <= 0 || got > 1 {
		t.Errorf("share %g, want %g", got, want)
	}
}

// holes is an index whose df look-ups, scores or records cannot all be read.
type holes struct {
	Index
	df, score bool
	fail      error // of Passage
}

var hole = index.Degraded{What: "segment 0", Why: "checksum", Documents: 1}

func (h holes) DF(key []byte) (int64, []index.Degraded) {
	df, bad := h.Index.DF(key)
	if h.df {
		bad = append(bad, hole)
	}
	return df, bad
}

func (h holes) Score(ctx context.Context, q *index.Question, places []index.Place, out []uint32) ([]index.Degraded, error) {
	bad, err := h.Index.Score(ctx, q, places, out)
	if h.score {
		bad = append(bad, hole)
	}
	return bad, err
}

func (h holes) Passage(p index.Place) (index.Passage, error) {
	if h.fail != nil {
		return index.Passage{}, h.fail
	}
	return h.Index.Passage(p)
}

// TestFeedbackNamesWhatItCouldNotSee: the counts, scores and records that the model is made of may
// be damaged; that is told. An error that is no damage fails the question.
func TestFeedbackNamesWhatItCouldNotSee(t *testing.T) {
	sn := stored(t, "a torn write is torn again\n", "a write of a page\n", "nothing of it\n")
	q := flow.ParseQuery("torn write", index.Filter{})
	in, _, err := gather.Stage{Index: sn, Clock: clock.System{}}.Run(context.Background(), q, flow.Options{})
	if err != nil {
		t.Fatal(err)
	}
	given := errors.New("given up")
	for name, c := range map[string]struct {
		h     holes
		named bool
		err   error
	}{
		"nothing": {holes{}, false, nil},
		"counts":  {holes{df: true}, true, nil},
		"scores":  {holes{score: true}, true, nil},
		"records": {holes{fail: index.ErrCorrupt}, true, nil},
		"no hole": {holes{fail: given}, false, given},
	} {
		c.h.Index = sn
		out, stats, err := Stage{Index: c.h, Ranker: DefaultRanker(), Clock: clock.System{}}.Run(context.Background(), q, in, flow.Options{})
		if !errors.Is(err, c.err) || err == nil && len(out) != 2 || len(stats.Degraded) > 0 != c.named {
			t.Errorf("%s: %d passages, degraded %v, %v", name, len(out), stats.Degraded, err)
		}
	}
}

// TestProbabilitiesFall: where one rises down the list, it and those above it become their mean,
// and no further than needed.
func TestProbabilitiesFall(t *testing.T) {
	for _, c := range []struct{ in, want []float64 }{
		{nil, nil}, {[]float64{.5}, []float64{.5}}, {[]float64{.75, .5, .25}, []float64{.75, .5, .25}},
		{[]float64{.25, .75}, []float64{.5, .5}}, {[]float64{.75, .25, .5, .125}, []float64{.75, .375, .375, .125}},
		{[]float64{.25, .5, .75}, []float64{.5, .5, .5}}, {[]float64{.5, .25, .75, .75}, []float64{.5625, .5625, .5625, .5625}},
	} {
		list := make([]flow.Judged, len(c.in))
		for i, p := range c.in {
			list[i].Prob = p
		}
		falling(list)
		for i := range list {
			if list[i].Prob != c.want[i] {
				t.Errorf("%v: place %d is %g, want %g", c.in, i+1, list[i].Prob, c.want[i])
			}
		}
	}
}
