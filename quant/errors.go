package quant

import "errors"

// What can be wrong with what a caller or a file brought. All errors of this package wrap one of
// these.
var (
	// ErrSpec: a Spec that describes no format (a dimension of 0, a block length that is none,
	// options that exclude each other).
	ErrSpec = errors.New("quant: not a valid spec")
	// ErrLength: a vector, a code or a destination of another length than the Spec's.
	ErrLength = errors.New("quant: wrong length")
	// ErrNotFinite: a NaN or an infinity among the values.
	ErrNotFinite = errors.New("quant: value is not finite")
	// ErrRange: values too large or, all together, too small for the scale's number format; scale
	// the vector first.
	ErrRange = errors.New("quant: values out of the scale's range")
	// ErrScale: a stored scale that no encoder writes (0, NaN, infinite, negative, or beyond E8M0's
	// limits).
	ErrScale = errors.New("quant: stored scale is damaged")
	// ErrForeign: bytes that do not begin with a table's header.
	ErrForeign = errors.New("quant: not a table of codes")
	// ErrVersion: a table of a newer version than this program reads.
	ErrVersion = errors.New("quant: table of an unknown version")
	// ErrTruncated: a table shorter than its header says.
	ErrTruncated = errors.New("quant: table is cut short")
	// ErrCorrupt: a header whose checksum fails.
	ErrCorrupt = errors.New("quant: table header is damaged")
)
