package main

import (
	"github.com/spf13/cobra"

	"sluice/api"
	"sluice/index"
	"sluice/internal/term"
	"sluice/internal/vfs"
	"sluice/serve"
)

func (a *app) restoreVerb() *cobra.Command {
	var replace bool
	cmd := &cobra.Command{
		Use: "restore FOLDER", Short: "Make a store of a backup, everything verified first", Args: cobra.ExactArgs(1),
		Long: `Restore makes a store of what ` + "`sluice backup`" + ` copied. All of the backup is verified before anything is written. It
becomes a new generation of the store, above any that the store has, so that going back is never silent. What was
forgotten after the backup was made comes back with it.`,
		Example: `  sluice restore /mnt/disk/sluice --store ~/restored
  sluice restore /mnt/disk/sluice --replace     in the place of the store that is there`,
		RunE: a.verb(func(cmd *cobra.Command, args []string) (any, func(), error) {
			folder, store := a.absolute(args[0]), a.storeFolder()
			if liesIn(store, folder) || liesIn(folder, store) {
				return nil, nil, serve.Usagef("the backup %s and the store %s lie in each other: name another store with --store", folder, store)
			}
			out, err := serve.Restore(cmd.Context(), vfs.OS(folder), vfs.OS(store), a.indexOptions(), index.RestoreOptions{
				Replace: replace,
				Progress: func(done, total int64) {
					a.progress.Show(term.State{Phase: "restoring", Done: done, Total: total})
				}})
			if err != nil {
				return nil, nil, err
			}
			out.Folder, out.Store = folder, store
			return out, func() { a.printRestore(out) }, nil
		}),
	}
	cmd.Flags().BoolVar(&replace, "replace", false, "take the place of what the store holds")
	return cmd
}

func (a *app) printRestore(r *api.Restore) {
	if r.Replaced > 0 {
		a.notef("generation %d of the store was replaced by an older state: what came after %s is no longer in it", r.Replaced, r.Made)
	}
	a.printf("generation %d in %s, from generation %d of %s: %s of %s\n", r.Generation, a.clean(r.Store), r.FromGeneration, r.Made,
		serve.Plural(int64(r.Files), "file"), term.Bytes(r.Bytes))
	for _, src := range r.Sources {
		a.printf("    %s  %s\n", a.clean(src.Label), a.clean(src.URI))
	}
	a.printf("`sluice sync` brings these sources up to date; look whether they are yours first\n")
}
