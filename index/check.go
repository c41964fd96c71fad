package index

import (
	"context"
	"errors"
	"fmt"

	"sluice/index/blockfile"
	"sluice/index/text"
)

// CheckReport is what a check found.
type CheckReport struct {
	Files  int
	Blocks int64
	Bytes  int64
	Bad    []BadBlock
}

// BadBlock is a part of a file that is not what was written. Block is -1 where the file as a whole
// is meant: it is missing, too short, or its head or tables are damaged.
type BadBlock struct {
	File           string
	Block          int64
	Kind           string
	What           string
	HidesDocuments int64 // documents of the segment that the file belongs to
}

// Check reads every file of the newest generation and verifies every checksum, paddings included.
// Damage is reported, not returned as an error. progress may be nil.
func (s *Store) Check(ctx context.Context, progress func(done, total int64)) (*CheckReport, error) {
	m, _, err := readManifest(s.fs)
	if err != nil {
		return nil, err
	}
	rep := &CheckReport{}
	for _, slot := range []string{slotName(0), slotName(1)} {
		if _, _, err := readSlot(s.fs, slot); errors.Is(err, blockfile.ErrCorrupt) {
			rep.Bad = append(rep.Bad, BadBlock{File: slot, Block: -1, Kind: "manifest", What: err.Error()})
		}
	}
	var total int64
	m.files(func(r blockfile.Ref) { total += r.Size })
	hides := m.hides()
	m.files(func(r blockfile.Ref) {
		if err = errors.Join(err, ctx.Err()); err != nil {
			return
		}
		err = s.checkFile(ctx, r, hides[r.Name()], rep)
		if progress != nil {
			progress(rep.Bytes, total)
		}
	})
	if err != nil {
		return rep, err
	}
	if err := s.checkOnce(ctx, rep); err != nil {
		return rep, err
	}
	return rep, s.verifyArms(ctx, rep)
}

// verifyArms holds the arms' files against their formats, where the blocks are what was written:
// what was wrong before its checksum was made is found nowhere else.
func (s *Store) verifyArms(ctx context.Context, rep *CheckReport) error {
	sn, err := s.Snapshot(ctx)
	if err != nil {
		return err
	}
	defer sn.Close()
	bad := map[string]bool{}
	for _, b := range rep.Bad {
		bad[b.File] = true
	}
	for _, seg := range sn.segments {
		for i, a := range s.opts.Arms {
			ref := seg.entry.Derived[a.Facts().Kind]
			if seg.Lacks(i) || bad[ref.Name()] {
				continue
			}
			err := seg.Read(func(*text.Reader) error { return seg.arms[i].Verify(ctx) })
			if err := ctx.Err(); err != nil {
				return err
			}
			if err != nil {
				rep.Bad = append(rep.Bad, BadBlock{File: ref.Name(), Block: -1, Kind: ref.Kind.String(), What: err.Error(), HidesDocuments: seg.entry.Documents})
			}
		}
	}
	return nil
}

// hides tells how many documents cannot be seen without a file.
func (m *Manifest) hides() map[string]int64 {
	n := map[string]int64{}
	for _, e := range m.Segments {
		e.Files(func(r blockfile.Ref) {
			if r.Kind != blockfile.KindParity { // nothing is read from it while the text is well
				n[r.Name()] = e.Documents
			}
		})
	}
	return n
}

// checkFile verifies one file.
func (s *Store) checkFile(ctx context.Context, r blockfile.Ref, hides int64, rep *CheckReport) error {
	rep.Files++
	rep.Bytes += r.Size
	f, err := blockfile.Open(s.fs, filesDir, r)
	if err != nil {
		rep.Bad = append(rep.Bad, BadBlock{File: r.Name(), Block: -1, Kind: r.Kind.String(), What: why(err), HidesDocuments: hides})
		return nil
	}
	defer f.Close()
	rep.Blocks += int64(f.Blocks())
	bad, err := f.Verify(ctx)
	if err != nil {
		return fmt.Errorf("check %s: %w", r.Name(), err)
	}
	for _, b := range bad {
		rep.Bad = append(rep.Bad, BadBlock{File: r.Name(), Block: b.Block, Kind: r.Kind.String(), What: b.What, HidesDocuments: hides})
	}
	return nil
}

// Orphans lists the files in the store's folder that no generation names. A commit removes them, so
// there are some only after a crash, or while a reader holds an older generation.
func (s *Store) Orphans() ([]string, error) {
	named := map[string]bool{}
	for _, slot := range []string{slotName(0), slotName(1)} {
		if m, _, err := readSlot(s.fs, slot); err == nil {
			m.files(func(r blockfile.Ref) { named[r.Name()] = true })
		}
	}
	entries, err := s.fs.List(filesDir)
	if err != nil {
		return nil, err
	}
	var orphans []string
	for _, e := range entries {
		if !named[e.Name] {
			orphans = append(orphans, e.Name)
		}
	}
	return orphans, nil
}
