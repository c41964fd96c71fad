package lexical

import (
	"encoding/binary"
	"slices"

	"sluice/index/blockfile"
)

// sink is the part of blockfile.Writer that postings are written through; it latches its first
// error.
type sink interface {
	Section(name string)
	Bytes(p []byte)
}

// dictWriter writes keys, which come in bytewise order, and their lists. It holds one block of the
// dictionary and, for the index, a key a block.
type dictWriter struct {
	sink    sink
	offset  int64 // bytes written to the section of lists
	numbers int   // bytes of a passage number
	keys    uint64

	block    []byte // entries of the open block
	lists    []byte // its short lists
	terms    int
	last     []byte // the key before, in the open block
	longFrom int64  // where its first long list starts

	index    []byte // of each closed block: u64 where it starts, u32 where its first key ends in indexKeys
	indexKey []byte
	blocks   uint64
	encode   listEncoder
}

func newDictWriter(out sink, passages uint32) *dictWriter {
	out.Section(sectionLists)
	return &dictWriter{sink: out, numbers: passageNumberBytes(passages), longFrom: -1}
}

// add writes one key and its list. classes is nil where the kind of list has none.
func (w *dictWriter) add(key []byte, passages []uint32, classes []byte) {
	if w.terms == 0 {
		w.indexKey = append(w.indexKey, key...)
	}
	shared := sharedPrefix(w.last, key)
	w.block = appendLengths(w.block, shared, len(key)-shared)
	w.block = append(w.block, key[shared:]...)
	w.block = binary.AppendUvarint(w.block, uint64(len(passages)-1))
	switch {
	case len(passages) == 1:
		w.lists = appendNumber(w.lists, passages[0], w.numbers)
		w.lists = append(w.lists, classes...)
	case len(passages) < blockPassages:
		before := len(w.lists)
		w.lists = appendShort(w.lists, passages, classes, 0)
		w.block = binary.AppendUvarint(w.block, uint64(len(w.lists)-before))
	default:
		list := w.encode.long(passages, classes)
		w.align()
		if w.longFrom < 0 {
			w.longFrom = w.offset / listAlign
		}
		w.write(list)
		w.block = binary.AppendUvarint(w.block, uint64(len(list)))
	}
	w.last = append(w.last[:0], key...)
	w.keys++
	if w.terms++; w.terms == dictTerms {
		w.closeBlock()
	}
}

// closeBlock writes the open block and notes it in the index.
func (w *dictWriter) closeBlock() {
	if w.terms == 0 {
		return
	}
	w.index = binary.LittleEndian.AppendUint64(w.index, uint64(w.offset))
	w.index = binary.LittleEndian.AppendUint32(w.index, uint32(len(w.indexKey)))
	w.write(binary.AppendUvarint(nil, uint64(max(w.longFrom, 0))))
	w.write(w.block)
	w.write(w.lists)
	w.block, w.lists, w.last, w.terms, w.longFrom = w.block[:0], w.lists[:0], w.last[:0], 0, -1
	w.blocks++
}

// finish writes the index and what is said once.
func (w *dictWriter) finish(passages uint32, totalLength uint64) {
	w.closeBlock()
	w.write(make([]byte, listAlign)) // a kernel may read a vector beyond a list's end
	w.sink.Section(sectionIndex)
	w.sink.Bytes(w.index)
	w.sink.Bytes(w.indexKey)
	w.sink.Section(sectionMeta)
	meta := binary.LittleEndian.AppendUint32(nil, formatVersion)
	meta = binary.LittleEndian.AppendUint32(meta, passages)
	meta = binary.LittleEndian.AppendUint64(meta, totalLength)
	meta = binary.LittleEndian.AppendUint64(meta, w.keys)
	w.sink.Bytes(binary.LittleEndian.AppendUint64(meta, w.blocks))
}

func (w *dictWriter) write(p []byte) {
	w.sink.Bytes(p)
	w.offset += int64(len(p))
}

