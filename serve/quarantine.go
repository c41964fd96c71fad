package serve

import (
	"time"

	"sluice/api"
)

// Quarantine lists the damaged bytes that were kept.
func (s *Service) Quarantine() (*api.Quarantine, error) {
	items, bytes, more, err := s.store.Quarantine()
	if err != nil {
		return nil, err
	}
	out := &api.Quarantine{Items: []api.Quarantined{}, Bytes: bytes, More: more}
	for _, q := range items {
		one := api.Quarantined{Name: q.Name, File: q.File, Kind: q.Kind, What: q.What, Generation: q.Generation, Bytes: q.Bytes}
		if !q.When.IsZero() {
			one.When = q.When.UTC().Format(time.RFC3339)
		}
		out.Items = append(out.Items, one)
	}
	return out, nil
}
