package main

import (
	"cmp"

	"github.com/spf13/cobra"

	"sluice/api"
	"sluice/internal/term"
)

func (a *app) sourcesVerb() *cobra.Command {
	return &cobra.Command{
		Use: "sources", Short: "List what was opted in", Args: cobra.NoArgs,
		RunE: a.verb(func(cmd *cobra.Command, _ []string) (any, func(), error) {
			svc, err := a.open(cmd.Context())
			if err != nil {
				return nil, nil, err
			}
			defer svc.Close()
			out, err := svc.Sources(cmd.Context())
			if out == nil {
				return nil, nil, err
			}
			return out, func() { a.printSources(out.Sources) }, err
		}),
	}
}

func (a *app) printSources(all []api.Source) {
	for _, s := range all {
		a.printf("%s  %s\n", a.style.Strong(term.OneLine(s.Label)), term.OneLine(s.URI))
		a.printf("    %s, %s, %s; synced %s\n", several(s.Documents, "document"), several(s.Passages, "passage"),
			term.Bytes(s.Bytes), cmp.Or(a.when(s.Synced), "never to the end"))
		if share := s.Coverage["vectors"]; share > 0 && share < 1 {
			a.printf("    %.0f %% of it read by the model\n", 100*share)
		}
		if len(s.LeftOut) > 0 {
			a.printf("  ")
			a.printLeftOut(s.LeftOut)
		}
		if s.Secrets > 0 {
			a.printf("    %s\n", secretsCut(s.Secrets, s.SecretDocuments))
		}
		if len(s.Guessed) > 0 {
			a.printf("    encoding guessed: %s\n", counted(s.Guessed))
		}
		for _, e := range s.Errors {
			a.printf("    cannot be read: %s\n", term.OneLine(e))
		}
	}
	if len(all) == 0 {
		a.notef("no sources yet: `sluice add FOLDER` adds one")
	}
}
