package gather

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"sluice/cascade/flow"
	"sluice/index"
	"sluice/internal/clock"
)

// TestPhrasesWithoutWords: no list holds "->", so the texts are read. What does not hold it is no
// match, what the filter leaves out is filtered, and the account balances.
func TestPhrasesWithoutWords(t *testing.T) {
	sn := stored(t, "p->next is set", "p.next is set", "if a == b", "a = b = c")
	g := Stage{Index: sn, Clock: clock.System{}}
	for question, want := range map[string]int{`"->"`: 1, `"=="`: 1, `"->" "=="`: 0, `"="`: 2, `"=>"`: 0} {
		out, stats := run(t, g, question, flow.Options{})
		if len(out.Hits) != want || stats.Dropped[flow.NoMatch] != int64(4-want) || len(stats.Degraded) > 0 {
			t.Errorf("%s: %d hits, dropped %v, degraded %v", question, len(out.Hits), stats.Dropped, stats.Degraded)
		}
	}
	out, stats := run(t, g, `"="`, flow.Options{Gather: 1})
	if len(out.Hits) != 1 || stats.Dropped[flow.BelowCut] != 1 {
		t.Errorf("one of two: %d hits, dropped %v", len(out.Hits), stats.Dropped)
	}
	none := index.Filter{Sources: []string{"nowhere"}}
	_, stats, err := g.Run(context.Background(), flow.ParseQuery(`"->"`, none), flow.Options{})
	if err != nil || stats.Dropped[flow.Filtered] != 4 {
		t.Errorf("filtered: dropped %v, %v", stats.Dropped, err)
	}
}

// TestScansEndInTime: the clock is looked at after 63 texts. Texts that were not read in time are
// dropped for that and named.
func TestScansEndInTime(t *testing.T) {
	sn := stored(t, "p->next")
	c := &clock.Fake{T: time.Unix(1_000_000_000, 0)}
	all := manyPlaces{sn, 2 * scanBatch}
	out, stats, err := Stage{Index: all, Clock: c}.Run(context.Background(), flow.ParseQuery(`"->"`, index.Filter{}), flow.Options{Deadline: c.T})
	if err != nil || len(out.Hits) != 63 || stats.Dropped[flow.Timeout] != 2*scanBatch-63 || len(stats.Degraded) != 1 || stats.Degraded[0].Documents != 2*scanBatch-63 {
		t.Errorf("%d hits, dropped %v, degraded %v, %v", len(out.Hits), stats.Dropped, stats.Degraded, err)
	}
}

// manyPlaces is an index that lists its first passage over and over.
type manyPlaces struct {
	Index
	n int
}

func (m manyPlaces) Passages() int64 { return int64(m.n) }

func (m manyPlaces) Places(context.Context, *index.Filter) ([]index.Place, index.Account, error) {
	return make([]index.Place, m.n), index.Account{}, nil
}

// TestBeside: what stands before and behind a passage is the document's text, and no more of it
// than was asked for.
func TestBeside(t *testing.T) {
	var text strings.Builder
	for i := range 900 {
		fmt.Fprintf(&text, "word%d%s", i, []string{" ", "\n", ". ", "\n\n"}[i%4])
	}
	sn := stored(t, text.String(), "another document")
	places, _, err := sn.Places(context.Background(), &index.Filter{})
	if err != nil || len(places) < 5 {
		t.Fatalf("%d passages, %v", len(places), err)
	}
	whole := strings.Join(strings.Fields(text.String()), " ")
	for _, p := range places {
		body, err := sn.Text(p)
		if err != nil {
			t.Fatal(err)
		}
		before, after, err := sn.Beside(p, 1<<20)
		got := strings.Join(strings.Fields(string(before)+string(body)+string(after)), " ")
		if p.Segment == 1 && len(before)+len(after) > 0 || p.Segment == 0 && got != whole || err != nil {
			t.Fatalf("passage %v: %q, %v", p, got, err)
		}
		before, after, _ = sn.Beside(p, 40)
		if len(before) > 40 || len(after) > 40 || p.Segment == 0 && p.Passage == 1 && len(before)+len(after) != 80 {
			t.Errorf("passage %v: %d bytes before, %d behind", p, len(before), len(after))
		}
	}
}
