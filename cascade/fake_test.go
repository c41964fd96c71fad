package cascade

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"sluice/cascade/flow"
	"sluice/index"
	"sluice/internal/clock"
)

// holed is an index of which every third passage cannot be read: neither its record nor its text.
type holed struct{ Index }

var hole = index.Degraded{What: "segment of holes", Why: "checksum", Documents: 1}

func (holed) in(p index.Place) bool { return p.Passage%3 == 0 }

func (h holed) Passage(p index.Place) (index.Passage, error) {
	if h.in(p) {
		return index.Passage{}, fmt.Errorf("text file x, block 7: %w", index.ErrCorrupt)
	}
	return h.Index.Passage(p)
}

func (h holed) Records(ctx context.Context, places []index.Place, visit func(int, *index.Record) error, failed func(int, index.Degraded)) error {
	return h.Index.Records(ctx, places, func(k int, r *index.Record) error {
		if h.in(places[k]) {
			failed(k, hole)
			return nil
		}
		return visit(k, r)
	}, failed)
}

func (h holed) Texts(ctx context.Context, places []index.Place, visit func(int, []byte) error, failed func(int, index.Degraded)) error {
	return h.Index.Texts(ctx, places, func(k int, body []byte) error {
		if h.in(places[k]) {
			failed(k, hole)
			return nil
		}
		return visit(k, body)
	}, failed)
}

// TestHoles: what cannot be read is in no answer, every stage says so, and each passage still has
// its one end.
func TestHoles(t *testing.T) {
	sn := closing(t, snapshot(t, filled(t, 9, 60, smallSegments)))
	places := allPlaces(t, sn)
	c := New(Parts{Index: holed{sn}})
	rapid.Check(t, func(t *rapid.T) {
		q := anyQuery(t)
		r, steps, err := c.Why(context.Background(), q, anyOptions(t), places)
		if err != nil {
			t.Fatal(err)
		}
		checkFunnel(t, sn, r)
		if len(steps) != len(places) {
			t.Fatalf("%q: %d of %d passages have an end", q.Raw, len(steps), len(places))
		}
		for _, p := range r.Window.Passages {
			for _, m := range p.Members {
				if (holed{}).in(m.Place) {
					t.Fatalf("%q: passage %v cannot be read and is shown", q.Raw, m.Place)
				}
			}
		}
		failed := r.Funnel[1].Dropped[flow.Failed] + r.Funnel[2].Dropped[flow.Failed]
		if failed > 0 && len(r.Degraded) == 0 {
			t.Fatalf("%q: %d passages failed and nothing is named", q.Raw, failed)
		}
	})
	r := ask(t, holed{sn}, text("the store writes a torn page"), flow.Options{})
	if r.Funnel[1].Dropped[flow.Failed] == 0 || len(r.Degraded) == 0 {
		t.Errorf("funnel %+v, degraded %v: the test's index has no holes", r.Funnel, r.Degraded)
	}
	r = ask(t, holed{sn}, flow.ParseQuery(`torn "the store"`, index.Filter{}), flow.Options{})
	if r.Funnel[1].Dropped[flow.Failed] == 0 || len(r.Degraded) == 0 {
		t.Errorf("funnel %+v, degraded %v: a phrase that cannot be verified has failed", r.Funnel, r.Degraded)
	}
}

// slow is an index that is far away: each call takes a second, and so does each segment that is
// looked at.
type slow struct {
	Index
	clock *clock.Fake
}

func (s slow) wait() { s.clock.T = s.clock.T.Add(time.Second) }

func (s slow) Gather(ctx context.Context, q *index.Question, filter *index.Filter, cut index.Cut) ([]index.Hit, index.Account, error) {
	s.wait()
	late := cut.Late
	cut.Late = func() bool { s.wait(); return late() }
	return s.Index.Gather(ctx, q, filter, cut)
}

func (s slow) Score(ctx context.Context, q *index.Question, places []index.Place, out []uint32) ([]index.Degraded, error) {
	s.wait()
	return s.Index.Score(ctx, q, places, out)
}

func (s slow) Mark(ctx context.Context, keys [][]byte, places []index.Place, hit func(int, int)) ([]index.Degraded, error) {
	s.wait()
	return s.Index.Mark(ctx, keys, places, hit)
}

func (s slow) Texts(ctx context.Context, places []index.Place, visit func(int, []byte) error, failed func(int, index.Degraded)) error {
	s.wait()
	return s.Index.Texts(ctx, places, visit, failed)
}

