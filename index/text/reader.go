package text

import (
	"encoding/binary"
	"fmt"
	"slices"

	"sluice/index/blockfile"
)

// blockEntryBytes is what is stored for each block of text: where it starts, raw and compressed.
const blockEntryBytes = 12

// metaBytes is the fixed part of the section meta.
const metaBytes = 20

// Reader reads one text file. It is safe for concurrent use and dies with the file. What it returns
// is copied, except for records. Numbers in a file are checked before they are used: a damaged or
// hostile file gives a *blockfile.CorruptError. Its methods read mapped bytes, so they are called
// inside index.Segment.Read.
type Reader struct {
	f         *blockfile.File
	label     string
	docs      uint32
	passages  uint32
	blockN    uint32
	markN     uint32 // groups of marks
	text      blockfile.Section
	blocks    blockfile.Section
	records   blockfile.Section
	documents blockfile.Section
	names     *groupReader
	contexts  *groupReader
	marks     *markReader
	cache     cache
}

// Open reads a text file's numbers. The file stays its owner's.
func Open(f *blockfile.File) (*Reader, error) {
	r := &Reader{f: f, cache: cache{file: f}}
	if err := r.load(); err != nil {
		return nil, r.damage(err)
	}
	return r, nil
}

// damage says of any error that is not a *blockfile.CorruptError yet that it is one: the blocks'
// checksums held, so what is in them was never right.
func (r *Reader) damage(err error) error {
	if err == nil || blockfile.IsTyped(err) {
		return err
	}
	return &blockfile.CorruptError{File: r.f.Name(), Block: -1, Kind: r.f.Ref().Kind, What: err.Error(), Err: err}
}

func (r *Reader) load() error {
	if err := r.loadMeta(); err != nil {
		return err
	}
	return r.loadSections()
}

func (r *Reader) loadSections() error {
	for _, s := range []struct {
		name string
		into *blockfile.Section
		want int64 // bytes; -1 for any
	}{
		{"text", &r.text, -1},
		{"blocks", &r.blocks, (int64(r.blockN) + 1) * blockEntryBytes},
		{"records", &r.records, int64(r.passages) * recordBytes},
		{"documents", &r.documents, int64(r.docs) * documentBytes},
	} {
		var err error
		if *s.into, err = r.f.Section(s.name); err != nil {
			return err
		}
		if s.want >= 0 && s.into.Len() != s.want {
			return fmt.Errorf("section %s has %d bytes, not %d", s.name, s.into.Len(), s.want)
		}
	}
	var err error
	if r.contexts, err = openGroups(r.f, "contexts", 2, r.passages); err != nil {
		return err
	}
	if r.names, err = openGroups(r.f, "names", 3, r.docs); err != nil {
		return err
	}
	r.marks, err = openMarks(r.f, r.markN, r.docs)
	return err
}

func (r *Reader) loadMeta() error {
	s, err := r.f.Section("meta")
	if err != nil {
		return err
	}
	b, err := s.All()
	if err != nil {
		return err
	}
	if len(b) >= 4 {
		if v := binary.LittleEndian.Uint32(b); v > format {
			return &blockfile.NewerError{File: r.f.Name(), Format: int(v), Supported: format}
		} else if v < format {
			return &blockfile.OlderError{File: r.f.Name(), Format: int(v), Supported: format}
		}
	}
	if len(b) < metaBytes || len(b) > metaBytes+stringBytesMax {
		return fmt.Errorf("section meta has %d bytes", len(b))
	}
	r.docs = binary.LittleEndian.Uint32(b[4:])
	r.passages = binary.LittleEndian.Uint32(b[8:])
	r.blockN = binary.LittleEndian.Uint32(b[12:])
	r.markN = binary.LittleEndian.Uint32(b[16:])
	r.label = string(b[metaBytes:])
	return nil
}

// Label returns the name of the source that the documents belong to.
func (r *Reader) Label() string { return r.label }

// Documents returns how many documents there are.
func (r *Reader) Documents() int { return int(r.docs) }

// Passages returns how many passages there are.
func (r *Reader) Passages() int { return int(r.passages) }

// Document returns document i.
func (r *Reader) Document(i uint32) (d Document, err error) {
	if i >= r.docs {
		return d, r.damage(fmt.Errorf("document %d of %d", i, r.docs))
	}
	b, err := r.documents.Bytes(int64(i)*documentBytes, documentBytes)
	if err != nil {
		return d, err
	}
	d = decodeDocument(b)
	if uint64(d.First)+uint64(d.Count) > uint64(r.passages) {
		return d, r.damage(fmt.Errorf("document %d has passages %d to %d of %d", i, d.First, uint64(d.First)+uint64(d.Count), r.passages))
	}
	err = r.names.item(i, func(s [][]byte) {
		d.Path, d.Title, d.Type = string(s[0]), string(s[1]), string(s[2])
	})
	return d, r.damage(err)
}

// InDocument tells which of its document's passages passage i is, from 0. What the two say of each
// other is never trusted further than that: who counts up to a number that wrapped never ends.
func (r *Reader) InDocument(i uint32, d Document) (uint32, error) {
	if i < d.First || i-d.First >= d.Count {
		return 0, r.damage(fmt.Errorf("passage %d is none of its document's, %d to %d", i, d.First, d.First+d.Count))
	}
	return i - d.First, nil
}

// Record returns passage i as it is stored, without a copy: it dies with the file. For many
// passages this is the fast way.
func (r *Reader) Record(i uint32) (*Record, error) {
	b, err := r.records.Bytes(int64(i)*recordBytes, recordBytes)
	if err != nil {
		return nil, err
	}
	return (*Record)(b), nil
}

