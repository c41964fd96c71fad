package index

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"time"

	"sluice/index/blockfile"
	"sluice/index/text"
	"sluice/internal/vfs"
)

// RestoreOptions tells how a backup is restored.
type RestoreOptions struct {
	Replace  bool                    // also over a store that has sources
	Progress func(done, total int64) // may be nil
}

// RestoreReport is what a restore did.
type RestoreReport struct {
	From       uint64    // the generation that was backed up
	Made       time.Time // when
	Generation uint64    // that it became
	Replaced   uint64    // the generation that it took the place of; 0: there was none
	Files      int
	Bytes      int64
	Sources    []SourceState
}

// Restored is written into the manifest of a generation that came from a backup, and stays there: a
// state that went back is to be told from one that was reached.
type Restored struct {
	From     uint64    `json:"from"` // generation that was backed up
	Made     time.Time `json:"made"`
	Replaced uint64    `json:"replaced,omitempty"`
}

// restoredMax is how many restores a manifest remembers.
const restoredMax = 16

// ErrStoreInUse says that a restore would take the place of a store that has sources.
var ErrStoreInUse = errors.New("the store has sources already: name another with --store, or take its place with --replace")

// restoreDir is where files wait for the commit. No label of a source becomes this name.
const restoreDir = pendingDir + "/%restore"

// Restore makes the generation of a backup the newest one of the store in to, and makes that store
// where there is none. A backup is trusted no more than any file: all of it is verified before
// anything is written, and again as it is copied.
func Restore(ctx context.Context, from, to vfs.FS, opts Options, o RestoreOptions) (*RestoreReport, error) {
	m, made, sources, err := VerifyBackup(ctx, from, opts, o.Progress)
	if err != nil {
		return nil, err
	}
	s, err := Create(to, opts)
	if err != nil {
		return nil, err
	}
	defer s.Close()
	rep := &RestoreReport{From: m.Generation, Made: made, Sources: sources}
	if now, _, err := readManifest(to); err != nil {
		return nil, err
	} else if !o.Replace && inUse(now) {
		return nil, ErrStoreInUse
	}
	lock, err := s.lockExclusive(ctx, locksDir+"/restore", s.opts.Wait)
	if err != nil {
		return nil, err
	}
	defer lock.Close()
	if err := s.fetch(ctx, from, m, o, rep); err != nil {
		return nil, errors.Join(err, s.emptyRestore())
	}
	err = s.Commit(ctx, restoreDir, func(now *Manifest) error {
		if !o.Replace && inUse(now) {
			return ErrStoreInUse
		}
		rep.Replaced = 0
		if inUse(now) {
			rep.Replaced = now.Generation
		}
		history := append(now.Restored[:len(now.Restored):len(now.Restored)], Restored{m.Generation, made, rep.Replaced})
		next := *m
		next.Generation, next.Parent, next.GoneBefore = now.Generation, now.Parent, now.GoneBefore
		if len(now.Orders) > 0 { // what was to be forgotten goes with the segments that held it
			next.GoneBefore = now.Generation + 1
		}
		next.Restored = history[max(0, len(history)-restoredMax):]
		*now = next
		return nil
	})
	if err != nil {
		return nil, errors.Join(err, s.emptyRestore())
	}
	sn, err := s.Snapshot(ctx)
	if err != nil {
		return nil, err
	}
	defer sn.Close()
	rep.Generation = sn.Generation()
	return rep, nil
}

// inUse tells whether a generation holds anything that its owner would miss.
func inUse(m *Manifest) bool { return m.Sources != nil || len(m.Segments) > 0 }

// VerifyBackup reads all of a backup and compares it with its manifest: every file is there, whole,
// of a format that is read, and holds what the manifest says of it.
func VerifyBackup(ctx context.Context, from vfs.FS, opts Options, progress func(done, total int64)) (*Manifest, time.Time, []SourceState, error) {
	m, made, err := readBackup(from, backupManifest)
	if err != nil {
		return nil, made, nil, err
	}
	if err := m.plausible(); err != nil {
		return nil, made, nil, err
	}
	refs, _ := filesOf([]*Manifest{m})
	var done, total int64
	for _, r := range refs {
		total += r.Size
	}
	for _, r := range refs {
		if err := ctx.Err(); err != nil {
			return nil, made, nil, err
		}
		if err := blockfile.Holds(from, filesDir, r); err != nil {
			return nil, made, nil, err
		}
		if done += r.Size; progress != nil {
			progress(done, 2*total)
		}
	}
	sources, err := newStore(from, opts).verifyContent(ctx, m)
	return m, made, sources, err
}

