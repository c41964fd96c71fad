// Package packed is what connectors of stage 0 share whose documents lie in files that hold many: a
// mailbox, an export of chats, a calendar, an archive of all of them.
//
// A Form knows one form of such files: it tells one from its beginning, lists the documents in it,
// and makes the text of one. All else is here: files are found and watched, also in archives, what
// they hold is kept in memory as long as they stay as they are, and the documents of all files are
// listed in order.
//
//	packed.go  what a form is, and the source
//	index.go   what the files hold, as far as it is known
//	tree.go    the files below a folder, each reached through os.Root
//	archive.go the files in an archive
package packed

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"sync"
	"time"

	"sluice/corpus"
	"sluice/corpus/source"
	"sluice/internal/vfs"
)

// HeadBytes is how much of a file a form may look at to tell whether it is one of its own.
const HeadBytes = 8 << 10

// File is one file that may hold documents.
type File struct {
	Path    string // below the root; one in an archive lies below the archive's name
	Size    int64
	ModTime time.Time
	io.ReaderAt
	once func(func() (any, error)) (any, error) // keeps what a form has read of the file, for a while

	report *corpus.Report // while it is listed
}

// Fail counts a part of the file that should have been read and could not be: the rest of it is
// read all the same.
func (f *File) Fail(path string, err error) {
	if f.report != nil {
		f.report.Fail(path, err)
	}
}

// LeaveOut counts a part of the file that is not taken.
func (f *File) LeaveOut(why corpus.Reason, size int64) {
	if f.report != nil {
		f.report.LeaveOut(why, size)
	}
}

// Folder is the part of the file's path before its name, "" at the top.
func (f *File) Folder() string {
	dir, _ := cutName(f.Path)
	return dir
}

// Name is the last part of the path.
func (f *File) Name() string {
	_, name := cutName(f.Path)
	return name
}

func cutName(path string) (dir, name string) {
	i := strings.LastIndexByte(path, '/')
	return path[:max(i, 0)], path[i+1:]
}

// Document is one document in a file.
type Document struct {
	corpus.Item
	// Start and Length are where it lies in the file, for the form that listed it; Part says which
	// part of that, where it is not the whole.
	Start, Length int64
	Part          int
}

// Text is the text of a document, with its marks.
type Text struct {
	Body  []byte
	Marks corpus.Marks
	Guess string // see corpus.Guessed
}

// Form is one form of files with documents in them.
type Form interface {
	// Claims tells from its name and its first bytes whether a file is of this form. Of several
	// forms the first one that claims a file reads it.
	Claims(f *File, head []byte) bool
	// List lists the documents of a file, in any order. Their paths are complete. rules says which
	// messages of a document the owner told the store to forget.
	List(ctx context.Context, f *File, rules *source.Rules, emit func(Document) error) error
	// Open makes the text of one of them.
	Open(ctx context.Context, f *File, d Document, rules *source.Rules) (*Text, error)
}

// ErrUnknown says that a file looks like one that the source should be able to read, and is in a
// form that it does not know.
var ErrUnknown = errors.New("this form is not known to this version: nothing of it was read")

// Options say how a source takes files that no form claims.
type Options struct {
	Forms []Form
	// Archives reads zip files and compressed tar files as folders.
	Archives bool
	// Unknown tells whether a file that no form claims is a failure, because it should be one that
	// the source can read; nil: none is.
	Unknown func(f *File, head []byte) bool
}

// Source is a corpus.Source over files with documents in them. It is safe for concurrent use.
type Source struct {
	set  source.Setting
	opts Options

	mu  sync.Mutex
	now *contents

	memory sync.Mutex // guards what follows
	last   *part      // of which a form has read something last
	value  any
}

var (
	_ corpus.Source = (*Source)(nil)
	_ corpus.Stater = (*Source)(nil)
)

// New makes a source of the file or the folder at the setting's root.
func New(set source.Setting, opts Options) *Source {
	return &Source{set: set, opts: opts}
}

// Info implements corpus.Source.
func (s *Source) Info() corpus.Info { return s.set.Info }

// Walk implements corpus.Source.
func (s *Source) Walk(ctx context.Context, visit func(corpus.Item) error) (*corpus.Report, error) {
	now, err := s.refresh(ctx)
	if err != nil {
		return nil, err
	}
	report := &corpus.Report{}
	report.Merge(&now.report)
	for _, d := range now.docs {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		report.Taken.Add(d.Size)
		if err := visit(d.Item); err != nil {
			return nil, err
		}
	}
	return report, nil
}

// Stat implements corpus.Source.
func (s *Source) Stat(ctx context.Context, path string) (corpus.Item, error) {
	d, _, err := s.find(ctx, path)
	return d.Item, err
}

// Open implements corpus.Source.
func (s *Source) Open(ctx context.Context, path string) (io.ReadCloser, corpus.Item, error) {
	d, in, err := s.find(ctx, path)
	if err != nil {
		return nil, corpus.Item{}, err
	}
	f, done, err := s.open(in)
	if err != nil {
		return nil, d.Item, err
	}
	defer done()
	f.once = s.remember(in)
	var text *Text
	err = vfs.Contain(func() error {
		text, err = in.form.Open(ctx, f, d.Document, &s.set.Rules)
		return err
	})
	if err != nil {
		return nil, d.Item, fmt.Errorf("%s: %w", path, err)
	}
	r := &reader{Text: source.NewText(bytes.NewReader(text.Body), path), marks: text.Marks, guess: text.Guess}
	if err := r.Check(); err != nil {
		return nil, d.Item, errors.Join(err, r.Close())
	}
	return r, d.Item, nil
}

// remember keeps what a form reads of one file, until it reads another one.
func (s *Source) remember(p *part) func(func() (any, error)) (any, error) {
	return func(read func() (any, error)) (any, error) {
		s.memory.Lock()
		defer s.memory.Unlock()
		if s.last == p {
			return s.value, nil
		}
		v, err := read()
		if err == nil {
			s.last, s.value = p, v
		}
		return v, err
	}
}

// State implements corpus.Stater: the state is that of the files.
func (s *Source) State(ctx context.Context) (uint64, bool, error) {
	tree, err := s.look(ctx)
	if err != nil {
		return 0, false, err
	}
	return tree.state(), tree.atRest(time.Now()), nil
}

// reader is a text with marks.
type reader struct {
	*source.Text
	marks corpus.Marks
	guess string
}

// Guessed implements corpus.Guessed.
func (r *reader) Guessed() string { return r.guess }

// Marks implements corpus.Marked.
func (r *reader) Marks() []corpus.Mark { return r.marks }

// Close gives back what the source holds open. It can still be used.
func (s *Source) Close() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.now != nil {
		for _, f := range s.now.files {
			f.spool.close()
		}
	}
	s.now = nil
	s.memory.Lock()
	defer s.memory.Unlock()
	s.last, s.value = nil, nil
	return nil
}
