package main

import (
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"sluice/api"
	"sluice/internal/term"
	"sluice/internal/vfs"
	"sluice/serve"
)

func (a *app) backupVerb() *cobra.Command {
	return &cobra.Command{
		Use: "backup FOLDER", Short: "Copy the store to a folder, every file verified", Args: cobra.ExactArgs(1),
		Long: `Backup copies the newest generation of the store to a folder of its own. Run again on the same folder it copies what
is new, compares what is there, and removes what the store no longer has. The store may be written to meanwhile: a
backup is one generation. One that is interrupted leaves the backup before it whole.

A backup holds what is forgotten later, until it is made again: forget in the store, then run backup once more.
It does not hold the documents' own files.`,
		Example: `  sluice backup /mnt/disk/sluice
  sluice restore /mnt/disk/sluice --store ~/restored`,
		RunE: a.verb(func(cmd *cobra.Command, args []string) (any, func(), error) {
			folder := a.absolute(args[0])
			if liesIn(a.storeFolder(), folder) {
				return nil, nil, serve.Usagef("%s lies in the store itself: name a folder outside of it, best on another disk", folder)
			}
			svc, err := a.open(cmd.Context())
			if err != nil {
				return nil, nil, err
			}
			defer svc.Close()
			out, err := svc.Backup(cmd.Context(), vfs.OS(folder), folder, func(done, total int64) {
				a.progress.Show(term.State{Phase: "backing up", Done: done, Total: total})
			})
			if out == nil {
				return nil, nil, err
			}
			return out, func() { a.printBackup(out) }, err
		}),
	}
}

// liesIn tells whether a path is a folder or lies below it.
func liesIn(dir, path string) bool {
	rel, err := filepath.Rel(realPath(dir), realPath(path))
	return err == nil && (rel == "." || filepath.IsLocal(rel) && !strings.HasPrefix(rel, ".."))
}

func (a *app) printBackup(b *api.Backup) {
	a.printf("generation %d in %s: %s of %s, of which %s were copied", b.Generation, a.clean(b.Folder), serve.Plural(int64(b.Files), "file"),
		term.Bytes(b.Bytes), serve.Plural(int64(b.Copied), "file"))
	if b.Removed > 0 {
		a.printf("; %s that the store no longer has went", serve.Plural(int64(b.Removed), "file"))
	}
	a.printf("\n")
}
