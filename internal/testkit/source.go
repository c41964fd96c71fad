// Package testkit holds what the tests of several packages share: a source in memory, and texts to
// put into it.
package testkit

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"time"

	"sluice/corpus"
)

// Source is a corpus.Source in memory whose documents can be changed between syncs.
type Source struct {
	Label string

	mu   sync.Mutex
	docs map[string]document
	tick int64
	Gone bool            // the root is missing
	Hide map[string]bool // documents that a walk fails to list, though they are there
}

type document struct {
	text  []byte
	marks corpus.Marks
	mod   time.Time
}

// NewSource returns an empty source.
func NewSource(label string) *Source {
	return &Source{Label: label, docs: map[string]document{}}
}

// Put adds or replaces a document. Each change gets a later modification time, years before any
// test runs, so that no time is racy.
func (s *Source) Put(path, text string) { s.PutMarked(path, text, nil) }

// PutMarked adds or replaces a document with marks, as an extracted text has them.
func (s *Source) PutMarked(path, text string, marks corpus.Marks) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.tick++
	s.docs[path] = document{[]byte(text), marks, time.Unix(1_000_000_000+s.tick, 0).UTC()}
}

// Sneak replaces a document's text and leaves its modification time as it was.
func (s *Source) Sneak(path, text string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.docs[path] = document{[]byte(text), s.docs[path].marks, s.docs[path].mod}
}

// Remove takes a document away.
func (s *Source) Remove(path string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.docs, path)
}

// Paths lists the documents in order.
func (s *Source) Paths() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	var paths []string
	for p := range s.docs {
		paths = append(paths, p)
	}
	slices.Sort(paths)
	return paths
}

// Info implements corpus.Source.
func (s *Source) Info() corpus.Info {
	return corpus.Info{Label: s.Label, Kind: "memory", Root: "memory://" + s.Label}
}

// usable tells why nothing can be said of the documents.
func (s *Source) usable(ctx context.Context) error {
	if s.Gone {
		return corpus.ErrRootGone
	}
	return ctx.Err()
}

// Walk implements corpus.Source.
func (s *Source) Walk(ctx context.Context, visit func(corpus.Item) error) (*corpus.Report, error) {
	if err := s.usable(ctx); err != nil {
		return nil, err
	}
	rep := &corpus.Report{LeftOut: map[corpus.Reason]*corpus.Count{}}
	for _, p := range s.Paths() {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		if s.Hide[p] {
			rep.FailureN++
			rep.Failures = append(rep.Failures, corpus.Failure{Path: p, Err: "permission denied"})
			continue
		}
		item, err := s.Stat(ctx, p)
		if err != nil {
			continue
		}
		rep.Taken.Add(item.Size)
		if err := visit(item); err != nil {
			return nil, err
		}
	}
	return rep, nil
}

// Open implements corpus.Source.
func (s *Source) Open(ctx context.Context, path string) (io.ReadCloser, corpus.Item, error) {
	item, err := s.Stat(ctx, path)
	if err != nil {
		return nil, item, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	d := s.docs[path]
	text := d.text
	if bytes.IndexByte(text, 0) >= 0 {
		return nil, item, &corpus.LeftOutError{Path: path, Reason: corpus.Binary}
	}
	if d.marks == nil {
		return io.NopCloser(bytes.NewReader(text)), item, nil
	}
	return &marked{text: bytes.NewReader(text), marks: d.marks}, item, nil
}

// Stat implements corpus.Source.
func (s *Source) Stat(ctx context.Context, path string) (corpus.Item, error) {
	if err := s.usable(ctx); err != nil {
		return corpus.Item{Path: path}, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	d, ok := s.docs[path]
	if !ok {
		return corpus.Item{Path: path}, corpus.ErrGone
	}
	return corpus.Item{Path: path, Size: int64(len(d.text)), ModTime: d.mod}, nil
}

// words are what Text is made of; the early ones are frequent, as in language.
var words = strings.Fields(`the store writes segment block checksum manifest torn write page commit reader snapshot passage posting
	term query budget token window lock holder retry merge generation slot header footer crc index source folder file path line span
	symbol function struct error corrupt damaged missing newer older parity repair scrub vector code scale rotation recall kernel
	register vector prefetch bandwidth limit cache fault memory disk sector flush fsync rename orphan pending queue worker batch`)

// Text makes n sentences of made-up prose. The same seed gives the same text.
func Text(seed uint64, n int) string {
	r := rand.New(rand.NewPCG(seed, 7))
	var b strings.Builder
	for range n {
		for k := range 6 + r.IntN(9) {
			if k > 0 {
				b.WriteByte(' ')
			}
			b.WriteString(words[int(float64(len(words))*r.Float64()*r.Float64())])
		}
		b.WriteString(".\n")
		if r.IntN(5) == 0 {
			b.WriteByte('\n')
		}
	}
	return b.String()
}

// Fill puts n documents of varying length into s.
func Fill(s *Source, seed uint64, n int) {
	for i := range n {
		path := fmt.Sprintf("dir%d/doc%03d.txt", i%3, i)
		if i%4 == 1 {
			path = fmt.Sprintf("dir%d/note%03d.md", i%3, i)
		}
		s.Put(path, fmt.Sprintf("# Note %d\n\n", i)+Text(seed+uint64(i), 3+i%40))
	}
}

// Clone returns a source of that label with the same documents, as they are now.
func (s *Source) Clone() *Source {
	s.mu.Lock()
	defer s.mu.Unlock()
	return &Source{Label: s.Label, docs: maps.Clone(s.docs), tick: s.tick}
}

// Text returns what a document says, and false when there is none of that path.
func (s *Source) Text(path string) (string, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	d, ok := s.docs[path]
	return string(d.text), ok
}
