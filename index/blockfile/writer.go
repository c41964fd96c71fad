package blockfile

import (
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"hash"
	"io"
	"io/fs"
	"path"
	"strings"

	"sluice/internal/defence"
	"sluice/internal/vfs"
)

// tempPrefix starts the name of a file that is being written; a crash leaves it behind.
const tempPrefix = ".writing-"

// tempNamesMax is how many left-over names a writer steps over.
const tempNamesMax = 1000

// readBackBytes is how much of a new file is read back at a time.
const readBackBytes = 1 << 20

// IsTemp tells whether a name is that of an unfinished file. Nothing refers to such a file.
func IsTemp(name string) bool { return strings.HasPrefix(name, tempPrefix) }

// Writer writes one file from front to back. Its first error sticks: later calls do nothing, and
// Finish returns it.
type Writer struct {
	fs       vfs.FS
	dir      string
	temp     string
	file     vfs.File
	header   header
	seed     uint32
	hash     hash.Hash
	block    []byte // the block being filled
	written  int64  // bytes in finished blocks
	sums     []byte
	sections []sectionEntry
	start    int64 // of the current section
	err      error
}

type sectionEntry struct {
	name     string
	off, len int64
}

// NewWriter starts a file in dir. blockBytes is the unit of checksums, a power of two from 512 to 1
// MiB: BlockBytes or BlockBytesRandom unless there is a reason.
func NewWriter(files vfs.FS, dir string, kind Kind, id ID, blockBytes int) *Writer {
	w := &Writer{
		fs: files, dir: dir,
		header: header{format: Format, kind: kind, blockBytes: uint32(blockBytes), id: id},
		seed:   seedOf(id),
		hash:   sha256.New(),
	}
	if !validBlockBytes(int64(blockBytes)) {
		w.err = fmt.Errorf("BUG: blocks of %d bytes", blockBytes)
		return w
	}
	w.block = make([]byte, 0, blockBytes)
	w.file, w.temp, w.err = createTemp(files, dir, id)
	_, _ = w.put(w.header.encode())
	return w
}

// createTemp makes a file under a name that nobody uses. Names are numbered, not random, so that a
// test sees the same ones each time.
func createTemp(files vfs.FS, dir string, id ID) (vfs.File, string, error) {
	for n := range tempNamesMax {
		name := path.Join(dir, fmt.Sprintf("%s%s-%d", tempPrefix, id, n))
		f, err := files.Create(name)
		if !errors.Is(err, fs.ErrExist) {
			return f, name, err
		}
	}
	return nil, "", fmt.Errorf("%s holds %d unfinished files of one id: remove them", dir, tempNamesMax)
}

// put appends bytes to the file.
func (w *Writer) put(p []byte) (int, error) {
	n := len(p)
	for len(p) > 0 && w.err == nil {
		room := min(cap(w.block)-len(w.block), len(p))
		w.block = append(w.block, p[:room]...)
		p = p[room:]
		if len(w.block) == cap(w.block) {
			w.flush()
		}
	}
	if w.err != nil {
		return 0, w.err
	}
	return n, nil
}

// flush finishes the current block.
func (w *Writer) flush() {
	number := w.written / int64(cap(w.block))
	w.sums = binary.LittleEndian.AppendUint32(w.sums, blockSum(w.seed, number, w.block))
	w.emit(w.block)
	w.written += int64(len(w.block))
	w.block = w.block[:0]
}

// emit hashes bytes and writes them to the file.
func (w *Writer) emit(b []byte) {
	if w.err != nil {
		return
	}
	w.hash.Write(b)
	_, w.err = w.file.Write(b)
}

// at returns the offset of the next byte in the file.
func (w *Writer) at() int64 { return w.written + int64(len(w.block)) }

// Section ends the current section and starts the next one, at a multiple of 64 bytes.
func (w *Writer) Section(name string) {
	w.endSection()
	if w.err != nil {
		return
	}
	if name == "" || len(name) > SectionNameBytesMax || strings.ContainsRune(name, 0) || len(w.sections) == sectionsMax {
		w.err = fmt.Errorf("BUG: section name %q, %d sections before it", name, len(w.sections))
		return
	}
	for _, s := range w.sections {
		if s.name == name {
			w.err = fmt.Errorf("BUG: section %q twice", name)
			return
		}
	}
	w.start = w.at()
	w.sections = append(w.sections, sectionEntry{name: name, off: w.start})
}

func (w *Writer) endSection() {
	if len(w.sections) > 0 {
		w.sections[len(w.sections)-1].len = w.Offset()
	}
	w.pad(sectionAlign, 0)
}

// pad writes zeros until the offset, counted from base, is a multiple of n.
func (w *Writer) pad(n int, base int64) {
	var zeros [sectionAlign]byte
	for left := alignUp(w.at()-base, int64(n)) - (w.at() - base); left > 0 && w.err == nil; {
		k := min(left, int64(len(zeros)))
		_, _ = w.put(zeros[:k])
		left -= k
	}
}

// Write appends to the current section.
func (w *Writer) Write(p []byte) (int, error) {
	if len(w.sections) == 0 && w.err == nil {
		w.err = errors.New("BUG: write before the first section")
	}
	return w.put(p)
}

// Bytes appends b.
func (w *Writer) Bytes(b []byte) { _, _ = w.Write(b) }

// Byte appends one byte.
func (w *Writer) Byte(v byte) { w.Bytes([]byte{v}) }

