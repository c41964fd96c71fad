package index

import (
	"context"
	"crypto/sha256"
	"errors"
	"io"
	"slices"

	"sluice/index/blockfile"
	"sluice/index/parity"
	"sluice/index/text"
	"sluice/internal/defence"
)

// Entries lists the segments of the newest generation, those that cannot be opened among them.
func (s *Store) Entries() ([]Entry, error) {
	m, _, err := readManifest(s.fs)
	if err != nil {
		return nil, err
	}
	return m.Segments, nil
}

// MendText writes the text file of a segment, as it was written, into dir: from what of the damaged
// one is right and from its parity. It changes neither of them. What its parity does not bring back
// is a *parity.LostError. It returns how many blocks were damaged; where none was it writes
// nothing.
func (s *Store) MendText(ctx context.Context, dir string, e Entry) (damaged int, err error) {
	if err := s.CheckSpace(e.Text.Size); err != nil {
		return 0, err
	}
	return s.mendText(ctx, e, func(write func(io.Writer) error) error {
		return blockfile.Restore(s.fs, dir, e.Text, write)
	})
}

// CanMendText tells whether MendText would succeed.
func (s *Store) CanMendText(ctx context.Context, e Entry) error {
	_, err := s.mendText(ctx, e, func(write func(io.Writer) error) error { return write(io.Discard) })
	return err
}

// mendText works out what the text of a segment lacks and hands on what writes all of it.
func (s *Store) mendText(ctx context.Context, e Entry, use func(write func(io.Writer) error) error) (damaged int, err error) {
	file, spare := s.openRaw(e.Text), s.openRaw(e.Derived[blockfile.KindParity])
	defer file.Close()
	defer spare.Close()
	patch, err := parity.Mend(ctx, e.Text, file, spare)
	if errors.Is(err, ErrCorrupt) {
		if b := s.framed(e, file, spare); b != nil {
			return 1, use(func(to io.Writer) error { _, err := to.Write(b); return err })
		}
	}
	if err != nil || patch.Damaged() == 0 {
		return 0, err
	}
	return patch.Damaged(), use(func(to io.Writer) error { return patch.Apply(ctx, to, file) })
}

// framed is a text of which only header, tables and footer are damaged, as it was written; nil when
// more is.
func (s *Store) framed(e Entry, file, spare raw) []byte {
	if e.Text.Size > framedBytesMax {
		return nil
	}
	b, err := readable(e, file, spare)
	if err != nil || sha256.Sum256(b) != e.Text.Hash {
		return nil
	}
	return b
}

// readable is what is left of a text, with tables from the copy in its parity where its own are
// damaged.
func readable(e Entry, file, spare raw) ([]byte, error) {
	var tail []byte
	if defence.Stands(defence.TailCopy) {
		tail = parity.Tail(e.Text, spare)
	}
	return blockfile.Readable(e.Text, text.FileBlockBytes, file, tail)
}

// framedBytesMax bounds the files that are looked at in memory.
const framedBytesMax = 256 << 20

// Damaged tells whether a file that the newest generation names is not what was written.
func (s *Store) Damaged(ctx context.Context, ref blockfile.Ref) (bool, error) {
	m, _, err := readManifest(s.fs)
	if err != nil {
		return false, err
	}
	named := false
	m.files(func(r blockfile.Ref) { named = named || r == ref })
	if !named {
		return false, nil
	}
	f, err := blockfile.Open(s.fs, filesDir, ref)
	if err != nil {
		return errors.Is(err, ErrCorrupt), nil
	}
	defer f.Close()
	bad, err := f.Verify(ctx)
	return slices.ContainsFunc(bad, func(b blockfile.BadBlock) bool { return !b.Once }), err
}

// Restore writes a file of the store into dir from bytes that are its own.
func (s *Store) Restore(dir string, ref blockfile.Ref, write func(io.Writer) error) error {
	if err := s.CheckSpace(ref.Size); err != nil {
		return err
	}
	return blockfile.Restore(s.fs, dir, ref, write)
}

// raw is a file as it lies on disk, checked by nobody.
type raw interface {
	io.ReaderAt
	io.Closer
}

// absent is the file that is missing.
type absent struct{}

func (absent) ReadAt([]byte, int64) (int, error) { return 0, io.EOF }
func (absent) Close() error                      { return nil }

// openRaw opens what lies under a file's name. A file that is missing, or that the disk does not
// give out, is one of which every byte is damaged.
func (s *Store) openRaw(ref blockfile.Ref) raw {
	f, err := s.fs.Open(filesDir + "/" + ref.Name())
	if err != nil {
		return absent{}
	}
	return f
}

// Replace commits files that were made anew in dir, in the place of those of the same names, and
// what edit says of them. A reader that has an old one open keeps what it has.
func (s *Store) Replace(ctx context.Context, dir string, edit Change) error {
	s.recent.drop() // Windows lets nobody replace a file that is mapped
	return s.Commit(ctx, dir, edit)
}

// Discard removes a damaged file that the change which is being committed names no more. Whoever
// has it open keeps it.
func (s *Store) Discard(ref blockfile.Ref) { _ = s.fs.Remove(filesDir + "/" + ref.Name()) }

// RewriteManifest writes both slots and the table of sources anew, from the best copies that are
// left of them.
func (s *Store) RewriteManifest(ctx context.Context) error {
	same := func(all []SourceState) ([]SourceState, error) { return all, nil }
	for range 2 { // a commit writes the slot that does not hold the newest generation
		if err := s.editSources(ctx, same); err != nil {
			return err
		}
	}
	return nil
}
