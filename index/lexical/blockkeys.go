package lexical

import (
	"bytes"
	"encoding/binary"

	"sluice/index/blockfile"
)

// Sorted keys lie in blocks, in the dictionary and in a tally alike: each key after the first of
// its block says how many bytes it shares with the one before. What is said here is common to both.

// blockIndex finds blocks by key. Each block has an item, whose last four bytes tell where the
// block's first key ends among the first keys, which stand behind the items. It asks its section
// for every item and key that it looks at, because what was verified for one question is verified
// again for the next.
type blockIndex struct {
	stored    section
	itemBytes int
	blocks    int
}

// item is the item of block b.
func (x *blockIndex) item(b int) ([]byte, error) {
	return x.stored.Bytes(int64(b)*int64(x.itemBytes), int64(x.itemBytes))
}

// first is the first key of block b. Bounds that do not follow the format give an empty key, so
// that a search ends somewhere.
func (x *blockIndex) first(b int) ([]byte, error) {
	from := max(b-1, 0)
	items, err := x.stored.Bytes(int64(from)*int64(x.itemBytes), int64(b+1-from)*int64(x.itemBytes))
	if err != nil {
		return nil, err
	}
	var start uint32
	if b > 0 {
		start = le32(items[x.itemBytes-4:])
	}
	end, keys := le32(items[len(items)-4:]), int64(x.blocks)*int64(x.itemBytes)
	if start > end || int64(end) > x.stored.Len()-keys {
		return nil, nil
	}
	return x.stored.Bytes(keys+int64(start), int64(end-start))
}

// search is the first block whose first key is at least key, or with after set greater than it.
func (x *blockIndex) search(key []byte, after bool) (int, error) {
	low, high := 0, x.blocks
	for low < high {
		mid := int(uint(low+high) / 2)
		first, err := x.first(mid)
		if err != nil {
			return 0, err
		}
		if order := bytes.Compare(first, key); order > 0 || order == 0 && !after {
			high = mid
		} else {
			low = mid + 1
		}
	}
	return low, nil
}

// find is the block that the key stands in, if it is there at all; -1 when it would stand before
// the first.
func (x *blockIndex) find(key []byte) (int, error) {
	b, err := x.search(key, true)
	return b - 1, err
}

// keyBuffer holds the key that a cursor stands on.
type keyBuffer struct {
	key []byte
	buf [keyBytesMax]byte
}

// take reads the next key from the start of b: its two lengths and the bytes that are its own.
// It is false where the bytes do not follow the format.
func (k *keyBuffer) take(b []byte) (after []byte, ok bool) {
	shared, rest, after, ok := cutLengths(b)
	if !ok || shared > len(k.key) || shared+rest > keyBytesMax || shared+rest == 0 || rest > len(after) {
		return nil, false
	}
	copy(k.buf[shared:], after[:rest])
	k.key = k.buf[:shared+rest]
	return after[rest:], true
}

// cutLengths reads what appendLengths wrote.
func cutLengths(b []byte) (shared, rest int, after []byte, ok bool) {
	if len(b) == 0 {
		return 0, 0, nil, false
	}
	shared, rest, after = int(b[0]>>4), int(b[0]&nibbleMax), b[1:]
	for _, n := range []*int{&shared, &rest} {
		if *n == nibbleMax {
			more, size := binary.Uvarint(after)
			if size <= 0 || more > uint64(keyBytesMax) {
				return 0, 0, nil, false
			}
			*n, after = *n+int(more), after[size:]
		}
	}
	return shared, rest, after, true
}

// threeSections are sections of a file, in the order of their names.
func threeSections(f *blockfile.File, names [3]string) (out [3]section, err error) {
	for i, name := range names {
		if out[i], err = f.Section(name); err != nil {
			return out, err
		}
	}
	return out, nil
}