// align fills the section up to where a long list may start.
func (w *dictWriter) align() {
	var zero [listAlign]byte
	if rest := int(w.offset % listAlign); rest > 0 {
		w.write(zero[rest:])
	}
}

// sharedPrefix is how many bytes a and b have in common at their start.
func sharedPrefix(a, b []byte) int {
	n := min(len(a), len(b))
	for i := range n {
		if a[i] != b[i] {
			return i
		}
	}
	return n
}

// appendLengths writes the two lengths of an entry.
func appendLengths(dst []byte, shared, rest int) []byte {
	dst = append(dst, byte(min(shared, nibbleMax)<<4|min(rest, nibbleMax)))
	if shared >= nibbleMax {
		dst = binary.AppendUvarint(dst, uint64(shared-nibbleMax))
	}
	if rest >= nibbleMax {
		dst = binary.AppendUvarint(dst, uint64(rest-nibbleMax))
	}
	return dst
}

func appendNumber(dst []byte, passage uint32, size int) []byte {
	for range size {
		dst = append(dst, byte(passage))
		passage >>= 8
	}
	return dst
}

// appendShort writes a short list whose passages are at least from.
func appendShort(dst []byte, passages []uint32, classes []byte, from uint32) []byte {
	for _, p := range passages {
		dst = binary.AppendUvarint(dst, uint64(p-from))
		from = p + 1
	}
	return append(dst, classes...)
}

// listEncoder makes long lists. Its buffers are used again.
type listEncoder struct{ directory, blocks []byte }

// long encodes a list of at least blockPassages passages.
func (e *listEncoder) long(passages []uint32, classes []byte) []byte {
	e.directory, e.blocks = e.directory[:0], e.blocks[:0]
	from := uint32(0)
	full := len(passages) &^ (blockPassages - 1)
	for i := 0; i < full; i += blockPassages {
		var of []byte
		if classes != nil {
			of = classes[i : i+blockPassages]
		}
		from = e.block((*[blockPassages]uint32)(passages[i:]), of, from)
	}
	var rest []byte
	if classes != nil {
		rest = classes[full:]
	}
	e.blocks = appendShort(e.blocks, passages[full:], rest, from)
	e.directory = append(e.directory, e.blocks...)
	return e.directory
}

// block encodes one full block and returns the least passage that may follow.
func (e *listEncoder) block(passages *[blockPassages]uint32, classes []byte, from uint32) uint32 {
	var gaps [blockPassages]uint32
	for i, p := range passages {
		gaps[i] = p - from
		from = p + 1
	}
	width := widthOf(gaps[:])
	start := uint32(len(e.blocks) / packUnit)
	e.directory = binary.LittleEndian.AppendUint32(e.directory, (from-1)|uint32(boundOf(classes))<<passageBits)
	e.directory = binary.LittleEndian.AppendUint32(e.directory, uint32(width)|start<<gapWidthBits)
	e.blocks = pack(e.blocks, &gaps, width)
	if classes != nil {
		e.blocks = packClasses(e.blocks, classes)
	}
	return from
}

// boundOf is a class at least as good as each of classes: the greatest frequency, the smallest
// length.
func boundOf(classes []byte) byte {
	if len(classes) == 0 {
		return 0
	}
	tf, length := byte(0), byte(lengthClasses-1)
	for _, c := range classes {
		tf = max(tf, c>>lengthBits)
		length = min(length, c&(lengthClasses-1))
	}
	return tf<<lengthBits | length
}

// WriteTo writes all passages as three sections. The same passages give the same bytes.
func (b *Builder) WriteTo(w *blockfile.Writer) error {
	if err := b.writeTo(w); err != nil {
		return err
	}
	return w.Err()
}

func (b *Builder) writeTo(out sink) error {
	w := newDictWriter(out, b.passages)
	err := b.lists(func(key []byte, passages []uint32, classes []byte) error {
		w.add(key, passages, classes)
		return nil
	})
	w.finish(b.passages, b.total)
	return err
}

