package eval

import (
	"math"
	"testing"
)

func TestRatios(t *testing.T) {
	arms := func(bm25, judge Measures) map[string]any {
		return map[string]any{"bm25": bm25, "judge": judge, "gather": GatherArm{1}}
	}
	rows := Ratios([]*Report{
		{Dataset: "cacm", Arms: arms(Measures{NDCG: .487, Recall: .682}, Measures{NDCG: .487 * 1.1, Recall: .7})},
		{Dataset: "elsewhere", Arms: arms(Measures{NDCG: 1}, Measures{NDCG: 1})},
		{Dataset: "time", Arms: arms(Measures{NDCG: .676 * .9, Recall: .87}, Measures{NDCG: .676, Recall: .9})},
	})
	want := []struct {
		set, arm          string
		ratio, difference float64
	}{
		{"cacm", "bm25", 1, 0}, {"cacm", "judge", 1.1, .018},
		{"time", "bm25", .9, -.01}, {"time", "judge", 1, .02},
		{"mean", "bm25", .95, -.005}, {"mean", "judge", 1.05, .019},
	}
	if len(rows) != len(want) {
		t.Fatalf("%d rows: %+v", len(rows), rows)
	}
	for i, w := range want {
		r := rows[i]
		if r.Set != w.set || r.Arm != w.arm || math.Abs(r.Ratio-w.ratio) > 1e-9 || math.Abs(r.Difference-w.difference) > 1e-9 {
			t.Errorf("row %d is %+v, not %+v", i, r, w)
		}
	}
}

func TestStrong(t *testing.T) {
	s := Strong()
	if s.Source == "" || len(s.Sets) != 8 {
		t.Errorf("%d sets from %q", len(s.Sets), s.Source)
	}
	for name, m := range s.Sets {
		if m.NDCG <= 0 || m.NDCG >= 1 || m.Recall <= m.NDCG || m.Recall >= 1 {
			t.Errorf("%s: %+v", name, m)
		}
	}
}
