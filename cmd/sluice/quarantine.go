package main

import (
	"github.com/spf13/cobra"

	"sluice/api"
	"sluice/internal/term"
)

func (a *app) quarantineVerb() *cobra.Command {
	cmd := &cobra.Command{
		Use: "quarantine", Short: "What was kept of damaged files", Args: cobra.NoArgs,
		Long: `Damaged files are replaced, and their bytes are kept in the store's folder quarantine/ for a person to look at: they tell
what a disk or a memory does wrong. Nothing reads them, and they may be removed.`,
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.AddCommand(&cobra.Command{
		Use: "list", Short: "List what was kept of damaged files", Args: cobra.NoArgs,
		Example: `  sluice quarantine list`,
		RunE: a.verb(func(cmd *cobra.Command, _ []string) (any, func(), error) {
			svc, err := a.open(cmd.Context())
			if err != nil {
				return nil, nil, err
			}
			defer svc.Close()
			out, err := svc.Quarantine()
			if out == nil {
				return nil, nil, err
			}
			return out, func() { a.printQuarantine(out) }, err
		}),
	})
	return cmd
}

func (a *app) printQuarantine(q *api.Quarantine) {
	if len(q.Items) == 0 {
		a.printf("nothing is in quarantine\n")
		return
	}
	for _, one := range q.Items {
		a.printf("%s  %s  %s of source %s: %s (generation %d)\n", one.When, a.clean(one.File), term.Bytes(one.Bytes), a.clean(one.Source),
			a.clean(one.What), one.Generation)
	}
	if q.More > 0 {
		a.printf("and %d more\n", q.More)
	}
	a.printf("%s in all\n", term.Bytes(q.Bytes))
}
