// Package extract is what stage 0 uses for documents that are not plain text: a PDF, a letter, a
// sheet, an archive.
//
// A format (Format) turns bytes into text with marks. The formats stand in package formats, one
// file each and one line in its table. They read what strangers wrote, so package sandbox runs them
// in a child process with limits (sandbox.Pool). A test may run them where it stands
// (formats.Local). Both are a Runner.
package extract

import (
	"context"
	"fmt"
	"io"
	"time"

	"sluice/corpus"
)

// The limits of one document.
const (
	// MemoryBytesMax is what reading one document may add to what its reader needs at rest.
	MemoryBytesMax = 64 << 20
	// CPUMax is how long the processor may work on one document.
	CPUMax = 10 * time.Second
	// ratioMax: a text may be a hundred times as long as its document, where it is longer than
	// freeBytes.
	ratioMax  = 100
	freeBytes = 1 << 20
	// TextBytesMax is the longest text of one document.
	TextBytesMax = 64 << 20
)

// File is what a text is extracted from.
type File struct {
	Name string // a path or a name; its ending tells the format
	Type string // the media type that its carrier told; "": none
	Size int64
	io.ReaderAt
}

// Document is what was extracted.
type Document struct {
	About
	Text  []byte // UTF-8
	Marks corpus.Marks
	Parts []Part
}

// About is what a document says of itself.
type About struct {
	Title string    `json:"title,omitempty"`
	Time  time.Time `json:"time,omitzero"` // its own date
	Type  string    `json:"type,omitempty"`
	Blank int       `json:"blank,omitempty"` // pages without text: pictures of pages
}

// Part is a document that lies in another one: an attachment.
type Part struct {
	Name string `json:"name"`
	Type string `json:"type,omitempty"` // the media type, if told
	Body []byte `json:"body"`
}

// Member is a file in an archive.
type Member struct {
	Path string    `json:"path"` // clean, slash-separated, relative
	Size int64     `json:"size"` // as the archive tells it; -1: it does not
	Time time.Time `json:"time,omitzero"`

	// Where it lies, so that reading it does not begin with the archive's table: a table is as long
	// as there are files, and would be read for each of them.
	At     int64  `json:"at"`               // where its bytes begin; -1: the archive does not tell
	Packed int64  `json:"packed,omitempty"` // how many they are
	Method string `json:"method,omitempty"` // how they are packed; "": not at all
	Sum    uint32 `json:"sum,omitempty"`    // CRC-32 of what they unpack to; 0: not told

	// Left says why it is no document: it is counted, and not read.
	Left corpus.Reason `json:"left,omitempty"`
}

// Format is one format of documents.
type Format struct {
	Name    string   // what corpus.Item.Type becomes: "pdf"
	Endings []string // of names, in lower case, with their dot
	Media   []string // media types

	// Magic tells from its first bytes that a file is of the format. A file with the ending and
	// without the magic is read as what it is otherwise. nil: the ending suffices.
	Magic func(head []byte) bool

	// Text tells that a file of the format is text by itself: one that cannot be read as a document
	// is read as that.
	Text bool

	// Read extracts. It may panic: that costs the document and nothing else.
	Read func(f File, w *Writer) error

	// Version is raised when the text of the same bytes changes: the documents are then read again.
	Version uint8

	// Prepare, where it is not nil, is called once in the process that reads, before that process
	// gives up its right to open files.
	Prepare func() error

	// Missing says why this build cannot read the format, and what to do. "": it can.
	Missing string
}

// Job is one thing to be done with a file, by a process that may know nothing but its bytes.
type Job struct {
	Do     Op     `json:"do"`
	Name   string `json:"name"`
	Type   string `json:"type,omitempty"`
	Size   int64  `json:"size"`
	Member Member `json:"member,omitzero"` // as it was listed
}

// Op is what is done in a job.
type Op string

// The ops.
const (
	OpText    Op = "text"    // extract a document
	OpList    Op = "list"    // list the members of an archive that has a table of them
	OpMember  Op = "member"  // give the bytes of one of them
	OpFlatten Op = "flatten" // turn an archive that must be read from the front into a tar
)

// Output takes what a job gives, piece by piece. An error of it ends the job.
type Output interface {
	Bytes(b []byte) error // of the text, of a member, or of the tar
	Mark(m corpus.Mark) error
	Part(p Part) error
	Member(m Member) error
	About(a About) error
}

// Runner does jobs. An error that is a *Refusal is about the document; any other one is about the
// machine, and the document may be tried again.
type Runner interface {
	Run(ctx context.Context, job Job, r io.ReaderAt, out Output) error
}

// Refusal says why a document was not read to its end. It is the document's own misfortune.
type Refusal struct{ Why string }

// Error implements error.
func (r *Refusal) Error() string { return r.Why }

// Refusef makes a Refusal.
func Refusef(format string, args ...any) error { return &Refusal{fmt.Sprintf(format, args...)} }

// The refusals that a process which reads may end with.
var (
	ErrMemory   = &Refusal{"reading it takes more memory than one document may have: it is damaged, or made to do so"}
	ErrTime     = &Refusal{"reading it takes longer than one document may: it is damaged, or made to do so"}
	ErrExpands  = &Refusal{"it unpacks to more than a hundred times its size, or to more than is read of one document"}
	ErrDied     = &Refusal{"the program that reads it broke down on it"}
	ErrPlain    = &Refusal{"it is text and nothing more"} // of a format that is text
	ErrPassword = &Refusal{"it is encrypted: save a copy without a password to have it read"}
)

// Text extracts the document in f.
func Text(ctx context.Context, by Runner, f File) (*Document, error) {
	out := &collect{}
	err := by.Run(ctx, Job{Do: OpText, Name: f.Name, Type: f.Type, Size: f.Size}, f, out)
	if err != nil {
		return nil, err
	}
	return &out.Document, nil
}

// List lists the files in an archive that has a table of them: a zip, or a plain tar.
func List(ctx context.Context, by Runner, f File) ([]Member, error) {
	out := &collect{}
	err := by.Run(ctx, Job{Do: OpList, Name: f.Name, Type: f.Type, Size: f.Size}, f, out)
	return out.members, err
}

// CopyMember writes the bytes of a member of an archive to w.
func CopyMember(ctx context.Context, by Runner, f File, m Member, w io.Writer) error {
	return by.Run(ctx, Job{Do: OpMember, Name: f.Name, Type: f.Type, Size: f.Size, Member: m}, f, &copied{to: w})
}

// Flatten writes an archive that must be read from the front, or a compressed file, as a plain tar
// to w.
func Flatten(ctx context.Context, by Runner, f File, w io.Writer) error {
	return by.Run(ctx, Job{Do: OpFlatten, Name: f.Name, Type: f.Type, Size: f.Size}, f, &copied{to: w})
}

// collect is an Output that keeps everything.
type collect struct {
	Document
	members []Member
}

func (c *collect) Bytes(b []byte) error {
	if len(c.Text)+len(b) > TextBytesMax {
		return ErrExpands
	}
	c.Text = append(c.Text, b...)
	return nil
}
func (c *collect) Mark(m corpus.Mark) error { c.Marks = append(c.Marks, m); return nil }
func (c *collect) Part(p Part) error        { c.Parts = append(c.Parts, p); return nil }
func (c *collect) Member(m Member) error    { c.members = append(c.members, m); return nil }
func (c *collect) About(a About) error      { c.Document.About = a; return nil }

// copied is an Output that hands bytes on.
type copied struct {
	collect
	to io.Writer
}

func (c *copied) Bytes(b []byte) error {
	_, err := c.to.Write(b)
	return err
}
