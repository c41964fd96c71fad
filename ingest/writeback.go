package ingest

import (
	"context"
	"io"
	"time"

	"sluice/index"
	"sluice/internal/vfs"
)

// writeBackWait is how long a file that was made anew waits for a sync of its source: the sync
// looks after it as well.
const writeBackWait = time.Second

// WriteBack writes the files that questions had made anew in memory to where the damaged ones lie,
// whose bytes are kept in quarantine. What a running sync is in the way of stays for the next call.
func (in *Ingest) WriteBack(ctx context.Context) error {
	return in.store.WriteBack(func(r index.Revived, write func(io.Writer) error) error {
		return in.writeBack(ctx, r, write)
	})
}

func (in *Ingest) writeBack(ctx context.Context, r index.Revived, write func(io.Writer) error) error {
	short, stop := context.WithTimeout(vfs.WithPurpose(ctx, "repair"), writeBackWait)
	defer stop()
	lock, err := in.store.LockSource(short, r.Entry.Label)
	if err != nil {
		return err
	}
	defer lock.Close()
	if damaged, err := in.store.Damaged(ctx, r.Ref); err != nil || !damaged {
		return err
	}
	dir, err := in.store.Pending(r.Entry.Label)
	if err != nil {
		return err
	}
	defer in.store.DropPending(dir)
	if err := in.store.Restore(dir, r.Ref, write); err != nil {
		return err
	}
	q := index.Quarantined{What: r.Why, When: in.opts.Clock.Now().UTC(), Label: r.Entry.Label}
	if err := in.store.Quarantine(r.Ref, q); err != nil { // on a full disk what is right comes first
		_ = in.store.DropQuarantine(func(string) bool { return false })
	}
	return in.store.Replace(ctx, dir, func(*index.Manifest) error { return nil })
}
