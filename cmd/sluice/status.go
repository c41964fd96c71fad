package main

import (
	"errors"
	"maps"
	"path/filepath"
	"slices"
	"strings"

	"github.com/adrg/xdg"
	"github.com/spf13/cobra"

	"sluice/api"
	"sluice/internal/term"
)

func (a *app) statusVerb() *cobra.Command {
	return &cobra.Command{
		Use: "status", Short: "What the store holds, and what it cannot see", Args: cobra.NoArgs,
		RunE: a.verb(func(cmd *cobra.Command, _ []string) (any, func(), error) {
			svc, err := a.open(cmd.Context())
			if err != nil {
				return nil, nil, err
			}
			defer svc.Close()
			out, err := svc.Status(cmd.Context())
			if out == nil {
				return nil, nil, err
			}
			caches, cerr := newCaches(filepath.Join(xdg.CacheHome, "sluice", "in"), a.clock).status()
			out.Caches = caches
			return out, func() { a.printStatus(out) }, errors.Join(err, cerr)
		}),
	}
}

func (a *app) printStatus(s *api.Status) {
	a.printf("store %s, generation %d\n\n", a.clean(s.Store), s.Generation)
	a.printSources(s.Sources)
	var text int64
	for _, src := range s.Sources {
		text += src.Bytes
	}
	a.printf("\n%s on disk", term.Bytes(s.Disk))
	if text > 0 {
		a.printf(", %.2f of the text", float64(s.Disk)/float64(text))
	}
	a.printf(":\n")
	for _, part := range slices.Sorted(maps.Keys(s.Size)) {
		a.printf("    %-12s %10s\n", part, term.Bytes(s.Size[part]))
	}
	for i, c := range s.Caches {
		if i == 0 {
			a.printf("\nkept for --in:\n")
		}
		a.printf("    %-40s %10s  used %s\n", a.clean(c.Path), term.Bytes(c.Bytes), strings.TrimSuffix(c.Used, "Z"))
	}
	if s.Forgetting != "" {
		a.printf("\nforgotten, and its bytes are %s\n", s.Forgetting)
	}
	for _, d := range s.Degraded {
		a.printf("\nnot seen: %s (%s, %s documents)\n", a.clean(d.What), a.clean(d.Why), term.Number(d.Documents))
	}
}
