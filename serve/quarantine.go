package serve

import (
	"time"

	"sluice/api"
)

// quarantineMax is how many quarantined files are listed.
const quarantineMax = 1_000

// Quarantine lists the damaged files that were replaced and kept, the newest first.
func (s *Service) Quarantine() (*api.Quarantine, error) {
	all, err := s.store.Quarantined()
	if err != nil {
		return nil, err
	}
	out := &api.Quarantine{Items: []api.Quarantined{}}
	for i := len(all) - 1; i >= 0; i-- {
		q := all[i]
		out.Bytes += q.Bytes
		if len(out.Items) == quarantineMax {
			out.More++
			continue
		}
		one := api.Quarantined{File: q.File, Kind: q.Kind, What: q.What, Source: q.Label, Generation: q.Generation, Bytes: q.Bytes}
		if !q.When.IsZero() {
			one.When = q.When.UTC().Format(time.RFC3339)
		}
		out.Items = append(out.Items, one)
	}
	return out, nil
}