// Terms visits every key in bytewise order with the number of passages that it lists: what a
// tombstone of these passages takes from each df.
func (b *Builder) Terms(visit func(key []byte, df int) error) error {
	return b.lists(func(key []byte, passages []uint32, _ []byte) error { return visit(key, len(passages)) })
}

// lists visits every list in bytewise order of keys. What visit is given is overwritten after it
// returns.
func (b *Builder) lists(visit func(key []byte, passages []uint32, classes []byte) error) error {
	sorted := b.sortedLists()
	ends := b.distribute(sorted)
	var key []byte
	var start uint32
	for i, list := range sorted {
		key = b.appendKey(key[:0], list)
		passages, classes := ends.passages[start:ends.end[i]], ends.classes[start:ends.end[i]]
		start = ends.end[i]
		if !hasClasses(key) {
			classes = nil
		}
		if err := visit(key, passages, classes); err != nil {
			return err
		}
	}
	return nil
}

// appendKey appends the key of a list to dst.
func (b *Builder) appendKey(dst []byte, list uint32) []byte {
	term := b.vocab.term(list >> listKindBits)
	switch list & (1<<listKindBits - 1) {
	case stemList:
		return StemKey(dst, term)
	case exactList:
		return ExactKey(dst, term)
	case titleList:
		return TitleKey(dst, term)
	}
	return PathKey(dst, term)
}

// distributed holds all postings in the order of their lists.
type distributed struct {
	passages []uint32
	classes  []byte
	end      []uint32 // of each list
}

// distribute sorts the postings by list, keeping the order of passages: a counting sort.
func (b *Builder) distribute(sorted []uint32) distributed {
	rank := make([]uint32, len(b.vocab.words)<<listKindBits)
	for i, list := range sorted {
		rank[list] = uint32(i)
	}
	next := make([]uint32, len(sorted)+1)
	for _, p := range b.postings {
		next[rank[p>>postingListShift]+1]++
	}
	for i := 1; i < len(next); i++ {
		next[i] += next[i-1]
	}
	d := distributed{passages: make([]uint32, len(b.postings)), classes: make([]byte, len(b.postings)), end: next}
	for _, p := range b.postings {
		at := &next[rank[p>>postingListShift]]
		d.passages[*at] = uint32(p>>postingPassageShift) & passageMask
		d.classes[*at] = byte(p)
		*at++
	}
	return d
}

// sortedLists returns the lists that hold a posting, in the order of their keys.
func (b *Builder) sortedLists() []uint32 {
	used := make([]bool, len(b.vocab.words)<<listKindBits)
	n := 0
	for _, p := range b.postings {
		if list := p >> postingListShift; !used[list] {
			used[list] = true
			n++
		}
	}
	type item struct {
		tag  byte
		list uint32
		head uint64 // the first bytes of the term, big-endian: decides nearly every comparison
	}
	items := make([]item, 0, n)
	for list, u := range used {
		if u {
			kind := list & (1<<listKindBits - 1)
			items = append(items, item{tag: kindTags[kind], list: uint32(list), head: b.head(uint32(list) >> listKindBits)})
		}
	}
	slices.SortFunc(items, func(x, y item) int {
		switch {
		case x.tag != y.tag:
			return int(x.tag) - int(y.tag)
		case x.head < y.head:
			return -1
		case x.head > y.head:
			return 1
		}
		return slices.Compare(b.vocab.term(x.list>>listKindBits), b.vocab.term(y.list>>listKindBits))
	})
	sorted := make([]uint32, n)
	for i, it := range items {
		sorted[i] = it.list
	}
	return sorted
}

// kindTags gives each kind of list its tag.
var kindTags = [listKinds]byte{stemList: TagStem, exactList: TagExact, titleList: TagTitle, pathList: TagPath}

// head is the first eight bytes of a term, padded with zeros, as a number.
func (b *Builder) head(id uint32) uint64 {
	var head [8]byte
	copy(head[:], b.vocab.term(id))
	return binary.BigEndian.Uint64(head[:])
}
