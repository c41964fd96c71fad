package text

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math"

	"github.com/klauspost/compress/zstd"

	"sluice/index/blockfile"
)

// groupItems is how many items are compressed together.
const groupItems = 64

// groupWriter packs items of a few strings each into small zstd frames, item by item, each string
// as what it does not share with the same string of the item before.
type groupWriter struct {
	fields int
	last   []string
	items  int
	raw    []byte
	frames []byte
	starts []uint32
}

func newGroupWriter(fields int) *groupWriter {
	return &groupWriter{fields: fields, last: make([]string, fields)}
}

func (g *groupWriter) add(enc *zstd.Encoder, item ...string) {
	for i, s := range item {
		shared := sharedPrefix(g.last[i], s)
		g.raw = binary.AppendUvarint(g.raw, uint64(shared))
		g.raw = binary.AppendUvarint(g.raw, uint64(len(s)-shared))
		g.raw = append(g.raw, s[shared:]...)
		g.last[i] = s
	}
	if g.items++; g.items == groupItems {
		g.flush(enc)
	}
}

// flush ends a group.
func (g *groupWriter) flush(enc *zstd.Encoder) {
	if g.items == 0 {
		return
	}
	g.starts = append(g.starts, uint32(len(g.frames)))
	g.frames = appendFrame(g.frames, enc, g.raw)
	g.raw, g.items = g.raw[:0], 0
	clear(g.last)
}

// write ends the last group and writes both sections.
func (g *groupWriter) write(sw *blockfile.Writer, enc *zstd.Encoder, section string) error {
	g.flush(enc)
	if len(g.frames) > math.MaxUint32 {
		return fmt.Errorf("%d bytes of %s: %w", len(g.frames), section, ErrFull)
	}
	sw.Section(section)
	sw.Bytes(g.frames)
	sw.Section(section + ".at")
	for _, at := range append(g.starts, uint32(len(g.frames))) {
		sw.U32(at)
	}
	return nil
}

func sharedPrefix(a, b string) int {
	n := min(len(a), len(b))
	for i := range n {
		if a[i] != b[i] {
			return i
		}
	}
	return n
}

// groupReader reads what a groupWriter wrote.
type groupReader struct {
	fields int
	items  uint32
	frames blockfile.Section
	starts blockfile.Section
	cache  cache
}

func openGroups(f *blockfile.File, section string, fields int, items uint32) (*groupReader, error) {
	g := &groupReader{fields: fields, items: items, cache: cache{file: f}}
	var err error
	if g.frames, err = f.Section(section); err != nil {
		return nil, err
	}
	if g.starts, err = f.Section(section + ".at"); err != nil {
		return nil, err
	}
	groups := (int64(items) + groupItems - 1) / groupItems
	if g.starts.Len() != 4*(groups+1) {
		return nil, fmt.Errorf("%d bytes of starts for %d groups of %s", g.starts.Len(), groups, section)
	}
	return g, nil
}

// item calls visit with the strings of item i, which are valid during the call.
func (g *groupReader) item(i uint32, visit func(fields [][]byte)) error {
	if i >= g.items {
		return fmt.Errorf("BUG: item %d of %d", i, g.items)
	}
	return g.cache.use(i/groupItems, g.unpackGroup, func(raw []byte) error {
		fields := make([][]byte, g.fields)
		for range i%groupItems + 1 {
			var err error
			if raw, err = nextItem(raw, fields); err != nil {
				return err
			}
		}
		visit(fields)
		return nil
	})
}

var errGroup = errors.New("a group of strings does not add up")

// cursor reads the items in order, each group once.
type cursor struct {
	g      *groupReader
	at     uint32
	raw    []byte // of the group
	rest   []byte // of it that is not read yet
	fields [][]byte
}

// next returns the strings of the next item, valid until the call after it. There must be one.
func (c *cursor) next() (fields [][]byte, err error) {
	if c.at%groupItems == 0 {
		if c.raw, err = c.g.unpackGroup(c.raw[:0], c.at/groupItems); err != nil {
			return nil, err
		}
		c.rest, c.fields = c.raw, make([][]byte, c.g.fields)
	}
	c.at++
	c.rest, err = nextItem(c.rest, c.fields)
	return c.fields, err
}

// nextItem reads one item over the one before.
func nextItem(raw []byte, fields [][]byte) (rest []byte, err error) {
	for k := range fields {
		if raw, fields[k], err = nextString(raw, fields[k]); err != nil {
			return nil, err
		}
	}
	return raw, nil
}

// nextString reads one string that shares a prefix with the one before, which it overwrites.
func nextString(raw, last []byte) (rest, s []byte, err error) {
	shared, n := binary.Uvarint(raw)
	if n <= 0 || shared > uint64(len(last)) {
		return nil, nil, errGroup
	}
	raw = raw[n:]
	length, n := binary.Uvarint(raw)
	if n <= 0 || length > uint64(len(raw)-n) {
		return nil, nil, errGroup
	}
	raw = raw[n:]
	return raw[length:], append(last[:shared], raw[:length]...), nil
}

// unpackGroup appends the raw bytes of a group to dst.
func (g *groupReader) unpackGroup(dst []byte, group uint32) ([]byte, error) {
	at, err := g.starts.Bytes(4*int64(group), 8)
	if err != nil {
		return nil, err
	}
	from, to := binary.LittleEndian.Uint32(at), binary.LittleEndian.Uint32(at[4:])
	frame, err := g.frames.Bytes(int64(from), int64(to)-int64(from))
	if err != nil {
		return nil, err
	}
	return unpackFrame(dst, frame)
}
