package main

import (
	"context"
	"fmt"

	"github.com/spf13/cobra"

	"sluice/api"
	"sluice/serve"
)

// searchFlags are what `search` may be told.
type searchFlags struct {
	questionFlags
	n, around, perFile int
	pathsOnly, null    bool
}

func (a *app) searchVerb() *cobra.Command {
	var f searchFlags
	cmd := &cobra.Command{
		Use: "search QUESTION", Short: "Ranked passages", Args: cobra.MinimumNArgs(1),
		Long: "Search ranks every passage for a question and prints the best, path:line first. Where stdout is no terminal\n" +
			"it prints one line a hit, path:line: text, as grep does.\n" + questionHelp,
		Example: `  sluice search how is a torn write noticed
  sluice search --in . 'retry "exponential backoff" -test' --type go
  sluice search -l -0 -n 50 checksum | xargs -0 wc -l
  sluice search "what did we decide about the roof" --after 90d --json`,
	}
	f.add(cmd)
	fl := cmd.Flags()
	fl.IntVarP(&f.n, "results", "n", serve.ResultsDefault, fmt.Sprintf("how many results, to %d", serve.ResultsMax))
	fl.IntVar(&f.perFile, "per-file", 0, "of one file, at most this many of the first ten, while others have any (default 3)")
	fl.IntVarP(&f.around, "context", "C", -1, "print this many lines around the best line")
	fl.BoolVarP(&f.pathsOnly, "files-with-matches", "l", false, "print paths only")
	fl.BoolVarP(&f.null, "null", "0", false, "end paths with a NUL and print them as they are, for xargs -0")
	cmd.RunE = a.verb(func(cmd *cobra.Command, args []string) (any, func(), error) {
		if f.n < 1 || f.n > serve.ResultsMax {
			return nil, nil, serve.Usagef("-n %d: ask for 1 to %d results", f.n, serve.ResultsMax)
		}
		return ask(a, cmd, &f.questionFlags, args, func(ctx context.Context, svc *serve.Service, query string) (*api.Search, error) {
			return svc.Search(ctx, api.SearchRequest{Query: query, N: f.n, PerFile: f.perFile, KeepDuplicates: f.pathsOnly, Operators: f.operators, Effort: f.effort, DeadlineMS: f.deadlineMS(), Filters: f.filters})
		}, func(svc *serve.Service, answer *api.Search) { a.printSearch(cmd.Context(), svc, answer, &f) })
	})
	return cmd
}
