package text

import (
	"cmp"
	"encoding/binary"
	"fmt"
	"math"
	"slices"
	"sort"

	"github.com/klauspost/compress/zstd"

	"sluice/corpus"
	"sluice/index/blockfile"
)

const (
	// groupMarks is how many marks are compressed together.
	groupMarks = 256
	// markEntryBytes is what is stored for each group: the document of its first mark, where the
	// first of its marks starts and where the last one ends in their documents, and where it lies
	// in the section.
	markEntryBytes = 16
)

// markWriter packs marks into small zstd frames. A file without marks has no sections for them.
type markWriter struct {
	code   markCode
	group  markGroup
	items  int
	raw    []byte
	frames []byte
	table  []byte
}

// markGroup is what the table says of a group. start and end let a reader pass over the groups of a
// long document that do not touch the span it asks for; where documents share a group they span all
// of them.
type markGroup struct{ doc, start, end, at uint32 }

// add takes the marks of the next document that has any.
func (w *markWriter) add(enc *zstd.Encoder, doc uint32, marks corpus.Marks) {
	for _, m := range marks {
		if w.items == 0 {
			w.group = markGroup{doc: doc, start: m.Start, end: m.End}
			w.code = markCode{doc: doc}
		}
		w.group.start, w.group.end = min(w.group.start, m.Start), max(w.group.end, m.End)
		w.raw = w.code.append(w.raw, doc, m)
		if w.items++; w.items == groupMarks {
			w.flush(enc)
		}
	}
}

// flush ends a group.
func (w *markWriter) flush(enc *zstd.Encoder) {
	if w.items == 0 {
		return
	}
	w.group.at = uint32(len(w.frames))
	for _, n := range []uint32{w.group.doc, w.group.start, w.group.end, w.group.at} {
		w.table = binary.LittleEndian.AppendUint32(w.table, n)
	}
	w.frames = appendFrame(w.frames, enc, w.raw)
	w.raw, w.items = w.raw[:0], 0
}

// write ends the last group and writes both sections, if there is a mark. It returns how many
// groups there are.
func (w *markWriter) write(sw *blockfile.Writer, enc *zstd.Encoder) (groups uint32, err error) {
	w.flush(enc)
	if len(w.table) == 0 {
		return 0, nil
	}
	if len(w.frames) > math.MaxUint32 {
		return 0, fmt.Errorf("%d bytes of marks: %w", len(w.frames), ErrFull)
	}
	sw.Section("marks")
	sw.Bytes(w.frames)
	sw.Section("marks.at")
	sw.Bytes(w.table)
	sw.U32(uint32(len(w.frames)))
	return uint32(len(w.table) / markEntryBytes), nil
}

// citable returns the marks that touch a stored passage: nothing else can be cited, and what its
// owner told the store to forget leaves no marks behind.
func citable(marks corpus.Marks, passages []byte) (kept corpus.Marks) {
	if len(marks) == 0 {
		return nil
	}
	type bounds struct{ start, end int64 }
	var all []bounds
	for ; len(passages) > 0; passages = passages[recordBytes:] {
		r := (*Record)(passages)
		all = append(all, bounds{int64(r.Start()), int64(r.Start()) + int64(r.Bytes())})
	}
	slices.SortFunc(all, func(a, b bounds) int { return cmp.Compare(a.start, b.start) })
	for i := 1; i < len(all); i++ { // from here on end is that of all up to it
		all[i].end = max(all[i].end, all[i-1].end)
	}
	for _, m := range marks {
		n := sort.Search(len(all), func(i int) bool { return all[i].start >= int64(m.End) })
		if n > 0 && all[n-1].end > int64(m.Start) {
			kept = append(kept, m)
		}
	}
	return kept
}

// markReader reads what a markWriter wrote.
type markReader struct {
	docs   uint32
	groups int
	frames blockfile.Section
	table  blockfile.Section
	cache  cache
}

// openMarks opens the sections of a file that has groups of marks.
func openMarks(f *blockfile.File, groups, docs uint32) (*markReader, error) {
	m := &markReader{docs: docs, groups: int(groups), cache: cache{file: f}}
	if groups == 0 {
		return m, nil
	}
	var err error
	if m.frames, err = f.Section("marks"); err != nil {
		return nil, err
	}
	if m.table, err = f.Section("marks.at"); err != nil {
		return nil, err
	}
	if m.table.Len() != int64(groups)*markEntryBytes+4 {
		return nil, fmt.Errorf("%d bytes of starts for %d groups of marks", m.table.Len(), groups)
	}
	return m, nil
}

// each calls visit for the marks of a document that overlap a span, in order.
func (m *markReader) each(doc, start, end uint32, visit func(corpus.Mark)) error {
	if m.groups == 0 {
		return nil
	}
	table, err := m.table.All()
	if err != nil {
		return err
	}
	n := sort.Search(m.groups-1, func(g int) bool { return groupAt(table, g+1).doc >= doc })
	for ; n < m.groups; n++ {
		g := groupAt(table, n)
		if g.doc > doc {
			return nil
		}
		if g.start >= end || g.end <= start {
			continue
		}
		err := m.cache.use(uint32(n), m.unpackGroup, func(raw []byte) error {
			return m.eachIn(raw, g.doc, func(d uint32, m corpus.Mark) {
				if d == doc && m.Start < end && m.End > start {
					visit(m)
				}
			})
		})
		if err != nil {
			return err
		}
	}
	return nil
}

func groupAt(table []byte, n int) markGroup {
	at := func(k int) uint32 { return binary.LittleEndian.Uint32(table[n*markEntryBytes+4*k:]) }
	return markGroup{at(0), at(1), at(2), at(3)}
}

// unpackGroup appends the raw bytes of a group to dst.
func (m *markReader) unpackGroup(dst []byte, n uint32) ([]byte, error) {
	table, err := m.table.All()
	if err != nil {
		return nil, err
	}
	from := groupAt(table, int(n)).at
	to := binary.LittleEndian.Uint32(table[len(table)-4:])
	if int(n)+1 < m.groups {
		to = groupAt(table, int(n)+1).at
	}
	frame, err := m.frames.Bytes(int64(from), int64(to)-int64(from))
	if err != nil {
		return nil, err
	}
	return unpackFrame(dst, frame)
}

// eachIn visits the marks of an unpacked group whose first mark belongs to the document first.
func (m *markReader) eachIn(raw []byte, first uint32, visit func(doc uint32, m corpus.Mark)) error {
	code := markCode{doc: first}
	for n := 0; len(raw) > 0; n++ {
		mark, rest, err := code.next(raw)
		if err != nil {
			return err
		}
		if n == groupMarks || code.doc >= m.docs {
			return errMarks
		}
		raw = rest
		visit(code.doc, mark)
	}
	return nil
}

// Marks returns the marks of document i.
func (r *Reader) Marks(i uint32) (corpus.Marks, error) { return r.MarksOver(i, 0, math.MaxUint32) }

// MarksOver returns the marks of document i that overlap a span of its text.
func (r *Reader) MarksOver(i, start, end uint32) (marks corpus.Marks, err error) {
	if i >= r.docs {
		return nil, r.damage(fmt.Errorf("document %d of %d", i, r.docs))
	}
	err = r.marks.each(i, start, end, func(m corpus.Mark) { marks = append(marks, m) })
	return marks, r.damage(err)
}
