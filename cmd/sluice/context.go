package main

import (
	"context"

	"github.com/spf13/cobra"

	"sluice/api"
	"sluice/internal/term"
	"sluice/serve"
)

func (a *app) contextVerb() *cobra.Command {
	var f questionFlags
	var budget int
	var vocab string
	cmd := &cobra.Command{
		Use: "context QUESTION", Short: "The packed window, for any model", Args: cobra.MinimumNArgs(1),
		Long: "Context prints the window of a question: the text that a model is to be shown. It holds the best evidence, merged,\n" +
			"ordered and cited, and at most --budget tokens. Files that changed are read again first.\n" + questionHelp,
		Example: `  sluice context "why do we retry twice" | llm
  sluice context --in . --budget 8000 "how does the scheduler pick a task"
  git diff | sluice context --in . -`,
	}
	f.add(cmd)
	addWindowFlags(cmd, &budget, &vocab, contextBudget)
	cmd.RunE = a.verb(func(cmd *cobra.Command, args []string) (any, func(), error) {
		return ask(a, cmd, &f, args, func(ctx context.Context, svc *serve.Service, query string) (*api.Context, error) {
			return svc.Context(ctx, api.ContextRequest{Query: query, Budget: budget, Vocab: vocab, Operators: f.operators, Effort: f.effort, DeadlineMS: f.deadlineMS(), Filters: f.filters})
		}, func(_ *serve.Service, answer *api.Context) { a.printContext(answer, cmd.Flags().Changed("budget")) })
	})
	return cmd
}

// contextBudget is how many tokens a window holds where nobody says how many: more than most
// questions need, and less than most models take.
const contextBudget = 16_000

// addWindowFlags registers the flags of a window; standard is its budget, 0 for no limit.
func addWindowFlags(cmd *cobra.Command, budget *int, vocab *string, standard int) {
	cmd.Flags().IntVar(budget, "budget", standard, "how many tokens the window may hold, the text that a model is shown; 0 is no limit")
	cmd.Flags().StringVar(vocab, "vocab", "o200k_base", "vocabulary that counts the tokens")
}

func (a *app) printContext(c *api.Context, told bool) {
	if len(c.Passages) == 0 {
		a.noHit(c.Query, c.Nothing)
		return
	}
	a.printf("%s", a.clean(c.Window))
	a.printFunnel(c.Funnel)
	if a.verbose || !told {
		a.notef("%s tokens of %s, of at most %s; --budget says how many", term.Number(int64(c.Tokens)), c.Vocab, term.Number(contextBudget))
	}
}
