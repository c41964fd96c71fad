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

func TestRun(t *testing.T) {
	dir := evalData(t)
	for _, name := range []string{"cranfield", "cisi", "cacm", "npl", "time", "musique-100", "cosqa-a", "locomo-a"} {
		set, err := ReadSet(filepath.Join(dir, name))
		if err != nil {
			t.Fatal(err)
		}
		rep, err := Run(context.Background(), set, Options{})
		if err != nil {
			t.Fatal(err)
		}
		t.Logf("%s %+v", name, rep)
	}
}
