package index

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"strconv"
	"time"

	"sluice/index/blockfile"
	"sluice/internal/clock"
	"sluice/internal/defence"
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
// an error. It is called again when another process commits meanwhile, so it must not count what it
// did from one call to the next.
type Change func(m *Manifest) error

const (
	// commitTries bounds how often a commit that others overtook begins again.
	commitTries   = 100
	commitRestMax = 200 * time.Millisecond
)

// Commit publishes what was prepared in the folder from: its files move to files/, edit is applied
// to the newest generation, and the result becomes the next one. After Commit returns nil the
// change survives a crash; after an error the store is as it was before, or as it would have
// become.
func (s *Store) Commit(ctx context.Context, from string, edit Change) error {
	lock, err := s.lockCommits(ctx)
	if err != nil {
		return err
	}
	defer lock.Close()
	return s.again(ctx, func() error {
		m, hash, err := readManifest(s.fs)
		if errors.Is(err, ErrNoStore) {
			m, err = &Manifest{}, nil
		}
		if err != nil {
			return err
		}
		return s.advance(ctx, from, m, hash, edit)
	})
}

// again runs a commit until no other process overtakes it.
func (s *Store) again(ctx context.Context, commit func() error) error {
	var err error
	for try := range commitTries {
		if err = commit(); !errors.Is(err, errOvertaken) {
			return err
		}
		if err := clock.Sleep(ctx, vfs.Jitter(min(patiencePollMin<<min(try, 10), commitRestMax))); err != nil {
			return err
		}
	}
	return fmt.Errorf("%w (%w)", ErrContended, err)
}

// advance makes the generation after m, whose bytes have the hash; without one it follows nothing
// that can be read. errOvertaken says that it is to be tried again.
func (s *Store) advance(ctx context.Context, from string, m *Manifest, hash string, edit Change) error {
	parent := parentOf{m.Generation, hash}
	had := m.names()
	c, f, err := s.claim(ctx, parent)
	if err != nil {
		return err
	}
	b, err := s.prepare(from, m, c, hash, edit)
	if err == nil {
		err = s.carries(m, had)
	}
	if err == nil {
		err = s.fill(f, b)
	}
	if cerr := f.Close(); err == nil {
		err = cerr
	}
	if err == nil {
		err = s.restoreGeneration(m) // before its name: a reader needs something to lock
	}
	if err != nil {
		return s.giveUp(c, err)
	}
	if err := s.enter(c, m, b); err != nil {
		return err
	}
	if err := s.carries(m, had); err != nil {
		return fmt.Errorf("generation %d was written, and another process removed a file of it: %w", m.Generation, err)
	}
	if err := s.writeSlots(parent, m.Generation, b); err != nil {
		return err
	}
	s.recent.drop() // what it shows is past, and its files may go
	return s.collect(m)
}

// giveUp gives a claim up because of err. If another process has removed the claim meanwhile, it
// may have removed files as well, and the change is to be prepared again.
func (s *Store) giveUp(c claim, err error) error {
	if _, serr := s.fs.Stat(c.name()); errors.Is(serr, fs.ErrNotExist) {
		return errors.Join(errOvertaken, err)
	}
	s.unclaim(c)
	return err
}

// prepare edits m into the generation of the claim, moves its files to files/ and returns its
// bytes.
func (s *Store) prepare(from string, m *Manifest, c claim, parent string, edit Change) ([]byte, error) {
	if err := edit(m); err != nil {
		return nil, err
	}
	if err := m.namesOnce(); err != nil {
		return nil, err
	}
	if err := s.publish(from, m); err != nil {
		return nil, err
	}
	m.Generation, m.Parent = c.number, parent
	return m.encode()
}

// fill writes the generation's bytes into its claim.
func (s *Store) fill(f vfs.File, b []byte) error {
	if _, err := f.Write(b); err != nil {
		return err
	}
	return defence.Synced(defence.SyncClaim, f.Sync)
}

