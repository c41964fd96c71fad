// Package unpack is a source of stage 0 over another one: it makes documents of what the other one
// only stores. A PDF becomes text with pages, and an archive the documents that lie in it, each
// with a path of its own: reports.zip/2024/june.pdf. An archive is to it what a folder is.
//
// What strangers wrote is taken apart by a Runner, which is a child process with limits.
package unpack

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"path"
	"strings"

	"sluice/corpus"
	"sluice/corpus/extract"
	"sluice/corpus/extract/formats"
	"sluice/corpus/source"
)

// Raw is a source that also gives documents as they are stored.
type Raw interface {
	corpus.Source
	// OpenRaw opens what is stored at path. The Item tells its size.
	OpenRaw(ctx context.Context, path string) (corpus.RawFile, corpus.Item, error)
	// Inside tells why the source's rules leave out what lies at a path in an archive; "" for what
	// they let in.
	Inside(path string) corpus.Reason
}

// Source is a corpus.Source over a Raw one. It is safe for concurrent use.
type Source struct {
	raw    Raw
	by     extract.Runner
	layers layers
}

var (
	_ corpus.Source    = (*Source)(nil)
	_ corpus.Lister    = (*Source)(nil)
	_ corpus.Sampler   = (*Source)(nil)
	_ source.Previewer = (*Source)(nil)
)

// New makes a source over another one.
func New(raw Raw, by extract.Runner) *Source { return &Source{raw: raw, by: by} }

// Info implements corpus.Source.
func (s *Source) Info() corpus.Info { return s.raw.Info() }

// Close gives back what the source holds. It can still be used.
func (s *Source) Close() error {
	err := s.layers.close()
	if c, ok := s.raw.(io.Closer); ok {
		err = errors.Join(err, c.Close())
	}
	return err
}

// Preview implements source.Previewer.
func (s *Source) Preview(ctx context.Context, whole bool, progress func(n int64)) (*source.Preview, error) {
	if p, ok := s.raw.(source.Previewer); ok {
		return p.Preview(ctx, whole, progress)
	}
	return source.PreviewOf(ctx, struct{ corpus.Source }{s}, whole, progress)
}

// Sample implements corpus.Sampler: of a document in an archive it is the archive's.
func (s *Source) Sample(ctx context.Context, p string) (uint64, error) {
	sampler, ok := s.raw.(corpus.Sampler)
	if !ok {
		return 0, nil
	}
	if top, _, err := s.archiveOf(ctx, p); err == nil && top.Path != "" {
		p = top.Path
	}
	return sampler.Sample(ctx, p)
}

// how is what tells a document that is read by a format from the same bytes read otherwise.
func how(p string) uint64 {
	if f := formats.ByName(p); f != nil {
		return formats.Version(f)
	}
	return 0
}

// plain describes a document that lies in no archive.
func plain(it corpus.Item) corpus.Item {
	it.How = how(it.Path)
	return it
}

// archiveOf finds the archive at the source that a path leads into; none has no Path. rest is the
// path in it.
func (s *Source) archiveOf(ctx context.Context, p string) (top corpus.Item, rest string, err error) {
	for at := 0; ; at++ {
		i := strings.IndexByte(p[at:], '/')
		if i < 0 {
			return corpus.Item{}, p, nil
		}
		at += i
		if !formats.IsArchive(p[:at]) {
			continue
		}
		it, err := s.raw.Stat(ctx, p[:at])
		if err == nil {
			return it, p[at+1:], nil
		}
		if !errors.Is(err, corpus.ErrGone) { // a folder of such a name is no document
			return corpus.Item{}, "", err
		}
	}
}

// Stat implements corpus.Source.
func (s *Source) Stat(ctx context.Context, p string) (corpus.Item, error) {
	top, rest, err := s.archiveOf(ctx, p)
	if err != nil {
		return corpus.Item{}, err
	}
	if top.Path == "" {
		it, err := s.raw.Stat(ctx, p)
		if err == nil && formats.IsArchive(p) {
			return corpus.Item{}, fmt.Errorf("%s: %w: it is an archive, and what lies in it are documents", p, corpus.ErrGone)
		}
		return plain(it), err
	}
	l, name, err := s.descend(ctx, top, rest)
	if err != nil {
		return corpus.Item{}, err
	}
	defer s.layers.done(l)
	return s.member(l, name)
}

