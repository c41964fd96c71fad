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
		Long: `Why runs a question and tells for each passage of PATH at which stage it was dropped, for which reason, at which
rank and by how much. A PATH that is not indexed is told with the rule that leaves it out.`,
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
		a.printf("%s  %s\n", a.style.Place(fmt.Sprintf("%s:%d-%d", term.OneLine(p.Path), p.Lines[0], p.Lines[1])), outcome(p))
		first, _, _ := strings.Cut(strings.TrimSpace(p.Text), "\n")
		a.printf("    %s\n", a.style.Faint(term.OneLine(first)))
	}
	a.printFunnel(w.Funnel)
}

// outcome words what became of a passage.
func outcome(p api.WhyPassage) string {
	var b strings.Builder
	if p.Reason == serve.Kept {
		b.WriteString("in the window")
	} else {
		fmt.Fprintf(&b, "dropped by %s: %s", p.Stage, p.Reason)
	}
	if p.Rank > 0 {
		fmt.Fprintf(&b, "; rank %d", p.Rank)
	}
	if p.CutRank > 0 && p.Reason != serve.Kept {
		fmt.Fprintf(&b, "; the last that came through: rank %d", p.CutRank)
	}
	if p.Score != 0 || p.CutScore != 0 {
		fmt.Fprintf(&b, "; score %.4g against %.4g", p.Score, p.CutScore)
	}
	return b.String()
}
