package cascade

import (
	"context"
	"errors"
	"slices"
	"testing"
	"time"

	"sluice/cascade/flow"
	"sluice/index"
)

// TestFewerAreTheBestOfMore: asking for n results gives the first n of those that more would give.
func TestFewerAreTheBestOfMore(t *testing.T) {
	sn := closing(t, snapshot(t, filled(t, 5, 80, smallSegments)))
	all := ask(t, sn, text("the store writes a torn page"), flow.Options{})
	if len(all.Judged) < 60 {
		t.Fatalf("only %d found", len(all.Judged))
	}
	for _, n := range []int{1, 10, 50, 1000} {
		r := ask(t, sn, text("the store writes a torn page"), flow.Options{Judge: n})
		if want := all.Judged[:min(n, len(all.Judged))]; !slices.EqualFunc(r.Judged, want, func(a, b flow.Judged) bool { return a.ID == b.ID }) {
			t.Errorf("the best %d are not the first %d of all", n, n)
		}
	}
}

// TestAWiderWindowHoldsTheNarrower: with more places nothing that was shown goes away.
func TestAWiderWindowHoldsTheNarrower(t *testing.T) {
	sn := closing(t, snapshot(t, filled(t, 5, 80, smallSegments)))
	var before map[index.Place]bool
	for _, n := range []int{1, 5, 20, flow.PackDefault} {
		r := ask(t, sn, text("segment footer checksum"), flow.Options{Pack: n})
		shown := map[index.Place]bool{}
		for _, p := range r.Window.Passages {
			for _, m := range p.Members {
				shown[m.Place] = true
			}
		}
		for p := range before {
			if !shown[p] {
				t.Errorf("passage %v is shown with fewer places and not with %d", p, n)
			}
		}
		before = shown
	}
}

func TestNothingIsFound(t *testing.T) {
	sn := closing(t, snapshot(t, filled(t, 6, 20, smallSegments)))
	for _, q := range []string{"", "zebra quagga", `"torn zebra"`, "->"} {
		r := ask(t, sn, flow.ParseQuery(q, index.Filter{}), flow.Options{Budget: 100})
		if len(r.Window.Passages) != 0 || r.Window.Text != "" || r.Window.Tokens != 0 {
			t.Errorf("%q finds %q", q, r.Window.Text)
		}
	}
}

// TestDeadline: when time is up before it begins, the answer is what is known by then, not nothing.
func TestDeadline(t *testing.T) {
	sn := closing(t, snapshot(t, filled(t, 7, 80, smallSegments)))
	r := ask(t, sn, text("manifest commit reader"), flow.Options{Deadline: time.Unix(1, 0)})
	if len(r.Judged) == 0 || len(r.Window.Passages) == 0 || len(r.Funnel[1].Notes) == 0 {
		t.Errorf("%d judged, %d shown, notes %q", len(r.Judged), len(r.Window.Passages), r.Funnel[1].Notes)
	}
}

func TestCancelled(t *testing.T) {
	sn := closing(t, snapshot(t, filled(t, 7, 80, smallSegments)))
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := New(Parts{Index: sn}).Context(ctx, text("manifest commit reader"), flow.Options{}); !errors.Is(err, context.Canceled) {
		t.Errorf("a cancelled question ends with %v", err)
	}
}