// member describes a document in an archive.
func (s *Source) member(l *layer, name string) (corpus.Item, error) {
	m := l.members[name]
	p := l.path + "/" + name
	if m == nil || formats.IsArchive(name) && l.depth < depthMax {
		return corpus.Item{}, fmt.Errorf("%s: %w", p, corpus.ErrGone)
	}
	if why := s.raw.Inside(p); why != "" {
		return corpus.Item{}, fmt.Errorf("%w: %w", corpus.ErrGone, &corpus.LeftOutError{Path: p, Reason: why})
	}
	return l.item(m), nil
}

// Open implements corpus.Source.
func (s *Source) Open(ctx context.Context, p string) (io.ReadCloser, corpus.Item, error) {
	top, rest, err := s.archiveOf(ctx, p)
	switch {
	case err != nil:
		return nil, corpus.Item{}, err
	case top.Path != "":
		return s.openInside(ctx, top, rest)
	case formats.IsArchive(p):
		_, err := s.Stat(ctx, p)
		return nil, corpus.Item{}, err
	case !formats.May(p) && path.Ext(p) != "":
		return s.raw.Open(ctx, p)
	}
	file, it, err := s.raw.OpenRaw(ctx, p)
	if err != nil {
		return nil, it, err
	}
	r, it, err := s.read(ctx, p, extract.File{Name: p, Size: it.Size, ReaderAt: file}, plain(it))
	if err := errors.Join(err, file.Close()); err != nil {
		return nil, it, err
	}
	if r == nil {
		r, it, err = s.raw.Open(ctx, p)
		return r, plain(it), err
	}
	return r, it, nil
}

// openInside opens a document in an archive.
func (s *Source) openInside(ctx context.Context, top corpus.Item, rest string) (io.ReadCloser, corpus.Item, error) {
	l, name, err := s.descend(ctx, top, rest)
	if err != nil {
		return nil, corpus.Item{}, err
	}
	defer s.layers.done(l)
	it, err := s.member(l, name)
	if err != nil {
		return nil, it, err
	}
	kept, err := s.unpack(ctx, l, l.members[name])
	if err != nil {
		return nil, it, err
	}
	r, it, err := s.read(ctx, it.Path, extract.File{Name: it.Path, Size: kept.size, ReaderAt: kept}, it)
	if err == nil && r == nil {
		text := source.NewText(io.NewSectionReader(kept, 0, kept.size), it.Path)
		if err = text.Check(); err == nil {
			return &fromSpool{text, kept}, it, nil
		}
		text.Close()
	}
	return r, it, errors.Join(err, kept.Close())
}

// fromSpool is a text that is read from a spool.
type fromSpool struct {
	*source.Text
	kept *spool
}

// Close implements io.Closer.
func (f *fromSpool) Close() error { return errors.Join(f.Text.Close(), f.kept.Close()) }

// read extracts a document. What is plain text is nil.
func (s *Source) read(ctx context.Context, p string, f extract.File, it corpus.Item) (io.ReadCloser, corpus.Item, error) {
	head := make([]byte, min(formats.HeadBytes, f.Size))
	if _, err := f.ReadAt(head, 0); err != nil && err != io.EOF {
		return nil, it, fmt.Errorf("%s: %w", p, err)
	}
	format := formats.Find(p, "", head)
	if format == nil {
		return nil, it, nil
	}
	if format.Missing != "" {
		return nil, it, &corpus.LeftOutError{Path: p, Reason: corpus.NoReader}
	}
	d, err := extract.Text(ctx, s.by, f)
	if err != nil {
		if errors.As(err, new(*extract.Refusal)) && format.Text {
			return nil, it, nil
		}
		return nil, it, err
	}
	if len(d.Text) == 0 && f.Size > 0 {
		return nil, it, &corpus.LeftOutError{Path: p, Reason: corpus.NoText}
	}
	it.Title, it.Type = d.Title, d.Type
	if !d.Time.IsZero() {
		it.Time = d.Time
	}
	return &document{bytes.NewReader(d.Text), d.Marks}, it, nil
}

// document is a text that was extracted.
type document struct {
	*bytes.Reader
	marks []corpus.Mark
}

// Close implements io.Closer.
func (*document) Close() error { return nil }

// Marks implements corpus.Marked.
func (d *document) Marks() []corpus.Mark { return d.marks }
