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
	var r api.ForgetRequest
	cmd := &cobra.Command{
		Use: "forget [SOURCE | PATH | ID...]", Short: "Take something out of the store and keep it out",
		Long: `Forget takes whole sources (by label), documents and folders (by path) and passages (by id) out of the store. What
it names is no longer served; a path stays out at later syncs until ` + "`sluice add FOLDER --include PATH`" + ` brings it
back. What the store keeps for that is a SHA-256 of the path, or the passage's id. The files themselves are not touched.

--from, --after and --before take out what somebody wrote, or what is of a time, and keep that out too: mails with what
was attached to them, and of conversations the single messages. A time is that of the document itself: a mail without a
date is of no time, and stays. A file of a folder has that of its last change, where it tells none.

All bytes of it leave the store's files: older versions and deleted documents too, the words in dictionaries and
counts, what an interrupted run left. Forget says "gone" when they have, and "gone when the readers of generation N
end" while another process still reads an older state; it waits a moment for that. What a crash or a full disk keeps
from being finished, the next forget, sync, add or merge finishes, and ` + "`sluice status`" + ` shows it. A damaged part of
the store that may hold it goes as a whole, and the next sync reads its other documents again.

Out of reach are copies that are not this store's: backups, snapshots of the file system, the stores that --in keeps
(name them with --store), and what a disk keeps of removed files.`,
		Example: `  sluice forget notes
  sluice forget diary/2019/ --yes
  sluice forget --from anna@example.org             all that Anna wrote
  sluice forget --after 2019-01-01 --before 2020-01-01 --source mail`,
		RunE: a.verb(func(cmd *cobra.Command, args []string) (any, func(), error) {
			ctx, stop := signal.NotifyContext(cmd.Context(), os.Interrupt, syscall.SIGTERM)
			defer stop()
			svc, err := a.open(ctx)
			if err != nil {
				return nil, nil, err
			}
			defer svc.Close()
			r.Targets = args
			return a.forget(ctx, svc, r, yes)
		}),
	}
	cmd.Flags().BoolVarP(&yes, "yes", "y", false, "do not ask")
	cmd.Flags().StringVar(&r.From, "from", "", "what this `SENDER` wrote: an address or a name")
	cmd.Flags().StringVar(&r.After, "after", "", "what is of this `TIME` or later: 2026-03-01, RFC 3339, or 30d")
	cmd.Flags().StringVar(&r.Before, "before", "", "what is from before this `TIME`")
	cmd.Flags().StringArrayVar(&r.Source, "source", nil, "only in the source of this `LABEL` (repeatable)")
	return cmd
}

func (a *app) forget(ctx context.Context, svc *serve.Service, r api.ForgetRequest, yes bool) (any, func(), error) {
	if !yes {
		if !term.IsTerminal(a.stdin) {
			return nil, nil, serve.Usagef("forget asks first, and there is no terminal to ask on: add --yes")
		}
		plan, err := svc.PlanForget(ctx, r)
		if err != nil {
			return nil, nil, err
		}
		if !plan.Resumed && !a.confirm("Forget "+forgotten(plan)+"?") {
			return nil, nil, serve.Nothingf("nothing was forgotten")
		}
	}
	out, err := svc.Forget(ctx, r)
	if out == nil {
		return nil, nil, err
	}
	return out, func() {
		if !a.quiet {
			a.printForgotten(out)
		}
	}, err
}

func (a *app) printForgotten(f *api.Forget) {
	if len(f.Already) > 0 {
		a.printf("already forgotten: %s\n", term.OneLine(strings.Join(f.Already, ", ")))
	}
	if f.Resumed {
		a.printf("an earlier forget was not finished: this one went on with it\n")
		if len(f.Unknown) > 0 {
			a.printf("nothing else in this store is called %s\n", term.OneLine(strings.Join(f.Unknown, ", ")))
		}
	}
	a.printf("forgotten: %s; %s\n", term.OneLine(forgotten(f)), f.State)
	for _, d := range f.Dropped {
		a.printf("%s\n", term.OneLine(d))
	}
}

// forgotten words what goes.
func forgotten(f *api.Forget) string {
	words := several(f.Documents, "document") + " (" + several(f.Passages, "passage") + ")"
	if f.Older > 0 {
		words += ", " + several(f.Older, "older version")
	}
	if f.Undated > 0 {
		words += ", without " + several(f.Undated, "document") + " that no date tells of"
	}
	if len(f.Sources) > 0 {
		words += ", with the source " + strings.Join(f.Sources, ", ")
	}
	return words
}