// plausible refuses what no store would write: counts below nothing, labels that are none, a file
// that two segments share.
func (m *Manifest) plausible() error {
	seen := map[string]bool{}
	var wrong error
	once := func(r blockfile.Ref) {
		if r.Size <= 0 || seen[r.Name()] {
			wrong = badBackup(fmt.Sprintf("%s is named twice, or has no bytes", r.Name()))
		}
		seen[r.Name()] = true
	}
	m.files(once)
	for _, e := range m.Segments {
		if err := checkLabel(e.Label); err != nil {
			wrong = badBackup(err.Error())
		}
		if e.Documents < 0 || e.Passages < 0 || e.Bytes < 0 {
			wrong = badBackup("a segment of less than nothing")
		}
	}
	return wrong
}

// verifyContent opens every segment, and holds the arms' files against their formats.
func (s *Store) verifyContent(ctx context.Context, m *Manifest) ([]SourceState, error) {
	sources, err := s.readSources(m)
	if err != nil {
		return nil, err
	}
	known := map[string]bool{}
	for _, src := range sources {
		if err := checkLabel(src.Label); err != nil || known[src.Label] {
			return nil, badBackup(fmt.Sprintf("source %q", src.Label))
		}
		known[src.Label] = true
	}
	for _, e := range m.Segments {
		if !known[e.Label] {
			return nil, badBackup(fmt.Sprintf("%s is of source %q, which it does not have", e.Name(), e.Label))
		}
		if err := s.verifySegment(ctx, e); err != nil {
			return nil, err
		}
	}
	return sources, nil
}

func (s *Store) verifySegment(ctx context.Context, e Entry) error {
	seg, err := s.openSegment(e)
	if err != nil {
		return err
	}
	defer func() {
		s.releaseTombstones(seg.tombstones)
		s.release(seg.openFiles)
	}()
	if live := int64(seg.Documents()) - seg.gone.Load().documentsN; live != e.Documents || seg.Live() != e.Passages {
		return badBackup(fmt.Sprintf("%s has %d documents and %d passages, not %d and %d", e.Name(), live, seg.Live(), e.Documents, e.Passages))
	}
	for i := range s.opts.Arms {
		if seg.Lacks(i) {
			if err := errors.Join(seg.openFiles.lacks[i], seg.tombstones.lacks[i]); errors.Is(err, ErrCorrupt) {
				return err
			}
			continue // it is built at the next sync
		}
		if err := seg.Read(func(*text.Reader) error { return seg.arms[i].Verify(ctx) }); err != nil {
			return err
		}
	}
	return nil
}

// fetch copies the backup's files to where they wait for the commit.
func (s *Store) fetch(ctx context.Context, from vfs.FS, m *Manifest, o RestoreOptions, rep *RestoreReport) error {
	if err := s.emptyRestore(); err != nil {
		return err
	}
	refs, _ := filesOf([]*Manifest{m})
	for _, r := range refs {
		rep.Bytes += r.Size
	}
	if err := s.CheckSpace(rep.Bytes); err != nil {
		return err
	}
	var done int64
	for _, r := range refs {
		if err := blockfile.Copy(ctx, from, filesDir, s.fs, restoreDir, r); err != nil {
			return err
		}
		rep.Files++
		if done += r.Size; o.Progress != nil {
			o.Progress(rep.Bytes+done, 2*rep.Bytes)
		}
	}
	return s.fs.SyncDir(restoreDir)
}

// emptyRestore makes the folder and removes what a restore that did not end left there.
func (s *Store) emptyRestore() error {
	if err := s.fs.MkdirAll(restoreDir); err != nil {
		return err
	}
	entries, err := s.fs.List(restoreDir)
	if err != nil {
		return err
	}
	for _, e := range entries {
		if err := s.fs.Remove(restoreDir + "/" + e.Name); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
	}
	return nil
}

// readSmall reads a file that is a manifest's size at most.
func readSmall(files vfs.FS, name string) ([]byte, error) {
	f, err := files.Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	b, err := io.ReadAll(io.LimitReader(f, 2*manifestBytesMax))
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", name, err)
	}
	return b, nil
}
