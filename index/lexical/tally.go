package lexical

import (
	"bytes"
	"encoding/binary"
	"fmt"

	"sluice/index/arm"
	"sluice/index/blockfile"
)

// A segment's tombstone file says what its removed passages had added to the statistics. The
// postings stay as they are; a question takes the tally off their counts. The stored form is three
// sections:
//
//	lexical.tally   entries in bytewise order of their keys, in blocks of tallyKeys: the lengths
//	                of the shared and the following bytes as in the dictionary, those bytes,
//	                uvarint passages. The first key of a block shares nothing
//	lexical.tindex  for each block where it starts (u32) and where its first key ends (u32), then
//	                those keys
//	lexical.tmeta   tallyVersion u32, blocks u32, keys u64, total length u64
//
// It is read where it lies: opening a store costs nothing for it, and a term costs one block.
//
// Its version is that of the analyser: what another one counted cannot be taken off.
const tallyVersion = version

const (
	sectionTally      = "lexical.tally"
	sectionTallyIndex = "lexical.tindex"
	sectionTallyMeta  = "lexical.tmeta"

	tallyKeys      = 32
	tallyItem      = 8
	tallyMetaBytes = 24

	// tallyFoldBytes is how much memory a tally's builder may hold before it is folded.
	tallyFoldBytes = 64 << 20
)

// Removed is the stored tally of one segment.
type Removed struct {
	blockIndex // for each block u32 where it starts, u32 where its first key ends

	entries section
	length  uint64
}

// OpenRemoved reads the tally of a tombstone file.
func OpenRemoved(f *blockfile.File) (*Removed, error) {
	s, err := threeSections(f, [3]string{sectionTally, sectionTallyIndex, sectionTallyMeta})
	if err != nil {
		return nil, err
	}
	return openRemoved(s[0], s[1], s[2])
}

func openRemoved(entries, index, meta section) (*Removed, error) {
	m, err := meta.Bytes(0, meta.Len())
	if err != nil {
		return nil, err
	}
	if len(m) != tallyMetaBytes || le32(m) != tallyVersion {
		return nil, fmt.Errorf("%w: tally: unknown version", ErrFormat)
	}
	blocks := int(le32(m[4:]))
	if int64(blocks) > index.Len()/tallyItem {
		return nil, fmt.Errorf("%w: tally: impossible counts", ErrFormat)
	}
	return &Removed{blockIndex: blockIndex{stored: index, itemBytes: tallyItem, blocks: blocks}, entries: entries,
		length: binary.LittleEndian.Uint64(m[16:])}, nil
}

// Length is the sum of the lengths of the removed passages, in terms.
func (r *Removed) Length() uint64 {
	if r == nil {
		return 0
	}
	return r.length
}

// DF is how many removed passages hold the key.
func (r *Removed) DF(key []byte) (uint32, error) {
	if r == nil {
		return 0, nil
	}
	b, err := r.find(key)
	if err != nil || b < 0 {
		return 0, err
	}
	data, err := r.block(b)
	if err != nil {
		return 0, err
	}
	c := tallyCursor{rest: data}
	for c.next() {
		switch bytes.Compare(c.key, key) {
		case 0:
			return c.count, nil
		case 1:
			return 0, nil
		}
	}
	return 0, c.err
}

// block returns the entries of block b.
func (r *Removed) block(b int) ([]byte, error) {
	item, err := r.item(b)
	if err != nil {
		return nil, err
	}
	start, end := int64(le32(item)), r.entries.Len()
	if b+1 < r.blocks {
		if item, err = r.item(b + 1); err != nil {
			return nil, err
		}
		end = int64(le32(item))
	}
	return r.entries.Bytes(start, end-start)
}

// each visits all entries in bytewise order of their keys. The key is overwritten after visit
// returns.
func (r *Removed) each(visit func(key []byte, count uint32) error) error {
	if r == nil {
		return nil
	}
	for b := range r.blocks {
		data, err := r.block(b)
		if err != nil {
			return err
		}
		c := tallyCursor{rest: data}
		for c.next() {
			if err := visit(c.key, c.count); err != nil {
				return err
			}
		}
		if c.err != nil {
			return c.err
		}
	}
	return nil
}

// tallyCursor walks entries that follow each other.
type tallyCursor struct {
	keyBuffer
	rest  []byte
	count uint32
	err   error
}

// next goes to the next entry; false at the end, and where the bytes do not follow the format.
func (c *tallyCursor) next() bool {
	if len(c.rest) == 0 || c.err != nil {
		return false
	}
	after, ok := c.take(c.rest)
	if !ok {
		c.err = fmt.Errorf("%w: tally: key", ErrFormat)
		return false
	}
	count, n := binary.Uvarint(after)
	if n <= 0 || count > PassagesMax {
		c.err = fmt.Errorf("%w: tally: count", ErrFormat)
		return false
	}
	c.count, c.rest = uint32(count), after[n:]
	return true
}

