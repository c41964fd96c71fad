package index

import (
	"context"
	"errors"
	"time"

	"sluice/internal/vfs"
)

// Renew opens a store of an older format as one that holds its sources and none of their documents:
// the next sync reads them again. A store of the present format is opened as it is.
func Renew(ctx context.Context, files vfs.FS, opts Options) (*Store, error) {
	s, err := Open(files, opts)
	if !errors.Is(err, ErrOlder) {
		return s, err
	}
	s = newStore(files, opts)
	lock, err := s.lockCommits(ctx)
	if err != nil {
		return nil, err
	}
	defer lock.Close()
	return s, s.again(ctx, func() error { return s.renew(ctx) })
}

// renew makes the first generation of the present format. The lock for commits is held.
func (s *Store) renew(ctx context.Context) error {
	files := s.fs
	if _, _, err := readManifest(files); !errors.Is(err, ErrOlder) {
		return err // another process was faster
	}
	older := newestOlder(files)
	sources, err := s.readSources(older)
	if err != nil {
		return err
	}
	for i := range sources {
		sources[i].Synced, sources[i].Started = time.Time{}, time.Time{}
	}
	// The number goes on from the older one, so that the slots keep their turn until the new one
	// stands.
	next := &Manifest{Generation: older.Generation}
	return s.advance(ctx, "", next, "", func(m *Manifest) error {
		return s.ChangeSources(m, func([]SourceState) ([]SourceState, error) { return sources, nil })
	})
}

// newestOlder is the newest generation of an older format.
func newestOlder(files vfs.FS) *Manifest {
	newest := &Manifest{}
	for _, name := range []string{slotName(0), slotName(1)} {
		m, _, err := readSlot(files, name)
		if errors.Is(err, ErrOlder) && m.Generation > newest.Generation {
			newest = m
		}
	}
	return newest
}
