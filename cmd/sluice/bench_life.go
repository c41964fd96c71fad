package main

import (
	"context"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"

	"github.com/spf13/cobra"

	"sluice/api"
	"sluice/corpus/source/folder"
	"sluice/eval"
	"sluice/index"
	"sluice/internal/term"
	"sluice/internal/vfs"
	"sluice/serve"
)

func (a *app) benchLifeVerb() *cobra.Command {
	var o eval.LifeOptions
	cmd := &cobra.Command{
		Use: "life FOLDER", Short: "How a store ages: edits, syncs, and what answering costs then", Args: cobra.ExactArgs(1),
		Long: `Life copies the documents of a folder into a temporary folder, makes a store of them, and then edits a share of
the files and syncs, round by round. FOLDER itself is only read. At the end a fresh store of the same texts is
measured beside the old one. The files are in the cache on both sides; each figure is of a process of its own.
The temporary folder needs room for the documents and two stores; TMPDIR says where it lies.`,
		Example: `  sluice bench life ~/src --rounds 20
  sluice bench life /usr/src/linux --rounds 100 --change 0.01 --json`,
	}
	f := cmd.Flags()
	f.IntVar(&o.Rounds, "rounds", 20, "how many times to edit and sync")
	f.Float64Var(&o.Change, "change", .01, "share of the files that a round edits")
	f.IntVar(&o.Repeats, "repeats", 9, "how many questions, and measurements of a time; the median counts")
	f.Uint64Var(&o.Seed, "seed", 1, "which files, edits and questions")
	cmd.RunE = a.verb(func(cmd *cobra.Command, args []string) (any, func(), error) {
		if o.Rounds < 1 || o.Repeats < 1 || !(o.Change > 0 && o.Change <= 1) {
			return nil, nil, serve.Usagef("--rounds and --repeats are 1 at least, and --change is a share: over 0, and 1 at most")
		}
		rep, err := a.benchLife(cmd.Context(), args[0], o)
		if err != nil {
			return nil, nil, err
		}
		return rep, func() { a.printLife(rep) }, nil
	})
	return cmd
}

func (a *app) benchLife(ctx context.Context, root string, o eval.LifeOptions) (*eval.LifeReport, error) {
	// Interrupted or not, the temporary folder goes.
	ctx, stop := signal.NotifyContext(ctx, os.Interrupt, syscall.SIGTERM)
	defer stop()
	src, err := folder.Open(a.absolute(root), folder.Options{})
	if err != nil {
		return nil, folderError(root, err)
	}
	defer src.Close()
	if within(os.TempDir(), filepath.FromSlash(src.Info().Root)) {
		return nil, serve.Usagef("the temporary folder %s lies inside %s, which must not be changed: set TMPDIR to a place outside", os.TempDir(), root)
	}
	exe, err := a.execPath()
	if err != nil {
		return nil, err
	}
	dir, err := os.MkdirTemp("", "sluice-bench-")
	if err != nil {
		return nil, err
	}
	defer func() { _ = os.RemoveAll(dir) }() // scratch
	o.Self = []string{exe, "bench", "step", "--json", "--quiet", "--memory", a.memory, "--jobs", strconv.Itoa(a.jobs), "--"}
	o.Progress = func(what string, round int) {
		a.progress.Show(term.State{Phase: what, Files: int64(round), FilesTotal: int64(o.Rounds)})
	}
	return eval.Life(ctx, src, dir, o)
}

// within tells whether path is dir or lies below it, whatever links lead there.
func within(path, dir string) bool {
	rel, err := filepath.Rel(realPath(dir), realPath(path))
	return err == nil && filepath.IsLocal(rel)
}

// benchStepVerb is what `bench life` starts again and again: one step on a store, and what it cost.
func (a *app) benchStepVerb() *cobra.Command {
	return &cobra.Command{
		Use: "step NAME STORE [FOLDER or QUESTION]", Short: "One step of `bench life`", Args: cobra.RangeArgs(2, 3), Hidden: true,
		RunE: a.verb(func(cmd *cobra.Command, args []string) (any, func(), error) {
			a.store = args[1]
			what := strings.Join(args[2:], " ")
			var s *eval.Step
			var err error
			switch args[0] {
			case eval.StepMake:
				s, err = a.stepMake(cmd.Context(), what)
			case eval.StepOpen:
				s, err = a.stepOpen(cmd.Context())
			case eval.StepSearch:
				s, err = a.stepSearch(cmd.Context(), what)
			case eval.StepSync:
				s, err = a.stepSync(cmd.Context())
			default:
				err = serve.Usagef("there is no step %q", args[0])
			}
			if err != nil {
				return nil, nil, err
			}
			return s, func() { a.printf("%.1f ms\n", s.MS) }, nil
		}),
	}
}

func (a *app) stepMake(ctx context.Context, root string) (*eval.Step, error) {
	src, err := folder.Open(a.absolute(root), folder.Options{})
	if err != nil {
		return nil, folderError(root, err)
	}
	defer src.Close()
	c, err := config(src)
	if err != nil {
		return nil, err
	}
	return synced(ctx, a.create, func(svc *serve.Service) (*api.Add, error) { return svc.Add(ctx, c) })
}

