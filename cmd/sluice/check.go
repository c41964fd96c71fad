package main

import (
	"github.com/spf13/cobra"

	"sluice/api"
	"sluice/internal/term"
)

func (a *app) checkVerb() *cobra.Command {
	return &cobra.Command{
		Use: "check", Short: "Read everything and verify every checksum", Args: cobra.NoArgs,
		RunE: a.verb(func(cmd *cobra.Command, _ []string) (any, func(), error) {
			svc, err := a.open(cmd.Context())
			if err != nil {
				return nil, nil, err
			}
			defer svc.Close()
			out, err := svc.Check(cmd.Context(), func(done, total int64) {
				a.progress.Show(term.State{Phase: "checking", Done: done, Total: total})
			})
			if out == nil {
				return nil, nil, err
			}
			return out, func() { a.printCheck(out) }, err
		}),
	}
}

func (a *app) printCheck(c *api.Check) {
	a.printf("%s blocks of %s files, %s: ", term.Number(c.Blocks), term.Number(int64(c.Files)), term.Bytes(c.Bytes))
	if len(c.Bad) == 0 {
		a.printf("all as written\n")
		return
	}
	a.printf("%d bad\n", len(c.Bad))
	for _, b := range c.Bad {
		a.printf("    %s block %d (%s, %s) hides %s documents\n", b.File, b.Block, b.Kind, b.What, term.Number(b.HidesDocuments))
	}
}
