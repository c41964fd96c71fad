package lexical

import (
	"encoding/binary"
	"fmt"

	"sluice/index/blockfile"
)

// The stored form: three sections, written in one pass.
//
//	lexical.lists   the long lists and, after those of its terms, each block of the dictionary
//	lexical.index   for each block of the dictionary its first key and where it starts
//	lexical.meta    formatVersion u32, passages u32, total length u64, keys u64, blocks u64
//
// A block of the dictionary holds dictTerms keys in bytewise order:
//
//	uvarint   where its first long list starts, in units of listAlign bytes
//	entries   one byte with the number of bytes shared with the key before and of bytes that
//	          follow (4 bits each; 15: a uvarint of what is beyond 15 follows), those bytes,
//	          uvarint df - 1, uvarint size of the list in bytes (not for df 1)
//	the short lists, one after the other
//
// A short list, of less than blockPassages passages, is the gaps as uvarints, then the classes
// where the kind of list has them. A gap is the distance to the passage before, less one; the first
// counts from passage 0. For df 1 the gap has as many bytes as the segment's passage numbers need.
//
// A long list starts at a multiple of listAlign and holds all full blocks of 128 passages, then the
// rest as a short list whose first gap counts from the last passage of the last block:
//
//	directory  for each block: u32 last passage in the low 24 bits, bound in the high 8 (its
//	           greatest tf class and its smallest length class); u32 bits a gap in the low 5 bits
//	           and, above, where the block starts after the directory, in units of packUnit bytes
//	blocks     128 gaps bit-packed (see unpack), then 128 classes where the kind of list has them
//
// Long lists follow each other without holes but for alignment, which is zero.
//
// History: 1 first.
const formatVersion = 1

const (
	sectionLists = "lexical.lists"
	sectionIndex = "lexical.index"
	sectionMeta  = "lexical.meta"

	dictTerms     = 32  // keys in a block of the dictionary
	blockPassages = 128 // passages in a block of a long list
	listAlign     = 64  // bytes
	packUnit      = 16  // bytes: 128 gaps of one bit
	directoryItem = 8   // bytes a block in a directory
	metaBytes     = 32

	passageBits  = 24
	passageMask  = 1<<passageBits - 1
	gapWidthBits = 5
	gapWidthMask = 1<<gapWidthBits - 1
	gapWidthMax  = passageBits
	nibbleMax    = 15
)

// ErrFormat says that stored postings do not follow the format: they were damaged before their
// checksum was made, or made by somebody else. It is a blockfile.ErrCorrupt.
var ErrFormat = fmt.Errorf("lexical: %w: postings do not follow the format", blockfile.ErrCorrupt)

// hasClasses tells whether the lists of a key carry classes.
func hasClasses(key []byte) bool { return key[0] == TagStem || key[0] == TagExact }

// passageNumberBytes is how many bytes a passage number of a segment of n passages needs.
func passageNumberBytes(n uint32) int {
	switch {
	case n <= 1<<8:
		return 1
	case n <= 1<<16:
		return 2
	}
	return 3
}

func le32(b []byte) uint32 { return binary.LittleEndian.Uint32(b) }
