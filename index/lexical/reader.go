package lexical

import (
	"bytes"
	"encoding/binary"
	"fmt"

	"sluice/index/blockfile"
)

// section is the part of blockfile.Section that postings are read through. Bytes returns bytes that
// were verified against their checksums, or an error; they stay valid while the file is open. View
// returns mapped bytes of which none is verified, and Verify does that for some of them; where it
// says that they are not mapped, only Bytes has them right.
type section interface {
	Len() int64
	Bytes(off, n int64) ([]byte, error)
	View(off, n int64) ([]byte, error)
	Verify(off, n int64) (mapped bool, err error)
}

// Reader reads the postings of one segment. It is safe for concurrent use.
type Reader struct {
	blockIndex // of the dictionary: for each block u64 where it starts, u32 where its first key ends

	lists    section
	passages uint32
	total    uint64
	keyN     uint64
	numbers  int
}

// indexItem is the bytes of a block in the index.
const indexItem = 12

// Open reads what is said once; lists and dictionary are read as they are asked for. The reader
// dies with the file.
func Open(f *blockfile.File) (*Reader, error) {
	s, err := threeSections(f, [3]string{sectionLists, sectionIndex, sectionMeta})
	if err != nil {
		return nil, err
	}
	return openSections(s[0], s[1], s[2])
}

// openSections reads what is said once; lists and dictionary are read as they are asked for.
func openSections(lists, index, meta section) (*Reader, error) {
	m, err := meta.Bytes(0, meta.Len())
	if err != nil {
		return nil, err
	}
	if len(m) < metaBytes || le32(m) != formatVersion {
		return nil, fmt.Errorf("%w: unknown version", ErrFormat)
	}
	r := &Reader{lists: lists, passages: le32(m[4:]), total: binary.LittleEndian.Uint64(m[8:]),
		keyN: binary.LittleEndian.Uint64(m[16:])}
	blocks := binary.LittleEndian.Uint64(m[24:])
	if r.passages > PassagesMax || blocks > uint64(index.Len()/indexItem) {
		return nil, fmt.Errorf("%w: impossible counts", ErrFormat)
	}
	r.blockIndex, r.numbers = blockIndex{stored: index, itemBytes: indexItem, blocks: int(blocks)}, passageNumberBytes(r.passages)
	return r, nil
}

// Passages is the number of passages, deleted ones included.
func (r *Reader) Passages() int { return int(r.passages) }

// TotalLength is the sum of the lengths of all passages in terms, deleted ones included.
func (r *Reader) TotalLength() uint64 { return r.total }

// Keys is the number of keys.
func (r *Reader) Keys() int64 { return int64(r.keyN) }

// block returns the bytes of block b of the dictionary, and what follows it. Section sees to
// bounds.
func (r *Reader) block(b int) ([]byte, error) {
	item, err := r.item(b)
	if err != nil {
		return nil, err
	}
	start, end := int64(binary.LittleEndian.Uint64(item)), r.lists.Len()
	if b+1 < r.blocks {
		if item, err = r.item(b + 1); err != nil {
			return nil, err
		}
		end = min(end, int64(binary.LittleEndian.Uint64(item)))
	}
	return r.lists.Bytes(start, min(end-start, int64(dictBlockBytesMax)))
}

// dictBlockBytesMax bounds a block of the dictionary: keys of the greatest length whose lists are
// all as long as short lists get.
const dictBlockBytesMax = dictTerms * (keyBytesMax + 16 + blockPassages*5)

// Lookup finds the list of a key.
func (r *Reader) Lookup(key []byte) (List, bool, error) {
	if len(key) == 0 {
		return List{}, false, nil
	}
	b, err := r.find(key)
	if err != nil || b < 0 {
		return List{}, false, err
	}
	var c dictCursor
	if err := c.open(r, b); err != nil {
		return List{}, false, err
	}
	for c.next() {
		switch bytes.Compare(c.key, key) {
		case 0:
			l, err := c.list()
			return l, err == nil, err
		case 1:
			return List{}, false, nil
		}
	}
	return List{}, false, c.err
}