// U16 appends two bytes, little-endian.
func (w *Writer) U16(v uint16) {
	var b [2]byte
	binary.LittleEndian.PutUint16(b[:], v)
	w.Bytes(b[:])
}

// U32 appends four bytes, little-endian.
func (w *Writer) U32(v uint32) {
	var b [4]byte
	binary.LittleEndian.PutUint32(b[:], v)
	w.Bytes(b[:])
}

// U64 appends eight bytes, little-endian.
func (w *Writer) U64(v uint64) {
	var b [8]byte
	binary.LittleEndian.PutUint64(b[:], v)
	w.Bytes(b[:])
}

// Uvarint appends v as encoding/binary writes it.
func (w *Writer) Uvarint(v uint64) {
	var b [binary.MaxVarintLen64]byte
	w.Bytes(b[:binary.PutUvarint(b[:], v)])
}

// Align appends zeros until the offset within the section is a multiple of n; n must be positive.
func (w *Writer) Align(n int) {
	if n <= 0 && w.err == nil {
		w.err = fmt.Errorf("BUG: align to %d", n)
	}
	if w.err == nil {
		w.pad(n, w.start)
	}
}

// Offset returns how many bytes the current section holds.
func (w *Writer) Offset() int64 { return w.at() - w.start }

// Size returns how many bytes the file holds so far, without its tables.
func (w *Writer) Size() int64 { return w.at() }

// Err returns the first error.
func (w *Writer) Err() error { return w.err }

// Finish completes the file, makes it durable, reads it back, and gives it its name. After an error
// nothing but a temporary name remains, and that only if it could not be removed.
func (w *Writer) Finish() (Ref, error) {
	w.endSection()
	payloadEnd := w.at()
	if len(w.block) > 0 && w.err == nil {
		w.flush()
	}
	if total := w.at() + fileBytesMax/1024; total > fileBytesMax && w.err == nil {
		w.err = fmt.Errorf("a file of %d bytes is over the limit of %d", total, int64(fileBytesMax))
	}
	tables := w.sums
	for _, s := range w.sections {
		tables = append(tables, s.encode()...)
	}
	w.emit(tables)
	w.emit(footer{
		header: w.header, payloadEnd: payloadEnd, sections: uint32(len(w.sections)),
		tablesSum: tablesSum(w.header.id, tables),
	}.encode())
	ref := Ref{Kind: w.header.kind, ID: w.header.id, Size: w.at() + int64(len(tables)) + footerBytes}
	w.hash.Sum(ref.Hash[:0])
	w.close()
	w.publish(ref)
	if w.err != nil {
		w.discard()
		return Ref{}, w.err
	}
	w.err, w.temp = errors.New("BUG: write after Finish"), ""
	return ref, nil
}

func (s sectionEntry) encode() []byte {
	b := make([]byte, entryBytes)
	copy(b[:SectionNameBytesMax], s.name)
	binary.LittleEndian.PutUint64(b[16:], uint64(s.off))
	binary.LittleEndian.PutUint64(b[24:], uint64(s.len))
	return b
}

// close syncs and closes the file. A failed sync is final: the data may be gone although a second
// sync would say nothing.
func (w *Writer) close() {
	if w.file == nil {
		return
	}
	if w.err == nil {
		w.err = defence.Synced(defence.SyncFile, w.file.Sync)
	}
	if err := w.file.Close(); w.err == nil {
		w.err = err
	}
	w.file = nil
}

// publish reads the file back and gives it its name.
func (w *Writer) publish(ref Ref) {
	if w.err != nil {
		return
	}
	if w.err = readBack(w.fs, w.temp, ref); w.err != nil {
		return
	}
	if w.err = Move(w.fs, w.temp, w.dir, ref); w.err == nil {
		w.err = w.fs.SyncDir(w.dir)
	}
}

// Move moves a finished file to dir, where it is named by its hash. A file that has this name is
// the same file and stays, unless it is damaged: Windows lets nobody replace a file that is mapped.
func Move(files vfs.FS, from, dir string, ref Ref) error {
	to := path.Join(dir, ref.Name())
	if _, err := files.Stat(to); err == nil && readBack(files, to, ref) == nil {
		return files.Remove(from)
	}
	return files.Rename(from, to)
}

// readBack reads a file and compares its SHA-256 with what was meant to be written.
func readBack(files vfs.FS, name string, ref Ref) error {
	f, err := files.Open(name)
	if err != nil {
		return err
	}
	defer f.Close()
	h := sha256.New()
	n, err := io.CopyBuffer(struct{ io.Writer }{h}, struct{ io.Reader }{f}, make([]byte, min(readBackBytes, ref.Size+1)))
	if err != nil {
		return err
	}
	if (n != ref.Size || Hash(h.Sum(nil)) != ref.Hash) && defence.Stands(defence.FileHash) {
		return &CorruptError{File: name, Block: -1, Kind: ref.Kind, What: "what was read back is not what was written: the disk or the memory is faulty"}
	}
	return nil
}

// Abort gives the file up. After Finish it does nothing.
func (w *Writer) Abort() {
	if w.err == nil {
		w.err = errors.New("aborted")
	}
	if w.file != nil {
		w.close()
		w.discard()
	}
}

func (w *Writer) discard() {
	if w.temp != "" {
		_ = w.fs.Remove(w.temp)
	}
}
