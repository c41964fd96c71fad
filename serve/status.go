package serve

import (
	"context"
	"time"

	"sluice/api"
	"sluice/index"
)

// Status tells what the store holds, and what it cannot see.
func (s *Service) Status(ctx context.Context) (*api.Status, error) {
	st, err := s.store.Status(ctx)
	if err != nil {
		return nil, err
	}
	out := &api.Status{Store: s.opts.Folder, Generation: st.Generation, Sources: []api.Source{}, Size: st.Size, Disk: st.Disk, Degraded: []api.Degraded{}}
	remains, err := s.store.Remains()
	if err != nil {
		return nil, err
	}
	if !remains.Gone() {
		out.Forgetting = remains.String()
	}
	for _, src := range st.Sources {
		out.Sources = append(out.Sources, sourceOf(src))
	}
	for _, d := range st.Degraded {
		out.Degraded = append(out.Degraded, api.Degraded(d))
	}
	return out, incomplete(out.Degraded)
}

// Sources lists what was opted in.
func (s *Service) Sources(ctx context.Context) (*api.Sources, error) {
	st, err := s.Status(ctx)
	if st == nil {
		return nil, err
	}
	return &api.Sources{Sources: st.Sources}, err
}

func sourceOf(src index.SourceStatus) api.Source {
	out := api.Source{Label: src.Label, Kind: src.Kind, URI: src.Root, Documents: src.Documents, Passages: src.Passages,
		Bytes: src.Bytes, Coverage: src.Coverage, Errors: []string{}, LeftOut: map[string]int64{}, Secrets: src.Secrets, SecretDocuments: src.SecretDocuments}
	if !src.Synced.IsZero() {
		out.Synced = src.Synced.UTC().Format(time.RFC3339)
	}
	for _, f := range src.Failures {
		out.Errors = append(out.Errors, f.Path+": "+f.Err)
	}
	for why, c := range src.LeftOut {
		out.LeftOut[string(why)] = c.Files
	}
	for _, encoding := range src.Guessed {
		if out.Guessed == nil {
			out.Guessed = map[string]int64{}
		}
		out.Guessed[encoding]++
	}
	return out
}

// Check reads the whole store and verifies every checksum. Damage is an error of class Corrupt
// beside the response that lists it.
func (s *Service) Check(ctx context.Context, progress func(done, total int64)) (*api.Check, error) {
	rep, err := s.store.Check(ctx, progress)
	if err != nil {
		return nil, err
	}
	out := &api.Check{Files: rep.Files, Blocks: rep.Blocks, Bytes: rep.Bytes, Bad: []api.BadBlock{}}
	for _, b := range rep.Bad {
		s.opts.Health.Damaged(b.File, b.Block, false)
		out.Bad = append(out.Bad, api.BadBlock{File: b.File, Block: b.Block, Kind: b.Kind, What: b.What, HidesDocuments: b.HidesDocuments})
	}
	if len(out.Bad) > 0 {
		return out, &Error{Corrupt, Nothingf("%s damaged; forget the source and add it again to rebuild it", isOrAre(len(out.Bad)))}
	}
	return out, nil
}

func isOrAre(n int) string {
	if n == 1 {
		return "1 part of the store is"
	}
	return Plural(int64(n), "part") + " of the store are"
}
