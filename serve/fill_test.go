package serve

import (
	"context"
	"errors"
	"testing"

	"sluice/api"
	"sluice/index"
	"sluice/internal/clock"
	"sluice/internal/testkit"
)

// meant is an encoder whose vectors tell the meanings of words; it fails when broken.
type meant struct{ broken bool }

func (meant) Space() index.Space    { return index.Space{ID: [16]byte{1}, Dim: testkit.MeaningDim} }
func (meant) Levels() []index.Level { return []index.Level{index.Deep} }
func (m meant) Question(_ context.Context, text string) ([]float32, error) {
	if m.broken {
		return nil, errors.New("no weights")
	}
	return testkit.Meaning(text), nil
}

func (meant) Passages(_ context.Context, _ index.Level, texts []string) (out [][]float32, _ error) {
	for _, t := range texts {
		out = append(out, testkit.Meaning(t))
	}
	return out, nil
}

// TestAModelReadsBesideTheQuestions: in a process that lives long, whatever a sync brings is read
// and found by what it means; scores and status tell of it.
func TestAModelReadsBesideTheQuestions(t *testing.T) {
	b := newBench(t, func(o *Options) { o.Encoder, o.LongLived, o.Clock = meant{}, true, clock.System{} })
	b.sources["notes"].Put("garage.md", "the physician left her car\n")
	b.sync()
	b.background.wait("fill")
	out, err := b.Search(t.Context(), api.SearchRequest{Query: "doctor automobile"})
	if err != nil || len(out.Results) == 0 || out.Results[0].Path != "garage.md" || out.Results[0].Scores.Dense == nil {
		t.Fatalf("%+v, %v", out, err)
	}
	st, err := b.Status(t.Context())
	if err != nil || st.Sources[0].Coverage["vectors"] != 1 {
		t.Errorf("%+v, %v", st, err)
	}
	words, err := b.Search(t.Context(), api.SearchRequest{Query: "torn write"})
	if err != nil || words.Results[0].Path != "torn.md" && words.Results[0].Path != "deep/er/log.go" {
		t.Errorf("%+v, %v", words, err)
	}
}

// TestAShortProcessLeavesAModelAlone: one question of a store that no model has read is answered by
// words, and nothing is read for it; where a model has read, one that fails is named.
func TestAShortProcessLeavesAModelAlone(t *testing.T) {
	b := newBench(t, func(o *Options) { o.Encoder = meant{broken: true} })
	out, err := b.Search(t.Context(), api.SearchRequest{Query: "torn write"})
	if err != nil || len(out.Degraded) > 0 || out.Results[0].Scores.Dense != nil {
		t.Fatalf("%+v, %v", out, err)
	}
	if rep, err := b.Fill(t.Context(), nil); err != nil || rep.Done != rep.Total || rep.Total != 3 {
		t.Fatalf("%+v, %v", rep, err)
	}
	out, err = b.Search(t.Context(), api.SearchRequest{Query: "torn write"})
	if ClassOf(err) != Partly || len(out.Degraded) != 1 || out.Degraded[0].What != "the encoder" || len(out.Results) == 0 {
		t.Errorf("%+v, %v", out, err)
	}
}
