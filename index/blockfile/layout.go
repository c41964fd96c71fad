// Package blockfile is the one form that every file of the store has: immutable, checksummed, named
// by its SHA-256.
//
// Layout, little-endian:
//
//	header    64 bytes: magic, format, kind, block size, id, CRC-32C of these
//	sections  each starts at a multiple of 64; zeros between
//	checksums CRC-32C of each block: over the file's id, the block's number, its bytes
//	sections' table: name, offset, length
//	footer    64 bytes: magic inverted, the header's fields, where the parts lie, CRC-32C of the
//	          two tables, CRC-32C of the footer
//
// Blocks count from the file's first byte up to the checksums, so header and padding lie in them
// too: every byte of a file is covered. Id and number inside the checksum make a block that lies in
// the wrong place or the wrong file a damaged one.
package blockfile

import (
	"encoding/binary"
	"hash/crc32"
	"math/bits"

	"sluice/internal/defence"
)

const (
	headerBytes  = 64
	footerBytes  = 64
	entryBytes   = 32 // of the sections' table
	sumBytes     = 4  // of the table of checksums
	sectionAlign = 64

	// SectionNameBytesMax is the longest name of a section.
	SectionNameBytesMax = 16

	sectionsMax   = 1 << 10
	fileBytesMax  = 1 << 44
	blockBytesMin = 1 << 9
	blockBytesMax = 1 << 20
)

// BlockBytes is the block of files that are read in long runs, BlockBytesRandom of those read at
// random.
const (
	BlockBytes       = 64 << 10
	BlockBytesRandom = 4 << 10
)

var headerMagic = [8]byte{'S', 'L', 'U', 'I', 'C', 'E', 'F', '\n'}

// footerMagic is the header's with every bit inverted: no run of zeros or copies of the start is
// one.
var footerMagic = func() (m [8]byte) {
	for i, b := range headerMagic {
		m[i] = ^b
	}
	return m
}()

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// blockSum returns the checksum of block number n of the file whose id has the checksum seed.
func blockSum(seed uint32, n int64, b []byte) uint32 {
	var number [8]byte
	binary.LittleEndian.PutUint64(number[:], uint64(n))
	return crc32.Update(crc32.Update(seed, castagnoli, number[:]), castagnoli, b)
}

// seedOf returns what every block checksum of a file starts from.
func seedOf(id ID) uint32 { return crc32.Checksum(id[:], castagnoli) }

// header is the file's first 64 bytes. Its place, its magic, its format and its checksum stay where
// they are in every later format, so that an old program can tell a newer file from a damaged one.
type header struct {
	format     uint16
	kind       Kind
	blockBytes uint32
	id         ID
}

func (h header) encode() []byte {
	b := make([]byte, headerBytes)
	h.put(b, headerMagic)
	binary.LittleEndian.PutUint32(b[60:], crc32.Checksum(b[:60], castagnoli))
	return b
}

func (h header) put(b []byte, magic [8]byte) {
	copy(b, magic[:])
	binary.LittleEndian.PutUint16(b[8:], h.format)
	binary.LittleEndian.PutUint16(b[10:], uint16(h.kind))
	binary.LittleEndian.PutUint32(b[12:], h.blockBytes)
	copy(b[16:32], h.id[:])
}

func getHeader(b []byte) header {
	return header{
		format:     binary.LittleEndian.Uint16(b[8:]),
		kind:       Kind(binary.LittleEndian.Uint16(b[10:])),
		blockBytes: binary.LittleEndian.Uint32(b[12:]),
		id:         ID(b[16:32]),
	}
}

// sumHolds tells whether the last four bytes of b are the CRC-32C of the others.
func sumHolds(b []byte) bool {
	n := len(b) - sumBytes
	return binary.LittleEndian.Uint32(b[n:]) == crc32.Checksum(b[:n], castagnoli) || !defence.Stands(defence.FileTables)
}

// footer is the file's last 64 bytes.
type footer struct {
	header
	payloadEnd int64 // where the table of checksums starts
	sections   uint32
	tablesSum  uint32
}

func (f footer) encode() []byte {
	b := make([]byte, footerBytes)
	f.put(b, footerMagic)
	binary.LittleEndian.PutUint64(b[32:], uint64(f.payloadEnd))
	binary.LittleEndian.PutUint32(b[40:], f.sections)
	binary.LittleEndian.PutUint32(b[44:], f.tablesSum)
	binary.LittleEndian.PutUint32(b[60:], crc32.Checksum(b[:60], castagnoli))
	return b
}

func getFooter(b []byte) footer {
	return footer{
		header:     getHeader(b),
		payloadEnd: int64(binary.LittleEndian.Uint64(b[32:])),
		sections:   binary.LittleEndian.Uint32(b[40:]),
		tablesSum:  binary.LittleEndian.Uint32(b[44:]),
	}
}

// tablesSum covers both tables, and the id so that another file's tables do not fit.
func tablesSum(id ID, tables []byte) uint32 {
	return crc32.Update(seedOf(id), castagnoli, tables)
}

func validBlockBytes(n int64) bool {
	return n >= blockBytesMin && n <= blockBytesMax && bits.OnesCount64(uint64(n)) == 1
}

// blocksOf returns how many blocks hold payloadEnd bytes.
func blocksOf(payloadEnd, blockBytes int64) int64 { return (payloadEnd + blockBytes - 1) / blockBytes }

// Offsets tells where in a file its sections lie when they have those lengths.
func Offsets(lengths ...int64) []int64 {
	at, all := int64(headerBytes), make([]int64, len(lengths))
	for i, n := range lengths {
		all[i] = at
		at = alignUp(at+n, sectionAlign)
	}
	return all
}

func alignUp(n, to int64) int64 { return (n + to - 1) / to * to }
