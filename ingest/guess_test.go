package ingest

import (
	"context"
	"io"
	"maps"
	"strings"
	"testing"

	"sluice/corpus"
	"sluice/internal/testkit"
	"sluice/internal/vfs"
)

// guesses is a source some of whose documents do not say in which encoding they are.
type guesses struct {
	*testkit.Source
	of map[string]string
}

type guessed struct {
	io.ReadCloser
	as string
}

func (g guessed) Guessed() string { return g.as }

func (g guesses) Open(ctx context.Context, path string) (io.ReadCloser, corpus.Item, error) {
	r, item, err := g.Source.Open(ctx, path)
	return guessed{r, g.of[path]}, item, err
}

// TestGuessesAreNoted: the table of sources names what was guessed of the documents that there are,
// and no other.
func TestGuessesAreNoted(t *testing.T) {
	s := newStore(t, vfs.Mem())
	src := guesses{testkit.NewSource("things"), map[string]string{"a.txt": "koi8-r", "b.txt": "big5"}}
	for _, path := range []string{"a.txt", "b.txt", "c.txt", "d.txt", "e.txt"} {
		src.Put(path, "The text of "+path)
	}
	addSource(t, s, src)
	for _, step := range []struct {
		change func()
		want   map[string]string
	}{
		{func() {}, map[string]string{"a.txt": "koi8-r", "b.txt": "big5"}},
		{func() { src.Put("c.txt", "changed") }, map[string]string{"a.txt": "koi8-r", "b.txt": "big5"}},
		{func() { src.Remove("a.txt") }, map[string]string{"b.txt": "big5"}},
		{func() { src.of["b.txt"] = ""; src.Put("b.txt", strings.Repeat("now UTF-8 ", 3)) }, map[string]string{}},
	} {
		step.change()
		syncSource(t, s, src)
		if got := snapshot(t, s).Sources()[0].Guessed; !maps.Equal(got, step.want) {
			t.Errorf("guessed are %v, want %v", got, step.want)
		}
	}
}
