package main

import (
	"context"
	"maps"
	"os"
	"slices"

	"github.com/spf13/cobra"

	"sluice/corpus/source/folder"
	"sluice/eval"
	"sluice/index"
	"sluice/ingest"
	"sluice/internal/term"
	"sluice/internal/vfs"
	"sluice/serve"
)

func (a *app) benchIndexVerb() *cobra.Command {
	var into string
	cmd := &cobra.Command{
		Use: "index FOLDER", Short: "What indexing a folder costs: time, memory, and the store by part", Args: cobra.ExactArgs(1),
		Long: `Index puts a folder into an empty store and prints megabytes a second by the clock and by processor time, the
greatest anonymous memory, and what the store holds, by part. The store is removed again unless --into names a place.`,
		Example: `  sluice bench index /usr/src/linux
  sluice bench index ~/src --into /tmp/store --json`,
	}
	cmd.Flags().StringVar(&into, "into", "", "empty `FOLDER` that becomes the store, and is kept")
	cmd.RunE = a.verb(func(cmd *cobra.Command, args []string) (any, func(), error) {
		rep, err := a.benchIndex(cmd.Context(), a.absolute(args[0]), into)
		if err != nil {
			return nil, nil, err
		}
		return rep, func() { a.printIngest(rep) }, nil
	})
	return cmd
}

func (a *app) benchIndex(ctx context.Context, root, into string) (*eval.IngestReport, error) {
	src, err := folder.Open(root, folder.Options{})
	if err != nil {
		return nil, serve.Nothingf("%w", err)
	}
	if into == "" {
		if into, err = os.MkdirTemp("", "sluice-bench-"); err != nil {
			return nil, err
		}
		defer func() { _ = os.RemoveAll(into) }() // scratch
	}
	store, err := index.Create(vfs.OS(a.absolute(into)), a.indexOptions())
	if err != nil {
		return nil, err
	}
	defer store.Close()
	rep, err := eval.Ingest(ctx, store, a.ingest(store), src, func(p ingest.Progress) {
		a.progress.Show(term.State{Phase: p.Phase, Done: p.BytesDone, Files: p.Indexed})
	})
	a.progress.Clear()
	return rep, err
}

func (a *app) printIngest(r *eval.IngestReport) {
	a.printf("%d documents, %d passages, %.1f MB of text in %.1f s", r.Documents, r.Passages, float64(r.Text)/1e6, r.Seconds)
	if r.CPUSeconds > 0 {
		a.printf(" (%.1f CPU-seconds)", r.CPUSeconds)
	}
	a.printf("\n%.1f MB/s, %.1f MB per CPU-second, %.0f MiB of anonymous memory at most\n", r.MBps, r.MBpCPU, float64(r.AnonPeak)/(1<<20))
	a.printf("store: %.3f x the text in %d segments\n", r.StoreOfText, r.Segments)
	parts := make([]string, 0, len(r.Size))
	for p := range r.Size {
		parts = append(parts, p)
	}
	slices.SortFunc(parts, func(x, y string) int { return int(r.Size[y] - r.Size[x]) })
	for _, p := range parts {
		a.printf("  %-10s %12d bytes  %.4f x\n", p, r.Size[p], float64(r.Size[p])/float64(max(r.Text, 1)))
	}
}

func (a *app) benchKnownVerb() *cobra.Command {
	var o eval.KnownOptions
	var definitions int
	cmd := &cobra.Command{
		Use: "known", Short: "Known items of C source: is the documented passage found, and how fast", Args: cobra.NoArgs,
		Long: `Known asks a store of C source (the Linux kernel's) for the summary lines of its kernel-doc comments: each must find
the passage that holds its comment. It prints MRR@10 with a bootstrap interval, and how long questions take, from
question to candidates and from question to packed window. With --definitions it asks for so many functions, structs
and macros instead, each by its bare name: a passage that defines it must come first.`,
		Example: `  sluice bench index linux-6.1 --into DIR && sluice bench known --store DIR`,
	}
	f := cmd.Flags()
	f.StringVar(&o.Source, "source", "", "only the source with this `LABEL`")
	f.IntVar(&o.Items, "items", 0, "how many questions (default: 1,000)")
	f.Uint64Var(&o.Seed, "seed", 1, "which questions")
	f.IntVar(&definitions, "definitions", 0, "ask for this many identifiers by themselves")
	cmd.RunE = a.verb(func(cmd *cobra.Command, _ []string) (any, func(), error) {
		dir := a.storeFolder()
		store, err := index.Open(vfs.OS(dir), a.indexOptions())
		if err != nil {
			return nil, nil, storeError(dir, err)
		}
		defer store.Close()
		sn, err := store.Snapshot(cmd.Context())
		if err != nil {
			return nil, nil, err
		}
		defer sn.Close()
		if definitions > 0 {
			rep, err := eval.Definitions(cmd.Context(), sn, o.Source, definitions, o.Seed)
			return rep, func() { a.printDefinitions(rep) }, err
		}
		o.Progress = func(done, total int) {
			a.progress.Show(term.State{Phase: "asking", Files: int64(done), FilesTotal: int64(total)})
		}
		rep, err := eval.KnownItems(cmd.Context(), sn, o)
		a.progress.Clear()
		if err != nil {
			return nil, nil, err
		}
		return rep, func() { a.printKnown(rep) }, nil
	})
	return cmd
}

func (a *app) printDefinitions(r *eval.DefinitionsReport) {
	a.printf("%d identifiers asked for, of %d: the definition is first in %.3f, among ten in %.3f\n", r.Asked, r.Identifiers, r.First, r.InTen)
	for _, kind := range slices.Sorted(maps.Keys(r.Kinds)) {
		a.printf("  %-10s %.3f\n", kind, r.Kinds[kind])
	}
	for _, m := range r.Missed {
		a.printf("  missed: %s\n", m)
	}
}

func (a *app) printKnown(r *eval.KnownReport) {
	a.printf("%d questions from %d comments; %d documents, %d passages\n", r.Questions, r.Comments, r.Documents, r.Passages)
	for _, name := range []string{"bm25", "judge"} {
		arm := r.Arms[name]
		a.printf("  %-6s MRR@10 %.3f [%.3f, %.3f]  first %.3f  in ten %.3f\n", name, arm.MRR, arm.Interval[0], arm.Interval[1], arm.First, arm.Success)
	}
	a.printf("  in the window: %.3f\n", r.InWindow)
	for _, row := range []struct {
		name string
		s    eval.Spread
	}{{"question -> candidates", r.Latency.Gather}, {"question -> window", r.Latency.Context}} {
		a.printf("  %-24s p50 %.1f ms, p99 %.1f ms", row.name, row.s.Wall.P50, row.s.Wall.P99)
		if row.s.CPU != nil {
			a.printf(" (processor time: %.1f, %.1f)", row.s.CPU.P50, row.s.CPU.P99)
		}
		a.printf("\n")
	}
}
