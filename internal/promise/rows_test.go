package promise

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"slices"
	"strings"
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
	all := declared(t)
	for d, where := range all {
		if !slices.Contains(named, d) {
			t.Errorf("%s: no row of internal/promise names the defence %q", where, d)
		}
	}
	for _, d := range named {
		if all[d] == "" {
			t.Errorf("%q is no defence of internal/defence", d)
		}
	}
}

// declared reads the defences from the constants of internal/defence. Two of one name are one that
// cannot be removed alone.
func declared(t *testing.T) map[defence.Name]string {
	t.Helper()
	all := map[defence.Name]string{}
	files, err := filepath.Glob("../defence/*.go")
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		f, err := parser.ParseFile(token.NewFileSet(), file, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(f, func(n ast.Node) bool {
			spec, ok := n.(*ast.ValueSpec)
			if !ok || fmt.Sprint(spec.Type) != "Name" {
				return true
			}
			name := defence.Name(strings.Trim(spec.Values[0].(*ast.BasicLit).Value, `"`))
			if all[name] != "" {
				t.Errorf("two defences are called %q", name)
			}
			all[name] = file + " " + spec.Names[0].Name
			return true
		})
	}
	if len(all) < 30 {
		t.Fatalf("vacuous: %d defences were found", len(all))
	}
	return all
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
	t.Run("a part", func(t *testing.T) { For(t, Rows[0].Number, "flip").Part() })
	all, err := Read(dir)
	if err != nil || len(all) != 1 || all[0].Reached["flip"] != 3 || all[0].Row != Rows[0].Number {
		t.Fatalf("left %+v, %v", all, err)
	}
}
