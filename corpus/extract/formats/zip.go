package formats

import (
	"archive/zip"
	"bufio"
	"bytes"
	"encoding/binary"
	"encoding/xml"
	"errors"
	"io"
	"path"
	"regexp"
	"strings"

	"golang.org/x/text/encoding/unicode"
	"golang.org/x/text/transform"

	"sluice/corpus/extract"
)

const (
	// zipEntriesMax is how many files an archive may hold: each costs memory before any is read.
	zipEntriesMax = 100_000
	// partBytesMax is how much of one file in a document is read.
	partBytesMax = 256 << 20
)

var errNotZip = extract.Refusef("it is damaged: it is no zip archive, or its table is cut off")

func isZip(head []byte) bool {
	return bytes.HasPrefix(head, []byte("PK\x03\x04")) || bytes.HasPrefix(head, []byte("PK\x05\x06"))
}

// isOLE tells the container of older office files, which is also that of encrypted new ones.
func isOLE(head []byte) bool {
	return bytes.HasPrefix(head, []byte("\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"))
}

// openZip opens a zip archive whose table does not have more entries than it may.
func openZip(f extract.File) (*zip.Reader, error) {
	if err := countEntries(f); err != nil {
		return nil, err
	}
	z, err := zip.NewReader(f, f.Size)
	if err != nil {
		return nil, errNotZip
	}
	return z, nil
}

// countEntries looks at what the end of the archive says of its table, which is built before
// anybody could stop it.
func countEntries(f extract.File) error {
	const record, comment = 22, 1<<16 - 1
	b := make([]byte, min(f.Size, record+comment))
	if _, err := f.ReadAt(b, f.Size-int64(len(b))); err != nil && err != io.EOF {
		return err
	}
	at := bytes.LastIndex(b, []byte("PK\x05\x06"))
	if at < 0 || len(b)-at < record {
		return errNotZip
	}
	entries, tableBytes := uint64(binary.LittleEndian.Uint16(b[at+10:])), uint64(binary.LittleEndian.Uint32(b[at+12:]))
	if z := bytes.LastIndex(b[:at], []byte("PK\x06\x06")); z >= 0 && at-z >= 56 {
		entries, tableBytes = binary.LittleEndian.Uint64(b[z+32:]), binary.LittleEndian.Uint64(b[z+40:])
	}
	if entries > zipEntriesMax || tableBytes > zipEntriesMax*200 {
		return extract.Refusef("it is an archive of more than %d files", zipEntriesMax)
	}
	return nil
}

// parts are the files in a document that is a zip archive.
type parts map[string]*zip.File

// openParts opens a document that is a zip archive.
func openParts(f extract.File) (parts, error) {
	z, err := openZip(f)
	if err != nil {
		return nil, err
	}
	p := parts{}
	for _, e := range z.File {
		p[strings.ToLower(strings.TrimPrefix(e.Name, "/"))] = e
	}
	return p, nil
}

// at returns the part of a name, however it is spelled.
func (p parts) at(name string) *zip.File { return p[strings.ToLower(strings.TrimPrefix(name, "/"))] }

// open opens a part; nil where there is none. What unpacks to a hundred times its size is cut off
// with ErrExpands.
func (p parts) open(name string) io.ReadCloser {
	e := p.at(name)
	if e == nil || e.Flags&1 != 0 {
		return nil
	}
	r, err := e.Open()
	if err != nil {
		return nil
	}
	return &bounded{r, min(partBytesMax, max(4<<20, 100*int64(e.CompressedSize64)))}
}

// bytes reads a small part whole; nil where there is none.
func (p parts) bytes(name string, most int64) []byte {
	r := p.open(name)
	if r == nil {
		return nil
	}
	defer r.Close()
	b, _ := io.ReadAll(io.LimitReader(r, most)) // a part that breaks off is read as far as it goes
	return b
}

// bounded reads so much and no more.
type bounded struct {
	io.ReadCloser
	left int64
}

