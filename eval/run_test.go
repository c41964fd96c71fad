package eval

import (
	"context"
	"os"
	"path/filepath"
	"testing"
)

// evalData finds the labelled sets or skips the test.
func evalData(t testing.TB) string {
	dir := os.Getenv("SLUICE_EVAL_DATA")
	if dir == "" {
		dir = filepath.Join("..", "..", "shared", "eval")
	}
	if _, err := os.Stat(filepath.Join(dir, "cranfield", "corpus.jsonl")); err != nil {
		t.Skip("the labelled sets are not here; SLUICE_EVAL_DATA names their folder")
	}
	return dir
}

// TestRun: on labelled sets judge ranks about as well as its arm alone or better, and gather loses
// little. Two small sets, or all of them where SLUICE_EVAL_DATA names their folder.
func TestRun(t *testing.T) {
	dir := evalData(t)
	names := []string{"cacm", "time"}
	if os.Getenv("SLUICE_EVAL_DATA") != "" {
		names = append(names, "cranfield", "cisi", "npl", "musique-100", "cosqa-a", "locomo-a")
	}
	for _, name := range names {
		set, err := ReadSet(filepath.Join(dir, name))
		if err != nil {
			t.Fatal(err)
		}
		rep, err := Run(context.Background(), set, Options{})
		if err != nil {
			t.Fatal(err)
		}
		t.Logf("%s %+v", name, rep)
		arm, judge, gather := rep.Arms["bm25"].(Measures), rep.Arms["judge"].(Measures), rep.Arms["gather"].(GatherArm)
		if judge.NDCG < .95*arm.NDCG || gather.Recall < max(arm.Recall, .9) {
			t.Errorf("%s: the arm %+v, gather %+v, judge %+v", name, arm, gather, judge)
		}
	}
}
