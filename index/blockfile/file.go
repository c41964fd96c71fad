package blockfile

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"sync"
	"sync/atomic"

	"sluice/internal/vfs"
)

// File is one open file. It is safe for concurrent use.
type File struct {
	ref      Ref
	name     string
	file     vfs.File
	mapping  *vfs.Mapping
	data     []byte // the whole file, mapped
	seed     uint32
	end      int64  // of the blocks
	block    int64  // bytes
	sums     []byte // the table of checksums: our own copy, since it was verified once
	sections []sectionEntry
	marks    []atomic.Pointer[markChunk] // of granules: which mapped bytes passed their check, and when
	epoch    *Epoch
	scratch  sync.Pool                                      // *[]byte for ReadAt
	met      func(block int64, what string, corrected bool) // may be nil
	users    atomic.Int32
}

// Open opens the file that ref names and checks its header, footer, tables and size. The payload is
// not read: each block is checked when it is first used. Damage is a *CorruptError, a missing file
// too.
func Open(files vfs.FS, dir string, ref Ref) (*File, error) {
	name := path.Join(dir, ref.Name())
	file, err := files.Open(name)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, &CorruptError{File: name, Block: -1, Kind: ref.Kind, What: "it is missing", Err: err}
	}
	if errors.Is(err, vfs.ErrLink) || errors.Is(err, vfs.ErrNoFile) {
		return nil, &CorruptError{File: name, Block: -1, Kind: ref.Kind, What: err.Error(), Err: err}
	}
	if err != nil {
		return nil, err
	}
	f := &File{ref: ref, name: name, file: file, seed: seedOf(ref.ID), epoch: &Epoch{}}
	f.users.Store(1)
	if err := f.load(); err != nil {
		_ = f.Close()
		return nil, err
	}
	return f, nil
}

// OnDamage has met called of each part of the file that turns out damaged; corrected says that a
// second look found the right bytes. It is called before the file is shared.
func (f *File) OnDamage(met func(block int64, what string, corrected bool)) { f.met = met }

func (f *File) tell(block int64, what string, corrected bool) {
	if f.met != nil {
		f.met(block, what, corrected)
	}
}

func (f *File) corrupt(block int64, format string, args ...any) error {
	what := fmt.Sprintf(format, args...)
	f.tell(block, what, false)
	return &CorruptError{File: f.name, Block: block, Kind: f.ref.Kind, What: what}
}

func (f *File) load() error {
	size, err := f.file.Size()
	if err != nil {
		return err
	}
	if size < headerBytes+footerBytes || size > fileBytesMax {
		return f.corrupt(-1, "it has %d bytes, %d were written", size, f.ref.Size)
	}
	if f.mapping, err = f.file.Map(); err != nil {
		return err
	}
	f.data = f.mapping.Bytes()
	return f.guard(func() error {
		h, err := f.checkHeader()
		if err != nil {
			return err
		}
		if int64(len(f.data)) != f.ref.Size {
			return f.corrupt(-1, "it has %d bytes, %d were written", len(f.data), f.ref.Size)
		}
		return f.checkTables(h)
	})
}

// guard runs f, which reads mapped bytes; a memory fault becomes a *CorruptError.
func (f *File) guard(read func() error) error { return Guard(read) }

func (f *File) checkHeader() (header, error) {
	b := f.data[:headerBytes]
	if [8]byte(b) != headerMagic {
		if tail := f.data[len(f.data)-footerBytes:]; [8]byte(tail) != footerMagic {
			return header{}, &ForeignError{File: f.name}
		}
		return header{}, f.corrupt(-1, "header magic")
	}
	if !sumHolds(b) {
		return header{}, f.corrupt(-1, "header checksum")
	}
	h := getHeader(b)
	switch { // only behind the checksum: a flipped bit is damage, not a newer format
	case h.format > Format:
		return h, &NewerError{File: f.name, Format: int(h.format), Supported: Format}
	case h.format < FormatMin:
		return h, &OlderError{File: f.name, Format: int(h.format), Supported: FormatMin}
	case h.kind != f.ref.Kind || h.id != f.ref.ID:
		return h, f.corrupt(-1, "it is another file: %s %s", h.kind, h.id)
	case !validBlockBytes(int64(h.blockBytes)):
		return h, f.corrupt(-1, "blocks of %d bytes", h.blockBytes)
	}
	return h, nil
}

