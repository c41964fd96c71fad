package main

import (
	"errors"
	"maps"
	"slices"
	"time"

	"github.com/spf13/cobra"

	"sluice/api"
	"sluice/internal/term"
)

func (a *app) statusVerb() *cobra.Command {
	return &cobra.Command{
		Use: "status", Short: "What the store holds, and what it cannot see", Args: cobra.NoArgs,
		RunE: a.verb(func(cmd *cobra.Command, _ []string) (any, func(), error) {
			caches, cerr := a.caches().status()
			svc, err := a.open(cmd.Context())
			if err != nil {
				a.tellCaches(caches)
				return nil, nil, err
			}
			defer svc.Close()
			out, err := svc.Status(cmd.Context())
			if out == nil {
				return nil, nil, err
			}
			out.Caches = caches
			return out, func() { a.printStatus(out) }, errors.Join(err, cerr)
		}),
	}
}

// tellCaches lists the kept stores where there is no store to tell of.
func (a *app) tellCaches(all []api.Cache) {
	if len(all) > 0 && !a.json {
		a.printf("kept for --in (`sluice cache clear` removes them):\n")
		a.printCaches(all)
	}
}

// when is a time of the contract's in the zone of whoever reads it.
func (a *app) when(stamp string) string {
	t, err := time.Parse(time.RFC3339, stamp)
	if err != nil || t.IsZero() {
		return term.OneLine(stamp)
	}
	return t.Local().Format("2006-01-02 15:04")
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
	if len(s.Caches) > 0 {
		a.printf("\nkept for --in (`sluice cache clear` removes them):\n")
		a.printCaches(s.Caches)
	}
	if s.Forgetting != "" {
		a.printf("\nforgotten, and its bytes are %s\n", s.Forgetting)
	}
	a.printScrub(s)
	a.printErrors(s.Errors)
	for _, d := range s.Degraded {
		a.printf("\nnot seen: %s (%s, %s)\n", term.OneLine(d.What), term.OneLine(d.Why), several(d.Documents, "document"))
	}
}

// printScrub tells when all of the store was last read, and what that found.
func (a *app) printScrub(s *api.Status) {
	switch {
	case s.LastFullScrub != "":
		a.printf("\nall of it was last read on %s%s", a.when(s.LastFullScrub), a.age(s.LastFullScrub))
	case s.Scrub.Since != "":
		a.printf("\nall of it was never read yet")
	default:
		a.printf("\nall of it was never read at once: `sluice mcp` does so every seven days, `sluice check` does it now\n")
		return
	}
	if s.Scrub.Since != "" {
		a.printf("; since %s %s were read again", a.when(s.Scrub.Since), term.Bytes(s.Scrub.Bytes))
	}
	a.printf(": %d bad\n", s.Scrub.FoundN)
	for _, b := range s.Scrub.Found {
		a.printf("    %s block %d (%s, %s) hides %s\n", b.File, b.Block, b.Kind, a.clean(b.What), several(b.HidesDocuments, "document"))
	}
}

// age words how long ago a time was.
func (a *app) age(stamp string) string {
	at, err := time.Parse(time.RFC3339, stamp)
	if err != nil {
		return ""
	}
	if days := int64(a.clock.Now().Sub(at) / (24 * time.Hour)); days > 0 {
		return " (" + several(days, "day") + " ago)"
	}
	return " (less than a day ago)"
}

// printErrors tells of the errors of the last days, if there were any.
func (a *app) printErrors(e api.RecentErrors) {
	for _, of := range []struct {
		what string
		n    api.HealthCounts
	}{{"parts of the store that were not as written", e.Store}, {"errors of this machine's memory and disks", e.Machine}} {
		if of.n != (api.HealthCounts{}) {
			a.printf("\n%s in the last %d days, the last on %s: %s (`sluice health`)\n", of.what, e.Days, a.when(e.Last), counts(of.n))
		}
	}
}
