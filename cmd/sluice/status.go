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
	a.printf("store %s, generation %d\n\n", term.OneLine(s.Store), s.Generation)
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
		a.printf("    %-40s %10s  used %s\n", term.OneLine(c.Path), term.Bytes(c.Bytes), strings.TrimSuffix(c.Used, "Z"))
	}
	if s.Forgetting != "" {
		a.printf("\nforgotten, and its bytes are %s\n", s.Forgetting)
	}
	a.printScrub(s)
	for _, d := range s.Degraded {
		a.printf("\nnot seen: %s (%s, %s documents)\n", term.OneLine(d.What), term.OneLine(d.Why), term.Number(d.Documents))
	}
}

// printScrub tells when all of the store was last read, and what that found.
func (a *app) printScrub(s *api.Status) {
	switch {
	case s.LastFullScrub != "":
		a.printf("\nall of it was last read on %s", s.LastFullScrub)
	case s.Scrub.Since != "":
		a.printf("\nall of it was never read yet")
	default:
		return
	}
	if s.Scrub.Since != "" {
		a.printf("; since %s %s were read again", s.Scrub.Since, term.Bytes(s.Scrub.Bytes))
	}
	a.printf(": %d bad\n", s.Scrub.FoundN)
	for _, b := range s.Scrub.Found {
		a.printf("    %s block %d (%s, %s) hides %s documents\n", b.File, b.Block, b.Kind, a.clean(b.What), term.Number(b.HidesDocuments))
	}
}
