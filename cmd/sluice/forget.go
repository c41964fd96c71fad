package main

import (
	"context"
	"os"
	"os/signal"
	"strings"
	"syscall"

	"github.com/spf13/cobra"

	"sluice/api"
	"sluice/internal/term"
	"sluice/serve"
)

func (a *app) forgetVerb() *cobra.Command {
	var yes bool
	cmd := &cobra.Command{
		Use: "forget SOURCE | PATH | ID...", Short: "Take something out of the store and keep it out", Args: cobra.MinimumNArgs(1),
		Long: `Forget takes whole sources (by label), documents and folders (by path) and passages (by id) out of the store. What
it names is no longer served and its bytes leave the disk; a path stays out at later syncs until
` + "`sluice add FOLDER --include PATH`" + ` brings it back. The files themselves are not touched.`,
		Example: `  sluice forget notes
  sluice forget diary/2019/ --yes`,
		RunE: a.verb(func(cmd *cobra.Command, args []string) (any, func(), error) {
			ctx, stop := signal.NotifyContext(cmd.Context(), os.Interrupt, syscall.SIGTERM)
			defer stop()
			svc, err := a.open(ctx)
			if err != nil {
				return nil, nil, err
			}
			defer svc.Close()
			return a.forget(ctx, svc, args, yes)
		}),
	}
	cmd.Flags().BoolVarP(&yes, "yes", "y", false, "do not ask")
	return cmd
}

func (a *app) forget(ctx context.Context, svc *serve.Service, args []string, yes bool) (any, func(), error) {
	r := api.ForgetRequest{Targets: args}
	if !yes {
		if !term.IsTerminal(a.stdin) {
			return nil, nil, serve.Usagef("forget asks first, and there is no terminal to ask on: add --yes")
		}
		plan, err := svc.PlanForget(ctx, r)
		if err != nil {
			return nil, nil, err
		}
		if !a.confirm("Forget " + forgotten(plan) + "?") {
			return nil, nil, serve.Nothingf("nothing was forgotten")
		}
	}
	out, err := svc.Forget(ctx, r)
	if out == nil {
		return nil, nil, err
	}
	return out, func() {
		if !a.quiet {
			a.printf("forgotten: %s\n", a.clean(forgotten(out)))
		}
	}, err
}

// forgotten words what goes.
func forgotten(f *api.Forget) string {
	words := several(f.Documents, "document") + " (" + several(f.Passages, "passage") + ")"
	if len(f.Sources) > 0 {
		words += ", with the source " + strings.Join(f.Sources, ", ")
	}
	return words
}
