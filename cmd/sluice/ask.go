package main

import (
	"context"
	"fmt"

	"github.com/spf13/cobra"

	"sluice/api"
	"sluice/internal/term"
	"sluice/serve"
)

func (a *app) askVerb() *cobra.Command {
	var f questionFlags
	var budget int
	var vocab string
	cmd := &cobra.Command{
		Use: "ask QUESTION", Short: "An answer with citations", Args: cobra.MinimumNArgs(1),
		Long: "Ask answers from your documents' own sentences, each with the number of the place it stands in. Nothing is\n" +
			"made up: where the documents say too little, ask says so. Files that changed are read again first.\n" + questionHelp,
		Example: `  sluice ask --in . "How is a torn write noticed?"
  sluice ask "when does the lease end" --source contracts`,
	}
	f.add(cmd)
	addWindowFlags(cmd, &budget, &vocab, 0)
	cmd.RunE = a.verb(func(cmd *cobra.Command, args []string) (any, func(), error) {
		return ask(a, cmd, &f, args, func(ctx context.Context, svc *serve.Service, query string) (*api.Ask, error) {
			return svc.Ask(ctx, api.AskRequest{Query: query, Budget: budget, Vocab: vocab, Operators: f.operators, Effort: f.effort, DeadlineMS: f.deadlineMS(), Filters: f.filters})
		}, func(_ *serve.Service, answer *api.Ask) { a.printAsk(answer) })
	})
	return cmd
}

func (a *app) printAsk(ask *api.Ask) {
	a.printf("%s\n", a.paint(serve.HighlighterOf(ask.Query, ask.Funnel), ask.Answer))
	if len(ask.Citations) == 0 {
		a.noAnswer(ask)
	} else {
		a.printf("\n")
	}
	for _, c := range ask.Citations {
		place := fmt.Sprintf("%s:%d-%d", a.shown(c.URI), c.Lines[0], c.Lines[1])
		behind := ""
		for _, f := range append(facts(c.Result), c.Context) {
			if f != "" {
				behind += "  " + f
			}
		}
		a.printf("[%d] %s%s\n", c.N, a.style.Place(place), a.style.Faint(term.OneLine(behind)))
	}
	a.printFunnel(ask.Funnel)
}

// noAnswer says what to do when the documents do not answer.
func (a *app) noAnswer(ask *api.Ask) {
	for _, s := range ask.Funnel {
		if s.Stage == "pack" && s.Out > 0 {
			a.notef("%s looked at; `sluice search` lists the nearest", plural(s.Out, "passage", "was", "were"))
			return
		}
	}
	a.noHit(ask.Query, ask.Nothing)
}
