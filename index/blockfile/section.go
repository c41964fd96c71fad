package blockfile

import (
	"encoding/binary"
	"errors"
	"io"

	"sluice/internal/defence"
)

// Section is one named part of a file. It is safe for concurrent use and dies with its File.
type Section struct {
	f   *File
	off int64
	len int64
}

// Section returns the part of that name. That it is not there is damage: a reader asks only for
// what the format promises.
func (f *File) Section(name string) (Section, error) {
	for _, s := range f.sections {
		if s.name == name {
			return Section{f, s.off, s.len}, nil
		}
	}
	return Section{}, f.corrupt(-1, "there is no section %q", name)
}

// Len returns the section's length in bytes.
func (s Section) Len() int64 { return s.len }

// Bytes returns n bytes from off on, after each block that they touch has passed its check in the
// present epoch. They are mapped, or, where memory has them wrong and the disk right, a copy. They
// must not be written to. What is outside the section is a *CorruptError, because offsets come from
// stored bytes.
func (s Section) Bytes(off, n int64) ([]byte, error) {
	mapped, err := s.Verify(off, n)
	if err != nil {
		return nil, err
	}
	if !mapped {
		b := make([]byte, n)
		return b, s.ReadAt(b, off)
	}
	return s.View(off, n)
}

// View returns n mapped bytes from off on, none of them verified. It is for who reads a few of many
// and verifies what it reads, with Verify, before it does.
func (s Section) View(off, n int64) ([]byte, error) {
	if off < 0 || n < 0 || off > s.len-n {
		return nil, s.outside(off, n)
	}
	from, to := s.off+off, s.off+off+n
	return s.f.data[from:to:to], nil
}

// Verify checks each block that n bytes from off on touch, unless it has passed in the present
// epoch. mapped is false where memory has some of them wrong and the disk right: then View shows
// what is wrong, and Bytes reads the disk.
func (s Section) Verify(off, n int64) (mapped bool, err error) {
	if off < 0 || n < 0 || off > s.len-n {
		return false, s.outside(off, n)
	}
	if n == 0 {
		return true, nil
	}
	return s.f.verify(s.off+off, s.off+off+n)
}

func (s Section) outside(off, n int64) error {
	return s.f.corrupt(-1, "bytes %d to %d of a section of %d", off, off+n, s.len)
}

// All returns the whole section, as Bytes does.
func (s Section) All() ([]byte, error) { return s.Bytes(0, s.len) }

// blockSpan returns where block n lies in the file.
func (f *File) blockSpan(n int64) (from, to int64) {
	return n * f.block, min((n+1)*f.block, f.end)
}

// holds tells whether b is what was written as block n.
func (f *File) holds(n int64, b []byte) bool {
	return blockSum(f.seed, n, b) == binary.LittleEndian.Uint32(f.sums[n*sumBytes:]) || !defence.Stands(defence.BlockChecksum)
}

// ReadAt fills buf with the section's bytes from off on. They are read from the file into memory of
// our own and checked there, every time: what is checked is what is used.
func (s Section) ReadAt(buf []byte, off int64) error {
	n := int64(len(buf))
	if off < 0 || off > s.len-n {
		return s.outside(off, n)
	}
	if n == 0 {
		return nil
	}
	f := s.f
	first, last := (s.off+off)/f.block, (s.off+off+n-1)/f.block
	from, _ := f.blockSpan(first)
	_, to := f.blockSpan(last)
	scratch := f.borrow(to - from)
	defer f.scratch.Put(scratch)
	b := (*scratch)[:to-from]
	if err := f.pread(b, from); err != nil {
		return err
	}
	for k := first; k <= last; k++ {
		blockFrom, blockTo := f.blockSpan(k)
		if err := f.checkRead(k, b[blockFrom-from:blockTo-from]); err != nil {
			return err
		}
	}
	copy(buf, b[s.off+off-from:])
	return nil
}

// checkRead checks block n, which was read into b. Where it does not hold, it is read a second
// time, from the disk and not from the system's memory, if the system lets us.
func (f *File) checkRead(n int64, b []byte) error {
	if f.holds(n, b) {
		return nil
	}
	if !defence.Stands(defence.SecondLook) {
		return f.corrupt(n, "checksum")
	}
	from, to := f.blockSpan(n)
	f.mapping.Drop(from, to)
	if err := f.pread(b, from); err != nil {
		return err
	}
	if !f.holds(n, b) {
		return f.corrupt(n, "checksum")
	}
	f.Recovered(n)
	return nil
}

// borrow returns a buffer of at least n bytes.
func (f *File) borrow(n int64) *[]byte {
	if b, ok := f.scratch.Get().(*[]byte); ok && int64(cap(*b)) >= n {
		return b
	}
	b := make([]byte, n)
	return &b
}

// pread reads len(b) bytes of the file. That the file ends early is damage.
func (f *File) pread(b []byte, off int64) error {
	n, err := f.file.ReadAt(b, off)
	switch {
	case n == len(b):
		return nil
	case err == nil, errors.Is(err, io.EOF):
		return f.corrupt(off/f.block, "the file ends at %d", off+int64(n))
	}
	f.tell(off/f.block, err.Error(), false)
	return &CorruptError{File: f.name, Block: off / f.block, Kind: f.ref.Kind, What: err.Error(), Err: err}
}
