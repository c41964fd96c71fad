package index

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"strconv"

	"sluice/index/blockfile"
	"sluice/internal/vfs"
)

const (
	filesDir       = "files"
	pendingDir     = "pending"
	generationsDir = "generations"
	locksDir       = "locks"
	commitLock     = locksDir + "/commit"
)

// Change edits a generation into the next one. It is called with the newest manifest, which another
// process may have written since the change was prepared: a change that no longer applies returns
// an error.
type Change func(m *Manifest) error

// Commit publishes what was prepared in the folder from: its files move to files/, edit is applied
// to the newest generation, and the result becomes the next one. After Commit returns nil the
// change survives a crash; after an error the store is as it was before.
func (s *Store) Commit(ctx context.Context, from string, edit Change) error {
	lock, err := s.fs.Lock(commitLock, vfs.Exclusive, s.opts.Wait, ctx)
	if err != nil {
		return fmt.Errorf("wait for a commit: %w", err)
	}
	defer lock.Close()
	m, hash, err := readManifest(s.fs)
	if errors.Is(err, ErrNoStore) {
		m, err = &Manifest{}, nil
	}
	if err != nil {
		return err
	}
	return s.advance(from, m, hash, edit)
}

// advance makes the generation after m. The lock for commits is held.
func (s *Store) advance(from string, m *Manifest, hash string, edit Change) error {
	if err := edit(m); err != nil {
		return err
	}
	if err := s.publish(from, m); err != nil {
		return err
	}
	m.Parent = hash
	if err := s.writeGeneration(m); err != nil {
		return err
	}
	s.recent.drop() // what it shows is past, and its files may go
	return s.collect(m)
}

// Settle lets the files of the generation before go. Its slot is kept for a fallback, and while it
// stands its files do; one more generation of the same files takes its place. What a crash left
// behind goes too.
func (s *Store) Settle(ctx context.Context) error {
	for range settleTries {
		settled, err := s.settled()
		if err != nil {
			return err
		}
		if settled {
			return s.sweep(ctx)
		}
		if err := s.Commit(ctx, "", func(*Manifest) error { return nil }); err != nil {
			return err
		}
	}
	return nil
}

// settleTries: each commit puts one slot right.
const settleTries = 3

// settled tells whether both slots name the same files, and neither spells what was forgotten.
func (s *Store) settled() (bool, error) {
	var names [2]string
	var before uint64
	for i := range names {
		m, _, err := readSlot(s.fs, slotName(uint64(i)))
		if err != nil { // there is no generation before, or its slot is damaged: a new one takes its place
			names[i] = slotName(uint64(i))
			continue
		}
		before = max(before, m.GoneBefore)
		m.files(func(r blockfile.Ref) { names[i] += r.Name() })
	}
	if names[0] != names[1] || before == 0 {
		return names[0] == names[1], nil
	}
	stale, err := s.stale(before)
	return !stale, err
}

// sweep removes what a crash left behind.
func (s *Store) sweep(ctx context.Context) error {
	if left, err := s.leftOver(); err != nil || !left {
		return err
	}
	lock, err := s.fs.Lock(commitLock, vfs.Exclusive, s.opts.Wait, ctx)
	if err != nil {
		return fmt.Errorf("wait for a commit: %w", err)
	}
	defer lock.Close()
	m, _, err := readManifest(s.fs)
	if err != nil {
		return err
	}
	return s.collect(m)
}

// leftOver tells whether there are files that no slot names, or generations that must not stay.
func (s *Store) leftOver() (bool, error) {
	orphans, err := s.Orphans()
	if err != nil || len(orphans) > 0 {
		return len(orphans) > 0, err
	}
	m, _, err := readManifest(s.fs)
	if err != nil {
		return false, err
	}
	old, err := s.before(m)
	return len(old) > 0, err
}

// publish moves the files that m names and that still lie in from to files/. Files are named by
// their content, so one that is already there is the same file.
func (s *Store) publish(from string, m *Manifest) error {
	if from == "" {
		return nil
	}
	entries, err := s.fs.List(from)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	named := map[string]blockfile.Ref{}
	m.files(func(r blockfile.Ref) { named[r.Name()] = r })
	moved := false
	for _, e := range entries {
		ref, ok := named[e.Name]
		if !ok {
			continue
		}
		if err := blockfile.Move(s.fs, from+"/"+e.Name, filesDir, ref); err != nil {
			return err
		}
		moved = true
	}
	if !moved {
		return nil
	}
	return s.fs.SyncDir(filesDir)
}

