package lexical

import (
	"encoding/binary"
	"fmt"

	"sluice/index/arm"
	"sluice/internal/defence"
)

// List is the passages of one key in one segment: a view of stored bytes, valid while the file is
// open. A long list is verified piece by piece as it is read, because most readers need a few of
// its blocks only.
type List struct {
	data     []byte
	stored   section // that data lies in, from at on, not verified yet; nil: data is verified
	at       int64
	seed     uint64 // which blocks are computed again by plain code; 0: none
	key      []byte // that it was looked up by, for errors
	df       uint32
	passages uint32 // of the segment
	numbers  int    // bytes of a passage number
	classes  bool
}

// met says of an error that it was met in this list.
func (l List) met(err error) error {
	if err == nil || l.key == nil {
		return err
	}
	return &arm.ListError{Key: string(l.key), Err: err}
}

// DF is how many passages hold the key, deleted ones included.
func (l List) DF() int { return int(l.df) }

// full is the number of full blocks.
func (l *List) full() int {
	if l.df < blockPassages {
		return 0
	}
	return int(l.df / blockPassages)
}

// check returns an error unless a long list's directory is inside its bytes.
func (l *List) check() error {
	if l.full()*directoryItem > len(l.data) {
		return fmt.Errorf("%w: list is shorter than its directory", ErrFormat)
	}
	return nil
}

// direct verifies the directory. Where memory has the list wrong, it is read from the disk as a
// whole.
func (l *List) direct() error {
	if l.stored == nil {
		return nil
	}
	return l.verify(0, l.full()*directoryItem)
}

// verify checks some of the list's bytes.
func (l *List) verify(from, to int) error {
	mapped, err := l.stored.Verify(l.at+int64(from), int64(to-from))
	if err != nil || mapped {
		return err
	}
	l.data, err = l.stored.Bytes(l.at, int64(len(l.data)))
	l.stored = nil
	return err
}

// blockHead is what the directory says of a block.
type blockHead struct {
	last  uint32
	bound byte
	width int
	start int // in the list's bytes
}

func (l *List) head(b int) blockHead {
	item := l.data[b*directoryItem : b*directoryItem+directoryItem]
	lo, hi := le32(item), le32(item[4:])
	return blockHead{last: lo & passageMask, bound: byte(lo >> passageBits), width: int(hi & gapWidthMask),
		start: l.full()*directoryItem + int(hi>>gapWidthBits)*packUnit}
}

// blockBytes is the size of a full block whose gaps have width bits.
func (l *List) blockBytes(width int) int {
	if l.classes {
		return packUnit*width + blockPassages
	}
	return packUnit * width
}

// cursor walks a list block by block. After a call of load it holds one block.
type cursor struct {
	list     List
	block    int    // to be loaded next
	from     uint32 // least passage that may come next
	n        int    // passages in the loaded block
	at       int    // of them, how many were used
	ahead    int    // how many bytes beyond those that are needed are verified with them
	sureFrom int    // of the list's bytes these are verified, beside the directory
	sureTo   int
	last     uint32 // last passage of the loaded block
	passages [blockPassages]uint32
	classes  []byte                // of the loaded block, as stored; of a list without classes, zeros
	place    *[blockPassages]uint8 // where in classes that of a passage stands
}

// class is the class of passage i of the loaded block.
func (c *cursor) class(i int) byte { return c.classes[c.place[i&(blockPassages-1)]] }

var zeroClasses [blockPassages]byte

// inOrder is the place of a class where classes stand in the order of their passages.
var inOrder = func() (place [blockPassages]uint8) {
	for i := range place {
		place[i] = uint8(i)
	}
	return place
}()

// scanAhead is how much of a list that is read from end to end is verified at a time: little enough
// to be in the first-level cache still when it is unpacked.
const scanAhead = 12 << 10

// open starts on a list. ahead is 0 where only some blocks will be read.
func (c *cursor) open(l List, ahead int) error {
	err := l.direct()
	c.list, c.block, c.from, c.n, c.at = l, 0, 0, 0, 0
	c.ahead, c.sureFrom, c.sureTo = ahead, 0, 0
	return err
}

// bytes returns some of the list's bytes, verified.
func (c *cursor) bytes(from, to int) ([]byte, error) {
	if c.list.stored != nil && (from < c.sureFrom || to > c.sureTo) {
		end := min(to+c.ahead, len(c.list.data))
		if err := c.list.verify(from, end); err != nil {
			return nil, err
		}
		c.sureFrom, c.sureTo = from, end
	}
	return c.list.data[from:to:to], nil
}

func (c *cursor) corrupt(what string) error {
	return fmt.Errorf("%w: list of %d passages: block %d: %s", ErrFormat, c.list.df, c.block, what)
}

// load reads the next block; it returns false at the list's end. Every passage it delivers is below
// the segment's number of passages, and they ascend.
func (c *cursor) load() (bool, error) {
	c.n, c.at = 0, 0
	full := c.list.full()
	switch {
	case c.block < full:
		return true, c.loadFull()
	case c.block == full:
		return c.loadRest()
	}
	return false, nil
}

// stored returns the head and the bytes of the full block that is next.
func (c *cursor) stored() (h blockHead, data []byte, err error) {
	h = c.list.head(c.block)
	size := c.list.blockBytes(h.width)
	if h.width > gapWidthMax || h.start > len(c.list.data)-size {
		return h, nil, c.corrupt("outside the list")
	}
	if (h.last < c.from || h.last >= c.list.passages) && defence.Stands(defence.IDRange) {
		return h, nil, c.corrupt("last passage")
	}
	data, err = c.bytes(h.start, h.start+size)
	return h, data, err
}

