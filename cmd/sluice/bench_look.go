package main

import (
	"context"
	"errors"
	"io/fs"
	"path/filepath"
	"slices"

	"github.com/spf13/cobra"

	"sluice/corpus/source/folder"
	"sluice/eval"
	"sluice/index"
	"sluice/ingest"
	"sluice/internal/vfs"
	"sluice/serve"
)

// looked is what looks at one source cost, and what a plain walk that describes each file costs.
type looked struct {
	Source string      `json:"source"`
	Files  int64       `json:"files"` // that the plain walk met
	Newer  int64       `json:"newer"`
	Looks  []eval.Cost `json:"looks"`
	Walks  []eval.Cost `json:"walks"`
}

func (a *app) benchLookVerb() *cobra.Command {
	var rounds int
	cmd := &cobra.Command{
		Use: "look", Short: "What it costs to see that nothing has changed: the look before each question, beside a plain walk", Args: cobra.NoArgs,
		Long: `Look looks at each folder of the store as a question does, and in turns walks it with nothing but a description of
each file, which is the limit. The files' descriptions are in the cache on both sides.`,
		Example: `  sluice add /usr/src/linux --yes --store DIR && sluice bench look --store DIR`,
	}
	cmd.Flags().IntVar(&rounds, "rounds", 5, "how often; the median counts")
	cmd.RunE = a.verb(func(cmd *cobra.Command, _ []string) (any, func(), error) {
		if rounds < 1 {
			return nil, nil, serve.Usagef("--rounds is at least 1")
		}
		all, err := a.benchLook(cmd.Context(), rounds)
		if err != nil {
			return nil, nil, err
		}
		return all, func() {
			for _, l := range all {
				look, walk := middle(l.Looks), middle(l.Walks)
				a.printf("%s: %s, %d newer; look %.0f ms (processor %.0f), plain walk %.0f ms (processor %.0f)\n",
					l.Source, several(l.Files, "file"), l.Newer, look.MS, look.CPU, walk.MS, walk.CPU)
			}
		}, nil
	})
	return cmd
}

func (a *app) benchLook(ctx context.Context, rounds int) ([]looked, error) {
	dir := a.storeFolder()
	store, err := index.Open(vfs.OS(dir), a.indexOptions())
	if err != nil {
		return nil, storeError(dir, err)
	}
	defer store.Close()
	sources, err := store.Sources(ctx)
	if err != nil {
		return nil, err
	}
	in, all := a.ingest(store), []looked{}
	for _, st := range sources {
		if st.Kind != folder.Kind {
			continue
		}
		l, err := lookAt(ctx, in, st, rounds)
		if err != nil {
			return nil, err
		}
		all = append(all, l)
	}
	return all, nil
}

// lookAt measures one source.
func lookAt(ctx context.Context, in *ingest.Ingest, st index.SourceState, rounds int) (looked, error) {
	l := looked{Source: st.Label}
	src, err := openFolder(st.SourceConfig)
	if err != nil {
		return l, err
	}
	for range rounds {
		walk, werr := eval.Measured(func() (err error) {
			l.Files, err = plainWalk(filepath.FromSlash(st.Root))
			return err
		})
		look, err := eval.Measured(func() error {
			found, err := in.Look(ctx, src)
			if err == nil {
				l.Newer = found.Newer()
			}
			return err
		})
		if err = errors.Join(werr, err); err != nil {
			return l, err
		}
		l.Looks, l.Walks = append(l.Looks, look), append(l.Walks, walk)
	}
	return l, nil
}

// plainWalk describes every file below root.
func plainWalk(root string) (files int64, err error) {
	err = filepath.WalkDir(root, func(_ string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		files++
		_, err = d.Info()
		return err
	})
	return files, err
}

// middle is the cost whose time is the median.
func middle(all []eval.Cost) eval.Cost {
	all = slices.Clone(all)
	slices.SortFunc(all, func(a, b eval.Cost) int { return int(a.MS - b.MS) })
	return all[len(all)/2]
}
