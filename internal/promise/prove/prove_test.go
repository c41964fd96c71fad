package main

import (
	"strings"
	"testing"

	"sluice/internal/promise"
)

var rows = []promise.Row{{Number: 1, Tests: []promise.Test{{Package: "p", Name: "TestA"}, {Package: "p", Name: "TestB"}}}}

func counted(test string, reached, missed int64) promise.Counted {
	c := promise.Counted{Row: 1, Test: test, Reached: map[string]int64{"flip": reached}, Missed: map[string]int64{}}
	if missed > 0 {
		c.Missed["flip"] = missed
	}
	return c
}

func TestJudge(t *testing.T) {
	for _, c := range []struct {
		name    string
		counted []promise.Counted
		says    string // "" when the row holds
	}{
		{"both ran", []promise.Counted{counted("TestA/sub", 5, 0), counted("TestB", 1, 0)}, ""},
		{"one did not run", []promise.Counted{counted("TestA", 5, 0)}, "TestB of p has counted nothing"},
		{"another test of that beginning", []promise.Counted{counted("TestA", 5, 0), counted("TestBig", 1, 0)}, "TestB of p"},
		{"nothing reached", []promise.Counted{counted("TestA", 0, 0), counted("TestB", 0, 0)}, `no injection of kind "flip"`},
		{"missed", []promise.Counted{counted("TestA", 5, 1), counted("TestB", 1, 0)}, "1 of 6 injections were missed"},
	} {
		err := judge(rows, c.counted)
		if c.says == "" && err != nil || c.says != "" && (err == nil || !strings.Contains(err.Error(), c.says)) {
			t.Errorf("%s: %v, want %q", c.name, err, c.says)
		}
	}
}

func TestThePageNamesWhatWasMissed(t *testing.T) {
	ok := string(page(rows, []promise.Counted{counted("TestA", 300, 0), counted("TestB", 0, 0)}))
	if !strings.Contains(ok, "| 300 | 0 | 0.01 |") {
		t.Errorf("300 without a miss are bounded by 0.01:\n%s", ok)
	}
	if bad := string(page(rows, []promise.Counted{counted("TestA", 300, 2)})); !strings.Contains(bad, "| 300 | 2 | none |") {
		t.Errorf("a row with misses has no bound:\n%s", bad)
	}
}
