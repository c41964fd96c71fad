package mcp

import (
	"strings"
	"testing"

	"sluice/api"
)

// Where an original has more than lines, the client is told where in it a result stands.
func TestPlacesInOriginalsAreTold(t *testing.T) {
	r := api.Result{Rank: 1, Path: "b.xlsx", Where: "sheet Costs, row 8", Lines: [2]int{8, 9}, Fresh: "changed"}
	for _, text := range []string{searchText(&api.Search{Results: []api.Result{r}}), readText(&api.Read{Result: r})} {
		if !strings.Contains(text, "b.xlsx:8-9 (sheet Costs, row 8)  ") || !strings.Contains(text, "  [changed]\n") {
			t.Error(text)
		}
	}
	r.Where = ""
	if text := searchText(&api.Search{Results: []api.Result{r}}); !strings.Contains(text, "b.xlsx:8-9  ") {
		t.Error(text)
	}
}
