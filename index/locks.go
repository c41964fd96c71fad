package index

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"sluice/internal/defence"
	"sluice/internal/vfs"
)

// Locks spare processes each other's way. What must not go wrong does not hang on them: they do
// nothing on some network file systems, and say nothing of it.

// noLock stands for a lock that is not taken.
type noLock struct{}

// Close implements io.Closer.
func (noLock) Close() error { return nil }

// lockExclusive takes a lock that one process holds at a time. With Options.NoLock it takes none.
// Where locks are refused, or do nothing, it says so.
func (s *Store) lockExclusive(ctx context.Context, name string, wait time.Duration) (io.Closer, error) {
	if s.opts.NoLock {
		return noLock{}, nil
	}
	if !vfs.Waits(ctx) {
		wait = 0
	}
	lock, err := s.fs.Lock(name, vfs.Exclusive, wait, ctx)
	if err == nil && defence.Stands(defence.LockProbe) {
		if second, serr := s.fs.Lock(name, vfs.Exclusive, 0, ctx); serr == nil {
			_, err = second.Close(), lock.Close()
			err = errors.Join(&vfs.NoLocksError{Name: name, Why: "the system says that two hold it at once"}, err)
		}
	}
	if errors.Is(err, vfs.ErrNoLocks) {
		return nil, fmt.Errorf("%w: see to it that no other process changes this store, and say --no-lock; reading works as it is", err)
	}
	return lock, err
}

// lockCommits takes the lock for commits.
func (s *Store) lockCommits(ctx context.Context) (io.Closer, error) {
	lock, err := s.lockExclusive(ctx, commitLock, s.opts.Wait)
	if err != nil {
		return nil, fmt.Errorf("wait for a commit: %w", err)
	}
	return lock, nil
}