// checkTables checks the footer and both tables. Every length is compared with the file's size
// before anything is done with it.
func (f *File) checkTables(h header) error {
	b := f.data[len(f.data)-footerBytes:]
	if [8]byte(b) != footerMagic || !sumHolds(b) {
		return f.corrupt(-1, "footer checksum")
	}
	foot := getFooter(b)
	if foot.header != h {
		return f.corrupt(-1, "header and footer differ")
	}
	f.block, f.end = int64(h.blockBytes), foot.payloadEnd
	if f.end < headerBytes || f.end > int64(len(f.data)) || foot.sections > sectionsMax {
		return f.corrupt(-1, "footer: payload of %d bytes, %d sections", f.end, foot.sections)
	}
	blocks := blocksOf(f.end, f.block)
	sumsEnd := f.end + blocks*sumBytes
	if want := sumsEnd + int64(foot.sections)*entryBytes + footerBytes; want != int64(len(f.data)) {
		return f.corrupt(-1, "footer: %d bytes where %d belong", len(f.data), want)
	}
	tables := append([]byte(nil), f.data[f.end:len(f.data)-footerBytes]...)
	if tablesSum(h.id, tables) != foot.tablesSum {
		return f.corrupt(-1, "checksum of the tables")
	}
	f.sums = tables[: blocks*sumBytes : blocks*sumBytes]
	f.marks = make([]atomic.Pointer[markChunk], marksOf(f.end))
	return f.readSections(tables[blocks*sumBytes:])
}

func (f *File) readSections(table []byte) error {
	at := int64(headerBytes)
	for ; len(table) > 0; table = table[entryBytes:] {
		s := sectionEntry{
			name: sectionName(table[:SectionNameBytesMax]),
			off:  int64(binary.LittleEndian.Uint64(table[16:])),
			len:  int64(binary.LittleEndian.Uint64(table[24:])),
		}
		if s.off != at || s.len < 0 || s.len > f.end-s.off {
			return f.corrupt(-1, "section %q at %d of %d bytes", s.name, s.off, s.len)
		}
		at = alignUp(s.off+s.len, sectionAlign)
		f.sections = append(f.sections, s)
	}
	if at != f.end {
		return f.corrupt(-1, "sections end at %d, the payload at %d", at, f.end)
	}
	return nil
}

func sectionName(b []byte) string {
	for i, c := range b {
		if c == 0 {
			return string(b[:i])
		}
	}
	return string(b)
}

// Ref returns what the file was opened by.
func (f *File) Ref() Ref { return f.ref }

// Name returns the file's name in the store.
func (f *File) Name() string { return f.name }

// Blocks returns how many blocks have a checksum.
func (f *File) Blocks() int { return len(f.sums) / sumBytes }

// BlockBytes returns the size of a block.
func (f *File) BlockBytes() int { return int(f.block) }

// Retain adds a user: the file stays open until each one has called Close.
func (f *File) Retain() { f.users.Add(1) }

// Close ends one user's use. With the last one all views of the file die: reading them is a fault.
func (f *File) Close() error {
	if f.users.Add(-1) != 0 {
		return nil
	}
	var err error
	if f.mapping != nil {
		err = f.mapping.Close()
	}
	return errors.Join(err, f.file.Close())
}

// SectionInfo tells where a section lies.
type SectionInfo struct {
	Name string
	Off  int64 // in the file
	Len  int64
}

// Sections lists the file's sections in order.
func (f *File) Sections() []SectionInfo {
	all := make([]SectionInfo, len(f.sections))
	for i, s := range f.sections {
		all[i] = SectionInfo{s.name, s.off, s.len}
	}
	return all
}
