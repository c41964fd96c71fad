package gather

import (
	"fmt"
	"strings"
	"testing"

	"sluice/cascade/flow"
	"sluice/index"
	"sluice/internal/clock"
)

// TestPhrasesAreNotCut: a passage that holds the phrase, in the midst of much else, comes through
// where many hold its words more often; what lacks a word of it does not.
func TestPhrasesAreNotCut(t *testing.T) {
	filler := strings.Repeat("much else stands here, of which nobody asks; ", 8)
	texts := []string{filler + "a torn write " + filler}
	for i := range 12 {
		texts = append(texts, fmt.Sprintf("torn %d torn torn torn", i), fmt.Sprintf("write %d write write", i))
	}
	sn := stored(t, texts...)
	g := Stage{Index: sn, Clock: clock.System{}}
	const few = 3
	out, stats := run(t, g, `"torn write"`, flow.Options{Gather: few})
	if len(out.Hits) != 1 || out.Hits[0].Segment != 0 || stats.Dropped[flow.NoMatch] != 24 || stats.Dropped[flow.BelowCut] != 0 {
		t.Errorf("hits %+v, dropped %v", out.Hits, stats.Dropped)
	}
	all, _ := run(t, g, `"torn write"`, flow.Options{})
	for _, h := range all.Hits {
		if h.Place == out.Hits[0].Place && (h.Score != out.Hits[0].Score || h.Scores != out.Hits[0].Scores || h.Terms != out.Hits[0].Terms) {
			t.Errorf("chosen %+v, and among all %+v", out.Hits[0], h)
		}
	}
	// Too many hold the words, or it cannot be told: the best come through, as ever.
	for _, question := range []string{"torn write", `"torn"`, `"e-book" torn write`, `"of the" torn write`} {
		out, stats = run(t, g, question, flow.Options{Gather: few})
		if len(out.Hits) != few || stats.Dropped[flow.BelowCut] == 0 {
			t.Errorf("%s: %d hits, dropped %v", question, len(out.Hits), stats.Dropped)
		}
	}
}

// TestPhrasesOfTwoPassagesAreNotCut: a phrase may begin in one passage and end in the next.
func TestPhrasesOfTwoPassagesAreNotCut(t *testing.T) {
	var text strings.Builder
	for i := range 400 {
		fmt.Fprintf(&text, "word%c%c%c ", 'a'+i%26, 'a'+i/26, 'q')
	}
	words := strings.Fields(text.String())
	texts := []string{text.String()}
	for i := range 8 {
		texts = append(texts, strings.Repeat(words[i*40]+" ", 9))
	}
	sn := stored(t, texts...)
	g := Stage{Index: sn, Clock: clock.System{}}
	for i := 1; i < len(words); i++ {
		q := flow.ParseQuery(`"`+words[i-1]+" "+words[i]+`"`, noFilter)
		out, _ := run(t, g, q.Raw, flow.Options{Gather: 2})
		met := 0
		reasons, err := flow.Verify(t.Context(), sn, q.Demands(), placesOf(out), &flow.Stats{}, func() bool { return false })
		if err != nil {
			t.Fatal(err)
		}
		for _, why := range reasons {
			if why == "" {
				met++
			}
		}
		if met == 0 {
			t.Errorf("%s is lost: %d hits", q.Raw, len(out.Hits))
		}
	}
}

var noFilter index.Filter

func placesOf(g flow.Gathered) (places []index.Place) {
	for _, h := range g.Hits {
		places = append(places, h.Place)
	}
	return places
}
