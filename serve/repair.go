package serve

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"

	"sluice/api"
	"sluice/corpus"
	"sluice/index"
	"sluice/ingest"
)

// Repair verifies everything and makes anew what is not as it was written. With dryRun it only says
// what it would do. progress may be nil; done and total are bytes.
func (s *Service) Repair(ctx context.Context, dryRun bool, progress func(phase string, done, total int64)) (*api.Repair, error) {
	out := &api.Repair{DryRun: dryRun, Repaired: []api.Repaired{}, Lost: []api.Repaired{}, Sources: []api.Synced{}, Notes: []string{}}
	var unread error
	rep, err := s.ingest.Repair(ctx, ingest.RepairOptions{
		DryRun: dryRun, Progress: progress,
		Source: func(label string) (corpus.Source, error) { return s.sourceOf(ctx, label) },
		Mended: func(label string, rep *ingest.Report, err error) {
			out.Sources = append(out.Sources, synced(label, rep, err))
			if err == nil { // what stopped it is the error of the repair
				unread = errors.Join(unread, outcome(ctx, label, rep, nil))
			}
		},
	})
	out.Files, out.Bytes = rep.Files, rep.Bytes
	out.Notes = append(out.Notes, rep.Notes...)
	for _, f := range rep.Found {
		one := api.Repaired{File: f.File, Kind: f.Kind, Source: f.Label, What: f.What, Done: f.Done, Needs: f.Need, Documents: f.Documents}
		if f.Done == ingest.NotYet {
			out.Lost = append(out.Lost, one)
		} else {
			out.Repaired = append(out.Repaired, one)
		}
	}
	if kept, kerr := s.store.Quarantined(); kerr == nil && len(kept) > 0 {
		out.Quarantine = filepath.Join(s.opts.Folder, index.QuarantineDir)
	}
	switch {
	case interrupted(ctx, err):
		return out, Partlyf("interrupted; what was repaired stays so, and `sluice repair` does the rest")
	case err != nil:
		return out, locked(err)
	case len(out.Lost) > 0:
		return out, errors.Join(unread, &Error{Corrupt, fmt.Errorf("%s lost: %s", isOrAre(len(out.Lost)), out.Lost[0].Needs)})
	case dryRun && len(out.Repaired) > 0:
		return out, &Error{Corrupt, fmt.Errorf("%s damaged; `sluice repair` mends what is listed", isOrAre(len(out.Repaired)))}
	}
	return out, unread
}

// sourceOf opens the source with that label.
func (s *Service) sourceOf(ctx context.Context, label string) (corpus.Source, error) {
	st, err := s.state(ctx, label)
	if err != nil {
		return nil, err
	}
	return s.source(st.SourceConfig)
}
