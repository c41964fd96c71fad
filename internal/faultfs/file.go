package faultfs

import (
	"io"
	"slices"

	"sluice/internal/vfs"
)

// sectorBytes is what a disk writes in one piece.
const sectorBytes = 512

// misdirectSectorsMax is how far a misplaced access lands.
const misdirectSectorsMax = 8

// faultFile wraps one open file. It keeps the position itself, so that a misplaced write moves it
// as far as the right one would have.
type faultFile struct {
	fs    *FS
	under vfs.File
	name  string
	pos   int64
}

func (f *faultFile) Name() string { return f.name }

func (f *faultFile) Read(p []byte) (int, error) {
	n, err := f.readAt(Read, p, f.pos)
	f.pos += int64(n)
	if n > 0 {
		err = nil
	}
	return n, err
}

func (f *faultFile) ReadAt(p []byte, off int64) (int, error) { return f.readAt(ReadAt, p, off) }

func (f *faultFile) readAt(op Op, p []byte, off int64) (int, error) {
	mode, err := f.fs.visit(op, f.name)
	if err != nil {
		return 0, err
	}
	if mode == Misdirect {
		off = f.astray(off)
	}
	n, err := f.under.ReadAt(p, off)
	if mode == Flip {
		f.flip(p[:n])
	}
	return n, err
}

// astray returns a place some sectors away from off.
func (f *faultFile) astray(off int64) int64 {
	by := int64(1+f.fs.chance(misdirectSectorsMax)) * sectorBytes
	if f.fs.chance(2) == 0 && off >= by {
		return off - by
	}
	return off + by
}

func (f *faultFile) flip(p []byte) {
	if len(p) > 0 {
		p[f.fs.chance(len(p))] ^= 1 << f.fs.chance(8)
	}
}

func (f *faultFile) Write(p []byte) (int, error) {
	n, err := f.writeAt(Write, p, f.pos)
	f.pos += int64(n)
	return n, err
}

func (f *faultFile) WriteAt(p []byte, off int64) (int, error) { return f.writeAt(WriteAt, p, off) }

func (f *faultFile) writeAt(op Op, p []byte, off int64) (int, error) {
	mode, err := f.fs.visit(op, f.name)
	switch {
	case mode == Kill:
		_, _ = f.under.WriteAt(p[:f.fs.chance(len(p)+1)], off)
		return 0, err
	case err != nil:
		return 0, err
	case mode == Torn:
		return f.tear(p, off)
	case mode == noFault:
		f.fs.fork(f, p, off)
	case mode == Flip:
		p = slices.Clone(p)
		f.flip(p)
	case mode == Misdirect:
		off = f.astray(off)
	}
	return f.under.WriteAt(p, off)
}

// prefix writes what a killed write of p leaves, on a clone of the disk.
func (f *faultFile) prefix(left *vfs.MemFS, p []byte, off int64) {
	if _, err := left.Stat(f.name); err != nil {
		return // it has lost its name
	}
	if file, err := left.OpenRW(f.name); err == nil {
		_, _ = file.WriteAt(p[:f.fs.chance(len(p)+1)], off)
		_ = file.Close()
	}
}

// tear writes some of the sectors of p, at least one of them not, and says that it wrote all.
func (f *faultFile) tear(p []byte, off int64) (int, error) {
	sectors := (len(p) + sectorBytes - 1) / sectorBytes
	if sectors == 0 {
		return 0, nil
	}
	lost := f.fs.chance(sectors)
	for s := range sectors {
		if s == lost || f.fs.chance(2) == 0 {
			continue
		}
		from, to := s*sectorBytes, min((s+1)*sectorBytes, len(p))
		if n, err := f.under.WriteAt(p[from:to], off+int64(from)); err != nil {
			return from + n, err
		}
	}
	return len(p), nil
}

func (f *faultFile) Truncate(size int64) error {
	if _, err := f.fs.visit(Truncate, f.name); err != nil {
		return err
	}
	return f.under.Truncate(size)
}

func (f *faultFile) Sync() error {
	mode, err := f.fs.visit(Sync, f.name)
	if err != nil {
		return err
	}
	if mode == DropUnsynced {
		d, ok := f.under.(interface{ DropUnsynced() })
		if !ok {
			panic("BUG: only files of vfs.Mem can drop what was not synced")
		}
		d.DropUnsynced()
		return ErrIO
	}
	return f.under.Sync()
}

func (f *faultFile) Size() (int64, error) {
	if f.fs.Dead() {
		return 0, ErrKilled
	}
	return f.under.Size()
}

func (f *faultFile) Map() (*vfs.Mapping, error) {
	mode, err := f.fs.visit(Map, f.name)
	if err != nil {
		return nil, err
	}
	if mode != Flip {
		return f.under.Map()
	}
	size, err := f.under.Size()
	if err != nil {
		return nil, err
	}
	data := make([]byte, size)
	if _, err := f.under.ReadAt(data, 0); err != nil && err != io.EOF {
		return nil, err
	}
	f.flip(data)
	return vfs.MapBytes(f.name, data), nil
}

// Close closes the file below, also for a dead process: its descriptors are closed for it.
func (f *faultFile) Close() error {
	err := f.under.Close()
	if f.fs.Dead() {
		return ErrKilled
	}
	return err
}
