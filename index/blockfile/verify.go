package blockfile

import (
	"context"
	"crypto/sha256"
	"errors"
	"io"
)

// verifyBytes is how much Verify reads at a time; a multiple of every block size.
const verifyBytes = blockBytesMax

// BadBlock is one place of a file that is not as it was written.
type BadBlock struct {
	File  string `json:"file"`
	Block int64  `json:"block"` // -1: the header, the tables, the footer or the file as a whole
	Kind  Kind   `json:"kind"`
	What  string `json:"what"`
}

// Verify reads the whole file again, from the disk and not through the mapping, and checks every
// block's checksum and the SHA-256 that the file is named by. It returns what is damaged; the error
// is for a check that could not be made (ctx ended). Blocks found bad here fail at their next use
// too.
func (f *File) Verify(ctx context.Context) ([]BadBlock, error) {
	var bad []BadBlock
	note := func(block int64, what string) {
		bad = append(bad, BadBlock{File: f.name, Block: block, Kind: f.ref.Kind, What: what})
	}
	whole := sha256.New()
	buf := make([]byte, min(verifyBytes, f.ref.Size))
	for at := int64(0); at < f.ref.Size; at += verifyBytes {
		if err := ctx.Err(); err != nil {
			return bad, err
		}
		n, err := f.file.ReadAt(buf[:min(verifyBytes, f.ref.Size-at)], at)
		whole.Write(buf[:n])
		f.verifyChunk(buf[:n], at, err, note)
	}
	if size, err := f.file.Size(); err != nil || size != f.ref.Size {
		note(-1, "its size is not what was written")
	}
	if Hash(whole.Sum(nil)) != f.ref.Hash && len(bad) == 0 {
		note(-1, "SHA-256: its header, tables or footer changed since it was opened")
	}
	return bad, nil
}

// verifyChunk checks the blocks that start in b, which was read at an offset up to the error err.
func (f *File) verifyChunk(b []byte, at int64, err error, note func(int64, string)) {
	for n := at / f.block; n < int64(f.Blocks()) && n*f.block < at+verifyBytes; n++ {
		from, to := f.blockSpan(n)
		switch {
		case to-at > int64(len(b)) && err != nil && !errors.Is(err, io.EOF):
			note(n, err.Error())
		case to-at > int64(len(b)):
			note(n, "the file ends before it")
		case !f.holds(n, b[from-at:to-at]):
			note(n, "checksum")
		default:
			continue
		}
		f.unmark(n)
	}
}
