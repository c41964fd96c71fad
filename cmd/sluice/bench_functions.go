package main

import (
	"context"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"sluice/api"
	"sluice/eval"
	"sluice/serve"
)

func (a *app) benchFunctionsVerb() *cobra.Command {
	var root, effort string
	cmd := &cobra.Command{
		Use: "functions QUESTIONS", Short: "Questions about C source in words that its code does not use: are the functions found", Args: cobra.ExactArgs(1),
		Long: `Functions puts questions to a store of C source through the same path as search, and prints how many of them have
one of the functions that they ask for among the first ten passages and among those of a window, and how many its file.
QUESTIONS has one JSON object a line: {"question": ..., "files": [...], "functions": [...]}.`,
		Example: `  sluice add --yes linux-6.1 --store DIR && sluice bench functions eval/questions/kernel.jsonl --root linux-6.1 --store DIR`,
	}
	cmd.Flags().StringVar(&root, "root", "", "the `FOLDER` that was indexed (needed)")
	cmd.Flags().StringVar(&effort, "effort", "", "fast, balanced or deep (default: fast)")
	cmd.RunE = a.verb(func(cmd *cobra.Command, args []string) (any, func(), error) {
		if root == "" {
			return nil, nil, serve.Usagef("--root is needed: the folder that the store was made of")
		}
		rep, err := a.benchFunctions(cmd.Context(), args[0], a.absolute(root), effort)
		if err != nil {
			return nil, nil, err
		}
		return rep, func() { a.printFunctions(rep) }, nil
	})
	return cmd
}

func (a *app) benchFunctions(ctx context.Context, file, root, effort string) (*eval.FunctionsReport, error) {
	f, err := os.Open(a.absolute(file))
	if err != nil {
		return nil, serve.Nothingf("%w", err)
	}
	defer f.Close()
	questions, err := eval.ReadFunctionQuestions(f)
	if err != nil {
		return nil, serve.Nothingf("%s: %w", file, err)
	}
	a.agent = true // many questions: the model is worth its loading
	svc, err := a.open(ctx)
	if err != nil {
		return nil, err
	}
	defer svc.Close()
	return eval.Functions(ctx, questions, eval.FunctionAsker{
		Read: func(path string) ([]byte, error) { return os.ReadFile(filepath.Join(root, filepath.FromSlash(path))) },
		Ask: func(ctx context.Context, question string, n int) ([]eval.FunctionHit, error) {
			found, err := svc.Search(ctx, api.SearchRequest{Query: question, N: n, Effort: effort})
			if err != nil {
				return nil, err
			}
			hits := make([]eval.FunctionHit, len(found.Results))
			for i, r := range found.Results {
				hits[i] = eval.FunctionHit{Path: r.Path, Start: int(r.Bytes[0]), End: int(r.Bytes[1])}
			}
			return hits, nil
		},
	})
}

func (a *app) printFunctions(r *eval.FunctionsReport) {
	a.printf("%d questions: the function among ten %.2f, among %d %.2f; its file %.2f, %.2f\n", r.Questions, r.InTen, r.Window, r.InWindow, r.FileInTen, r.FileWindow)
	for _, q := range r.Each {
		a.printf("  %4d  file %4d  %s\n", q.Rank, q.File, q.Question)
	}
}
