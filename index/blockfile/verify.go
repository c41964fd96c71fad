package blockfile

import (
	"context"
	"crypto/sha256"
	"errors"
	"hash"
	"io"
	"slices"
)

// verifyBytes is how much Verify reads at a time; a multiple of every block size.
const verifyBytes = blockBytesMax

// BadBlock is one place of a file that is not as it was written.
type BadBlock struct {
	File  string `json:"file"`
	Block int64  `json:"block"` // -1: the header, the tables, the footer or the file as a whole
	Kind  Kind   `json:"kind"`
	What  string `json:"what"`
	// Once says that it was wrong when it was read first and right when it was read again. The
	// bytes on the disk are good: the memory, a cable or a controller is not.
	Once bool `json:"once,omitempty"`
}

// Chunk is a stretch of a file that Verify reads in one piece.
type Chunk struct {
	Number, Bytes int64
	Blocks        int64 // that it holds
}

// Verify reads the whole file again, from the disk and not through the mapping, and checks every
// block's checksum and the SHA-256 that the file is named by. It returns what is damaged; the error
// is for a check that could not be made (ctx ended). Blocks found bad here fail at their next use
// too. What is wrong is read a second time, to tell a disk that holds the wrong bytes from one that
// returned them once.
func (f *File) Verify(ctx context.Context) ([]BadBlock, error) { return f.VerifyChunks(ctx, nil) }

// VerifyChunks is Verify for those chunks of the file that want wants; it is asked in order, before
// each is read, and may take its time. nil wants all. The file's SHA-256 is compared only where all
// of it was read.
func (f *File) VerifyChunks(ctx context.Context, want func(Chunk) bool) ([]BadBlock, error) {
	v := verifying{File: f, whole: sha256.New(), buf: make([]byte, min(verifyBytes, f.ref.Size)), all: true}
	for at := int64(0); at < f.ref.Size; at += verifyBytes {
		if err := ctx.Err(); err != nil {
			return v.bad, err
		}
		c := Chunk{Number: at / verifyBytes, Bytes: min(verifyBytes, f.ref.Size-at)}
		c.Blocks = max(0, min(blocksOf(at+c.Bytes, f.block), int64(f.Blocks()))-at/f.block)
		if want != nil && !want(c) {
			v.all = false
			continue
		}
		v.chunk(at, c.Bytes)
	}
	if err := ctx.Err(); err != nil { // want may have given up
		return v.bad, err
	}
	if size, err := f.file.Size(); err != nil || size != f.ref.Size {
		v.note(-1, "its size is not what was written")
	}
	if v.all && Hash(v.whole.Sum(nil)) != f.ref.Hash && !v.damaged() {
		v.note(-1, "SHA-256: its header, tables or footer changed since it was opened")
		v.bad[len(v.bad)-1].Once = v.again(ctx)
	}
	return v.bad, ctx.Err()
}

// verifying is one run over a file.
type verifying struct {
	*File
	whole hash.Hash
	buf   []byte
	all   bool // every chunk was read
	bad   []BadBlock
}

func (v *verifying) note(block int64, what string) {
	v.bad = append(v.bad, BadBlock{File: v.name, Block: block, Kind: v.ref.Kind, What: what})
}

// damaged tells whether anything was wrong for good.
func (v *verifying) damaged() bool {
	return slices.ContainsFunc(v.bad, func(b BadBlock) bool { return !b.Once })
}

// chunk checks n bytes at an offset, and reads them again where they are wrong.
func (v *verifying) chunk(at, n int64) {
	first := v.read(at, n)
	second := first
	if len(first) > 0 {
		second = v.read(at, n)
	}
	v.whole.Write(v.buf[:n])
	for _, b := range first {
		b.Once = !slices.ContainsFunc(second, func(s BadBlock) bool { return s.Block == b.Block })
		v.bad = append(v.bad, b)
	}
	for _, b := range second {
		if !slices.ContainsFunc(first, func(s BadBlock) bool { return s.Block == b.Block }) {
			v.bad = append(v.bad, b)
		}
	}
}

// again tells whether the file has its SHA-256 when all of it is read once more.
func (v *verifying) again(ctx context.Context) bool {
	v.whole.Reset()
	for at := int64(0); at < v.ref.Size && ctx.Err() == nil; at += verifyBytes {
		n, _ := v.file.ReadAt(v.buf[:min(verifyBytes, v.ref.Size-at)], at)
		v.whole.Write(v.buf[:n])
	}
	return Hash(v.whole.Sum(nil)) == v.ref.Hash
}

// read reads and checks once.
func (v *verifying) read(at, n int64) (bad []BadBlock) {
	got, err := v.file.ReadAt(v.buf[:n], at)
	clear(v.buf[got:n])
	v.verifyChunk(v.buf[:got], at, err, func(block int64, what string) {
		bad = append(bad, BadBlock{File: v.name, Block: block, Kind: v.ref.Kind, What: what})
	})
	if err != nil && !errors.Is(err, io.EOF) && len(bad) == 0 { // in the tables
		bad = append(bad, BadBlock{File: v.name, Block: -1, Kind: v.ref.Kind, What: err.Error()})
	}
	return bad
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
