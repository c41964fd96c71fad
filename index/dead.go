package index

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"slices"
	"strings"

	"github.com/RoaringBitmap/roaring/v2"

	"sluice/index/blockfile"
)

// dead is what of a segment is no longer live, with what it had added to the statistics, so that document
// frequencies and lengths are those of the live passages as soon as a removal is committed.
type dead struct {
	documents *roaring.Bitmap
	passages  *roaring.Bitmap
	length    uint64            // terms of the dead passages
	df        map[string]uint32 // lexical key -> dead passages that hold it
}

func newDead() *dead {
	return &dead{documents: roaring.New(), passages: roaring.New(), df: map[string]uint32{}}
}

// clone returns a copy that can be added to: the original belongs to snapshots.
func (d *dead) clone() *dead {
	if d == nil {
		return newDead()
	}
	c := &dead{documents: d.documents.Clone(), passages: d.passages.Clone(), length: d.length, df: make(map[string]uint32, len(d.df))}
	for k, n := range d.df {
		c.df[k] = n
	}
	return c
}

// deadBuilder is the version of the dead file's writer; it is part of the file's id.
const deadBuilder = 1

// keyBytesMax bounds a lexical key that a dead file may claim to hold.
const keyBytesMax = 1 << 10

// write stores d as an immutable file in dir. The same set gives the same bytes.
func (s *Store) writeDead(dir string, text blockfile.Ref, d *dead) (blockfile.Ref, error) {
	docs, err := portable(d.documents)
	if err != nil {
		return blockfile.Ref{}, err
	}
	passages, err := portable(d.passages)
	if err != nil {
		return blockfile.Ref{}, err
	}
	id := blockfile.MakeID(blockfile.KindTombstones, deadBuilder, nil, text.ID[:], docs, passages)
	w := blockfile.NewWriter(s.fs, dir, blockfile.KindTombstones, id, blockfile.BlockBytes)
	w.Section("documents")
	_, _ = w.Write(docs)
	w.Section("passages")
	_, _ = w.Write(passages)
	w.Section("df")
	w.U64(d.length)
	w.U32(uint32(len(d.df)))
	for _, key := range sortedKeys(d.df) {
		w.Uvarint(uint64(len(key)))
		_, _ = w.Write([]byte(key))
		w.Uvarint(uint64(d.df[key]))
	}
	return w.Finish()
}

func sortedKeys(m map[string]uint32) []string {
	keys := make([]string, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	slices.SortFunc(keys, strings.Compare)
	return keys
}

func portable(b *roaring.Bitmap) ([]byte, error) {
	b.RunOptimize()
	var buf bytes.Buffer
	_, err := b.WriteTo(&buf)
	return buf.Bytes(), err
}

// readDead loads a dead file whole. Every count in it is checked against the segment it belongs to.
func readDead(f *blockfile.File, documents, passages int) (*dead, error) {
	d := newDead()
	if err := readBitmap(f, "documents", d.documents, documents); err != nil {
		return nil, err
	}
	if err := readBitmap(f, "passages", d.passages, passages); err != nil {
		return nil, err
	}
	b, err := sectionBytes(f, "df")
	if err != nil {
		return nil, err
	}
	if len(b) < 12 {
		return nil, corruptDead("df table is too short")
	}
	d.length = binary.LittleEndian.Uint64(b)
	n := binary.LittleEndian.Uint32(b[8:])
	return d, d.readCounts(b[12:], n)
}

func (d *dead) readCounts(b []byte, n uint32) error {
	for ; n > 0; n-- {
		size, k := binary.Uvarint(b)
		if k <= 0 || size > keyBytesMax || uint64(len(b)-k) < size {
			return corruptDead("key is beyond the table")
		}
		key := string(b[k : k+int(size)])
		b = b[k+int(size):]
		count, k := binary.Uvarint(b)
		if k <= 0 || count > d.passages.GetCardinality() {
			return corruptDead("count is beyond the dead passages")
		}
		d.df[key] = uint32(count)
		b = b[k:]
	}
	return nil
}

func readBitmap(f *blockfile.File, name string, into *roaring.Bitmap, limit int) error {
	b, err := sectionBytes(f, name)
	if err != nil {
		return err
	}
	if _, err := into.ReadFrom(bytes.NewReader(b)); err != nil {
		return corruptDead(err.Error())
	}
	if err := into.Validate(); err != nil && !into.IsEmpty() {
		return corruptDead(err.Error())
	}
	if !into.IsEmpty() && uint64(into.Maximum()) >= uint64(limit) {
		return corruptDead("names a passage or document that the segment does not have")
	}
	return nil
}

func sectionBytes(f *blockfile.File, name string) ([]byte, error) {
	sec, err := f.Section(name)
	if err != nil {
		return nil, err
	}
	b := make([]byte, sec.Len())
	return b, sec.ReadAt(b, 0)
}

func corruptDead(what string) error {
	return fmt.Errorf("dead file: %s: %w", what, blockfile.ErrCorrupt)
}
