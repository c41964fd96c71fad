package vector

import (
	"context"
	"encoding/binary"
	"fmt"

	"sluice/index/arm"
	"sluice/index/blockfile"
	"sluice/quant/kernel"
)

// Reader is one segment's file, open for reading.
type Reader struct {
	space    arm.Space
	dim      int // of the codes
	passages int
	covered  int
	levels   blockfile.Section
	codes    blockfile.Section
	near     blockfile.Section
}

// Open implements arm.Arm. Every size in the file follows from three numbers, and is held against
// them.
func (Arm) Open(f *blockfile.File) (arm.Reader, error) {
	about, err := f.Section(sectionAbout)
	if err != nil {
		return nil, err
	}
	if about.Len() != aboutBytes {
		return nil, fmt.Errorf("%w: a head of %d bytes", ErrFormat, about.Len())
	}
	b, err := about.All()
	if err != nil {
		return nil, err
	}
	number := func(i int) int { return int(binary.LittleEndian.Uint32(b[4*i:])) }
	if v := number(0); v != formatVersion {
		return nil, fmt.Errorf("%w: format %d, want %d", ErrFormat, v, formatVersion)
	}
	r := &Reader{space: arm.Space{ID: [16]byte(b[16:]), Dim: number(1)}, passages: number(2), covered: number(3)}
	if r.space.Dim < 1 || r.space.Dim > DimMax || r.covered > r.passages {
		return nil, fmt.Errorf("%w: %d of %d passages with %d values", ErrFormat, r.covered, r.passages, r.space.Dim)
	}
	r.dim = padded(r.space.Dim)
	return r, r.openSections(f)
}

func (r *Reader) openSections(f *blockfile.File) (err error) {
	n := int64(r.passages)
	for _, s := range []struct {
		name string
		to   *blockfile.Section
		size int64
	}{
		{sectionLevels, &r.levels, n},
		{sectionCodes, &r.codes, (n + kernel.BitBlock - 1) / kernel.BitBlock * int64(kernel.BitBlockBytes(r.dim))},
		{sectionNear, &r.near, n * int64(kernel.Dot4Bytes(r.dim))},
	} {
		if *s.to, err = f.Section(s.name); err != nil {
			return err
		}
		if s.to.Len() != s.size {
			return fmt.Errorf("%w: section %s has %d bytes, want %d", ErrFormat, s.name, s.to.Len(), s.size)
		}
	}
	return nil
}

// Passages implements arm.Reader.
func (r *Reader) Passages() int { return r.passages }

// Covered implements arm.Covering.
func (r *Reader) Covered() int { return r.covered }

// Space is the space of the file's vectors.
func (r *Reader) Space() arm.Space { return r.space }

// Levels are the levels of all passages. The slice is mapped and read-only.
func (r *Reader) Levels() ([]byte, error) { return r.levels.All() }

// Row copies the row of a passage to row, unless it is unread.
func (r *Reader) Row(passage uint32, row []byte) (Level, error) {
	b, err := r.levels.Bytes(int64(passage), 1)
	if err != nil || Level(b[0]) == Unread {
		return Unread, err
	}
	level, size, block := Level(b[0]), kernel.Dot4Bytes(r.dim), kernel.BitBlockBytes(r.dim)
	near, err := r.near.Bytes(int64(passage)*int64(size), int64(size))
	if err != nil {
		return Unread, err
	}
	copy(row, near)
	codes, err := r.codes.Bytes(int64(passage)/kernel.BitBlock*int64(block), int64(block))
	if err != nil {
		return Unread, err
	}
	scale, _, err := kernel.BitCode(codes, r.dim, int(passage%kernel.BitBlock), row[size:])
	binary.LittleEndian.PutUint16(row[size+r.dim/8:], scale)
	return level, err
}

// bitsOf is the one-bit code of a row and its scale.
func bitsOf(row []byte, dim int) (code []byte, scale uint16) {
	at := kernel.Dot4Bytes(dim)
	return row[at : at+dim/8], binary.LittleEndian.Uint16(row[at+dim/8:])
}

// Verify implements arm.Reader: levels are known ones, as many as the head says, and what is unread
// has no code.
func (r *Reader) Verify(ctx context.Context) error {
	levels, err := r.Levels()
	if err != nil {
		return err
	}
	covered := 0
	row := make([]byte, RowBytes(r.space.Dim))
	for i, l := range levels {
		if err := ctx.Err(); err != nil {
			return err
		}
		if Level(l) > Deep {
			return fmt.Errorf("%w: passage %d has level %d", ErrFormat, i, l)
		}
		if Level(l) != Unread {
			covered++
		}
		if _, err := r.Row(uint32(i), row); err != nil {
			return err
		}
		if _, scale := bitsOf(row, r.dim); Level(l) != Unread && scale > kernel.BitScaleMax(r.dim) {
			return fmt.Errorf("%w: passage %d has scale %d", ErrFormat, i, scale)
		}
	}
	if covered != r.covered {
		return fmt.Errorf("%w: %d passages are covered and the head says %d", ErrFormat, covered, r.covered)
	}
	return nil
}
