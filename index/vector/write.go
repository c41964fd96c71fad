package vector

import (
	"fmt"

	"sluice/index/arm"
	"sluice/index/blockfile"
	"sluice/quant/kernel"
)

// Rows are what a file is made of: for each passage a level and, unless that is Unread, a row. A
// row is valid until the next one is asked for.
type Rows func(passage uint32) (Level, []byte, error)

// Write makes the sections of a file of n passages. rows is asked for all of them in order, once a
// section.
func Write(w *blockfile.Writer, space arm.Space, n int, rows Rows) error {
	if space.Dim < 1 || space.Dim > DimMax {
		return fmt.Errorf("vectors of %d values, want 1 to %d", space.Dim, DimMax)
	}
	covered, err := writeLevels(w, n, rows)
	if err != nil {
		return err
	}
	w.Section(sectionAbout)
	w.U32(formatVersion)
	w.U32(uint32(space.Dim))
	w.U32(uint32(n))
	w.U32(uint32(covered))
	w.Bytes(space.ID[:])
	if err := writeCodes(w, space.Dim, n, rows); err != nil {
		return err
	}
	if err := writeNear(w, space.Dim, n, rows); err != nil {
		return err
	}
	return w.Err()
}

func writeLevels(w *blockfile.Writer, n int, rows Rows) (covered int, err error) {
	w.Section(sectionLevels)
	for i := range n {
		level, _, err := rows(uint32(i))
		if err != nil {
			return 0, err
		}
		if level != Unread {
			covered++
		}
		w.Byte(byte(level))
	}
	return covered, nil
}

// writeCodes lays the one-bit codes out in blocks; that of an unread passage is zero.
func writeCodes(w *blockfile.Writer, dim, n int, rows Rows) error {
	d := padded(dim)
	block := make([]byte, kernel.BitBlockBytes(d))
	w.Section(sectionCodes)
	for i := range n {
		level, row, err := rows(uint32(i))
		if err != nil {
			return err
		}
		if level != Unread {
			code, scale := bitsOf(row, d)
			if err := kernel.SetBitCode(block, d, i%kernel.BitBlock, code, scale, 0); err != nil {
				return err
			}
		}
		if i%kernel.BitBlock == kernel.BitBlock-1 || i == n-1 {
			w.Bytes(block)
			clear(block)
		}
	}
	return nil
}

// writeNear writes the records; that of an unread passage is zero.
func writeNear(w *blockfile.Writer, dim, n int, rows Rows) error {
	size := kernel.Dot4Bytes(padded(dim))
	none := make([]byte, size)
	w.Section(sectionNear)
	for i := range n {
		level, row, err := rows(uint32(i))
		if err != nil {
			return err
		}
		if level == Unread {
			row = none
		}
		w.Bytes(row[:size])
	}
	return nil
}

// Merge implements arm.Arm: the rows of what is left, in order. A part without a file, or with one
// of another space than most have, brings passages that nobody has read.
func (Arm) Merge(w *blockfile.Writer, parts []arm.Part) error {
	space := commonSpace(parts)
	type at struct {
		r       *Reader
		passage uint32
	}
	var left []at
	for _, p := range parts {
		r, _ := p.Reader.(*Reader)
		if r != nil && r.space != space {
			r = nil
		}
		for i := range uint32(p.Stored) {
			if !p.Deleted.Has(i) {
				left = append(left, at{r, i})
			}
		}
	}
	row := make([]byte, RowBytes(space.Dim))
	return Write(w, space, len(left), func(i uint32) (Level, []byte, error) {
		from := left[i]
		if from.r == nil {
			return Unread, nil, nil
		}
		level, err := from.r.Row(from.passage, row)
		return level, row, err
	})
}

// commonSpace is the space of most covered passages; of equal ones the first.
func commonSpace(parts []arm.Part) (best arm.Space) {
	covered := map[arm.Space]int{}
	for _, p := range parts {
		if r, _ := p.Reader.(*Reader); r != nil {
			if covered[r.space] += r.covered; covered[r.space] > covered[best] || best.Dim == 0 {
				best = r.space
			}
		}
	}
	return best
}
