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

// searchFlags are what `search` may be told.
type searchFlags struct {
	questionFlags
	n, around int
	perFile   int
	pathsOnly bool
}

func (a *app) searchVerb() *cobra.Command {
	var f searchFlags
	cmd := &cobra.Command{
		Use: "search QUESTION", Short: "Ranked passages", Args: cobra.MinimumNArgs(1),
		Long: "Search ranks every passage for a question and prints the best, path:line first.\n" + questionHelp,
		Example: `  sluice search how is a torn write noticed
  sluice search --in . 'retry "exponential backoff" -test' --type go
  sluice search -l -n 50 checksum | xargs wc -l
  sluice search "what did we decide about the roof" --after 90d --json`,
	}
	f.add(cmd)
	fl := cmd.Flags()
	fl.IntVarP(&f.n, "results", "n", serve.ResultsDefault, fmt.Sprintf("how many results, to %d", serve.ResultsMax))
	fl.IntVar(&f.perFile, "per-file", 0, "of one file, at most this many of the first ten, while others have any (default 3)")
	fl.IntVarP(&f.around, "context", "C", -1, "print this many lines around the best line")
	fl.BoolVarP(&f.pathsOnly, "files-with-matches", "l", false, "print paths only")
	cmd.RunE = a.verb(func(cmd *cobra.Command, args []string) (any, func(), error) {
		if f.n < 1 || f.n > serve.ResultsMax {
			return nil, nil, serve.Usagef("-n %d: ask for 1 to %d results", f.n, serve.ResultsMax)
		}
		return ask(a, cmd, &f.questionFlags, args, func(ctx context.Context, svc *serve.Service, query string) (*api.Search, error) {
			return svc.Search(ctx, api.SearchRequest{Query: query, N: f.n, PerFile: f.perFile, Operators: f.operators, Effort: f.effort, DeadlineMS: f.deadlineMS(), Filters: f.filters})
		}, func(svc *serve.Service, answer *api.Search) { a.printSearch(cmd.Context(), svc, answer, &f) })
	})
	return cmd
}

func (a *app) printSearch(ctx context.Context, svc *serve.Service, s *api.Search, f *searchFlags) {
	if len(s.Results) == 0 {
		a.noHit(s.Query, s.Nothing)
	}
	h := highlighter(s.Query, s.Funnel)
	seen := map[string]bool{}
	for i, r := range s.Results {
		path := a.shown(r.URI)
		if f.pathsOnly {
			if !seen[path] {
				a.printf("%s\n", a.style.Place(path))
			}
			seen[path] = true
			continue
		}
		if i > 0 {
			a.printf("\n")
		}
		a.printHit(ctx, svc, h, path, r, f.around)
	}
	a.printFunnel(s.Funnel)
}

// snippetLines is how many lines of a passage are shown.
const snippetLines = 3

// printHit prints where a passage is and the lines of it that matter.
func (a *app) printHit(ctx context.Context, svc *serve.Service, h *serve.Highlighter, path string, r api.Result, around int) {
	n := snippetLines
	if around >= 0 {
		n = 1
	}
	lines, first := h.Excerpt(r.Text, n)
	line := r.Lines[0] + first
	if around > 0 {
		target := fmt.Sprintf("%s:%d-%d", r.Path, max(1, line-around), line+around)
		if more, err := svc.Read(ctx, api.ReadRequest{Target: target, Source: r.Source}); err == nil || more != nil {
			lines = strings.Split(more.Text, "\n")
		}
	}
	a.printf("%s", a.style.Place(fmt.Sprintf("%s:%d", path, line)))
	facts := append([]string{fmt.Sprintf("%.2f", r.Score)}, facts(r)...)
	if r.Context != "" {
		facts = append(facts, r.Context)
	}
	a.printf("  %s\n", a.style.Faint(term.OneLine(strings.Join(facts, "  "))))
	for _, l := range lines {
		a.printf("    %s\n", a.paint(h, strings.TrimRight(l, "\r")))
	}
}
