package main

import (
	"os"
	"os/signal"
	"syscall"

	"github.com/spf13/cobra"

	"sluice/api"
	"sluice/internal/term"
)

func (a *app) repairVerb() *cobra.Command {
	var dryRun bool
	cmd := &cobra.Command{
		Use: "repair", Short: "Make anew what of the store is damaged", Args: cobra.NoArgs,
		Long: `Repair reads everything, as check does, and makes anew what is not as it was written: postings and other
derived files from the text, the text from its parity (any 4 % of it), and what parity does not bring back
from the source. What nothing brings back is named, with what would, and stays as it is. Damaged bytes are
kept in the store's folder quarantine. It may be interrupted and started again at any time.

The exit code is 0 when all is well again, 4 when something is lost, and with --dry-run when something
is damaged; 3 when a source could not be read completely.`,
		Example: `  sluice repair --dry-run                 what is damaged, and what would be done
  sluice repair
  sluice repair --json | jq .lost`,
		RunE: a.verb(func(cmd *cobra.Command, _ []string) (any, func(), error) {
			ctx, stop := signal.NotifyContext(cmd.Context(), os.Interrupt, syscall.SIGTERM)
			defer stop()
			open := a.open
			if !dryRun {
				open = a.openToRepair
			}
			svc, err := open(ctx)
			if err != nil {
				return nil, nil, err
			}
			defer svc.Close()
			out, err := svc.Repair(ctx, dryRun, func(phase string, done, total int64) {
				a.progress.Show(term.State{Phase: phase, Done: done, Total: total})
			})
			return out, func() { a.printRepair(out) }, err
		}),
	}
	cmd.Flags().BoolVar(&dryRun, "dry-run", false, "say what would be done, and do nothing")
	return cmd
}

// printRepair words what was damaged and what became of it, a line each.
func (a *app) printRepair(r *api.Repair) {
	a.printf("%s files, %s: ", term.Number(int64(r.Files)), term.Bytes(r.Bytes))
	if len(r.Repaired)+len(r.Lost) == 0 {
		a.printf("all as written\n")
		return
	}
	a.printf("%s damaged\n", term.Number(int64(len(r.Repaired)+len(r.Lost))))
	for _, f := range append(r.Repaired, r.Lost...) {
		done := f.Done
		if r.DryRun && f.Needs == "" {
			done = "would be " + done
		}
		name := f.File
		if name == "" {
			name = f.Kind + " " + a.clean(f.Source)
		}
		a.printf("    %s (%s): %s\n", name, f.What, done)
		switch {
		case f.Needs != "" && f.Source == "":
			a.printf("        needs %s\n", a.clean(f.Needs))
		case f.Needs != "":
			a.printf("        %s of %s; needs %s\n", several(f.Documents, "document"), a.clean(f.Source), a.clean(f.Needs))
		}
	}
	for _, n := range r.Notes {
		a.printf("    %s\n", a.clean(n))
	}
	a.printSynced(&api.Add{Sources: r.Sources}, nil)
	if r.Quarantine != "" {
		a.printf("damaged bytes are kept in %s\n", a.clean(r.Quarantine))
	}
}