// tallyWriter writes entries, which come in bytewise order of their keys.
type tallyWriter struct {
	put   func([]byte)
	at    int64
	last  []byte
	entry []byte
	keys  uint64
	index []byte
	first []byte // first keys of the blocks
}

func (w *tallyWriter) add(key []byte, count uint32) {
	if w.keys%tallyKeys == 0 {
		w.last = w.last[:0]
		w.first = append(w.first, key...)
		w.index = binary.LittleEndian.AppendUint32(w.index, uint32(w.at))
		w.index = binary.LittleEndian.AppendUint32(w.index, uint32(len(w.first)))
	}
	shared := sharedPrefix(w.last, key)
	w.entry = appendLengths(w.entry[:0], shared, len(key)-shared)
	w.entry = append(w.entry, key[shared:]...)
	w.entry = binary.AppendUvarint(w.entry, uint64(count))
	w.put(w.entry)
	w.at += int64(len(w.entry))
	w.last = append(w.last[:0], key...)
	w.keys++
}

// Tally counts removed passages. It is not safe for concurrent use.
type Tally struct {
	builder *Builder
	folded  []byte // entries of what was folded, without an index
	length  uint64
}

// NewTally returns an empty tally.
func NewTally() *Tally { return &Tally{builder: NewBuilder()} }

// Add takes a passage that is removed.
func (t *Tally) Add(f arm.Fields) {
	t.length += uint64(t.builder.Add(f))
	if t.builder.Bytes() > tallyFoldBytes {
		t.fold()
	}
}

// fold turns the builder's postings into counts, which is all that is asked of them.
func (t *Tally) fold() {
	var out []byte
	w := tallyWriter{put: func(b []byte) { out = append(out, b...) }}
	each := func(visit func([]byte, uint32) error) error {
		return t.builder.Terms(func(key []byte, df int) error { return visit(key, uint32(df)) })
	}
	if err := mergeSorted(each, t.folded, w.add); err != nil {
		panic("BUG: a tally that does not read what it wrote: " + err.Error())
	}
	t.folded = out
	t.builder.Reset()
}

// WriteTo adds the sections of the tally to a tombstone file: what before holds and what was added
// here. It may be called again after more was added.
func (t *Tally) WriteTo(w *blockfile.Writer, before *Removed) error {
	if err := t.writeTo(w, before); err != nil {
		return err
	}
	return w.Err()
}

func (t *Tally) writeTo(w sink, before *Removed) error {
	t.fold()
	w.Section(sectionTally)
	out := tallyWriter{put: w.Bytes}
	if err := mergeSorted(before.each, t.folded, out.add); err != nil {
		return err
	}
	if out.at > 1<<32-1 {
		return fmt.Errorf("lexical: a tally of %d bytes", out.at)
	}
	w.Section(sectionTallyIndex)
	w.Bytes(out.index)
	w.Bytes(out.first)
	w.Section(sectionTallyMeta)
	meta := binary.LittleEndian.AppendUint32(nil, tallyVersion)
	meta = binary.LittleEndian.AppendUint32(meta, uint32(len(out.index)/tallyItem))
	meta = binary.LittleEndian.AppendUint64(meta, out.keys)
	w.Bytes(binary.LittleEndian.AppendUint64(meta, before.Length()+t.length))
	return nil
}

// mergeSorted gives add the sums of what each visits and of folded entries, in bytewise order.
func mergeSorted(each func(func([]byte, uint32) error) error, folded []byte, add func([]byte, uint32)) error {
	own := foldedCursor{tallyCursor: tallyCursor{rest: folded}}
	more := own.next()
	err := each(func(key []byte, count uint32) error {
		for ; more; more = own.next() {
			order := bytes.Compare(own.key, key)
			if order > 0 {
				break
			}
			if order == 0 {
				count += own.count
				more = own.next()
				break
			}
			add(own.key, own.count)
		}
		add(key, count)
		return nil
	})
	for ; more; more = own.next() {
		add(own.key, own.count)
	}
	if err != nil {
		return err
	}
	return own.err
}

// foldedCursor walks folded entries, whose blocks follow each other without an index.
type foldedCursor struct {
	tallyCursor
	n int
}

func (c *foldedCursor) next() bool {
	if c.n%tallyKeys == 0 {
		c.key = c.key[:0]
	}
	c.n++
	return c.tallyCursor.next()
}
