package vector

import (
	"errors"

	"sluice/index/blockfile"
)

// formatVersion is that of the sections. Its history:
//
//	1  first
const formatVersion = 1

// version is that of everything that decides a row's bytes, the rotation's seed among it.
const version = 1

// ErrFormat is wrapped by errors that say what is wrong with a file beyond its checksums. It is
// damage too.
var ErrFormat = errors.Join(errors.New("no file of vectors"), blockfile.ErrCorrupt)

// The sections: what is said once; a byte a passage, its level; the one-bit codes in blocks of 64
// passages, as package kernel lays them out; a record of 4-bit codes a passage.
const (
	sectionAbout  = "about"
	sectionLevels = "levels"
	sectionCodes  = "codes"
	sectionNear   = "records"
)

// aboutBytes is the size of the first section: version, dimension, passages, covered, id of the
// weights.
const aboutBytes = 4*4 + 16

// Level says how deeply a passage was read. The numbers are stored.
type Level uint8

// The levels. A vector of any compares with that of any other: they lie in one space.
const (
	Unread  Level = 0
	Shallow Level = 1
	Deep    Level = 2
)
