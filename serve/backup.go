package serve

import (
	"context"
	"errors"
	"time"

	"sluice/api"
	"sluice/index"
	"sluice/internal/vfs"
)

// Backup copies the newest generation into a folder, which to opens. Damage is of class Corrupt,
// and leaves the backup that was there.
func (s *Service) Backup(ctx context.Context, to vfs.FS, folder string, progress func(done, total int64)) (*api.Backup, error) {
	rep, err := s.store.Backup(ctx, to, index.BackupOptions{Now: s.clock.Now(), Progress: progress})
	switch {
	case errors.Is(err, index.ErrForeignFolder):
		return nil, Usagef("%s: %w", folder, err)
	case errors.Is(err, index.ErrCorrupt):
		return nil, &Error{Corrupt, Nothingf("no backup was made: %w; `sluice sync` mends the store", err)}
	case rep == nil:
		return nil, err
	}
	return &api.Backup{Folder: folder, Generation: rep.Generation, Files: rep.Files, Bytes: rep.Bytes, Copied: rep.Copied,
		CopiedBytes: rep.CopiedBytes, Removed: rep.Removed}, err
}

// Restore makes the generation of a backup the newest one of a store.
func Restore(ctx context.Context, from, to vfs.FS, opts index.Options, o index.RestoreOptions) (*api.Restore, error) {
	rep, err := index.Restore(ctx, from, to, opts, o)
	switch {
	case errors.Is(err, index.ErrStoreInUse) || errors.Is(err, index.ErrNoBackup):
		return nil, Nothingf("%w", err)
	case errors.Is(err, index.ErrCorrupt):
		return nil, &Error{Corrupt, Nothingf("nothing was restored: %w", err)}
	case err != nil:
		return nil, err
	}
	out := &api.Restore{FromGeneration: rep.From, Made: rep.Made.Format(time.RFC3339), Generation: rep.Generation, Replaced: rep.Replaced,
		Files: rep.Files, Bytes: rep.Bytes, Sources: []api.Source{}}
	for _, src := range rep.Sources {
		out.Sources = append(out.Sources, sourceOf(index.SourceStatus{SourceState: src}))
	}
	return out, nil
}
