package lexical

import (
	"bytes"
	"encoding/binary"
	"sort"

	"sluice/index/blockfile"
)

// Sorted keys lie in blocks, in the dictionary and in a tally alike: each key after the first of
// its block says how many bytes it shares with the one before. What is said here is common to both.

// blockIndex finds blocks by key. Each block has an item, whose last four bytes tell where the
// block's first key ends among the first keys.
type blockIndex struct {
	items     []byte
	keys      []byte // first keys of the blocks
	itemBytes int
	blocks    int
}

// cutBlockIndex takes the items of blocks and the keys behind them apart.
func cutBlockIndex(all []byte, blocks, itemBytes int) blockIndex {
	n := blocks * itemBytes
	return blockIndex{items: all[:n], keys: all[n:], itemBytes: itemBytes, blocks: blocks}
}

// item is the item of block b.
func (x *blockIndex) item(b int) []byte { return x.items[b*x.itemBytes : (b+1)*x.itemBytes] }

// keyEnd is where the first key of block b ends.
func (x *blockIndex) keyEnd(b int) uint32 { return le32(x.item(b)[x.itemBytes-4:]) }

// first is the first key of block b. Damaged bounds give an empty key, so that a search ends
// somewhere.
func (x *blockIndex) first(b int) []byte {
	var start uint32
	if b > 0 {
		start = x.keyEnd(b - 1)
	}
	end := x.keyEnd(b)
	if start > end || uint64(end) > uint64(len(x.keys)) {
		return nil
	}
	return x.keys[start:end]
}

// find is the block that the key stands in, if it is there at all; -1 when it would stand before
// the first.
func (x *blockIndex) find(key []byte) int {
	return sort.Search(x.blocks, func(b int) bool { return bytes.Compare(x.first(b), key) > 0 }) - 1
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
