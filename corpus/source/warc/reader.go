// Package warc reads and writes WARC files: web pages as they were sent, one record each, which is
// how crawls are kept and exchanged (Common Crawl, the Internet Archive, wget). Every digest that a
// record tells is checked. A damaged record costs itself, and reading goes on at the next one that
// can be found.
package warc

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"

	"sluice/internal/limits"
)

// ErrCorrupt says that a record is not what was written: its checksum, its digest or its length
// does not hold.
var ErrCorrupt = errors.New("the record is damaged")

// ErrTooLarge says that a record holds more than is taken of one document.
var ErrTooLarge = errors.New("it is larger than what is taken of one document")

// errWhole says that a file was compressed as a whole, so that no record can be found in it by its
// place.
var errWhole = errors.New("the file is compressed as a whole, not record by record: unpack it (gzip -d) and add what comes out")

var gzipMagic = []byte{0x1f, 0x8b, 0x08}

// Record is one record of a file.
type Record struct {
	Type   string // "response", "resource", "conversion", "warcinfo" ...
	URI    string
	Date   time.Time
	Header Header
	Block  []byte // nil in one that is too large
	Size   int64  // of the block

	proven bool // a digest says that the block is what was written, and so its length

	Offset, Length int64 // where it lies in the file
}

// File reads records out of a file.
type File struct {
	r    io.ReaderAt
	size int64
}

// NewFile reads a file of that many bytes.
func NewFile(r io.ReaderAt, size int64) *File { return &File{r, size} }

// Next reads the record at a place that is one's beginning, checks it, and returns where the next
// one begins; at the end of the file io.EOF. One that does not hold is ErrCorrupt, and the next one
// is then where one can be found. A file that is compressed as a whole gives its first record and
// the error.
func (f *File) Next(at int64) (rec *Record, next int64, err error) {
	at = f.skipLineEnds(at)
	if at >= f.size {
		return nil, f.size, io.EOF
	}
	rec, next, err = f.read(at)
	switch {
	case errors.Is(err, errWhole):
		if !rec.proven && rec.Type != "warcinfo" { // its checksum stands behind all the others
			rec = nil
		}
		return rec, f.size, fmt.Errorf("%w: %w", ErrCorrupt, err)
	case err != nil:
		return nil, f.find(at + 1), fmt.Errorf("%w: %w", ErrCorrupt, err)
	}
	rec.Offset, rec.Length = at, next-at
	return rec, next, nil
}

// skipLineEnds goes on to the first byte that ends no line: some who write files leave more of them
// than there should be.
func (f *File) skipLineEnds(at int64) int64 {
	var b [64]byte
	for at < f.size {
		n, _ := f.r.ReadAt(b[:min(int64(len(b)), f.size-at)], at)
		rest := bytes.TrimLeft(b[:n], "\r\n")
		if at += int64(n - len(rest)); len(rest) > 0 || n == 0 {
			break
		}
	}
	return at
}

// counted counts what is read, byte by byte where a decompressor asks so: it then reads nothing of
// what lies behind its member.
type counted struct {
	*bufio.Reader
	n int64
}

func (c *counted) Read(p []byte) (int, error) {
	n, err := c.Reader.Read(p)
	c.n += int64(n)
	return n, err
}

func (c *counted) ReadByte() (byte, error) {
	b, err := c.Reader.ReadByte()
	if err == nil {
		c.n++
	}
	return b, err
}

// read reads the record at a place.
func (f *File) read(at int64) (*Record, int64, error) {
	src := &counted{Reader: bufio.NewReaderSize(io.NewSectionReader(f.r, at, f.size-at), 32<<10)}
	if magic, _ := src.Peek(len(gzipMagic)); !bytes.Equal(magic, gzipMagic) {
		body := bufio.NewReader(src)
		rec, err := readRecord(body)
		if err != nil {
			return nil, 0, err
		}
		next := f.skipLineEnds(at + src.n - int64(body.Buffered()))
		if next < f.size && !rec.proven && !f.begins(next) {
			return nil, 0, errors.New("what follows it is no record: its length is not what it says")
		}
		return rec, next, nil
	}
	z, err := gzip.NewReader(src)
	if err != nil {
		return nil, 0, err
	}
	z.Multistream(false)
	body := bufio.NewReader(z)
	rec, err := readRecord(body)
	if err != nil {
		return nil, 0, err
	}
	return rec, at + src.n, atEnd(body)
}

// atEnd checks that nothing but line ends is left, which reads the member's checksum too.
func atEnd(r *bufio.Reader) error {
	for {
		b, err := r.ReadByte()
		switch {
		case errors.Is(err, io.EOF):
			return nil
		case err != nil:
			return err
		case b == '\r' || b == '\n':
			continue
		}
		_ = r.UnreadByte()
		head, _ := r.Peek(5)
		if string(head) == "WARC/" {
			return errWhole
		}
		return errors.New("more follows than its length says")
	}
}

// readRecord reads a record and checks its digests.
func readRecord(r *bufio.Reader) (*Record, error) {
	rec, err := readRecordHead(r)
	if err != nil {
		return nil, err
	}
	if rec.Size > limits.FileBytesDefault {
		n, err := io.CopyN(io.Discard, r, rec.Size)
		if n < rec.Size {
			return nil, noEOF(err)
		}
		return rec, nil
	}
	var block bytes.Buffer
	if n, err := io.CopyN(&block, r, rec.Size); n < rec.Size { // grows with what is there, whatever the length says
		return nil, noEOF(err)
	}
	rec.Block = block.Bytes()
	return rec, rec.check()
}