// enter makes the claim a generation: from here on it counts. It is read again before anybody says
// so.
func (s *Store) enter(c claim, m *Manifest, b []byte) error {
	name := generationName(m.Generation)
	err := s.fs.Rename(c.name(), name)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		s.unclaim(c)
		return err
	}
	lost := err != nil // the claim was removed, or the disk did it twice and says no the second time
	if err := defence.Synced(defence.SyncNames, func() error { return s.fs.SyncDir(generationsDir) }); err != nil {
		return err
	}
	got, err := readAll(s.fs, name)
	switch {
	case err == nil && bytes.Equal(got, b):
		return nil
	case lost:
		return errOvertaken
	case errors.Is(err, fs.ErrNotExist):
		return s.passed(m)
	case err != nil:
		return err
	case defence.Stands(defence.CommitReread):
		_ = s.fs.Remove(name)
		return &CorruptManifestError{Slot: name, What: "what was read back is not what was written: the disk or the memory is faulty"}
	}
	return nil
}

// passed tells whether the generation was there and is past already: later ones follow it.
func (s *Store) passed(m *Manifest) error {
	now, _, err := readManifest(s.fs)
	if err == nil && now.Generation <= m.Generation {
		return fmt.Errorf("generation %d was written and is gone: %w", m.Generation, errOvertaken)
	}
	return err
}

// carries tells whether the files that m names and its parent did not are in files/. Another
// process may have taken them for what a crash left: then they come back from where it put them, or
// the change is prepared again.
func (s *Store) carries(m *Manifest, had map[string]bool) error {
	lacks := func() (name string) {
		m.files(func(r blockfile.Ref) {
			if e, err := s.fs.Stat(filesDir + "/" + r.Name()); !had[r.Name()] && (err != nil || e.Size != r.Size) {
				name = r.Name()
			}
		})
		return name
	}
	name := lacks()
	if name != "" && s.putBack(m) > 0 {
		name = lacks()
	}
	if name == "" || !defence.Stands(defence.FilesPresent) {
		return nil
	}
	return &LostFileError{Name: name}
}

// LostFileError says that a file that was about to be committed is not there.
type LostFileError struct{ Name string }

// Error implements error.
func (e *LostFileError) Error() string {
	return fmt.Sprintf("%s is gone before it could be committed: another process works on the same source; run this again when it is done", e.Name)
}

// Disturbed tells whether an error only says that another process worked on the same source and
// the locks did not keep the two apart: nothing is wrong, and trying again may succeed.
func Disturbed(err error) bool {
	return errors.Is(err, ErrSourceChanged) || errors.As(err, new(*LostFileError)) || errors.Is(err, fs.ErrNotExist)
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
	n, err := readNewest(s.fs)
	if err != nil || len(n.named) > 0 {
		return false, err
	}
	m := n.m
	for i := range uint64(2) {
		slot, _, err := readSlot(s.fs, slotName(i))
		if err != nil || !maps.Equal(slot.names(), m.names()) {
			return false, nil //nolint:nilerr // there is no generation before, or its slot is damaged: a new one takes its place
		}
	}
	if m.GoneBefore == 0 {
		return true, nil
	}
	stale, err := s.stale(m.GoneBefore)
	return !stale, err
}

// sweep removes what a crash left behind.
func (s *Store) sweep(ctx context.Context) error {
	if left, err := s.leftOver(); err != nil || !left {
		return err
	}
	lock, err := s.lockCommits(ctx)
	if err != nil {
		return err
	}
	defer lock.Close()
	m, hash, err := readManifest(s.fs)
	if err == nil {
		err = s.awaitClaims(ctx, parentOf{m.Generation, hash})
	}
	switch {
	case errors.Is(err, errOvertaken):
		return nil // whoever commits sees to the rest
	case err != nil:
		return err
	}
	s.recent.drop() // it may be what keeps them
	return s.collect(m)
}

