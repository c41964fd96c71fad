package main

import (
	"maps"
	"os"
	"os/signal"
	"slices"
	"strings"
	"syscall"

	"github.com/spf13/cobra"

	"sluice/api"
	"sluice/internal/term"
)

func (a *app) syncVerb() *cobra.Command {
	var prune bool
	cmd := &cobra.Command{
		Use: "sync [SOURCE...]", Short: "Bring sources up to date",
		Long: `Sync reads what is new or changed in the named sources, or in all, and drops what is gone. A source whose
folder is missing, or that lost over half of its files at once, keeps what it had.`,
		Example: `  sluice sync
  sluice sync notes --prune               believe that over half of it is gone`,
		RunE: a.verb(func(cmd *cobra.Command, args []string) (any, func(), error) {
			ctx, stop := signal.NotifyContext(cmd.Context(), os.Interrupt, syscall.SIGTERM)
			defer stop()
			svc, err := a.open(ctx)
			if err != nil {
				return nil, nil, err
			}
			defer svc.Close()
			out, err := svc.Sync(ctx, api.SyncRequest{Source: args}, prune)
			if out == nil {
				return nil, nil, err
			}
			a.fillFew(ctx, svc)
			return out, func() { a.printSynced(out, err) }, err
		}),
	}
	cmd.Flags().BoolVar(&prune, "prune", false, "drop what is gone even if it is over half of a source")
	return cmd
}

// printSynced words what a sync did that ended with err, one line a source.
func (a *app) printSynced(all *api.Add, err error) {
	if a.quiet {
		return
	}
	for _, s := range all.Sources {
		var did []string
		for _, d := range []struct {
			n    int64
			what string
		}{{s.Added, "added"}, {s.Changed, "changed"}, {s.Removed, "removed"}, {s.Same, "unchanged"}} {
			if d.n > 0 {
				did = append(did, term.Number(d.n)+" "+d.what)
			}
		}
		if len(did) == 0 {
			did = []string{"nothing to read"}
			if err != nil { // there may be much, and err says why none of it was
				did = []string{"nothing was read"}
			}
		}
		a.printf("%s: %s", term.OneLine(s.Label), strings.Join(did, ", "))
		if s.Passages > 0 {
			a.printf("; %s in %s", term.Bytes(s.Bytes), several(s.Passages, "passage"))
			if s.Seconds >= 1 {
				a.printf(", %.1f s (%s/s)", s.Seconds, term.Bytes(int64(float64(s.Bytes)/s.Seconds)))
			}
		}
		a.printf("\n")
		for _, path := range s.Again {
			a.printf("  %s had been forgotten, and is read again\n", term.OneLine(path))
		}
		a.printLeftOut(s.LeftOut)
		if s.Secrets > 0 {
			a.printf("  %s\n", secretsCut(s.Secrets, s.SecretDocuments))
		}
		if s.BadMarks > 0 {
			a.printf("  %s dropped: the source tells of places that its documents do not have\n", plural(s.BadMarks, "mark", "was", "were"))
		}
		for _, m := range s.Mended {
			a.printf("  %s was damaged and is whole again\n", m)
		}
	}
}

// secretsCut words how many secrets are cut out of documents.
func secretsCut(n, documents int64) string {
	return "cut out: " + several(n, "secret") + " in " + several(documents, "document")
}

func (a *app) printLeftOut(leftOut map[string]int64) {
	if len(leftOut) > 0 {
		a.printf("  left out: %s\n", counted(leftOut))
	}
}

// counted lists how many there are of what, by name.
func counted(of map[string]int64) string {
	var words []string
	for _, what := range slices.Sorted(maps.Keys(of)) {
		words = append(words, term.Number(of[what])+" "+what)
	}
	return strings.Join(words, ", ")
}