// writeGeneration claims the next generation number by creating its file, which only one process
// can do even where locks do not work, and then writes the slot of the older generation.
func (s *Store) writeGeneration(m *Manifest) error {
	next, err := s.nextGeneration(m.Generation)
	if err != nil {
		return err
	}
	m.Generation = next
	b, err := m.encode()
	if err != nil {
		return err
	}
	if err := writeFile(s.fs, generationName(next), b); err != nil {
		return fmt.Errorf("claim generation %d: %w", next, err)
	}
	if err := s.fs.SyncDir(generationsDir); err != nil {
		return err
	}
	if err := s.restoreGeneration(m); err != nil { // before the slot: a reader needs something to lock
		return err
	}
	return s.writeSlot(m, b)
}

// writeSlot overwrites the slot that does not hold the parent: nextGeneration keeps the parities
// apart.
func (s *Store) writeSlot(m *Manifest, b []byte) error {
	f, err := s.fs.OpenRW(slotName(m.Generation))
	if err != nil {
		return err
	}
	if _, err = f.WriteAt(b, 0); err == nil {
		err = f.Truncate(int64(len(b)))
	}
	if err == nil {
		err = f.Sync()
	}
	if cerr := f.Close(); err == nil {
		err = cerr
	}
	if err == nil {
		err = s.fs.SyncDir("")
	}
	return err
}

// nextGeneration returns the number after current, past any claim that a crash left behind, and of
// the other parity than current, so that the slot of current is never overwritten.
func (s *Store) nextGeneration(current uint64) (uint64, error) {
	claimed, err := s.generations()
	if err != nil {
		return 0, err
	}
	next := current + 1
	for taken := true; taken; {
		taken = false
		for _, g := range claimed {
			if g == next {
				next, taken = next+2, true
			}
		}
	}
	return next, nil
}

// generations lists the generation files.
func (s *Store) generations() ([]uint64, error) { return listGenerations(s.fs) }

func listGenerations(files vfs.FS) ([]uint64, error) {
	entries, err := files.List(generationsDir)
	if err != nil {
		return nil, err
	}
	var all []uint64
	for _, e := range entries {
		if g, err := strconv.ParseUint(e.Name, 10, 64); err == nil {
			all = append(all, g)
		}
	}
	return all, nil
}

// collect removes generations that nobody reads and files that no remaining generation names. It
// runs under the commit lock, and files only enter files/ under that lock, so what is unnamed is an
// orphan.
func (s *Store) collect(current *Manifest) error {
	keep := map[string]bool{}
	current.files(func(r blockfile.Ref) { keep[r.Name()] = true })
	for _, slot := range []string{slotName(0), slotName(1)} { // the fallback generation
		if m, _, err := readSlot(s.fs, slot); err == nil {
			m.files(func(r blockfile.Ref) { keep[r.Name()] = true })
		}
	}
	generations, err := s.generations()
	if err != nil {
		return err
	}
	for _, g := range generations {
		if g != current.Generation {
			s.retire(g, keep)
		}
	}
	entries, err := s.fs.List(filesDir)
	if err != nil {
		return err
	}
	for _, e := range entries {
		if !keep[e.Name] {
			_ = s.fs.Remove(filesDir + "/" + e.Name) // on Windows a mapped file stays until the next commit
		}
	}
	return nil
}

// retire removes a generation's file, or, when a reader holds it, adds what it names to keep.
func (s *Store) retire(g uint64, keep map[string]bool) {
	lock, err := s.fs.Lock(generationLock(g), vfs.Exclusive, 0, context.Background())
	if err != nil {
		if m, _, err := readSlot(s.fs, generationName(g)); err == nil {
			m.files(func(r blockfile.Ref) { keep[r.Name()] = true })
		}
		return
	}
	_ = s.fs.Remove(generationName(g))
	_ = lock.Close()
	_ = s.fs.Remove(generationLock(g))
}

// writeFile creates name with content b and makes it durable.
func writeFile(files vfs.FS, name string, b []byte) error {
	f, err := files.Create(name)
	if err != nil {
		return err
	}
	if _, err = f.Write(b); err == nil {
		err = f.Sync()
	}
	if cerr := f.Close(); err == nil {
		err = cerr
	}
	return err
}