// Terms visits every key that starts with prefix, in bytewise order, with its list. The key is
// overwritten after visit returns.
func (r *Reader) Terms(prefix []byte, visit func(key []byte, l List) error) error {
	b, err := r.search(prefix, false)
	if err != nil {
		return err
	}
	var c dictCursor
	for b = max(0, b-1); b < r.blocks; b++ {
		if err := c.open(r, b); err != nil {
			return err
		}
		for c.next() {
			if !bytes.HasPrefix(c.key, prefix) {
				if bytes.Compare(c.key, prefix) > 0 {
					return nil
				}
				continue
			}
			l, err := c.list()
			if err != nil {
				return err
			}
			if err := visit(c.key, l); err != nil {
				return err
			}
		}
		if c.err != nil {
			return c.err
		}
	}
	return nil
}

// dictCursor walks the keys of one block of the dictionary.
type dictCursor struct {
	r     *Reader
	rest  []byte // entries that were not read yet, then the short lists
	short []byte // the short lists, once their start is known
	terms int    // keys left in the block
	err   error

	keyBuffer
	df      uint32
	size    int   // bytes of the list
	shortAt int   // bytes of short lists before it
	longAt  int64 // where it starts in the section, when it is long
	nextAt  int64 // where the next long list starts
	before  int   // bytes of short lists up to and with it
	all     []byte
}

// open starts on block b.
func (c *dictCursor) open(r *Reader, b int) error {
	data, err := r.block(b)
	if err != nil {
		return err
	}
	terms := dictTerms
	if b == r.blocks-1 {
		terms = int(r.keyN - uint64(b)*dictTerms)
	}
	if terms <= 0 || terms > dictTerms {
		return fmt.Errorf("%w: impossible number of keys", ErrFormat)
	}
	*c = dictCursor{r: r, rest: data, terms: terms, all: data}
	first, ok := c.uvarint()
	if !ok || first > uint64(r.lists.Len()/listAlign) {
		return c.fail("start of lists")
	}
	c.nextAt = int64(first) * listAlign
	return nil
}

func (c *dictCursor) fail(what string) error {
	c.err = fmt.Errorf("%w: dictionary: %s", ErrFormat, what)
	c.terms = 0
	return c.err
}

func (c *dictCursor) uvarint() (uint64, bool) {
	v, n := binary.Uvarint(c.rest)
	if n <= 0 {
		return 0, false
	}
	c.rest = c.rest[n:]
	return v, true
}

// next goes to the next key of the block.
func (c *dictCursor) next() bool {
	if c.terms == 0 {
		return false
	}
	c.terms--
	after, ok := c.take(c.rest)
	if !ok {
		_ = c.fail("key")
		return false
	}
	c.rest = after
	df, ok := c.uvarint()
	if !ok || df >= uint64(c.r.passages) {
		_ = c.fail("document frequency")
		return false
	}
	c.df = uint32(df) + 1
	size := uint64(c.r.numbers)
	if hasClasses(c.key) {
		size++
	}
	if c.df > 1 {
		if size, ok = c.uvarint(); !ok || size > uint64(c.r.lists.Len()) {
			_ = c.fail("size of a list")
			return false
		}
	}
	c.size = int(size)
	if c.df < blockPassages {
		c.shortAt = c.before
		c.before += c.size
		return true
	}
	c.longAt = c.nextAt
	c.nextAt = (c.longAt + int64(size) + listAlign - 1) &^ (listAlign - 1)
	return true
}

// list returns the list of the current key.
func (c *dictCursor) list() (List, error) {
	l := List{df: c.df, passages: c.r.passages, classes: hasClasses(c.key), numbers: c.r.numbers}
	if c.df >= blockPassages {
		data, err := c.r.lists.View(c.longAt, int64(c.size))
		if err != nil {
			return List{}, err
		}
		l.data, l.stored, l.at = data, c.r.lists, c.longAt
		return l, l.check()
	}
	start, err := c.shortStart()
	if err != nil {
		return List{}, err
	}
	if start+c.shortAt+c.size > len(c.all) {
		return List{}, c.fail("short list")
	}
	end := start + c.shortAt + c.size
	l.data = c.all[start+c.shortAt : end : end]
	return l, nil
}

// shortStart finds where the short lists of the block start, by reading on to the last key.
func (c *dictCursor) shortStart() (int, error) {
	if c.short == nil {
		ahead := *c
		ahead.key = ahead.buf[:len(c.key)]
		for ahead.next() {
		}
		if ahead.err != nil {
			return 0, ahead.err
		}
		c.short = ahead.rest
	}
	return len(c.all) - len(c.short), nil
}
