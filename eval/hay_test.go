package eval

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"sluice/corpus"
	"sluice/corpus/source/folder"
)

// TestHay: what a set is hidden among is found beside it and is always wrong, passage by passage,
// and its folder keeps it from being taken for a document of the set.
func TestHay(t *testing.T) {
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "right"), []byte("The heron waits at the pond.\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	src, err := folder.Open(dir, folder.Options{})
	if err != nil {
		t.Fatal(err)
	}
	set := &Set{
		Name: "few", Docs: []Entry{{ID: "right", Text: "A heron stood in the water, waiting at a pond."}},
		Queries: []Entry{{ID: "q", Text: "heron pond"}}, Grades: map[string]map[string]float64{"q": {"right": 1}},
	}
	alone, err := Run(t.Context(), set, Options{})
	if err != nil {
		t.Fatal(err)
	}
	hidden, err := Run(t.Context(), set, Options{Hay: src})
	if err != nil {
		t.Fatal(err)
	}
	if a, b := alone.Arms["bm25"].(Measures), hidden.Arms["bm25"].(Measures); a.MRR != 1 || b.MRR != .5 || hidden.Hay != 1 || alone.Hay != 0 {
		t.Errorf("alone %+v, hidden %+v among %d", a, b, hidden.Hay)
	}
}

// TestDraw: more bytes draw what fewer drew, and more.
func TestDraw(t *testing.T) {
	all := func() (out []corpus.Item) {
		for i := range 100 {
			out = append(out, corpus.Item{Path: fmt.Sprintf("%03d", i), Size: 10})
		}
		return out
	}
	few, many := draw(all(), 95), draw(all(), 500)
	if len(few) != 10 || len(many) != 50 || len(draw(all(), 0)) != 100 {
		t.Fatal(len(few), len(many))
	}
	drawn := map[string]bool{}
	for i, it := range many {
		drawn[it.Path] = true
		if i > 0 && many[i-1].Path >= it.Path {
			t.Error("they are not in order")
		}
	}
	for _, it := range few {
		if !drawn[it.Path] {
			t.Errorf("%s was drawn and is not any more", it.Path)
		}
	}
}