// Passage returns passage i. Its Doc is within Documents.
func (r *Reader) Passage(i uint32) (Passage, error) {
	rec, err := r.Record(i)
	if err != nil {
		return Passage{}, err
	}
	p, err := r.checked(i, rec)
	return p, r.damage(err)
}

func (r *Reader) checked(i uint32, rec *Record) (Passage, error) {
	p := rec.passage()
	if p.Doc >= r.docs {
		return p, fmt.Errorf("passage %d belongs to document %d of %d", i, p.Doc, r.docs)
	}
	return p, nil
}

// Context returns the heading path or the enclosing symbol's context of passage i, and its symbol.
func (r *Reader) Context(i uint32) (context, symbol string, err error) {
	if i >= r.passages {
		return "", "", r.damage(fmt.Errorf("passage %d of %d", i, r.passages))
	}
	err = r.contexts.item(i, func(s [][]byte) { context, symbol = string(s[0]), string(s[1]) })
	return context, symbol, r.damage(err)
}

// Find returns the first passage with an id. It looks at every record that skip does not hold for;
// nil: at all.
func (r *Reader) Find(id [10]byte, skip func(n uint32) bool) (i uint32, ok bool, err error) {
	for n := range r.passages {
		if skip != nil && skip(n) {
			continue
		}
		rec, err := r.Record(n)
		if err != nil {
			return 0, false, err
		}
		if rec.ID() == id {
			return n, true, nil
		}
	}
	return 0, false, nil
}

// span is where a text lies: in which block, and where in it once that is unpacked.
type span struct {
	block    uint32
	from, to int
}

// spanOf finds the text of passage i.
func (r *Reader) spanOf(i uint32) (span, error) {
	rec, err := r.Record(i)
	if err != nil {
		return span{}, err
	}
	start, n := rec.offset(), rec.Bytes()
	if n == 0 || r.blockN == 0 {
		return span{}, r.wantEmpty(i, n)
	}
	low, high := 0, int(r.blockN) // the first block that starts behind start
	for low < high {
		mid := int(uint(low+high) / 2)
		at, err := r.blockStart(mid)
		if err != nil {
			return span{}, err
		}
		if at > start {
			high = mid
		} else {
			low = mid + 1
		}
	}
	k := low - 1
	if k < 0 {
		return span{}, fmt.Errorf("the text of passage %d lies at %d, in no block", i, start)
	}
	at, err := r.blockStart(k)
	if err != nil {
		return span{}, err
	}
	end, err := r.blockStart(k + 1)
	if err != nil {
		return span{}, err
	}
	if uint64(start)+uint64(n) > uint64(end) {
		return span{}, fmt.Errorf("the text of passage %d lies at %d, in no block", i, start)
	}
	from := int(start - at)
	return span{uint32(k), from, from + int(n)}, nil
}

// blockStart is where a block starts in the raw text.
func (r *Reader) blockStart(k int) (uint32, error) {
	e, err := r.blocks.Bytes(int64(k)*blockEntryBytes, 4)
	if err != nil {
		return 0, err
	}
	return binary.LittleEndian.Uint32(e), nil
}

func (r *Reader) wantEmpty(i, n uint32) error {
	if n == 0 {
		return nil
	}
	return fmt.Errorf("passage %d has %d bytes of no text", i, n)
}

// unpackBlock appends the raw text of a block to dst. The frame is read from the file into a buffer
// of our own and checked there.
func (r *Reader) unpackBlock(dst []byte, block uint32) ([]byte, error) {
	e, err := r.blocks.Bytes(int64(block)*blockEntryBytes, 2*blockEntryBytes)
	if err != nil {
		return nil, err
	}
	raw := int64(binary.LittleEndian.Uint32(e[12:])) - int64(binary.LittleEndian.Uint32(e))
	from, to := int64(binary.LittleEndian.Uint64(e[4:])), int64(binary.LittleEndian.Uint64(e[16:]))
	if from < 0 || to < from || to > r.text.Len() || to-from > frameBytesMax {
		return nil, fmt.Errorf("block %d of %d raw bytes at %d to %d", block, raw, from, to)
	}
	buf := frames.Get().(*[]byte)
	defer frames.Put(buf)
	*buf = slices.Grow((*buf)[:0], int(to-from))[:to-from]
	if err := r.text.ReadAt(*buf, from); err != nil {
		return nil, err
	}
	return unpack(dst, *buf, int(raw))
}

// Text appends the text of passage i to dst.
func (r *Reader) Text(dst []byte, i uint32) ([]byte, error) {
	s, err := r.spanOf(i)
	if err != nil || s.from == s.to {
		return dst, r.damage(err)
	}
	err = r.cache.use(s.block, r.unpackBlock, func(b []byte) error {
		if s.to > len(b) {
			return errBeyond
		}
		dst = append(dst, b[s.from:s.to]...)
		return nil
	})
	return dst, r.damage(err)
}

// Sizes returns how many bytes of the file are used for what; together they are the file.
func (r *Reader) Sizes() map[string]int64 {
	part := map[string]string{
		"text": "text", "blocks": "text", "records": "records", "documents": "documents", "names": "documents",
		"names.at": "documents", "contexts": "contexts", "contexts.at": "contexts", "marks": "marks", "marks.at": "marks",
		"meta": "documents",
	}
	sizes := map[string]int64{}
	rest := r.f.Ref().Size
	for _, s := range r.f.Sections() {
		sizes[part[s.Name]] += s.Len
		rest -= s.Len
	}
	sizes["checksums"] = rest
	return sizes
}
