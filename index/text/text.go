// Package text holds the documents of one source as the store keeps them: documents, passages, and
// the passages' text in compressed blocks with random access. Text is primary: every other file of
// a segment is derived from one text file and can be built from it again.
//
// Sections of a text file, little-endian:
//
//	text         zstd frames, one a block: whole passages, up to 16 KiB before compression
//	blocks       12 bytes a block and 12 more: where it starts in the raw text (4) and in the
//	             section text (8)
//	records      40 bytes a passage, see Record
//	contexts     zstd frames, one for 64 passages: context and symbol, front-coded
//	contexts.at  where each of these starts (4), and where the last one ends
//	documents    72 bytes a document: hash, times, size (6 bytes) and secrets (2), passages,
//	             bytes, lines
//	names        zstd frames, one for 64 documents: path, title and type, front-coded
//	names.at     as contexts.at
//	marks        zstd frames, one for 256 marks: what of its original a span comes from
//	marks.at     16 bytes a frame: the first mark's document, the least start and the greatest
//	             end of its marks, where it starts (4 each); and where the last one ends
//	meta         format, numbers of documents, passages, blocks and frames of marks (4 each),
//	             label
//
// A file whose documents have no marks has neither section marks nor marks.at.
//
// The same text is stored once: passages with equal text point at the same raw bytes.
package text

import (
	"errors"

	"sluice/index/blockfile"
	"sluice/internal/limits"
)

// format is the format of the sections; its history:
//
//	1  first
//	2  marks
const format = 2

// Builder is the version of the code that builds text files, for blockfile.MakeID. Since 3, text
// that repeats nothing is still written in as many bits as its signs need.
const Builder = 3

// FileBlockBytes is the unit of checksums in a text file, for blockfile.NewWriter: small, because a
// block of text is about 4 KiB when compressed, and reading it must not mean reading sixteen times
// as much.
const FileBlockBytes = blockfile.BlockBytesRandom

const (
	// blockBytes is how much text goes into a block, before compression. A longer passage is a
	// block of its own.
	blockBytes = 16 << 10

	// rawBytesMax is the most text in one file: offsets have 32 bits.
	rawBytesMax = 1<<32 - 1 - limits.PassageBytesMax

	// stringBytesMax is the longest title, type, context or symbol; the writer cuts what is longer.
	stringBytesMax = 4 << 10
)

// ErrFull says that a file cannot hold more text: finish it and start another one.
var ErrFull = errors.New("text file is full")

// Document is one document of the source.
type Document struct {
	Path, Title, Type string
	ModTime, Time     int64 // unix ns; 0 = unknown. ModTime is the file's, Time the document's own
	Size              int64 // bytes at the source
	Hash              [32]byte
	First, Count      uint32 // its passages
	Bytes, Lines      uint32 // of the extracted text
	Secrets           uint16 // that were cut out of it; 65535 stands for that many or more
}

// Flags of a passage.
const (
	// SecretCut says that a secret was cut out of it.
	SecretCut = 1

	// langBits are the number of its document's language, as index/lexical counts them; 0: none
	// that it knows.
	langShift = 1
	langBits  = 0x1F << langShift
)

// LangFlags are the flags of passages whose document is in a language.
func LangFlags(number uint8) uint8 { return number << langShift & langBits }

// Lang is the number of the language of the passage's document.
func (p *Passage) Lang() uint8 { return p.Flags & langBits >> langShift }

// Passage is what is stored for one passage beside its text.
type Passage struct {
	ID      [10]byte
	Doc     uint32 // index of its document
	Start   uint32 // where its text starts in the document, in bytes
	Bytes   uint32 // length of its text
	Line    uint32 // first line, 1-based
	Lines   uint16 // how many; 65535 stands for that many or more
	Flags   uint8  // SecretCut and the language; two bits are free
	SimHash uint64 // see SimHash
}
