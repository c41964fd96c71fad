// Package corpus is stage 0 of Sluice: the documents, what came in, from where and in which version.
//
// A document is one thing its owner opted in: a file, a mail, a page. A source holds documents of one
// origin. Connectors live below corpus/source, one folder each; corpus/chunk cuts documents into passages.
package corpus

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"
)

// Item is one document as its source lists it, before it is read.
type Item struct {
	Path    string    // relative to the source's root, slash-separated; unique in its source
	Size    int64     // bytes as stored at the source (before extraction)
	ModTime time.Time // as the source tells it; the zero time when it does not
}

// Info names a source. Label is unique in a store and part of every passage id, so it never is an
// absolute path: a source may move without its ids changing.
type Info struct {
	Label string // by default the folder's base name
	Kind  string // "folder", later "mail", "git", "web" ...
	Root  string // where the connector finds it: an absolute path or a URL
}

// URI returns where the document at path can be opened.
func (i Info) URI(path string) string { return i.Root + "/" + path }

// Source is what every connector offers. Implementations are safe for concurrent Open and Stat.
type Source interface {
	Info() Info

	// Walk lists every document that the source's rules let in, in bytewise order of Path, and returns
	// what was left out and what could not be read. An error from visit ends the walk and is returned
	// unchanged. A root that is missing is ErrRootGone, never an empty walk: an empty walk would delete.
	Walk(ctx context.Context, visit func(Item) error) (*Report, error)

	// Open returns the document's extracted UTF-8 text as a stream. A document that must not or cannot be
	// read as text is a *LeftOutError; any other error is the document's own misfortune and costs only it.
	Open(ctx context.Context, path string) (io.ReadCloser, Item, error)

	// Stat asks the source about one document without reading it. A document that is not there any
	// more, or that the rules now leave out, is ErrGone.
	Stat(ctx context.Context, path string) (Item, error)
}

// ErrGone says that a document is no longer at its source.
var ErrGone = errors.New("document is gone from its source")

// ErrRootGone says that a source's root is missing or unreadable, so nothing can be said of its documents.
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
	Secret    Reason = "secret"     // looks like a key, a token or a credential store
	Binary    Reason = "binary"     // not text
	TooLarge  Reason = "too_large"  // beyond --max-filesize
	Symlink   Reason = "symlink"    // symbolic links are not followed
	Special   Reason = "special"    // FIFO, device, socket
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

// Report is what a walk saw beside the documents it visited.
type Report struct {
	Taken    Count
	LeftOut  map[Reason]*Count // files whose size is unknown count 0 bytes; an ignored folder counts as one file
	Failures []Failure         // at most limits.FailuresKept are kept; FailureN counts all
	FailureN int
}
