package ingest

import (
	"context"
	"errors"
	"testing"

	"sluice/corpus"
	"sluice/index"
	"sluice/internal/testkit"
	"sluice/internal/vfs"
)

// TestCheckTellsHowFarItIs: it ends where it said that it would, and a check that is given up is an
// error.
func TestCheckTellsHowFarItIs(t *testing.T) {
	s := newStore(t, vfs.Mem())
	src := testkit.NewSource("notes")
	testkit.Fill(src, 1, 12)
	addSource(t, s, src)
	syncSource(t, s, src)
	var last, all int64
	calls := 0
	rep, err := s.Check(context.Background(), index.CheckOptions{Progress: func(done, total int64) {
		if calls++; done <= last || total < done || all != 0 && total != all {
			t.Errorf("%d of %d after %d of %d", done, total, last, all)
		}
		last, all = done, total
	}})
	if err != nil || calls != rep.Files || calls < 4 || last != all || rep.Bytes != all || rep.Blocks == 0 || len(rep.Bad) > 0 {
		t.Errorf("%d calls, %d of %d; %+v, %v", calls, last, all, rep, err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	given := 0
	_, err = s.Check(ctx, index.CheckOptions{Progress: func(int64, int64) { given++; cancel() }})
	if !errors.Is(err, context.Canceled) || given != 1 {
		t.Errorf("given up after one file: %d files, %v", given, err)
	}
}

// shy is a source whose walk passes over a document that is there.
type shy struct {
	*testkit.Source
	hides string
}

func (s shy) Walk(ctx context.Context, visit func(corpus.Item) error) (*corpus.Report, error) {
	return s.Source.Walk(ctx, func(it corpus.Item) error {
		if it.Path == s.hides {
			return nil
		}
		return visit(it)
	})
}

// TestAWholeWalkIsBelieved: what a walk without failures does not list is gone, and nobody asks for
// it: the source's rules may have changed.
func TestAWholeWalkIsBelieved(t *testing.T) {
	s := newStore(t, vfs.Mem())
	src := testkit.NewSource("notes")
	testkit.Fill(src, 1, 6)
	addSource(t, s, src)
	syncSource(t, s, src)
	if rep := syncSource(t, s, shy{src, src.Paths()[2]}); rep.Removed != 1 || rep.Same != 5 {
		t.Errorf("%+v", rep)
	}
}
