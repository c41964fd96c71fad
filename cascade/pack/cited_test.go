package pack

import (
	"context"
	"fmt"
	"slices"
	"testing"

	"sluice/cascade/flow"
	"sluice/index"
	"sluice/internal/clock"
	"sluice/internal/promise"
)

// altered is an index whose answer about one passage was changed after all its own checks.
type altered struct {
	*index.Snapshot
	at     index.Place
	text   func([]byte)
	record func(*index.Passage)
}

func (a altered) Passage(p index.Place) (index.Passage, error) {
	rec, err := a.Snapshot.Passage(p)
	if p == a.at && a.record != nil {
		a.record(&rec)
	}
	return rec, err
}

func (a altered) Texts(ctx context.Context, places []index.Place, visit func(int, []byte) error, failed func(int, index.Degraded)) error {
	return a.Snapshot.Texts(ctx, places, func(k int, body []byte) error {
		if places[k] == a.at && a.text != nil {
			body = slices.Clone(body)
			a.text(body)
		}
		return visit(k, body)
	}, failed)
}

// TestACitationIsWhatItsIDNames changes a passage behind every check that the store has: a bit of
// its text, its path, its source, its id. It must not be cited, and that must be told. Equal texts
// of one document, which differ in nothing but their numbers, are cited.
func TestACitationIsWhatItsIDNames(t *testing.T) {
	c := promise.For(t, 10, "cited text", "cited record")
	docs := numbered(3)
	docs["same.txt"] = "the same again\n\n\n\n" + long() + "\n\n\n\nthe same again\n\n\n\n" + long() + "\n\n\n\nthe same again\n"
	s := newShelf(t, docs)
	in := s.passages()
	if _, stats := s.pack(in, flow.Options{}); stats.Dropped[flow.Failed] > 0 || len(stats.Degraded) > 0 {
		t.Fatal("a clean store", stats.Dropped, stats.Degraded)
	}
	one := in[0].Place
	body, err := s.sn.Text(one)
	if err != nil {
		t.Fatal(err)
	}
	cases := map[string]altered{
		"path":   {record: func(p *index.Passage) { p.Path += "x" }},
		"source": {record: func(p *index.Passage) { p.Source = "other" }},
	}
	for bit := range 8 * len(body) {
		cases[fmt.Sprint("bit ", bit)] = altered{text: func(b []byte) { b[bit/8] ^= 1 << (bit % 8) }}
	}
	for bit := range 80 {
		cases[fmt.Sprint("id ", bit)] = altered{record: func(p *index.Passage) { p.ID[bit/8] ^= 1 << (bit % 8) }}
	}
	for name, a := range cases {
		kind := "cited text"
		if a.record != nil {
			kind = "cited record"
		}
		a.Snapshot, a.at = s.sn, one
		c.Reached(kind, 1)
		w, stats, err := Stage{Index: a, Clock: clock.System{}}.Run(context.Background(), flow.Query{}, in, flow.Options{})
		if err != nil {
			t.Fatal(name, err)
		}
		cited := slices.ContainsFunc(w.Passages, func(p flow.Packed) bool {
			return slices.ContainsFunc(p.Members, func(m flow.Member) bool { return m.Place == one })
		})
		if cited || len(stats.Degraded) == 0 || stats.Dropped[flow.Failed] != 1 {
			c.Missed(kind, "%s: cited: %t, degraded %v, dropped %v", name, cited, stats.Degraded, stats.Dropped)
		}
	}
}
