package index

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"io/fs"

	"sluice/index/blockfile"
)

// What was removed from a segment can be had from nowhere else: its text still holds it, and the
// source tells only what is there now. So a tombstone file has a copy, in a file of its own. It
// names the file by its hash: an older one, which would bring back what was removed later, is never
// taken for it.

// spareBuilder is the version of the code that builds the copies.
const spareBuilder = 1

const sectionCopy = "copy"

func spareID(of blockfile.Ref) blockfile.ID {
	return blockfile.MakeID(blockfile.KindSpare, spareBuilder, nil, of.ID[:], of.Hash[:])
}

// WriteSpare writes the copy of a tombstone file into dir, where that lies too unless it is in
// files/ already.
func (s *Store) WriteSpare(dir string, of blockfile.Ref) (blockfile.Ref, error) {
	file, err := s.fs.Open(dir + "/" + of.Name())
	if errors.Is(err, fs.ErrNotExist) {
		file, err = s.fs.Open(filesDir + "/" + of.Name())
	}
	if err != nil {
		return blockfile.Ref{}, err
	}
	defer file.Close()
	b, err := io.ReadAll(io.LimitReader(file, of.Size+1))
	if err != nil {
		return blockfile.Ref{}, err
	}
	if sha256.Sum256(b) != of.Hash { // a copy of wrong bytes would bring them back for ever
		return blockfile.Ref{}, &blockfile.CorruptError{File: of.Name(), Block: -1, Kind: of.Kind, What: "its SHA-256 is another one: it has no copy until it is repaired"}
	}
	w := s.NewWriter(dir, blockfile.KindSpare, spareID(of), blockfile.BlockBytesRandom)
	w.Section(sectionCopy)
	w.Bytes(b)
	return w.Finish()
}

// LacksSpare tells whether a segment's tombstones have no copy, or one that does not open.
func (s *Store) LacksSpare(e Entry) bool {
	if e.Tombstones == nil {
		return false
	}
	if e.Spare == nil || e.Spare.ID != spareID(*e.Tombstones) {
		return true
	}
	file, err := s.openIn(s.fs, filesDir, *e.Spare)
	if err != nil {
		return true
	}
	return file.Close() != nil
}

// MendTombstones writes the tombstones of a segment, as they were written, into dir: from their
// copy. What cannot be had from there is an error that matches ErrCorrupt.
func (s *Store) MendTombstones(ctx context.Context, dir string, e Entry) error {
	if err := s.CheckSpace(e.Tombstones.Size); err != nil {
		return err
	}
	return s.mendTombstones(ctx, e, func(write func(io.Writer) error) error {
		return blockfile.Restore(s.fs, dir, *e.Tombstones, write)
	})
}

// CanMendTombstones tells whether MendTombstones would succeed.
func (s *Store) CanMendTombstones(ctx context.Context, e Entry) error {
	return s.mendTombstones(ctx, e, func(write func(io.Writer) error) error { return write(io.Discard) })
}

// mendTombstones reads the copy of a segment's tombstones and hands on what writes it.
func (s *Store) mendTombstones(ctx context.Context, e Entry, use func(write func(io.Writer) error) error) error {
	if e.Spare == nil {
		return fmt.Errorf("its tombstones have no copy: %w", ErrCorrupt)
	}
	file, err := s.openIn(s.fs, filesDir, *e.Spare)
	if err != nil {
		return err
	}
	defer file.Close()
	sec, err := file.Section(sectionCopy)
	if err != nil {
		return err
	}
	b := make([]byte, sec.Len())
	if err := sec.ReadAt(b, 0); err != nil {
		return err
	}
	if sha256.Sum256(b) != e.Tombstones.Hash {
		return &blockfile.CorruptError{File: file.Name(), Block: -1, Kind: e.Spare.Kind, What: "it is the copy of another file"}
	}
	return use(func(to io.Writer) error {
		if err := ctx.Err(); err != nil {
			return err
		}
		_, err := to.Write(b)
		return err
	})
}
