package serve

import (
	"context"
	"slices"
	"time"

	"sluice/api"
	"sluice/index"
)

// statusDays is of how many days status counts the errors.
const statusDays = 7

// Status tells what the store holds, and what it cannot see.
func (s *Service) Status(ctx context.Context) (*api.Status, error) {
	if sources, cut := scopeOf(ctx); cut {
		return s.statusOf(ctx, sources)
	}
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
	out.LastFullScrub, out.Scrub = scrubOf(st.Scrubbed)
	recent, err := s.opts.Health.Recent(s.clock.Now().AddDate(0, 0, -statusDays))
	if err != nil {
		out.Degraded = append(out.Degraded, api.Degraded{What: "the log of errors", Why: err.Error()})
	}
	out.Errors = api.RecentErrors{Days: statusDays, Store: api.HealthCounts(recent.Store), Machine: api.HealthCounts(recent.Machine), Last: stamp(recent.Last)}
	return out, incomplete(out.Degraded)
}

// statusOf is what a caller is told who may see these sources: of the store around them it says
// nothing.
func (s *Service) statusOf(ctx context.Context, sources []string) (*api.Status, error) {
	st, err := s.store.Status(ctx)
	if err != nil {
		return nil, err
	}
	sn, err := s.store.Snapshot(ctx)
	if err != nil {
		return nil, err
	}
	sn = sn.Only(sources)
	defer sn.Close()
	out := &api.Status{Generation: st.Generation, Sources: []api.Source{}, Size: map[string]int64{}, Degraded: []api.Degraded{}, Scrub: api.Scrub{Found: []api.BadBlock{}}}
	for _, src := range st.Sources {
		if slices.Contains(sources, src.Label) {
			out.Sources = append(out.Sources, sourceOf(src))
		}
	}
	for _, d := range sn.Degraded() {
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
