// Package corpus is stage 0 of Sluice: the documents, what came in, from where and in which
// version.
//
// A document is one thing its owner opted in: a file, a mail, a page. A source holds documents of
// one origin. Connectors live below corpus/source, one folder each; corpus/chunk cuts documents
// into passages.
package corpus

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"strings"
	"time"

	"sluice/internal/limits"
)

// Item is one document as its source lists it, before it is read.
type Item struct {
	Path    string    // relative to the source's root, slash-separated; unique in its source
	Size    int64     // bytes as stored at the source (before extraction)
	ModTime time.Time // as the source tells it; the zero time when it does not
	Time    time.Time // the document's own date (a mail's, a photo's); zero: it has none
	Title   string    // as the source tells it; "": taken from the text
	Type    string    // as the source tells it ("mail"); "": detected from path and text
	From    string    // who wrote it, as the source tells it; "": it does not
	AsIs    bool      // its owner named this very document: nothing is cut out of it

	// Changed is when its source last changed anything about it, in unix ns, by a clock that nobody
	// can set for one document; FileID tells it from another document that took its path. 0: the
	// source does not tell.
	Changed int64
	FileID  uint64

	// How is how its source makes text of it, where it is not text as it is stored: another number
	// may be another text of the same bytes. 0: as it is.
	How uint64
}

// Info names a source. Label is unique in a store and part of every passage id, so it never is an
// absolute path: a source may move without its ids changing.
type Info struct {
	Label string // by default the folder's base name
	Kind  string // "folder", later "mail", "git", "web" ...
	Root  string // where the connector finds it: an absolute path or a URL
}

// URI returns where the document at path can be opened. A path that is an address is that itself.
func (i Info) URI(path string) string {
	if strings.Contains(path, "://") {
		return path
	}
	return i.Root + "/" + path
}

// Source is what every connector offers. Implementations are safe for concurrent Open and Stat.
type Source interface {
	Info() Info

	// Walk lists every document that the source's rules let in, in bytewise order of Path, and
	// returns what was left out and what could not be read. An error from visit ends the walk and
	// is returned unchanged. A root that is missing is ErrRootGone, never an empty walk: an empty
	// walk would delete. A document that the walk did not list is gone only if the report counts no
	// failures, or if Stat says so: what lies in a folder that could not be read is not listed
	// either.
	Walk(ctx context.Context, visit func(Item) error) (*Report, error)

	// Open returns the document's extracted UTF-8 text as a stream. A document that must not or
	// cannot be read as text is a *LeftOutError, and may turn out to be one only while it is read:
	// then Read returns that error and nothing of the document may be kept. A document that the
	// source's rules leave out is ErrGone (and a *LeftOutError that says why). Any other error is
	// the document's own misfortune and costs only it. The Item describes what was opened, which
	// may be newer than what Walk saw.
	//
	// Where the text was extracted from something with pages, times, messages, headings, cells or
	// lines of its own, what Open returns implements Marked as well: its marks are asked for when
	// Read has returned io.EOF. A text that is the original has none.
	Open(ctx context.Context, path string) (io.ReadCloser, Item, error)

	// Stat asks the source about one document without reading it. A document that is not there any
	// more, or that the rules now leave out, is ErrGone. A path that leads out of the source is an
	// error.
	Stat(ctx context.Context, path string) (Item, error)
}

// RawFile is a document as it is stored, for who makes text of it.
type RawFile interface {
	io.ReaderAt
	io.Closer
}

// RacyWindow is how close to the start of a sync a document may have been changed for its
// modification time to prove nothing: a second change within the clock's step would look the same.
const RacyWindow = 2 * time.Second

// ErrGone says that a document is no longer at its source.
var ErrGone = errors.New("document is gone from its source")

// ErrRootGone says that a source's root is missing or unreadable, so nothing can be said of its
// documents.
var ErrRootGone = errors.New("the source's root is missing")

// Reason is why a document was left out. The list is closed; `add` and `status` print it.
type Reason string

// The reasons of the closed list.
const (
	Ignored   Reason = "ignored"    // an ignore file names it
	Hidden    Reason = "hidden"     // its name starts with a dot and --hidden was not given
	Excluded  Reason = "excluded"   // --exclude names it
	Forgotten Reason = "forgotten"  // the owner told the store to forget it
	Git       Reason = "git"        // inside .git
	Secret    Reason = "secret"     // a key, a token or a key store, and nothing else
	Binary    Reason = "binary"     // not text
	TooLarge  Reason = "too_large"  // beyond --max-filesize
	NoReader  Reason = "no_reader"  // a format that this build does not read, and another one does
	NoText    Reason = "no_text"    // pictures of pages and nothing else
	Symlink   Reason = "symlink"    // symbolic links are not followed
	Special   Reason = "special"    // FIFO, device, socket
	Foreign   Reason = "foreign"    // nothing of what the source reads
	Duplicate Reason = "duplicate"  // the source holds the same document under another path
	Refused   Reason = "refused"    // its server does not give it out, or asks that it is not kept
	Unread    Reason = "unreadable" // permission, I/O error, name that is no path
)

// LeftOutError is returned by Open for a document that is not taken.
type LeftOutError struct {
	Path   string
	Reason Reason
}

// Error implements error.
func (e *LeftOutError) Error() string { return fmt.Sprintf("%s: left out: %s", e.Path, e.Reason) }

// Count adds up files and bytes.
type Count struct {
	Files int64 `json:"files"`
	Bytes int64 `json:"bytes"`
}

// Add counts one file of n bytes.
func (c *Count) Add(n int64) { c.Files++; c.Bytes += n }

// Failure is a document that should have been read and could not be.
type Failure struct {
	Path string `json:"path"`
	Err  string `json:"error"`
}

// FailureOf says why a document could not be read, in words: the path is told already, and the name
// of a system call helps nobody.
func FailureOf(path string, err error) Failure {
	text := err.Error()
	if at := new(fs.PathError); errors.As(err, &at) {
		text = strings.ReplaceAll(text, at.Error(), at.Err.Error())
	}
	return Failure{Path: path, Err: text}
}

// Report is what a walk saw beside the documents it visited.
type Report struct {
	Taken    Count
	LeftOut  map[Reason]*Count // files whose size is unknown count 0 bytes; an ignored folder counts as one file
	Failures []Failure         // at most limits.FailuresKept are kept; FailureN counts all
	FailureN int
}

// LeaveOut counts what is not taken; size is 0 where it is unknown.
func (r *Report) LeaveOut(why Reason, size int64) {
	if r.LeftOut == nil {
		r.LeftOut = make(map[Reason]*Count)
	}
	c := r.LeftOut[why]
	if c == nil {
		c = new(Count)
		r.LeftOut[why] = c
	}
	c.Add(size)
}

// Merge adds what another report of the same source left out and could not read.
func (r *Report) Merge(o *Report) {
	for why, n := range o.LeftOut {
		r.LeaveOut(why, n.Bytes)
		r.LeftOut[why].Files += n.Files - 1
	}
	r.FailureN += o.FailureN
	r.Failures = append(r.Failures, o.Failures[:min(len(o.Failures), limits.FailuresKept-len(r.Failures))]...)
}

// Fail counts what should have been read and could not be.
func (r *Report) Fail(path string, err error) {
	r.LeaveOut(Unread, 0)
	r.FailureN++
	if len(r.Failures) < limits.FailuresKept {
		r.Failures = append(r.Failures, FailureOf(path, err))
	}
}