// TestSlow gives a question on a slow index more and more time. Whatever stage the time ends in,
// the accounts balance, what was not looked at is named, and there is something to show.
func TestSlow(t *testing.T) {
	sn := closing(t, snapshot(t, filled(t, 7, 80, smallSegments)))
	const enough = 200 // seconds
	late := map[string]int{}
	for _, raw := range []string{"manifest commit reader", `the store "the store"`} {
		q := flow.ParseQuery(raw, index.Filter{})
		for seconds := 0; seconds <= enough; seconds += 1 + seconds/8 {
			c := &clock.Fake{T: time.Unix(1_000_000_000, 0)}
			o := flow.Options{Pack: 40, Deadline: c.T.Add(time.Duration(seconds) * time.Second)}
			r, err := New(Parts{Index: slow{sn, c}, Clock: c}).Context(context.Background(), q, o)
			if err != nil {
				t.Fatal(err)
			}
			checkFunnel(t, sn, r)
			for _, s := range r.Funnel {
				late[s.Stage] += outOfTime(t, s)
			}
			if len(q.Phrases) == 0 && len(r.Window.Passages) == 0 {
				t.Errorf("%q: nothing is shown after %d seconds", raw, seconds)
			}
			if seconds+1+seconds/8 > enough && len(r.Degraded) > 0 {
				t.Errorf("%q: %d seconds are not enough: %v", raw, seconds, r.Degraded)
			}
		}
	}
	for _, stage := range []string{"gather", "judge", "pack"} {
		if late[stage] == 0 {
			t.Errorf("time never ended in %s: %v", stage, late)
		}
	}
}

// outOfTime is 1 when a stage says that it ran out of time. Then it names what it did not look at,
// unless it only left steps out.
func outOfTime(t *testing.T, s flow.Stats) int {
	t.Helper()
	noted := strings.Contains(strings.Join(s.Notes, "\n"), "out of time")
	named := len(s.Degraded) > 0 && s.Degraded[0].Why == "timeout"
	if dropped := s.Dropped[flow.Timeout] > 0; dropped != named || dropped && !noted {
		t.Errorf("stage %s dropped %v, notes %q, degraded %v", s.Stage, s.Dropped, s.Notes, s.Degraded)
	}
	if noted {
		return 1
	}
	return 0
}

// encoder is an encoder that fails, or tells what it was asked.
type encoder struct{ asked []string }

func (e *encoder) Space() index.Space { return index.Space{Dim: 8} }

func (e *encoder) Levels() []index.Level { return []index.Level{index.Deep} }

func (e *encoder) Passages(context.Context, index.Level, []string) ([][]float32, error) {
	return nil, fmt.Errorf("no model")
}

func (e *encoder) Question(_ context.Context, text string) ([]float32, error) {
	e.asked = append(e.asked, text)
	return nil, fmt.Errorf("no model")
}

// TestWordsStillFindWithoutTheEncoder: an encoder that fails is named, and the words answer.
func TestWordsStillFindWithoutTheEncoder(t *testing.T) {
	sn := closing(t, snapshot(t, filled(t, 7, 20, smallSegments)))
	e := &encoder{}
	r, err := New(Parts{Index: sn, Encoder: e}).Search(context.Background(), text("manifest commit"), flow.Options{})
	if err != nil || len(r.Judged) == 0 {
		t.Fatalf("%v", err)
	}
	if len(e.asked) != 1 || e.asked[0] != "manifest commit" || len(r.Degraded) != 1 || r.Degraded[0].What != "the encoder" {
		t.Errorf("asked %q, degraded %v", e.asked, r.Degraded)
	}
}

// TestResultsAreNotChanged: what is made of a result leaves it as it was.
func TestResultsAreNotChanged(t *testing.T) {
	sn := closing(t, snapshot(t, filled(t, 7, 20, smallSegments)))
	c := New(Parts{Index: sn})
	r, err := c.Search(context.Background(), text("manifest commit"), flow.Options{})
	if err != nil {
		t.Fatal(err)
	}
	before, judged := fmt.Sprintf("%+v", *r), len(r.Judged)
	few := flow.NewStats("some", int64(judged))
	few.Drop(flow.Gone, int64(judged-1))
	few.Out = 1
	few.Miss(hole)
	for range 2 {
		packed, err := c.Pack(context.Background(), r.Narrow(r.Judged[:1], few), flow.Options{})
		if err != nil || len(packed.Window.Passages) != 1 || len(packed.Funnel) != 4 || len(packed.Degraded) != 1 {
			t.Errorf("%+v, %v", packed, err)
		}
	}
	if after := fmt.Sprintf("%+v", *r); after != before {
		t.Error("packing changed the result that it was made of")
	}
}