func (b *bounded) Read(p []byte) (int, error) {
	if b.left <= 0 {
		return 0, extract.ErrExpands
	}
	n, err := b.ReadCloser.Read(p[:min(int64(len(p)), b.left)])
	b.left -= int64(n)
	return n, err
}

// relations are what a part of an office document refers to, by id.
func (p parts) relations(of string) map[string]relation {
	dir, base := path.Split(of)
	r := p.open(dir + "_rels/" + base + ".rels")
	if r == nil {
		return nil
	}
	defer r.Close()
	all := map[string]relation{}
	_ = eachElement(r, visitor{start: func(e xml.StartElement) {
		if e.Name.Local == "Relationship" && len(all) < zipEntriesMax {
			to := attr(e, "Target")
			if attr(e, "TargetMode") != "External" && !strings.HasPrefix(to, "/") {
				to = path.Join(dir, to)
			}
			all[attr(e, "Id")] = relation{strings.TrimPrefix(to, "/"), path.Base(attr(e, "Type")), attr(e, "TargetMode") == "External"}
		}
	}})
	return all
}

type relation struct {
	to, kind string
	outside  bool
}

// find returns the target of the first relation of a kind.
func find(all map[string]relation, kind string) string {
	least := ""
	for _, r := range all {
		if r.kind == kind && (least == "" || r.to < least) {
			least = r.to
		}
	}
	return least
}

// visitor is what eachElement calls. What is nil is not called.
type visitor struct {
	start func(xml.StartElement)
	end   func(xml.EndElement)
	text  func(string)
}

// depthMax is how deep elements may be nested.
const depthMax = 10_000

// eachElement reads XML from front to back. Entities that a document defines are not resolved, and
// nothing is fetched.
func eachElement(r io.Reader, v visitor) error {
	d := xml.NewDecoder(tolerant(r))
	d.Strict = false
	d.Entity = xml.HTMLEntity
	d.CharsetReader = charsetReader
	depth := 0
	for {
		t, err := d.RawToken()
		if err == io.EOF {
			return nil
		}
		if err != nil {
			var no *extract.Refusal
			if errors.As(err, &no) {
				return no
			}
			return extract.Refusef("it is damaged: %v", err)
		}
		switch t := t.(type) {
		case xml.StartElement:
			if depth++; depth > depthMax {
				return extract.Refusef("its elements are nested more than %d deep", depthMax)
			}
			if v.start != nil {
				v.start(t)
			}
		case xml.EndElement:
			depth--
			if v.end != nil {
				v.end(t)
			}
		case xml.CharData:
			if v.text != nil {
				v.text(string(t))
			}
		}
	}
}

// tolerant is XML without what no XML may hold, and many programs write: bytes that are no UTF-8,
// and control characters. What says that it is in another encoding is left as it is.
func tolerant(r io.Reader) io.Reader {
	in := bufio.NewReader(r)
	head, _ := in.Peek(200)
	if m := xmlEncoding.FindSubmatch(head); m != nil && !isUTF8(string(m[1])) {
		return in
	}
	return &uncontrolled{transform.NewReader(in, unicode.BOMOverride(unicode.UTF8.NewDecoder()))}
}

var xmlEncoding = regexp.MustCompile(`^[^>]*encoding=["']([^"']+)["']`)

// uncontrolled makes blanks of control characters.
type uncontrolled struct{ io.Reader }

func (u *uncontrolled) Read(p []byte) (int, error) {
	n, err := u.Reader.Read(p)
	for i, c := range p[:n] {
		if c < ' ' && c != '\t' && c != '\n' && c != '\r' {
			p[i] = ' '
		}
	}
	return n, err
}

// attr is the value of an attribute, whatever its name space.
func attr(e xml.StartElement, name string) string {
	for _, a := range e.Attr {
		if a.Name.Local == name {
			return a.Value
		}
	}
	return ""
}
