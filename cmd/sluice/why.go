package main

import (
	"context"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"sluice/api"
	"sluice/internal/term"
	"sluice/serve"
)

func (a *app) whyVerb() *cobra.Command {
	var f questionFlags
	cmd := &cobra.Command{
		Use: "why QUESTION PATH", Short: "Where PATH fell out of the cascade, or how it came through", Args: cobra.ExactArgs(2),
		Long: `Why runs a question and tells for each passage of PATH, the nearest first, what became of it: which words of the
question it holds and lacks, which stage dropped it and at which rank, what beat it and what would bring it in. The
stages are gather (which passages hold words of the question), judge (which of them fit best) and pack (what the
window has room for: the text that a model is shown). A PATH that is not indexed is told with the rule that leaves it out.`,
		Example: `  sluice why "how is a torn write noticed" index/blockfile/file.go
  sluice why --in . "retry policy" net/retry.go`,
	}
	f.add(cmd)
	cmd.RunE = a.verb(func(cmd *cobra.Command, args []string) (any, func(), error) {
		return ask(a, cmd, &f, args[:1], func(ctx context.Context, svc *serve.Service, query string) (*api.Why, error) {
			return svc.Why(ctx, api.WhyRequest{Query: query, Path: args[1], Operators: f.operators, Effort: f.effort, DeadlineMS: f.deadlineMS(), Filters: f.filters})
		}, func(_ *serve.Service, answer *api.Why) { a.printWhy(answer) })
	})
	return cmd
}

func (a *app) printWhy(w *api.Why) {
	for _, p := range w.Passages {
		a.printf("%s  %s\n", a.style.Place(fmt.Sprintf("%s:%d-%d", term.OneLine(p.Path), p.Lines[0], p.Lines[1])), term.OneLine(p.Said))
		first, _, _ := strings.Cut(strings.TrimSpace(p.Text), "\n")
		a.printf("    %s\n", a.style.Faint(term.OneLine(first)))
	}
	for _, advice := range w.Advice {
		a.printf("%s\n", term.OneLine(advice))
	}
	a.printFunnel(w.Funnel)
}
