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

// Bytes returns n mapped bytes from off on, after each block that they touch has passed its
// checksum once since Open. They must not be written to. What is outside the section is a
// *CorruptError, because offsets come from stored bytes.
func (s Section) Bytes(off, n int64) ([]byte, error) {
	if off < 0 || n < 0 || off > s.len-n {
		return nil, s.outside(off, n)
	}
	from, to := s.off+off, s.off+off+n
	if n > 0 {
		if err := s.f.verify(from/s.f.block, (to-1)/s.f.block); err != nil {
			return nil, err
		}
	}
	return s.f.data[from:to:to], nil
}

func (s Section) outside(off, n int64) error {
	return s.f.corrupt(-1, "bytes %d to %d of a section of %d", off, off+n, s.len)
}

// All returns the whole section, as Bytes does.
func (s Section) All() ([]byte, error) { return s.Bytes(0, s.len) }

// verify checks the mapped blocks first to last that were not checked before.
func (f *File) verify(first, last int64) error {
	for n := first; n <= last; n++ {
		bit := uint64(1) << (n & 63)
		if f.verified[n>>6].Load()&bit != 0 {
			continue
		}
		if err := f.verifyMapped(n); err != nil {
			return err
		}
		f.verified[n>>6].Or(bit)
	}
	return nil
}

func (f *File) verifyMapped(n int64) error {
	from, to := f.blockSpan(n)
	return f.guard(func() error {
		if !f.holds(n, f.data[from:to]) {
			return f.corrupt(n, "checksum")
		}
		return nil
	})
}

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
		if !f.holds(k, b[blockFrom-from:blockTo-from]) {
			return f.corrupt(k, "checksum")
		}
	}
	copy(buf, b[s.off+off-from:])
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
	return &CorruptError{File: f.name, Block: off / f.block, Kind: f.ref.Kind, What: err.Error(), Err: err}
}