func (c *cursor) loadFull() error {
	h, data, err := c.stored()
	if err != nil {
		return err
	}
	// Gaps have at most 24 bits and from at most 25, so 128 of them cannot wrap around.
	unpack(&c.passages, c.from, data, h.width, c.list.seed)
	if c.passages[blockPassages-1] != h.last {
		return c.corrupt("does not end where the directory says")
	}
	c.classes, c.place = zeroClasses[:], &packed
	if c.list.classes {
		c.classes = data[packUnit*h.width:]
	}
	c.from, c.last, c.n = h.last+1, h.last, blockPassages
	c.block++
	return nil
}

// loadRest reads a short list, or what a long one has beyond its full blocks.
func (c *cursor) loadRest() (bool, error) {
	n := int(c.list.df % blockPassages)
	if c.list.df < blockPassages {
		n = int(c.list.df)
	}
	if n == 0 {
		c.block++
		return false, nil
	}
	data, err := c.restBytes()
	if err != nil {
		return false, err
	}
	if c.list.df == 1 {
		data, err = c.single(data)
	} else {
		data, err = c.gaps(data, n)
	}
	if err != nil {
		return false, err
	}
	c.classes, c.place = zeroClasses[:n], &inOrder
	if c.list.classes {
		if len(data) < n {
			return false, c.corrupt("classes are missing")
		}
		c.classes = data[:n]
	}
	c.n, c.last = n, c.passages[n-1]
	c.block++
	return true, nil
}

// restBytes is where the part after the full blocks starts.
func (c *cursor) restBytes() ([]byte, error) {
	full := c.list.full()
	if full == 0 {
		return c.list.data, nil
	}
	h := c.list.head(full - 1)
	end := h.start + c.list.blockBytes(h.width)
	if h.width > gapWidthMax || end > len(c.list.data) {
		return nil, c.corrupt("outside the list")
	}
	return c.bytes(end, len(c.list.data))
}

func (c *cursor) single(data []byte) ([]byte, error) {
	if len(data) < c.list.numbers {
		return nil, c.corrupt("too short")
	}
	var p uint32
	for i := range c.list.numbers {
		p |= uint32(data[i]) << (8 * i)
	}
	if p >= c.list.passages && defence.Stands(defence.IDRange) {
		return nil, c.corrupt("passage beyond the segment")
	}
	c.passages[0] = p
	return data[c.list.numbers:], nil
}

func (c *cursor) gaps(data []byte, n int) ([]byte, error) {
	p := uint64(c.from)
	for i := range n {
		gap, size := binary.Uvarint(data)
		if size <= 0 || gap >= PassagesMax {
			return nil, c.corrupt("gap")
		}
		data = data[size:]
		p += gap
		if p >= uint64(c.list.passages) && defence.Stands(defence.IDRange) {
			return nil, c.corrupt("passage beyond the segment")
		}
		c.passages[i] = uint32(p)
		p++
	}
	c.from = uint32(p)
	return data, nil
}

// seek makes passage target, or the first after it, the next one to be used; it returns false when
// the list has none. It loads no block that ends before target.
func (c *cursor) seek(target uint32) (bool, error) {
	if c.n == 0 || c.last < target {
		c.skipTo(target)
		for {
			ok, err := c.load()
			if !ok || err != nil {
				return false, err
			}
			if c.last >= target {
				break
			}
		}
	}
	for c.at < c.n && c.passages[c.at] < target {
		c.at++
	}
	return c.at < c.n, nil
}

// skipTo moves on to the first full block that does not end before target.
func (c *cursor) skipTo(target uint32) {
	full := c.list.full()
	b := c.block
	for b < full && c.list.head(b).last < target {
		b++
	}
	if b > c.block {
		c.block, c.from = b, c.list.head(b-1).last+1
	}
}

// Each visits the passages of the list in ascending order with their classes (0 where the kind of
// list has none), until visit returns false.
func (l List) Each(visit func(passage uint32, class byte) bool) error {
	var c cursor
	if err := c.open(l, scanAhead); err != nil {
		return err
	}
	for {
		ok, err := c.load()
		if !ok || err != nil {
			return err
		}
		for i, p := range c.passages[:c.n] {
			if !visit(p, c.class(i)) {
				return nil
			}
		}
	}
}

// Mark calls hit with the index of each of the ascending passages that is in the list, and its
// class. Blocks that hold none of them are not read.
func (l List) Mark(passages []uint32, hit func(i int, class byte)) error {
	var c cursor
	if err := c.open(l, 0); err != nil {
		return err
	}
	for i := 0; i < len(passages); {
		ok, err := c.seek(passages[i])
		if !ok || err != nil {
			return err
		}
		// Both ascend: walk them side by side to the end of the block.
		at := c.at
		for ; i < len(passages) && passages[i] <= c.last; i++ {
			p := passages[i]
			for c.passages[at] < p {
				at++
			}
			if c.passages[at] == p {
				hit(i, c.class(at))
			}
		}
		c.at = at
	}
	return nil
}

// Has tells whether the list holds a passage.
func (l List) Has(passage uint32) (has bool, err error) {
	err = l.Mark([]uint32{passage}, func(int, byte) { has = true })
	return has, err
}
