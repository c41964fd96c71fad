package mcp

import (
	"testing"

	"sluice/api"
)

// A hit says where it stands, and what its first lines are to be read with; of a heading or a
// symbol it says nothing, the text does.
func TestPlace(t *testing.T) {
	for _, c := range []struct {
		r    api.Result
		want string
	}{
		{api.Result{Path: "a.md", Lines: [2]int{3, 9}, Context: "Guide > Install"}, "a.md:3-9"},
		{api.Result{Path: "a.md", Lines: [2]int{3, 3}, Context: "Guide > name | price"}, "a.md:3 (name | price)"},
		{api.Result{Path: "a.json", Lines: [2]int{3, 9}, Context: "server > ports:"}, "a.json:3-9 (server > ports:)"},
		{api.Result{Path: "b.xlsx", Lines: [2]int{3, 9}, Where: "sheet Costs", Context: "name | price"}, "b.xlsx:3-9 (sheet Costs) (name | price)"},
		{api.Result{Path: "a.csv", Lines: [2]int{3, 9}, Context: "x | y\u202e\x1b"}, `a.csv:3-9 (x | y\u202e\x1b)`},
	} {
		if got := place(c.r); got != c.want {
			t.Errorf("%+v: %q, want %q", c.r, got, c.want)
		}
	}
}
