package judge

import (
	"context"
	"errors"
	"math"
	"slices"
	"strings"
	"testing"

	"sluice/cascade/flow"
	"sluice/index"
	"sluice/internal/testkit"
)

// meant is an encoder whose vectors tell the meanings of words.
type meant struct{}

func (meant) Space() index.Space    { return index.Space{ID: [16]byte{1}, Dim: testkit.MeaningDim} }
func (meant) Levels() []index.Level { return []index.Level{index.Deep} }
func (meant) Question(_ context.Context, text string) ([]float32, error) {
	return testkit.Meaning(text), nil
}

func (meant) Passages(_ context.Context, _ index.Level, texts []string) (out [][]float32, _ error) {
	for _, t := range texts {
		out = append(out, testkit.Meaning(t))
	}
	return out, nil
}

// partly is a snapshot of which a model has read only some passages.
type partly struct {
	*index.Snapshot
	unread func(index.Place) bool
}

func (p partly) Near(ctx context.Context, q *index.Question, places []index.Place, out []float32) ([]index.Degraded, error) {
	bad, err := p.Snapshot.Near(ctx, q, places, out)
	for i, at := range places {
		if p.unread(at) {
			out[i] = float32(math.NaN())
		}
	}
	return bad, err
}

// texts are notes of which the last four are about what is asked.
func texts() (all []string) {
	for i := range 60 {
		all = append(all, testkit.Text(uint64(i), 300))
	}
	return append(all,
		"the physician sold her car\n",             // 60: no word of it
		"a doctor with an automobile\n",            // 61: every word of it
		"the doctor was late, the settee broken\n", // 62: one
		"an automobile race\n",                     // 63: another one
	)
}

const meantQuestion = "doctor automobile"

// TestMeaningFindsWhatWordsDoNot: what says the same in other words stands among the first, behind
// what says it in the question's own.
func TestMeaningFindsWhatWordsDoNot(t *testing.T) {
	sn := readBy(t, meant{}, texts()...)
	got, _, stats := askOf(t, sn, Stage{Index: sn, Encoder: meant{}}, meantQuestion, flow.Options{})
	notes := strings.Join(stats.Notes, "\n")
	if at := slices.Index(got, "060.txt"); got[0] != "061.txt" || at < 1 || at > 3 {
		t.Errorf("first %v, the other words at %d", got[:4], at)
	}
	if strings.Contains(notes, "not read") {
		t.Errorf("all is read, and it says %q", notes)
	}
	words, _, _ := ask(t, sn, meantQuestion, flow.Options{})
	if slices.Contains(words, "060.txt") {
		t.Error("vacuous: words find it")
	}
}

// TestWhatIsUnreadLosesNothing: a passage that no model has read keeps the place that its words
// give it, or a better one; and it is told.
func TestWhatIsUnreadLosesNothing(t *testing.T) {
	sn := readBy(t, meant{}, texts()...)
	words, _, _ := ask(t, sn, meantQuestion, flow.Options{})
	for _, path := range words {
		in := partly{sn, func(at index.Place) bool {
			p, err := sn.Path(at)
			return err == nil && p == path
		}}
		got, _, stats := askOf(t, sn, Stage{Index: in, Encoder: meant{}}, meantQuestion, flow.Options{})
		notes := strings.Join(stats.Notes, "\n")
		if before, after := slices.Index(words, path), slices.Index(got, path); after > before+1 { // what was found by meaning may stand before it
			t.Errorf("%s fell from %d to %d", path, before, after)
		}
		if !strings.Contains(notes, "not read 1 of") {
			t.Errorf("%s: it says %q", path, notes)
		}
	}
	unread := stored(t, texts()...)
	none, _, _ := askOf(t, unread, Stage{Index: unread, Encoder: meant{}}, meantQuestion, flow.Options{})
	if !slices.Equal(none[:len(words)], words) {
		t.Errorf("nothing is read, and the order is %v, by words %v", none[:len(words)], words)
	}
}

// TestStandardScores: what is far below the best counts as little as what is just below them.
func TestStandardScores(t *testing.T) {
	s := standard([]float64{1, 2, 3, 4})
	if s.mean != 2.5 || math.Abs(s.deviation-math.Sqrt(1.25)) > 1e-12 {
		t.Errorf("%+v", s)
	}
	if got := (scale{}).of(7); got != 0 {
		t.Errorf("without a scale: %v", got)
	}
	line := regression([]float64{0, 1, 2, 9}, []float32{1, 3, 5, float32(math.NaN())}, scale{0, 1}, scale{0, 1})
	if math.Abs(line.at(9)-19) > 1e-9 {
		t.Errorf("%+v", line)
	}
}

// counted counts what is read; it fails when broken.
type counted struct {
	meant
	read   int
	broken bool
}

func (c *counted) Passages(ctx context.Context, level index.Level, texts []string) ([][]float32, error) {
	if c.read += len(texts); c.broken {
		return nil, errors.New("out of memory")
	}
	return c.meant.Passages(ctx, level, texts)
}

// TestTheBestAreReadWhileTheQuestionWaits: as far as the effort allows, once, and what is read
// orders.
func TestTheBestAreReadWhileTheQuestionWaits(t *testing.T) {
	sn := stored(t, texts()...) // no model has read any of it
	e, r := &counted{}, &index.Readings{}
	fast, _, stats := askOf(t, sn, Stage{Index: sn, Encoder: e, Readings: r}, meantQuestion, flow.Options{Effort: flow.Fast})
	if e.read != 0 || stats.Balance() != nil {
		t.Fatalf("fast read %d passages", e.read)
	}
	balanced, _, _ := askOf(t, sn, Stage{Index: sn, Encoder: e, Readings: r}, meantQuestion, flow.Options{Effort: flow.Balanced})
	if e.read != len(fast) || r.Len() != len(fast) {
		t.Errorf("%d candidates, %d were read and %d kept", len(fast), e.read, r.Len())
	}
	if slices.Equal(fast, balanced) { // a race is not what was asked for
		t.Errorf("by words %v, and read the same", fast)
	}
	if again, _, _ := askOf(t, sn, Stage{Index: sn, Encoder: e, Readings: r}, meantQuestion, flow.Options{Effort: flow.Deep}); e.read != len(fast) || !slices.Equal(again, balanced) {
		t.Errorf("%d were read in all; %v, before %v", e.read, again, balanced)
	}
	broken := &counted{broken: true}
	got, _, stats := askOf(t, sn, Stage{Index: sn, Encoder: broken, Readings: nil}, meantQuestion, flow.Options{Effort: flow.Balanced})
	if !slices.Equal(got, fast) || len(stats.Degraded) != 1 || stats.Degraded[0].What != "the model" {
		t.Errorf("a model that fails: %v, %v", got, stats.Degraded)
	}
}
