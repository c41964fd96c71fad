package main

import (
	"errors"
	"io/fs"

	"github.com/spf13/cobra"

	"sluice/eval"
	"sluice/internal/term"
	"sluice/serve"
)

func (a *app) evalVerb() *cobra.Command {
	var data string
	var opts eval.Options
	cmd := &cobra.Command{
		Use: "eval --data DIR", Short: "Measure the cascade on a labelled set", Args: cobra.NoArgs,
		Long: `Eval reads a labelled set in BEIR form (corpus.jsonl, queries.jsonl, qrels/test.tsv), ranks its entries for every
question through the real cascade, and prints nDCG, recall and MRR of each arm with the time a question takes.`,
		Example: `  sluice eval --data ../shared/eval/cranfield
  sluice eval --data ../shared/eval/cranfield --chunk --json`,
		RunE: a.verb(func(cmd *cobra.Command, _ []string) (any, func(), error) {
			if data == "" {
				return nil, nil, serve.Usagef("name the folder of a labelled set with --data")
			}
			set, err := eval.ReadSet(data)
			if errors.Is(err, fs.ErrNotExist) {
				return nil, nil, serve.Nothingf("%w: a labelled set is a folder with corpus.jsonl, queries.jsonl and qrels/test.tsv", err)
			}
			if err != nil {
				return nil, nil, err
			}
			opts.Progress = func(done, total int) {
				a.progress.Show(term.State{Phase: "asking " + set.Name, Files: int64(done), FilesTotal: int64(total)})
			}
			rep, err := eval.Run(cmd.Context(), set, opts)
			if err != nil {
				return nil, nil, err
			}
			return rep, func() { a.printEval(rep) }, nil
		}),
	}
	cmd.Flags().StringVar(&data, "data", "", "`FOLDER` of the labelled set")
	cmd.Flags().BoolVar(&opts.Chunk, "chunk", false, "cut documents into passages; a document scores as its best passage")
	return cmd
}

func (a *app) printEval(r *eval.Report) {
	a.printf("%s: %d documents, %d questions\n", a.clean(r.Dataset), r.Docs, r.Queries)
	for _, arm := range []string{"bm25", "gather", "judge"} {
		if m, ok := r.Arms[arm]; ok {
			a.printf("  %-7s %+v\n", arm, m)
		}
	}
	a.printf("  p50 %.1f ms, p99 %.1f ms a question\n", r.MS["p50"], r.MS["p99"])
}
