package serve

import (
	"cmp"
	"context"
	"maps"
	"slices"

	"sluice/api"
	"sluice/index"
)

// Overview names what there is to ask, for whoever has not seen it.
type Overview struct {
	Sources []api.Source
	Types   []string // of documents, the most common first
}

// typesCounted is how many documents are looked at for their types, and typesNamed how many types
// are named.
const (
	typesCounted = 50_000
	typesNamed   = 16
)

// Overview looks at the newest generation as it stands.
func (s *Service) Overview(ctx context.Context) (*Overview, error) {
	sn, err := s.store.Snapshot(ctx)
	if err != nil {
		return nil, err
	}
	if sources, cut := scopeOf(ctx); cut {
		sn = sn.Only(sources)
	}
	defer sn.Close()
	out := &Overview{}
	types, looked := map[string]int{}, 0
	for _, src := range sn.Sources() {
		one := api.Source{Label: src.Label, Kind: src.Kind, URI: src.Root, Synced: stamp(src.Synced)}
		err := sn.EachDocument(src.Label, func(d index.Document) error {
			one.Documents++
			if looked++; looked <= typesCounted {
				types[d.Type]++
			}
			return ctx.Err()
		})
		if _, damaged := index.Unreadable(err); err != nil && !damaged { // a question says what is damaged
			return nil, err
		}
		out.Sources = append(out.Sources, one)
	}
	delete(types, "")
	out.Types = slices.SortedFunc(maps.Keys(types), func(a, b string) int { return cmp.Or(types[b]-types[a], cmp.Compare(a, b)) })
	out.Types = out.Types[:min(len(out.Types), typesNamed)]
	return out, nil
}
