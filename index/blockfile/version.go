package blockfile

// Format history, newest last. A change here needs a golden file kept under testdata.
//
//	1  first: header, blocks from the file's first byte, section names of 16 bytes, CRC-32C over
//	   (id, number, bytes)
const (
	Format    = 1 // what this program writes
	FormatMin = 1 // the oldest that it reads
)
