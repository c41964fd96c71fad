package eval

import (
	"context"
	"math"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"sluice/eval/fusion"
	"sluice/index"
)

// byHand is an embedder that knows its texts: a word of the text names a direction.
type byHand map[string][]float32

func (b byHand) Space() index.Space    { return index.Space{Dim: 3} }
func (b byHand) Levels() []index.Level { return []index.Level{index.Deep} }

func (b byHand) Question(_ context.Context, text string) ([]float32, error) {
	return b.of([]string{text})[0], nil
}

func (b byHand) Passages(_ context.Context, _ index.Level, texts []string) ([][]float32, error) {
	return b.of(texts), nil
}

func (b byHand) of(texts []string) (out [][]float32) {
	for _, text := range texts {
		v := []float32{0, 0, 0}
		for word, direction := range b {
			if strings.Contains(text, word) {
				for i, x := range direction {
					v[i] += x
				}
			}
		}
		toLength1(v)
		out = append(out, v)
	}
	return out
}

// TestDenseArms: the vectors find what the words do not, an entry counts as its best passage, and
// the fused order has what either arm knows.
func TestDenseArms(t *testing.T) {
	filler := strings.Repeat("nothing of interest here. ", 60)
	set := &Set{
		Name: "hand",
		Docs: []Entry{
			{ID: "cat", Text: filler + "a feline sleeps"},
			{ID: "dog", Text: "a hound barks at the kitten"},
			{ID: "fish", Text: "a trout swims"},
		},
		Queries: []Entry{{ID: "q", Text: "where is the kitten"}},
		Grades:  map[string]map[string]float64{"q": {"cat": 1}},
	}
	e := byHand{"feline": {1, 0, 0}, "kitten": {1, 0, 0}, "hound": {0, 3, 0}, "trout": {0, 0, 1}}
	rep, err := Run(context.Background(), set, Options{Exact: e})
	if err != nil {
		t.Fatal(err)
	}
	if got := rep.Arms["unstored"].(Measures); got.NDCG != 1 || got.MRR != 1 {
		t.Errorf("the vectors find cat first: %+v", got)
	}
	if got := rep.Arms["bm25"].(Measures); got.NDCG != 0 {
		t.Errorf("the words do not find cat: %+v", got)
	}
	if got := rep.Arms["unstored_fused"].(Measures); got.Recall != 1 {
		t.Errorf("the fused order holds cat: %+v", got)
	}
	if rep, err = Run(context.Background(), set, Options{}); err != nil || rep.Arms["unstored"] != nil || rep.Arms["unstored_fused"] != nil {
		t.Errorf("without vectors there are no such arms: %v %v", rep.Arms, err)
	}
}

// TestFuse: scores are standardised over each arm's best and added with their weights; what an arm
// does not hold has its lowest score there.
func TestFuse(t *testing.T) {
	words := []scoredDocument{{Document: "a", Score: 9}, {Document: "b", Score: 5}, {Document: "c", Score: 1}}
	vectors := []scoredDocument{{Document: "d", Score: .9}, {Document: "b", Score: .8}, {Document: "a", Score: .7}}
	got := fusion.Fuse(weighted{Order: words, Weight: 1}, weighted{Order: vectors, Weight: 1.5})
	// Both arms have deviations of √(2/3) of the distance of neighbours: a, b, c stand at √1.5, 0,
	// −√1.5.
	r := math.Sqrt(1.5)
	want := map[string]float64{"a": r - 1.5*r, "b": 0, "c": -r - 1.5*r, "d": -r + 1.5*r}
	if ids := idsOf(got); !slices.Equal(ids, []string{"d", "b", "a", "c"}) {
		t.Errorf("order %v", ids)
	}
	for _, s := range got {
		if math.Abs(s.Score-want[s.Document]) > 1e-9 {
			t.Errorf("%s: %v, want %v", s.Document, s.Score, want[s.Document])
		}
	}
}

// TestFeedback moves the question towards what was found: what is near the best of the fused order,
// and not near the question, comes up.
func TestFeedback(t *testing.T) {
	d := &dense{
		docs:    []Entry{{ID: "a"}, {ID: "near a"}, {ID: "far"}},
		vectors: [][]float32{{.6, .8, 0}, {0, 1, 0}, {0, 0, 1}},
		owner:   []int{0, 1, 2},
	}
	question := []float32{1, 0, 0}
	plain, _ := d.rank(question)
	if plain[1].Score != plain[2].Score {
		t.Fatalf("the question alone tells near a and far apart: %v", plain)
	}
	got := d.fused(question, []scoredDocument{{Document: "a", Score: 2}})
	if ids := idsOf(got); !slices.Equal(ids, []string{"a", "near a", "far"}) || got[1].Score <= got[2].Score {
		t.Errorf("with feedback: %v", got)
	}
}

// TestCutPassages: nothing is lost but white space at a cut, and no piece is too long.
func TestCutPassages(t *testing.T) {
	for _, text := range []string{"", "short", strings.Repeat("word and ", 700), strings.Repeat("ä", 3000), strings.Repeat("日本", 900) + "\n" + strings.Repeat("x", 2500)} {
		pieces := cutPassages(text)
		for _, p := range pieces {
			if len(p) > densePassageBytes || !utf8.ValidString(p) {
				t.Errorf("a piece of %d bytes, valid %v", len(p), utf8.ValidString(p))
			}
		}
		squeeze := func(s string) string { return strings.Join(strings.Fields(s), "") }
		if squeeze(strings.Join(pieces, "")) != squeeze(text) {
			t.Errorf("the pieces of %d bytes are not the text", len(text))
		}
	}
}
