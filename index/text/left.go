package text

import (
	"context"
	"encoding/binary"
	"errors"

	"sluice/index/blockfile"
)

// OpenLeft is Open for a file that is damaged: numbers that cannot be read are those that its
// sections' lengths tell.
func OpenLeft(f *blockfile.File) (*Reader, error) {
	r, err := Open(f)
	if !errors.Is(err, blockfile.ErrCorrupt) {
		return r, err
	}
	r = &Reader{f: f, cache: cache{file: f}}
	if err := r.count(); err != nil {
		return nil, r.damage(err)
	}
	if err := r.loadSections(); err != nil {
		return nil, r.damage(err)
	}
	return r, nil
}

// OpenMeta opens a text file that may be damaged for what it says of itself: its label and how much
// it holds. Nothing else of it can be read.
func OpenMeta(f *blockfile.File) (*Reader, error) {
	r := &Reader{f: f}
	if err := r.loadMeta(); err != nil {
		return nil, r.damage(err)
	}
	return r, nil
}

// count finds the numbers of documents, passages, blocks and groups of marks.
func (r *Reader) count() error {
	for _, s := range []struct {
		name       string
		item, less uint32
		into       *uint32
	}{
		{"documents", documentBytes, 0, &r.docs},
		{"records", recordBytes, 0, &r.passages},
		{"blocks", blockEntryBytes, 1, &r.blockN},
	} {
		section, err := r.f.Section(s.name)
		if err != nil {
			return err
		}
		*s.into = uint32(section.Len())/s.item - min(s.less, uint32(section.Len())/s.item)
	}
	if marks, err := r.f.Section("marks.at"); err == nil {
		r.markN = uint32(marks.Len()) / markEntryBytes
	}
	return nil
}

// unreadable is one run of Unreadable.
type unreadable struct {
	*Reader
	documents, passages []bool
	blocks              map[uint32]bool // of text: whether their bytes are what was written
}

// Unreadable finds out what of a damaged file cannot be read: of documents any part, and all
// passages of such documents. It reads everything but unpacks no text.
func (r *Reader) Unreadable(ctx context.Context) (documents, passages []bool, err error) {
	u := unreadable{r, make([]bool, r.docs), make([]bool, r.passages), map[uint32]bool{}}
	if err := u.passagesAlone(ctx); err != nil {
		return nil, nil, err
	}
	if err := u.documentsWith(ctx); err != nil {
		return nil, nil, err
	}
	for i := range u.passages { // what belongs to a document that is not whole
		rec, err := r.Passage(uint32(i))
		u.passages[i] = u.passages[i] || err != nil || u.documents[rec.Doc]
	}
	return u.documents, u.passages, nil
}

// passagesAlone looks at each passage, and holds its document for unreadable where it is.
func (u *unreadable) passagesAlone(ctx context.Context) error {
	for i := range u.Reader.passages {
		if err := ctx.Err(); err != nil {
			return err
		}
		rec, err := u.Passage(i)
		if err != nil {
			u.passages[i] = true
			continue
		}
		_, _, err = u.Context(i)
		u.passages[i] = err != nil || !u.textReads(i)
		u.documents[rec.Doc] = u.documents[rec.Doc] || u.passages[i]
	}
	return nil
}

// documentsWith looks at each document, and at what it says of its passages.
func (u *unreadable) documentsWith(ctx context.Context) error {
	for n := range u.docs {
		if err := ctx.Err(); err != nil {
			return err
		}
		d, err := u.Document(n)
		if err == nil {
			_, err = u.Marks(n)
		}
		u.documents[n] = u.documents[n] || err != nil
		for p := d.First; err == nil && p < d.First+d.Count; p++ {
			u.documents[n] = u.documents[n] || u.passages[p]
		}
	}
	return nil
}

// textReads tells whether the text of a passage is what was written.
func (u *unreadable) textReads(i uint32) bool {
	s, err := u.spanOf(i)
	if err != nil || s.from == s.to {
		return err == nil
	}
	reads, known := u.blocks[s.block]
	if !known {
		reads = u.blockReads(s.block)
		u.blocks[s.block] = reads
	}
	return reads
}

func (u *unreadable) blockReads(block uint32) bool {
	e, err := u.Reader.blocks.Bytes(int64(block)*blockEntryBytes, 2*blockEntryBytes)
	if err != nil {
		return false
	}
	from, to := int64(binary.LittleEndian.Uint64(e[4:])), int64(binary.LittleEndian.Uint64(e[16:]))
	_, err = u.text.Verify(from, to-from)
	return err == nil
}
