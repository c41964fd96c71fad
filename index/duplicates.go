package index

import (
	"context"
	"errors"
	"fmt"

	"sluice/internal/defence"
)

// checkOnce looks whether the generation names a file twice or holds a document twice. A commit
// sees to the names. That no document is there twice cannot be told without reading them all, which
// a commit cannot afford: whoever changes a source refuses to when another process has changed it
// (ErrSourceChanged), and here they are read.
func (s *Store) checkOnce(ctx context.Context, rep *CheckReport) error {
	sn, err := s.Snapshot(ctx)
	if err != nil {
		return err
	}
	defer sn.Close()
	names := map[string]bool{}
	for _, e := range sn.m.Segments {
		if names[e.Text.Name()] {
			rep.Bad = append(rep.Bad, BadBlock{File: e.Text.Name(), Block: -1, Kind: "manifest", What: "the generation names it twice", HidesDocuments: 0})
		}
		names[e.Text.Name()] = true
	}
	type document struct{ label, path string }
	seen := map[document]int{} // in which segment
	err = sn.EachDocument("", func(d Document) error {
		seg := sn.segments[d.Segment]
		key := document{seg.Label(), d.Path}
		if first, twice := seen[key]; twice && defence.Stands(defence.DocumentsOnce) {
			rep.Bad = append(rep.Bad, BadBlock{File: seg.entry.Text.Name(), Block: -1, Kind: "manifest",
				What: fmt.Sprintf("%s of source %q is in %s too: forget it, and sync", d.Path, seg.Label(), sn.segments[first].Name())})
		}
		seen[key] = d.Segment
		return ctx.Err()
	})
	if errors.Is(err, ErrCorrupt) {
		return nil // its blocks are listed
	}
	return err
}
