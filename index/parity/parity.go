// Package parity keeps what brings a damaged text file back: Reed-Solomon parity over the file's
// raw bytes, header, tables and footer included, so that it does not matter which of them were hit.
//
// The file is cut into shards. Each has a CRC-32C over the text file's id, the shard's number and
// its bytes, so a shard that was lost, changed or put in another place is known to be wrong, and a
// code that is told which shards are wrong brings back as many as it has parity shards. A file of
// more shards than fit a code becomes several groups. Shard i belongs to group i mod groups, so a
// run of damage costs each group its share of it.
//
// Whatever 4 % of a file comes back: a run of bytes anywhere, its end, or shards at random. Parity
// shards are shards too: damage to the parity file counts as much as damage to the text.
//
// Sections of a parity file, little-endian:
//
//	sums        CRC-32C of each shard of the text (4), then of each parity shard
//	parity      the parity shards: of each group the first, of each group the second, ...
//	sums.again  as sums, far from them: a shard is right when either of the two says so
//	tail        a copy of the text file's last bytes, its tables and footer among them: see Tail
//
// Where they lie follows from the text file's size alone. So a parity file whose header and tables
// are gone still serves, and it holds no number that could lead a reader astray.
//
// Nothing in here is trusted in the end: what comes out is the file that the manifest names by its
// SHA-256, or an error.
package parity

import (
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"io"
	"math/bits"

	"github.com/klauspost/reedsolomon"

	"sluice/index/blockfile"
)

// Version is that of all code that decides the bytes of a parity file. Its history:
//
//	1  first
//	2  a copy of the text file's tables; what reads version 1 finds the rest of it as it was
const Version = 2

// BlockBytes is the unit of checksums in a parity file.
const BlockBytes = blockfile.BlockBytesRandom

const (
	shardBytesMax = 4 << 10 // the unit of checksums of a text file
	shardBytesMin = 512
	// shardsMany is how many shards a small file should have: of fewer, 4 % is none.
	shardsMany = 128
	// groupShardsMax keeps a code within 2^16 shards, and its working memory small.
	groupShardsMax = 15 << 11
	// Of a group, spare of per shards and one more can be lost. A run of 4 % of the file touches
	// one shard more than 4 % of them. Random losses do not spread evenly over several groups: .6 %
	// is five standard deviations in the largest.
	spare, per = 46, 1000

	sumBytes = 4
)

// ID is the id of the parity file of a text file.
func ID(text blockfile.Ref) blockfile.ID {
	return blockfile.MakeID(blockfile.KindParity, Version, nil, text.ID[:], text.Hash[:])
}

// layout is how a file of some size is cut. It depends on nothing else.
type layout struct {
	size   int64 // of the text file
	shard  int64 // bytes; the last shard of the file is filled up with zeros
	data   int64 // shards that hold the file
	groups int64
	width  int64 // data shards of a group; where data is no multiple of groups, some groups' last is all zeros
	spares int64 // parity shards of a group
}

func layoutOf(size int64) layout {
	l := layout{size: size, shard: shardBytesMax}
	for l.shard > shardBytesMin && size/l.shard < shardsMany {
		l.shard /= 2
	}
	l.data = (size + l.shard - 1) / l.shard
	l.groups = (l.data + groupShardsMax - 1) / groupShardsMax
	l.width = (l.data + l.groups - 1) / l.groups
	l.spares = (l.width*spare+per-1)/per + 1
	return l
}

// parity is how many parity shards there are in all.
func (l layout) parity() int64 { return l.groups * l.spares }

// number is the number of a shard of a group: the file's shards first, then the parity shards. ok
// is false for a shard behind the file's last one, which is all zeros and stored nowhere.
func (l layout) number(group, k int64) (n int64, ok bool) {
	if k >= l.width {
		return l.data + (k-l.width)*l.groups + group, true
	}
	n = k*l.groups + group
	return n, n < l.data
}

// offsets tells where in a parity file its sections lie.
func (l layout) offsets() (sums, shards, again, tail int64) {
	table := (l.data + l.parity()) * sumBytes
	at := blockfile.Offsets(table, l.parity()*l.shard, table, l.tail())
	return at[0], at[1], at[2], at[3]
}

const (
	// tailPer is the block that a text file has a checksum for, and tailMore what its footer and
	// its table of sections take at most: 30 sections.
	tailPer  = blockfile.BlockBytesRandom
	tailMore = 1 << 10
)

// tail is how many bytes at a text file's end are copied, so that its tables are among them.
func (l layout) tail() int64 { return min(l.size, (l.size/tailPer+1)*sumBytes+tailMore) }

// Tail is the copy of a text file's end that its parity file holds, checked by nobody. Damage that
// parity does not bring back costs the blocks that it hit: but only as long as the tables say where
// the others lie and whether they are right.
func Tail(text blockfile.Ref, parity io.ReaderAt) []byte {
	l := layoutOf(text.Size)
	_, _, _, at := l.offsets()
	return readSome(parity, at, l.tail())
}

// coder is the code of one group: Leopard, whose cost grows with n log n, in GF(2^8) where all
// shards fit that, because the tables of GF(2^16) take a quarter of a second and 80 MiB to make.
func (l layout) coder() (reedsolomon.Encoder, error) {
	field := reedsolomon.WithLeopardGF16(true)
	chunk := int64(1) << bits.Len64(uint64(l.spares-1)) // what the library rounds up to
	if chunk+(l.width+chunk-1)/chunk*chunk <= 1<<8 {
		field = reedsolomon.WithLeopardGF(true)
	}
	c, err := reedsolomon.New(int(l.width), int(l.spares), field, reedsolomon.WithMaxGoroutines(1))
	if err != nil {
		return nil, fmt.Errorf("a code of %d and %d shards: %w", l.width, l.spares, err)
	}
	return c, nil
}

// columnBytesMax bounds the shards that are held at once.
const columnBytesMax = 32 << 20

// column is how many bytes of each of a group's shards are worked on at once. The bytes of one
// position of all shards are a code of their own, in runs of 64.
func (l layout) column() int64 {
	w := l.shard
	for w > 64 && w*(l.width+l.spares) > columnBytesMax {
		w /= 2
	}
	return w
}

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// sumOf is the checksum of shard n of the file with that id.
func sumOf(id blockfile.ID, n int64, shard []byte) uint32 {
	var number [8]byte
	binary.LittleEndian.PutUint64(number[:], uint64(n))
	return crc32.Update(crc32.Update(crc32.Checksum(id[:], castagnoli), castagnoli, number[:]), castagnoli, shard)
}
