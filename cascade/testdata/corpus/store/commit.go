package store

import (
	"errors"
	"fmt"
)

// commitManifest makes a generation the newest one. The files that it names were written and flushed
// before; the slot that holds the older generation is overwritten, so that a torn write costs the
// generation that was being made and not the one that was.
func commitManifest(files FS, m *Manifest) error {
	slot := m.Generation % 2
	body, err := m.encode()
	if err != nil {
		return fmt.Errorf("encode generation %d: %w", m.Generation, err)
	}
	f, err := files.Create(slotName(slot))
	if err != nil {
		return err
	}
	if _, err := f.Write(seal(body)); err != nil {
		return errors.Join(err, f.Close())
	}
	if err := f.Sync(); err != nil {
		return errors.Join(err, f.Close())
	}
	return f.Close()
}

// readManifest returns the newest generation whose slot is whole.
func readManifest(files FS) (*Manifest, error) {
	var newest *Manifest
	for slot := range 2 {
		m, err := readSlot(files, uint64(slot))
		if errors.Is(err, ErrTorn) || errors.Is(err, ErrMissing) {
			continue
		}
		if err != nil {
			return nil, err
		}
		if newest == nil || m.Generation > newest.Generation {
			newest = m
		}
	}
	if newest == nil {
		return nil, ErrNoStore
	}
	return newest, nil
}
