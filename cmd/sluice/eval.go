package main

import (
	"context"
	"errors"
	"io/fs"

	"github.com/spf13/cobra"

	"sluice/corpus/source/folder"
	"sluice/eval"
	"sluice/index"
	"sluice/internal/term"
	"sluice/model"
	"sluice/serve"
)

func (a *app) evalVerb() *cobra.Command {
	var data, answers, weights, shallow, precision, hay string
	var exact bool
	var opts eval.Options
	cmd := &cobra.Command{
		Use: "eval", Short: "Measure the cascade on labelled questions", Args: cobra.NoArgs,
		Long: `Eval reads a labelled set in BEIR form (corpus.jsonl, queries.jsonl, qrels/test.tsv), ranks its entries for every
question as search does, and prints nDCG, recall and MRR with the time a question takes: of each arm, which ranks by
itself (bm25 by words), and of judge, whose order is the one that users get.
With --answers it asks questions about corpora of their own, half of which have no answer there, and prints of each
whether what came back was helpful, silent or wrong.`,
		Example: `  sluice eval --data ../shared/eval/cranfield
  sluice eval --data ../shared/eval/cranfield --chunk --json
  sluice eval --data ../shared/eval                          every set in the folder, and the means
  sluice eval --data ../shared/eval/cacm --hay ~/src --hay-bytes 100000000
  sluice eval --answers eval/answers                     answers, beside what they should say`,
		RunE: a.verb(func(cmd *cobra.Command, _ []string) (any, func(), error) {
			if (data == "") == (answers == "") {
				return nil, nil, serve.Usagef("name the folder of a labelled set with --data, or that of questions with --answers")
			}
			if answers != "" {
				return a.evalAnswers(cmd.Context(), answers)
			}
			dirs, err := eval.FindSets(data)
			if errors.Is(err, fs.ErrNotExist) {
				return nil, nil, serve.Nothingf("%w: a labelled set is a folder with corpus.jsonl, queries.jsonl and qrels/test.tsv", err)
			}
			if err != nil {
				return nil, nil, err
			}
			encoder, err := a.evalEncoder(cmd.Context(), weights, shallow, model.Precision(precision))
			if err != nil {
				return nil, nil, err
			}
			if hay != "" {
				if opts.Hay, err = folder.Open(a.absolute(hay), folder.Options{}); err != nil {
					return nil, nil, serve.Nothingf("%w", err)
				}
			}
			if opts.Encoder = encoder; exact && encoder == nil {
				return nil, nil, serve.Usagef("--in-memory compares the vectors of a model, and there is none")
			} else if exact {
				opts.Encoder, opts.Exact = nil, encoder
			}
			return a.evalSets(cmd.Context(), dirs, opts)
		}),
	}
	cmd.Flags().StringVar(&data, "data", "", "`FOLDER` of the labelled set")
	cmd.Flags().StringVar(&answers, "answers", "", "`FOLDER` of corpora with questions, as eval/answers")
	cmd.Flags().StringVar(&hay, "hay", "", "`FOLDER` among whose passages the set is hidden: none of them is right")
	cmd.Flags().Int64Var(&opts.HayBytes, "hay-bytes", 0, "how many bytes of --hay, in files drawn at random (default: all)")
	cmd.Flags().StringVar(&weights, "model", "", "`PATH` of the model that reads the entries first (default: the one in use; none: words alone): \"dense\" is its vectors alone")
	cmd.Flags().StringVar(&shallow, "shallow", "", "`PATH` of a cheaper model of the same space: it reads the entries, and --model the questions")
	cmd.Flags().StringVar(&opts.Effort, "effort", "", "fast, balanced or deep (default fast): how much of the best --model reads while a question waits")
	cmd.Flags().StringVar(&precision, "precision", string(model.Int8), "of --model: float32, int8, int4 or fp4")
	cmd.Flags().BoolVar(&opts.Deep, "read-deeply", false, "entries are read as deeply as the model can, as they are in time, not as it reads them first")
	cmd.Flags().BoolVar(&exact, "in-memory", false, "compare vectors of entries cut at 1,000 bytes in memory, not as a store keeps them")
	cmd.Flags().BoolVar(&opts.Chunk, "chunk", false, "cut documents into passages; a document scores as its best passage")
	return cmd
}

// evalEncoder is the model of a path, or where there is none the one in use.
func (a *app) evalEncoder(ctx context.Context, path, shallow string, p model.Precision) (index.Encoder, error) {
	switch {
	case path == "none":
		return nil, nil
	case path == "" && shallow == "":
		return a.usedEncoder(), nil
	}
	return a.encoder(ctx, path, shallow, p)
}

// evalSets measures one set, or several and what they are beside the yardstick.
func (a *app) evalSets(ctx context.Context, dirs []string, opts eval.Options) (any, func(), error) {
	var reports []*eval.Report
	for _, dir := range dirs {
		set, err := eval.ReadSet(dir)
		if err != nil {
			return nil, nil, err
		}
		opts.Read = func(done, total int64) {
			a.progress.Show(term.State{Phase: "reading " + set.Name, Files: done, FilesTotal: total})
		}
		opts.Progress = func(done, total int) {
			a.progress.Show(term.State{Phase: "asking " + set.Name, Files: int64(done), FilesTotal: int64(total)})
		}
		rep, err := eval.Run(ctx, set, opts)
		if err != nil {
			return nil, nil, err
		}
		reports = append(reports, rep)
	}
	if len(reports) == 1 {
		return reports[0], func() { a.printEval(reports[0]) }, nil
	}
	ratios := eval.Ratios(reports)
	return map[string]any{"sets": reports, "ratios": ratios}, func() {
		for _, r := range reports {
			a.printEval(r)
		}
		a.printRatios(ratios)
	}, nil
}

func (a *app) printRatios(rows []eval.Ratio) {
	a.printf("\nbeside strong BM25: %s\n", eval.Strong().Source)
	for _, r := range rows {
		a.printf("  %-12s %-6s nDCG@10 %.4f (%.3f x)  recall@117 %.4f (%+.4f)\n", a.clean(r.Set), r.Arm, r.NDCG, r.Ratio, r.Recall, r.Difference)
	}
}

func (a *app) printEval(r *eval.Report) {
	a.printf("%s: %d documents, %d questions\n", a.clean(r.Dataset), r.Docs, r.Queries)
	if r.Hay > 0 {
		a.printf("  hidden among %d passages\n", r.Hay)
	}
	for _, arm := range []string{"bm25", "dense", "unstored", "unstored_fused", "gather", "judge"} {
		if m, ok := r.Arms[arm]; ok {
			a.printf("  %-14s %+v\n", arm, m)
		}
	}
	a.printf("  p50 %.1f ms, p99 %.1f ms a question\n", r.MS["p50"], r.MS["p99"])
}