// leftOver tells whether there are files that no slot names, generations that must not stay, or
// claims.
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
	if err != nil || len(old) > 0 {
		return len(old) > 0, err
	}
	claims, err := listClaims(s.fs)
	return len(claims) > 0, err
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
		s.ledger.healed(ref.Name())
		moved = true
	}
	if !moved {
		return nil
	}
	return defence.Synced(defence.SyncNames, func() error { return s.fs.SyncDir(filesDir) })
}

// slotTries bounds how often a slot is written that another process writes too.
const slotTries = 5

// writeSlots writes the slot of the new generation, and that of its parent unless it stands there.
// They are copies of what is in generations/, for the time that is damaged, and what is read first.
func (s *Store) writeSlots(parent parentOf, generation uint64, b []byte) error {
	if parent.hash != "" {
		if err := s.keepParent(parent); err != nil {
			return err
		}
	}
	for range slotTries {
		if now, _, err := readSlot(s.fs, slotName(generation)); err == nil && s.ahead(now, generation) {
			return nil // where locks do nothing a faster one was here
		}
		if err := s.writeSlot(generation, b); err != nil {
			return err
		}
		if now, _, err := readSlot(s.fs, slotName(generation)); err == nil && (now.Generation == generation || s.ahead(now, generation)) || !defence.Stands(defence.CommitReread) {
			return nil
		}
	}
	return &CorruptManifestError{Slot: slotName(generation), What: "what was read back is not what was written: the disk or the memory is faulty"}
}

// ahead tells whether a slot's generation is one of this store's that came later.
func (s *Store) ahead(m *Manifest, generation uint64) bool {
	if m.Generation <= generation {
		return false
	}
	_, err := s.fs.Stat(generationName(m.Generation))
	return err == nil
}

// keepParent writes the parent's slot if it does not hold the parent: a crash came between, or it
// was damaged.
func (s *Store) keepParent(parent parentOf) error {
	name := slotName(parent.generation)
	if m, hash, err := readSlot(s.fs, name); err == nil && (hash == parent.hash || s.ahead(m, parent.generation)) {
		return s.syncSlot(name) // who wrote it may have been killed before it did
	}
	b, err := readAll(s.fs, generationName(parent.generation))
	if err != nil {
		return nil //nolint:nilerr // it is past: the slot will get a later one
	}
	if _, hash, err := decodeManifest(b); err != nil || hash != parent.hash {
		return nil //nolint:nilerr // the copy is what is damaged
	}
	return s.writeSlot(parent.generation, b)
}

// syncSlot has a slot on the disk as it reads: the generation that a power cut would bring back in
// its place names files that this commit removes.
func (s *Store) syncSlot(name string) error {
	f, err := s.fs.OpenRW(name)
	if err != nil {
		return err
	}
	return errors.Join(defence.Synced(defence.SyncSlot, f.Sync), f.Close())
}

// writeSlot overwrites the slot of a generation. nextGeneration keeps the parities of a generation
// and its parent apart.
func (s *Store) writeSlot(generation uint64, b []byte) error {
	return s.writeOver("", slotName(generation), b)
}

// writeOver makes b the content of a file of a folder, in place.
func (s *Store) writeOver(dir, name string, b []byte) error {
	f, err := s.fs.OpenRW(name)
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
		err = s.fs.SyncDir(dir)
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

// newMark ends the name of a file that is written to take another one's place.
const newMark = ".new"

// replaceFile writes a file in the place of what was there: that one stays until the new one is on
// the disk. The caller syncs the folder.
func replaceFile(files vfs.FS, name string, b []byte) error {
	if err := files.Remove(name + newMark); err != nil && !errors.Is(err, fs.ErrNotExist) { // of who was killed
		return err
	}
	if err := writeFile(files, name+newMark, b); err != nil {
		return err
	}
	return files.Rename(name+newMark, name)
}
