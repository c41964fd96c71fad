package main

import (
	"fmt"

	"github.com/spf13/cobra"

	"sluice/api"
	"sluice/internal/term"
	"sluice/serve"
)

func (a *app) checkVerb() *cobra.Command {
	var part string
	cmd := &cobra.Command{
		Use: "check", Short: "Read everything and verify every checksum", Args: cobra.NoArgs,
		Long: `Check reads every file of every generation that the store holds and verifies every block. It exits with 4 when
something is damaged, and with 3 when something was wrong once and right when it was read again.`,
		Example: `  sluice check
  sluice check --read-data=2/7     the second seventh: seven runs read everything`,
		RunE: a.verb(func(cmd *cobra.Command, _ []string) (any, func(), error) {
			r, err := parsePart(part)
			if err != nil {
				return nil, nil, err
			}
			svc, err := a.open(cmd.Context())
			if err != nil {
				return nil, nil, err
			}
			defer svc.Close()
			out, err := svc.Check(cmd.Context(), r, func(done, total int64) {
				a.progress.Show(term.State{Phase: "checking", Done: done, Total: total})
			})
			if out == nil {
				return nil, nil, err
			}
			return out, func() { a.printCheck(out) }, err
		}),
	}
	cmd.Flags().StringVar(&part, "read-data", "", "read only part `N/T` of the data, by a fixed division: T runs read all of it")
	return cmd
}

// parsePart reads N/T.
func parsePart(text string) (r api.CheckRequest, err error) {
	if text == "" {
		return r, nil
	}
	var rest string
	n, _ := fmt.Sscanf(text+" .", "%d/%d %s", &r.Part, &r.Parts, &rest)
	if n != 3 || rest != "." || r.Part < 1 || r.Part > r.Parts {
		return r, serve.Usagef("--read-data %q: write N/T, for instance 2/7 for the second seventh", text)
	}
	return r, nil
}

func (a *app) printCheck(c *api.Check) {
	if c.Parts > 0 {
		a.printf("part %d of %d: ", c.Part, c.Parts)
	}
	a.printf("%s blocks of %s files, %s, %s: ", term.Number(c.Blocks), term.Number(int64(c.Files)), term.Bytes(c.Bytes),
		serve.Plural(int64(c.Generations), "manifest"))
	if len(c.Bad) == 0 {
		a.printf("all as written\n")
	} else {
		a.printf("%d bad\n", len(c.Bad))
	}
	for _, b := range c.Bad {
		where := ""
		if b.Block >= 0 {
			where = fmt.Sprintf(" block %d", b.Block)
		}
		if b.Once {
			where += ", right when read again"
		}
		a.printf("    %s%s (%s, %s) hides %s documents\n", b.File, where, b.Kind, a.clean(b.What), term.Number(b.HidesDocuments))
	}
	var left int64
	for _, u := range c.Unnamed {
		left += u.Bytes
		if a.verbose {
			a.printf("    %s: %s, %s\n", a.clean(u.File), u.Kind, term.Bytes(u.Bytes))
		}
	}
	if len(c.Unnamed) > 0 {
		a.printf("no generation counts on %s of %s: what a reader, a running sync or a crash left; the next sync tidies up\n",
			serve.Plural(int64(len(c.Unnamed)), "file"), term.Bytes(left))
	}
}
