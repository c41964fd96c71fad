package main

import (
	"errors"

	"github.com/spf13/cobra"

	"sluice/eval"
	"sluice/index"
	"sluice/internal/vfs"
	"sluice/serve"
)

func (a *app) benchChecksVerb() *cobra.Command {
	var items, rounds int
	var seed uint64
	cmd := &cobra.Command{
		Use: "checks", Short: "What the checks of memory cost a question: with and without them, in one run", Args: cobra.NoArgs,
		Long: `Checks asks a store of C source the same questions with and without what is checked again for each question, in
turns, warm, on one processor, and prints how much longer they take with the checks.`,
		Example: `  sluice bench index linux-6.1 --into DIR && sluice bench checks --store DIR`,
	}
	f := cmd.Flags()
	f.IntVar(&items, "items", 100, "how many questions")
	f.IntVar(&rounds, "rounds", 3, "how often each is asked")
	f.Uint64Var(&seed, "seed", 1, "which questions")
	cmd.RunE = a.verb(func(cmd *cobra.Command, _ []string) (any, func(), error) {
		if items < 1 || rounds < 1 {
			return nil, nil, serve.Usagef("--items and --rounds are at least 1")
		}
		dir := a.storeFolder()
		var snapshots [2]*index.Snapshot
		for side := range snapshots {
			opts := a.indexOptions()
			opts.TrustMemory = side == 0
			store, err := index.Open(vfs.OS(dir), opts)
			if err != nil {
				return nil, nil, storeError(dir, err)
			}
			sn, err := store.Snapshot(cmd.Context())
			if err != nil {
				return nil, nil, errors.Join(err, store.Close())
			}
			snapshots[side] = sn
			defer func() { _ = errors.Join(sn.Close(), store.Close()) }() // nothing is written
		}
		rep, err := eval.Checks(cmd.Context(), snapshots, items, rounds, seed)
		if err != nil {
			return nil, nil, err
		}
		return rep, func() { a.printChecks(rep) }, nil
	})
	return cmd
}

func (a *app) printChecks(r *eval.ChecksReport) {
	a.printf("%d questions, %d times, %d passages\n", r.Questions, r.Rounds, r.Passages)
	a.printf("  without  p50 %.1f ms (%s)\n  with     p50 %.1f ms, %.0f checks of mapped blocks (with gather alone)\n", r.MedianOff, r.RatioOf, r.MedianOn, r.Blocks)
	a.printf("  ratio    %.3f; question -> candidates %.3f\n", r.Ratio, r.Gather)
	if !r.Same {
		a.printf("  the windows differ\n")
	}
}
