package gather

import (
	"context"
	"errors"
	"testing"

	"sluice/cascade/flow"
	"sluice/index"
	"sluice/internal/clock"
)

// why runs a question with every passage watched and tells the step of each by its source.
func why(t *testing.T, sn *index.Snapshot, q flow.Query, keep int) map[string]flow.Step {
	t.Helper()
	o := flow.Options{Gather: keep, Trace: &flow.Trace{Watch: map[index.Place]bool{}}}
	for seg := range sn.Segments() {
		o.Trace.Watch[index.Place{Segment: uint32(seg)}] = true
	}
	if _, _, err := (Stage{Index: sn, Clock: clock.System{}}).Run(context.Background(), q, o); err != nil {
		t.Fatal(err)
	}
	steps := map[string]flow.Step{}
	for _, s := range o.Trace.Steps {
		p, err := sn.Passage(s.Place)
		if err != nil {
			t.Fatal(err)
		}
		steps[p.Source] = s
	}
	return steps
}

// TestTraceTellsWhyAPassageFellOut: what holds no term, what a filter keeps out, what is below the
// cut, and what has the very score of the cut and loses by its id; what came through has no step.
func TestTraceTellsWhyAPassageFellOut(t *testing.T) {
	sn := stored(t, "walrus walrus walrus", "walrus and a seal, and other words that make it long", "nothing of it", "walrus walrus walrus")
	steps := why(t, sn, flow.ParseQuery("walrus", index.Filter{}), 1)
	ties := 0
	for _, source := range []string{"source0", "source3"} { // equal texts: one of them comes through
		if s, out := steps[source]; out {
			ties++
			if s.Reason != flow.BelowCut || s.Score != s.CutScore || s.Score == 0 || s.CutRank != 1 {
				t.Errorf("%s: %+v", source, s)
			}
		}
	}
	if s := steps["source1"]; ties != 1 || s.Reason != flow.BelowCut || s.Score <= 0 || s.Score >= s.CutScore {
		t.Errorf("%d ties fell out; source1: %+v", ties, s)
	}
	if s := steps["source2"]; s.Reason != flow.NoMatch || s.Score != 0 || s.Stage != "gather" {
		t.Errorf("source2: %+v", s)
	}
	steps = why(t, sn, flow.ParseQuery("walrus", index.Filter{Sources: []string{"source0"}}), 9)
	if s := steps["source1"]; len(steps) != 3 || s.Reason != flow.Filtered {
		t.Errorf("filtered: %+v", steps)
	}
}

// TestHowFarEqualScoresAreOrdered: as far as judge looks, or all the way where texts are verified
// in order or ranks are asked for.
func TestHowFarEqualScoresAreOrdered(t *testing.T) {
	o := flow.Options{}.WithDefaults()
	for question, want := range map[string]int{
		"walrus": 2 * flow.JudgeDefault, `"a walrus"`: o.Gather, "walrus -seal": o.Gather,
	} {
		if got := ordered(flow.ParseQuery(question, index.Filter{}), o); got != want {
			t.Errorf("%s: %d, want %d", question, got, want)
		}
	}
	few, wide, traced := o, o, o
	few.Gather, wide.Judge, traced.Trace = 7, 5000, &flow.Trace{}
	for i, want := range map[*flow.Options]int{&few: 7, &wide: 10_000, &traced: o.Gather} {
		if got := ordered(flow.Query{}, *i); got != want {
			t.Errorf("%+v: %d, want %d", *i, got, want)
		}
	}
}

// encoder fails, or encodes.
type encoder struct{ err error }

func (e encoder) Space() index.Space { return index.Space{Dim: 1} }

func (e encoder) Question(context.Context, string) ([]float32, error) { return []float32{1}, e.err }

// TestAnEncoderThatFailsIsNamed: words still find; a question whose caller gave up is an error.
func TestAnEncoderThatFailsIsNamed(t *testing.T) {
	sn := stored(t, "a walrus")
	q := flow.ParseQuery("walrus", index.Filter{})
	for _, fails := range []error{nil, errors.New("no weights")} {
		g := Stage{Index: sn, Clock: clock.System{}, Encoder: encoder{fails}}
		out, stats, err := g.Run(context.Background(), q, flow.Options{})
		if err != nil || len(out.Hits) != 1 || len(stats.Degraded) > 0 != (fails != nil) {
			t.Errorf("%v: %d hits, degraded %v, %v", fails, len(out.Hits), stats.Degraded, err)
		}
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	g := Stage{Index: sn, Clock: clock.System{}, Encoder: encoder{context.Canceled}}
	if _, _, err := g.Run(ctx, q, flow.Options{}); !errors.Is(err, context.Canceled) {
		t.Errorf("given up: %v", err)
	}
}