// readRecordHead reads the head of a record of WARC, or of the older form ARC.
func readRecordHead(r *bufio.Reader) (*Record, error) {
	if head, _ := r.Peek(5); string(head) != "WARC/" {
		return readOldHead(r)
	}
	_, h, err := readHead(r)
	if err != nil {
		return nil, err
	}
	rec := &Record{Type: strings.ToLower(h["warc-type"]), URI: spelled(h["warc-target-uri"]), Header: h}
	rec.Date, _ = time.Parse(time.RFC3339Nano, h["warc-date"])
	rec.Size, err = strconv.ParseInt(h["content-length"], 10, 64)
	if err != nil || rec.Size < 0 || rec.Type == "" {
		return nil, fmt.Errorf("%w: it tells no type or no length", errHead)
	}
	return rec, nil
}

// spelled is an address without what some who write files leave around and in it.
func spelled(uri string) string {
	return strings.ReplaceAll(strings.TrimSpace(strings.Trim(uri, "<>")), " ", "%20")
}

// readOldHead reads the line that a record of the older form has before its block: address, IP,
// date, type and length.
func readOldHead(r *bufio.Reader) (*Record, error) {
	left := headBytesMax
	line, err := readLine(r, &left)
	if err != nil {
		return nil, err
	}
	fields := strings.Split(line, " ")
	if len(fields) < 5 || !strings.Contains(fields[0], ":") {
		return nil, errHead
	}
	n := len(fields) - 4 // of the address, which may hold spaces
	rec := &Record{Type: "response", URI: spelled(strings.Join(fields[:n], " ")), Header: Header{}}
	if strings.HasPrefix(rec.URI, "filedesc:") {
		rec.Type = "warcinfo"
	} else if !strings.HasPrefix(rec.URI, "http") {
		rec.Type = "resource"
		rec.Header["content-type"] = fields[n+2]
	}
	rec.Date, _ = time.Parse("20060102150405", fields[n+1])
	rec.Size, err = strconv.ParseInt(fields[len(fields)-1], 10, 64)
	if err != nil || rec.Size < 0 {
		return nil, errHead
	}
	return rec, nil
}

// check holds the block against the digests that the record tells.
func (r *Record) check() error {
	if d := r.Header["warc-block-digest"]; d != "" {
		if r.proven = digestHolds(d, r.Block); !r.proven {
			return errors.New("its block does not have the digest that it tells")
		}
	}
	d := r.Header["warc-payload-digest"]
	if d == "" || r.Type == "revisit" { // whose payload lies elsewhere
		return nil
	}
	payloads := [][]byte{r.Block}
	if _, m, err := splitMessage(r.Block); err == nil && r.IsMessage() {
		// Some who write files take the digest before, some after the lengths between parts are
		// gone.
		payloads = [][]byte{m.Raw, m.unchunked()}
	}
	if !digestHolds(d, payloads...) {
		return errors.New("its payload does not have the digest that it tells")
	}
	return nil
}

// IsMessage tells whether the block is a message of HTTP, with a head of its own.
func (r *Record) IsMessage() bool {
	media, _ := MediaType(r.Header["content-type"])
	return media == "application/http" || media == "" && bytes.HasPrefix(r.Block, []byte("HTTP/"))
}

// begins tells whether a record begins at a place.
func (f *File) begins(at int64) bool {
	b := make([]byte, min(512, f.size-at))
	n, _ := f.r.ReadAt(b, at)
	b = b[:n]
	switch {
	case bytes.HasPrefix(b, []byte("WARC/")):
		return true
	case bytes.HasPrefix(b, gzipMagic):
		z, err := gzip.NewReader(bufio.NewReader(io.NewSectionReader(f.r, at, f.size-at)))
		if err != nil {
			return false
		}
		head := make([]byte, 256)
		n, _ := io.ReadFull(z, head)
		return looksLikeHead(head[:n])
	}
	return looksLikeHead(b)
}

// looksLikeHead tells whether bytes begin as the head of a record does, in either form.
func looksLikeHead(b []byte) bool {
	if bytes.HasPrefix(b, []byte("WARC/")) {
		return true
	}
	line, _, _ := bytes.Cut(b, []byte("\n"))
	return (bytes.HasPrefix(line, []byte("http")) || bytes.HasPrefix(line, []byte("filedesc:"))) && bytes.Count(line, []byte(" ")) >= 4
}

// find returns the first place from at on where a record begins, else the size of the file.
func (f *File) find(at int64) int64 {
	const window = 256 << 10
	b := make([]byte, window+8) // what begins at a window's end is seen whole
	for ; at < f.size; at += window {
		n, _ := f.r.ReadAt(b[:min(int64(len(b)), f.size-at)], at)
		for i := 0; i < min(n, window); i++ {
			switch {
			case b[i] == 'W' && bytes.HasPrefix(b[i:n], []byte("WARC/")), b[i] == gzipMagic[0] && bytes.HasPrefix(b[i:n], gzipMagic):
				if f.begins(at + int64(i)) {
					return at + int64(i)
				}
			}
		}
		if n == 0 {
			break
		}
	}
	return f.size
}
