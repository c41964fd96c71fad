package text

import (
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"unicode/utf8"

	"github.com/klauspost/compress/zstd"

	"sluice/corpus"
	"sluice/index/blockfile"
	"sluice/internal/limits"
)

// Writer writes the text file of one segment. Text goes to the file as it comes; records and names
// are held until the end: about 60 bytes a passage.
type Writer struct {
	sw    *blockfile.Writer
	label string
	enc   *zstd.Encoder

	raw      []byte // the block being filled
	rawStart int64  // where it starts in the raw text
	blocks   []byte // the section blocks
	frame    []byte
	seen     map[[16]byte]uint32 // text → where it lies in the raw text

	records   []byte
	documents []byte
	doc       Document // the last one, still open
	docMarks  corpus.Marks
	docs      uint32
	names     *groupWriter
	contexts  *groupWriter
	marks     markWriter
	err       error
}

// NewWriter starts a text file in sw, which should have blocks of FileBlockBytes. label names the
// source.
func NewWriter(sw *blockfile.Writer, label string) *Writer {
	w := &Writer{
		sw: sw, label: label, seen: map[[16]byte]uint32{},
		names: newGroupWriter(3), contexts: newGroupWriter(2),
	}
	w.enc, w.err = takeEncoder()
	if len(label) > stringBytesMax && w.err == nil {
		w.err = fmt.Errorf("a source's label of %d bytes is over the limit of %d", len(label), stringBytesMax)
	}
	sw.Section("text")
	return w
}

// AddDocument starts the next document. First and Count are filled in from the passages that
// follow. A title or type beyond 4 KiB is cut. Of the marks, those that touch one of the passages
// are stored.
func (w *Writer) AddDocument(d Document, marks corpus.Marks) error {
	if w.err != nil {
		return w.err
	}
	if len(d.Path) > limits.PathBytesMax {
		w.err = fmt.Errorf("a path of %d bytes is over the limit of %d", len(d.Path), limits.PathBytesMax)
		return w.err
	}
	w.endDocument()
	d.First, d.Count = w.Passages(), 0
	w.doc = d
	w.docMarks, _ = marks.Clean(int(d.Bytes))
	w.docs++
	return nil
}

func (w *Writer) endDocument() {
	if w.docs == 0 {
		return
	}
	b := w.doc.encode()
	w.documents = append(w.documents, b[:]...)
	w.names.add(w.enc, w.doc.Path, cut(w.doc.Title), cut(w.doc.Type))
	w.marks.add(w.enc, w.docs-1, citable(w.docMarks, w.records[int(w.doc.First)*recordBytes:]))
}

// cut shortens a string to what is stored of it, at a character's end.
func cut(s string) string {
	if len(s) <= stringBytesMax {
		return s
	}
	n := stringBytesMax
	for n > stringBytesMax-utf8.UTFMax && !utf8.RuneStart(s[n]) {
		n--
	}
	return s[:n]
}

// Passages returns how many passages were added.
func (w *Writer) Passages() uint32 { return uint32(len(w.records) / recordBytes) }

// RawBytes returns how much text is stored so far, before compression and without repeated texts.
func (w *Writer) RawBytes() int64 { return w.rawStart + int64(len(w.raw)) }

// AddPassage adds a passage to the last document. p.Doc and p.Bytes are set from it and from the
// text. A context or symbol beyond 4 KiB is cut. ErrFull says that the file has no room for the
// text, and leaves the writer usable for Finish.
func (w *Writer) AddPassage(p Passage, context, symbol string, text []byte) error {
	switch {
	case w.err != nil:
		return w.err
	case w.docs == 0:
		w.err = errors.New("BUG: a passage before its document")
	case len(text) > limits.PassageBytesMax:
		w.err = fmt.Errorf("a passage of %d bytes is over the limit of %d", len(text), limits.PassageBytesMax)
	case w.RawBytes()+int64(len(text)) > rawBytesMax || w.Passages() == 1<<32-1:
		return ErrFull
	}
	if w.err != nil {
		return w.err
	}
	p.Doc, p.Bytes = w.docs-1, uint32(len(text))
	r := makeRecord(p, w.store(text))
	w.records = append(w.records, r[:]...)
	w.contexts.add(w.enc, cut(context), cut(symbol))
	w.doc.Count++
	if err := w.sw.Err(); err != nil {
		w.err = err
	}
	return w.err
}

// store returns where a text lies in the raw text, after putting it there if it is new.
func (w *Writer) store(text []byte) uint32 {
	sum := sha256.Sum256(text)
	key := [16]byte(sum[:16])
	if at, ok := w.seen[key]; ok {
		return at
	}
	if len(w.raw) > 0 && len(w.raw)+len(text) > blockBytes {
		w.flush()
	}
	at := uint32(w.RawBytes())
	w.raw = append(w.raw, text...)
	w.seen[key] = at
	return at
}

// flush compresses the current block and writes it.
func (w *Writer) flush() {
	w.noteBlock()
	w.frame = w.enc.EncodeAll(w.raw, w.frame[:0])
	w.sw.Bytes(w.frame)
	w.rawStart += int64(len(w.raw))
	w.raw = w.raw[:0]
}

// noteBlock notes where the next block starts.
func (w *Writer) noteBlock() {
	w.blocks = binary.LittleEndian.AppendUint32(w.blocks, uint32(w.rawStart))
	w.blocks = binary.LittleEndian.AppendUint64(w.blocks, uint64(w.sw.Offset()))
}

// Finish completes the file and gives it its name.
func (w *Writer) Finish() (blockfile.Ref, error) {
	if w.err != nil {
		w.Abort()
		return blockfile.Ref{}, w.err
	}
	w.endDocument()
	if len(w.raw) > 0 {
		w.flush()
	}
	w.noteBlock()
	for _, s := range []struct {
		name string
		b    []byte
	}{{"blocks", w.blocks}, {"records", w.records}, {"documents", w.documents}} {
		w.sw.Section(s.name)
		w.sw.Bytes(s.b)
	}
	err := errors.Join(w.contexts.write(w.sw, w.enc, "contexts"), w.names.write(w.sw, w.enc, "names"))
	markGroups, merr := w.marks.write(w.sw, w.enc)
	if err = errors.Join(err, merr); err != nil {
		w.Abort()
		return blockfile.Ref{}, err
	}
	w.sw.Section("meta")
	for _, n := range []uint32{format, w.docs, w.Passages(), uint32(len(w.blocks)/blockEntryBytes - 1), markGroups} {
		w.sw.U32(n)
	}
	w.sw.Bytes([]byte(w.label))
	ref, err := w.sw.Finish()
	w.close()
	return ref, err
}

// Abort gives the file up.
func (w *Writer) Abort() {
	w.sw.Abort()
	w.close()
}

func (w *Writer) close() {
	if w.enc != nil {
		encoders.Put(w.enc)
		w.enc = nil
	}
	if w.err == nil {
		w.err = errors.New("BUG: write after Finish")
	}
	w.seen, w.records = nil, nil
}