func (a *app) stepSync(ctx context.Context) (*eval.Step, error) {
	return synced(ctx, a.open, func(svc *serve.Service) (*api.Add, error) { return svc.Sync(ctx, api.SyncRequest{}, false) })
}

// synced measures a sync from opening the store to closing it.
func synced(ctx context.Context, open func(context.Context) (*serve.Service, error), sync func(*serve.Service) (*api.Add, error)) (*eval.Step, error) {
	s := new(eval.Step)
	var all *api.Add
	cost, err := eval.Measured(func() error {
		svc, err := open(ctx)
		if err != nil {
			return err
		}
		defer svc.Close()
		all, err = sync(svc)
		return err
	})
	if err != nil {
		return nil, err
	}
	s.Cost = cost
	for _, src := range all.Sources {
		s.Documents = eval.Changes{Added: src.Added, Changed: src.Changed, Removed: src.Removed, Same: src.Same}
	}
	return s, nil
}

func (a *app) stepOpen(ctx context.Context) (*eval.Step, error) {
	dir := a.storeFolder()
	s := new(eval.Step)
	var store *index.Store
	var sn *index.Snapshot
	cost, err := eval.Measured(func() (err error) {
		if store, err = index.Open(vfs.OS(dir), a.indexOptions()); err != nil {
			return err
		}
		sn, err = store.Snapshot(ctx)
		return err
	})
	if err != nil {
		return nil, storeError(dir, err)
	}
	defer store.Close()
	defer sn.Close()
	st, err := store.Status(ctx)
	if err != nil {
		return nil, err
	}
	s.Cost, s.Segments = cost, st.Segments
	for _, n := range st.Size {
		s.Named += n
	}
	return s, nil
}

func (a *app) stepSearch(ctx context.Context, question string) (*eval.Step, error) {
	s := new(eval.Step)
	var found *api.Search
	cost, err := eval.Measured(func() error {
		svc, err := a.open(ctx)
		if err != nil {
			return err
		}
		defer svc.Close()
		found, err = svc.Search(ctx, api.SearchRequest{Query: question, N: serve.ResultsDefault})
		return err
	})
	if err != nil {
		return nil, err
	}
	s.Cost = cost
	for _, r := range found.Results {
		s.Passages = append(s.Passages, r.ID)
	}
	return s, nil
}

func (a *app) printLife(r *eval.LifeReport) {
	a.printf("%s, %.1f MB of text; %.3g %% of the files edited in each of %d rounds; medians of up to %d, warm\n",
		several(int64(r.Files), "file"), float64(r.Text)/1e6, r.Change*100, len(r.Rounds)-1, r.Repeats)
	a.printf("%5s %9s %9s %9s %9s %9s %9s %9s %9s %8s %11s\n", "round", "sync", "longest", "open", "search", "anonymous",
		"unchanged", "store", "named", "segments", "generations")
	a.printf("%5s %9s %9s %9s %9s %9s %9s %9s %9s\n", "", "ms", "ms", "ms", "ms", "MiB", "sync, ms", "MB", "MB")
	longest := 0.0
	for i := range r.Rounds {
		one := &r.Rounds[i]
		if longest = max(longest, one.Sync.MS); one.Costs == nil {
			continue
		}
		a.printLifeRow(strconv.Itoa(one.Round), one, longest)
		longest = 0
	}
	a.printLifeRow("fresh", &r.Fresh, r.Fresh.Sync.MS)
	x := &r.Ratios
	a.printf("life / fresh: open %s, search %s, unchanged sync %s, store %.2f (named %.2f)\n",
		ratioWords(x.Open), ratioWords(x.Search), ratioWords(x.Unchanged), x.Store, x.Named)
	a.printf("%d of %d questions find the same passages in both\n", r.Agree, r.Repeats)
}

// printLifeRow prints one round. The longest sync is that of all rounds since the row before.
func (a *app) printLifeRow(name string, one *eval.LifeRound, longest float64) {
	anonymous := "-"
	if n := one.Costs.Search.Anon; n > 0 {
		anonymous = fmt.Sprintf("%.1f", float64(n)/(1<<20))
	}
	a.printf("%5s %9.0f %9.0f %9.1f %9.1f %9s %9.1f %9.1f %9.1f %8d %11d\n", name, one.Sync.MS, longest, one.Costs.Open.MS,
		one.Costs.Search.MS, anonymous, one.Costs.Unchanged.MS, float64(one.Store)/1e6, float64(one.Named)/1e6, one.Segments, one.Generations)
}

// ratioWords is a ratio by the clock and, where it is known, by processor time.
func ratioWords(r eval.CostRatio) string {
	if r.CPU == 0 {
		return fmt.Sprintf("%.2f", r.Wall)
	}
	return fmt.Sprintf("%.2f (processor time: %.2f)", r.Wall, r.CPU)
}
