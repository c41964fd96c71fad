package promise

import (
	"slices"
	"testing"

	"sluice/internal/defence"
)

// TestEveryDefenceHasARow: a defence that no row names is never taken away, so nothing shows that
// it is needed.
func TestEveryDefenceHasARow(t *testing.T) {
	var named []defence.Name
	for _, r := range Rows {
		named = append(named, r.Defences...)
	}
	for _, d := range defence.All {
		if !slices.Contains(named, d) {
			t.Errorf("no row of internal/promise/rows.go names the defence %q", d)
		}
	}
	for _, d := range named {
		if !slices.Contains(defence.All, d) {
			t.Errorf("%q is no defence of internal/defence", d)
		}
	}
}

func TestRowsAreWhole(t *testing.T) {
	seen := map[int]bool{}
	for i, r := range Rows {
		if seen[r.Number] {
			t.Errorf("two rows are number %d", r.Number)
		}
		seen[r.Number] = true
		if i > 0 && r.Number < Rows[i-1].Number {
			t.Errorf("row %d stands behind row %d", r.Number, Rows[i-1].Number)
		}
		if r.Fault == "" || r.Promise == "" || len(r.Tests) == 0 {
			t.Errorf("row %d lacks a fault, a promise or a test", r.Number)
		}
	}
}

func TestACountIsLeftAndRead(t *testing.T) {
	dir := t.TempDir()
	t.Setenv(Dir, dir)
	t.Run("counted", func(t *testing.T) {
		c := For(t, Rows[0].Number, "flip")
		c.Reached("flip", 3)
	})
	all, err := Read(dir)
	if err != nil || len(all) != 1 || all[0].Reached["flip"] != 3 || all[0].Row != Rows[0].Number {
		t.Fatalf("left %+v, %v", all, err)
	}
}
