// Package limits holds the caps that more than one package guards, each named with its unit last.
// A cap that only one reader needs stands beside that reader instead.
package limits

const (
	// PassageBytesMax is the longest text the store takes as one passage. Chunking stays far below
	// it; labelled collections whose documents are ranked uncut need it.
	PassageBytesMax = 64 << 10

	// DocumentBytesMax is the largest document that is taken: its text is held in memory while it
	// is cut.
	DocumentBytesMax = 256 << 20

	// FileBytesDefault is the default of --max-filesize: a larger file is left out, and counted.
	FileBytesDefault = 64 << 20

	// QueryBytesMax is the longest question that is looked at: people pipe logs and diffs in.
	QueryBytesMax = 1 << 20

	// FailuresKept is how many failures of one sync are kept word for word; all are counted.
	FailuresKept = 100

	// PathBytesMax is the longest path of a document.
	PathBytesMax = 4 << 10

	// DocumentMarksMax is how many marks of one document are kept: a page, a cue or a row each.
	DocumentMarksMax = 1 << 18

	// MarkNameBytesMax is the longest name of a mark (a heading, a sheet, a message id); the rest
	// is cut.
	MarkNameBytesMax = 1 << 10
)
