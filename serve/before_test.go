package serve

import (
	"strings"
	"testing"

	"sluice/index"
)

// TestNothingStandsBeforeAFirstPassage: not even where the document begins with more blanks than
// are read; and before a later one stands what does.
func TestNothingStandsBeforeAFirstPassage(t *testing.T) {
	b := newBench(t, nil)
	b.sources["notes"].Put("blank.md", strings.Repeat("\n", beforeBytesMax+1)+"A walrus whistles.\n")
	b.sources["notes"].Put("long.md", "A heron waits.\n\n"+strings.Repeat("It stands in the reeds and looks at the water.\n\n", 100))
	b.sync()
	s, err := b.view(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	for name, want := range map[string]string{"blank.md": "", "long.md": "A heron waits."} {
		found, err := b.resolve(s.sn, "notes", name, false)
		if err != nil || len(found) != 1 {
			t.Fatalf("%s: %v, %v", name, found, err)
		}
		last := found[0].places[len(found[0].places)-1]
		p, err := s.sn.Passage(last)
		if err != nil || (want == "") != (p.InDoc == 0) || want == "" && p.Start <= beforeBytesMax {
			t.Fatalf("%s: passage %d at %d, %v", name, p.InDoc, p.Start, err)
		}
		if got := s.before(p); !strings.HasPrefix(got, want) || want == "" && got != "" {
			t.Errorf("before %v of %s stands %.40q", index.FormatID(p.ID), name, got)
		}
	}
}
