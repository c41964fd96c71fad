package text

import (
	"encoding/binary"
	"errors"
	"math"

	"sluice/corpus"
	"sluice/internal/limits"
)

var errMarks = errors.New("a group of marks does not add up")

// markCode is the state of writing or reading a group: each mark is stored as what it does not
// share with the last one of its kind, and with where the last one of all started.
type markCode struct {
	doc, start uint32
	last       [corpus.MarkKinds + 1]corpus.Mark
}

func (c *markCode) append(b []byte, doc uint32, m corpus.Mark) []byte {
	if doc != c.doc {
		c.start = 0
	}
	last := c.last[m.Kind]
	b = binary.AppendUvarint(b, uint64(doc-c.doc))
	b = binary.AppendUvarint(b, uint64(m.Kind))
	b = binary.AppendUvarint(b, uint64(m.Start-c.start))
	b = binary.AppendUvarint(b, uint64(m.End-m.Start))
	b = binary.AppendVarint(b, int64(m.Number)-int64(last.Number))
	b = binary.AppendVarint(b, int64(m.Second)-int64(last.Second))
	shared := sharedPrefix(last.Name, m.Name)
	b = binary.AppendUvarint(b, uint64(shared))
	b = binary.AppendUvarint(b, uint64(len(m.Name)-shared))
	b = append(b, m.Name[shared:]...)
	c.doc, c.start, c.last[m.Kind] = doc, m.Start, m
	return b
}

// next reads a mark; its document is then c.doc.
func (c *markCode) next(b []byte) (m corpus.Mark, rest []byte, err error) {
	in := numbers{b: b}
	docs, kind := in.uint32(), corpus.MarkKind(min(in.uint32(), math.MaxUint8))
	if !kind.Valid() {
		return m, nil, errMarks
	}
	if docs > 0 {
		c.start = 0
	}
	last := c.last[kind]
	m.Kind = kind
	c.doc = in.sum(c.doc, int64(docs))
	m.Start = in.sum(c.start, int64(in.uint32()))
	m.End = in.sum(m.Start, int64(in.uint32()))
	m.Number = in.sum(last.Number, in.signed())
	m.Second = in.sum(last.Second, in.signed())
	m.Name = in.name(last.Name)
	if in.bad || m.Start >= m.End {
		return m, nil, errMarks
	}
	c.start, c.last[kind] = m.Start, m
	return m, in.b, nil
}

// numbers reads numbers from b. After one that is not there, or is out of bounds, it is bad.
type numbers struct {
	b   []byte
	bad bool
}

func (in *numbers) uint32() uint32 {
	v, n := binary.Uvarint(in.b)
	if n <= 0 || v > math.MaxUint32 {
		in.b, in.bad = nil, true
		return 0
	}
	in.b = in.b[n:]
	return uint32(v)
}

// signed reads a difference of two numbers.
func (in *numbers) signed() int64 {
	v, n := binary.Varint(in.b)
	if n <= 0 || v > math.MaxUint32 || v < -math.MaxUint32 {
		in.b, in.bad = nil, true
		return 0
	}
	in.b = in.b[n:]
	return v
}

// sum adds what stays within 32 bits.
func (in *numbers) sum(a uint32, b int64) uint32 {
	s := int64(a) + b
	in.bad = in.bad || s < 0 || s > math.MaxUint32
	return uint32(s)
}

// name reads a name that shares a prefix with the last one.
func (in *numbers) name(last string) string {
	shared, length := in.uint32(), in.uint32()
	if in.bad || int64(shared) > int64(len(last)) || int64(length) > int64(len(in.b)) || shared+length > limits.MarkNameBytesMax {
		in.bad = true
		return ""
	}
	tail := in.b[:length]
	in.b = in.b[length:]
	if length == 0 {
		return last[:shared]
	}
	return last[:shared] + string(tail)
}
