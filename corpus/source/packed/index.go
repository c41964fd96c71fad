package packed

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"sluice/corpus"
	"sluice/internal/vfs"
)

// contents is what the files of a source hold. It never changes: another state of the files is
// another value.
type contents struct {
	tree   *tree
	files  map[string]*file // by path
	docs   []listed         // in order of path
	report corpus.Report    // what is left out, and what cannot be read
}

// file is a file below the root: a single one, or an archive of many.
type file struct {
	found // as it was when it was listed
	parts []*part
	spool *spool        // the bytes of an archive's members
	own   corpus.Report // what of it is left out, and what cannot be read
}

// part is a file that holds documents, by itself or in an archive.
type part struct {
	in     *file
	form   Form
	member *member // nil: it is the file itself
	docs   []Document
}

// listed is a document and the file that it lies in.
type listed struct {
	Document
	in *part
}

// find finds a document. While the file that holds it is as it was, nothing else is looked at.
func (s *Source) find(ctx context.Context, path string) (listed, *part, error) {
	if err := ctx.Err(); err != nil {
		return listed{}, nil, err
	}
	s.mu.Lock()
	now := s.now
	s.mu.Unlock()
	if now != nil {
		if d, ok := now.of(path); ok && s.asItWas(d.in.in) {
			return d, d.in, nil
		}
	}
	now, err := s.refresh(ctx)
	if err != nil {
		return listed{}, nil, err
	}
	if d, ok := now.of(path); ok {
		return d, d.in, nil
	}
	return listed{}, nil, fmt.Errorf("%q: %w", path, corpus.ErrGone)
}

func (c *contents) of(path string) (listed, bool) {
	i, ok := slices.BinarySearchFunc(c.docs, path, func(d listed, path string) int { return strings.Compare(d.Path, path) })
	if !ok {
		return listed{}, false
	}
	return c.docs[i], true
}

// refresh brings what is known of the files up to date: those that are as they were are not read
// again.
func (s *Source) refresh(ctx context.Context) (*contents, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	tree, err := s.look(ctx)
	if err != nil {
		return nil, err
	}
	if s.now != nil && s.now.tree.same(tree) {
		return s.now, nil
	}
	next := &contents{tree: tree, files: map[string]*file{}}
	next.report.Merge(&tree.report)
	for _, f := range tree.files {
		listed := s.known(f)
		if listed == nil {
			if listed = s.list(ctx, f); ctx.Err() != nil {
				listed.spool.close()
				return nil, ctx.Err()
			}
		}
		next.files[f.path] = listed
		next.take(listed)
	}
	next.settle()
	if s.now != nil {
		for path, old := range s.now.files {
			if next.files[path] != old {
				old.spool.close()
			}
		}
	}
	s.now = next
	return next, nil
}

// known is what was listed of a file before, if it is as it was then and could be read.
func (s *Source) known(f found) *file {
	if s.now == nil {
		return nil
	}
	if old := s.now.files[f.path]; old != nil && old.own.FailureN == 0 && old.same(f) {
		return old
	}
	return nil
}

// take adds what a file holds, and what of it is not read.
func (c *contents) take(f *file) {
	c.report.Merge(&f.own)
	for _, p := range f.parts {
		for _, d := range p.docs {
			c.docs = append(c.docs, listed{d, p})
		}
	}
}

// settle puts the documents in order. Of two with one path the second one is a duplicate, if they
// say the same, and gets a number behind its name if they do not.
func (c *contents) settle() {
	slices.SortStableFunc(c.docs, func(a, b listed) int { return strings.Compare(a.Path, b.Path) })
	kept, moved := c.docs[:0], []listed(nil)
	for _, d := range c.docs {
		if len(kept) == 0 || kept[len(kept)-1].Path != d.Path {
			kept = append(kept, d)
			continue
		}
		if first := kept[len(kept)-1]; d.FileID == first.FileID && d.FileID != 0 && d.Part == first.Part {
			c.report.LeaveOut(corpus.Duplicate, d.Size)
			continue
		}
		moved = append(moved, d)
	}
	c.docs = kept
	if len(moved) == 0 {
		return
	}
	taken := map[string]bool{}
	for _, d := range c.docs {
		taken[d.Path] = true
	}
	for _, d := range moved {
		for n := 2; taken[d.Path]; n++ {
			d.Path = fmt.Sprintf("%s ~%d", strings.TrimSuffix(d.Path, fmt.Sprintf(" ~%d", n-1)), n)
		}
		taken[d.Path] = true
		c.docs = append(c.docs, d)
	}
	slices.SortFunc(c.docs, func(a, b listed) int { return cmp.Compare(a.Path, b.Path) })
}

// list lists a file. One that cannot be read costs itself.
func (s *Source) list(ctx context.Context, f found) *file {
	out := &file{found: f}
	open, done, err := s.openFile(f.path)
	if err != nil {
		out.own.Fail(f.path, err)
		return out
	}
	defer done()
	if s.opts.Archives && archived(f.path) {
		if out.spool, err = s.unpack(ctx, open, out); err != nil {
			out.own.Fail(f.path, err)
		}
		return out
	}
	s.listPart(ctx, open, &part{in: out})
	return out
}

// listPart lists the documents of an open file, if a form claims it.
func (s *Source) listPart(ctx context.Context, open *File, p *part) {
	form, err := s.claim(open)
	switch {
	case err != nil:
		p.in.own.Fail(open.Path, err)
		return
	case form == nil:
		p.in.own.LeaveOut(corpus.Foreign, open.Size)
		return
	}
	p.form, open.report = form, &p.in.own
	open.once = func(read func() (any, error)) (any, error) { return read() }
	err = vfs.Contain(func() error {
		return form.List(ctx, open, &s.set.Rules, func(d Document) error {
			if d.ModTime.IsZero() {
				d.ModTime = open.ModTime
			}
			p.docs = append(p.docs, d)
			return ctx.Err()
		})
	})
	if err != nil {
		p.in.own.Fail(open.Path, err)
	}
	p.in.parts = append(p.in.parts, p)
}

// claim finds the form that reads a file; nil: none does, and none has to.
func (s *Source) claim(open *File) (Form, error) {
	head := make([]byte, min(HeadBytes, open.Size))
	n, err := open.ReadAt(head, 0)
	if err != nil && !errors.Is(err, io.EOF) {
		return nil, err
	}
	head = head[:n]
	for _, form := range s.opts.Forms {
		if form.Claims(open, head) {
			return form, nil
		}
	}
	if s.opts.Unknown != nil && s.opts.Unknown(open, head) {
		return nil, ErrUnknown
	}
	return nil, nil
}
