package serve

import (
	"context"
	"fmt"
	"slices"
	"testing"

	"sluice/api"
	"sluice/corpus"
	"sluice/index"
	"sluice/internal/testkit"
)

// copying is a source that keeps copies of its documents, and whose rules say that one is
// forgotten.
type copying struct {
	*testkit.Source
	copies    []string
	forgotten string
}

func (c *copying) Stat(ctx context.Context, path string) (corpus.Item, error) {
	if path == c.forgotten {
		return corpus.Item{}, fmt.Errorf("%w: %w", corpus.ErrGone, &corpus.LeftOutError{Path: path, Reason: corpus.Forgotten})
	}
	return c.Source.Stat(ctx, path)
}

func (c *copying) Forget(drop func(corpus.Item) bool) error {
	c.copies = slices.DeleteFunc(c.copies, func(path string) bool { return drop(corpus.Item{Path: path}) })
	return nil
}

// TestCopiesAreForgotten: what a source keeps of a document goes when the document is forgotten,
// and nothing else does.
func TestCopiesAreForgotten(t *testing.T) {
	kept := &copying{copies: []string{"torn.md", "fruit.md"}}
	b := newBench(t, func(o *Options) {
		con := o.Connectors["memory"]
		open := con.Open
		con.Open = func(c index.SourceConfig) (corpus.Source, error) {
			src, err := open(c)
			kept.Source, _ = src.(*testkit.Source)
			return kept, err
		}
		o.Connectors["memory"] = con
	})
	kept.forgotten = "torn.md"
	if _, err := b.Forget(t.Context(), api.ForgetRequest{Targets: []string{"torn.md"}}); err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(kept.copies, []string{"fruit.md"}) {
		t.Errorf("copies are left: %q", kept.copies)
	}
}
