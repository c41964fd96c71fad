package index

import (
	"sluice/index/blockfile"
	"sluice/index/text"
)

// Why a file of the store cannot be used, under the store's name.
var (
	ErrCorrupt = blockfile.ErrCorrupt // stored bytes are damaged
	ErrNewer   = blockfile.ErrNewer   // written by a newer program
	ErrOlder   = blockfile.ErrOlder   // written in a format that is no longer read
)

// FormatID writes a passage id as people see it: 16 letters and digits.
func FormatID(id [10]byte) string { return text.FormatID(id) }

// ParseID reads what FormatID wrote.
func ParseID(s string) ([10]byte, error) { return text.ParseID(s) }
