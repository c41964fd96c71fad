package index

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/RoaringBitmap/roaring/v2"
	"github.com/bmatcuk/doublestar/v4"
	"golang.org/x/text/unicode/norm"

	"sluice/index/text"
)

// Filter narrows what gather looks at. Values of one kind are or-ed, kinds are and-ed; the zero
// value lets everything through.
type Filter struct {
	Sources []string
	Paths   []string // globs on the document's path, as globsOf reads them
	Within  []Within // of single sources; or-ed with Paths
	Types   []string
	After   time.Time // not before, by the document's own date, else its modification time
	Before  time.Time // before
}

// Within is a glob on the paths of one source.
type Within struct{ Source, Path string }

// lastYear is the last one that documents' times are told apart in: what is later, of a filter or
// of a document, is later than all of them, and earlier than nothing.
const lastYear = 2261

// Validate returns an error that names a glob which can match nothing.
func (f *Filter) Validate() error {
	paths := slices.Clone(f.Paths)
	for _, w := range f.Within {
		paths = append(paths, w.Path)
	}
	for _, p := range paths {
		if !slices.ContainsFunc(spellings(p), doublestar.ValidatePattern) {
			return fmt.Errorf("path filter %q is not a glob: a bracket or brace is not closed", p)
		}
	}
	return nil
}

// ofDocuments tells whether documents must be looked at one by one.
func (f *Filter) ofDocuments() bool {
	return len(f.Paths) > 0 || len(f.Within) > 0 || len(f.Types) > 0 || !f.After.IsZero() || !f.Before.IsZero()
}

// match tells whether a document passes.
func (f *Filter) match(d *text.Document, globs []*glob) bool {
	if len(f.Types) > 0 && !slices.Contains(f.Types, d.Type) {
		return false
	}
	if len(f.Paths)+len(f.Within) > 0 && !slices.ContainsFunc(globs, func(g *glob) bool { return g.match(d.Path) }) {
		return false
	}
	when := d.Time
	if when == 0 {
		when = d.ModTime
	}
	return (f.After.IsZero() || when >= text.Nanos(f.After)) && (f.Before.IsZero() || when < text.Nanos(f.Before) || f.Before.Year() > lastYear)
}

// globMatch matches as people expect of a path filter: it may begin at any folder, unless it begins
// with a slash, which is the source's root, and a folder's name stands for everything below it.
func globMatch(pattern, path string) bool {
	pattern, path = norm.NFC.String(pattern), norm.NFC.String(path)
	pattern, rooted := strings.CutPrefix(pattern, "/")
	if ok, _ := doublestar.Match(pattern, path); ok {
		return true
	}
	if ok, _ := doublestar.Match(pattern+"/**", path); ok {
		return true
	}
	if rooted {
		return false
	}
	ok, _ := doublestar.Match("**/"+pattern, path)
	return ok
}

// spellings are the globs that somebody means: src/ and ./src are src, and a backslash is the slash
// of Windows or, as ever, takes a sign its meaning.
func spellings(p string) []string {
	all := []string{p}
	if p == "" {
		return all // it names nothing
	}
	if strings.Contains(p, `\`) {
		all = append(all, strings.ReplaceAll(p, `\`, "/"))
	}
	for i, p := range all {
		for strings.HasPrefix(p, "./") {
			p = strings.TrimLeft(p[1:], "/")
		}
		for strings.Contains(p, "//") {
			p = strings.ReplaceAll(p, "//", "/")
		}
		if p = strings.TrimSuffix(p, "/"); p == "" || p == "." {
			p = "**"
		}
		all[i] = p
	}
	return all
}

// allowed returns the passages of a segment that pass, or all = true when every one does.
func (f *Filter) allowed(ctx context.Context, seg *Segment) (set *roaring.Bitmap, all bool, err error) {
	if len(f.Sources) > 0 && !slices.Contains(f.Sources, seg.Label()) {
		return roaring.New(), false, nil
	}
	if !f.ofDocuments() {
		return nil, true, nil
	}
	set = roaring.New()
	globs := globsOf(f.in(seg.Label()))
	err = seg.Read(func(t *text.Reader) error {
		return eachNumber(ctx, t.Documents(), func(i uint32) error {
			if seg.hidesDocument(i) {
				return nil
			}
			d, err := t.Document(i)
			if err == nil && d.Count > 0 && f.match(&d, globs) {
				set.AddRange(uint64(d.First), uint64(d.First)+uint64(d.Count))
			}
			return err
		})
	})
	return set, false, err
}

// in lists the globs on the paths of a source.
func (f *Filter) in(source string) []string {
	globs := slices.Clone(f.Paths)
	for _, w := range f.Within {
		if w.Source == source {
			globs = append(globs, w.Path)
		}
	}
	return globs
}

// looksApart is how many documents are looked at between two looks at whether the question still
// stands: a fraction of a millisecond.
const looksApart = 256

// eachNumber visits the numbers below n as long as the context lasts.
func eachNumber(ctx context.Context, n int, visit func(uint32) error) error {
	for i := range uint32(n) {
		if i%looksApart == 0 {
			if err := ctx.Err(); err != nil {
				return err
			}
		}
		if err := visit(i); err != nil {
			return err
		}
	}
	return nil
}

// glob is a path filter in two halves. What it makes of a folder is found out once for all of that
// folder's documents, which stand next to each other; only names are looked at one by one.
type glob struct {
	pattern, folder, name string
	whole                 bool // it cannot be halved: its last slash may stand in a brace, or its name match slashes

	last      string // the folder that the following are about
	known     bool
	in, below bool // documents of that folder match by their name; whatever their name
}

func globsOf(patterns []string) []*glob {
	var all []*glob
	var spelled []string
	for _, p := range patterns {
		spelled = append(spelled, spellings(p)...)
	}
	for _, p := range spelled {
		g := &glob{pattern: p, name: p}
		if i := strings.LastIndexByte(p, '/'); i >= 0 {
			g.folder, g.name = p[:i], p[i+1:]
		}
		g.whole = strings.ContainsAny(p, `{}[]\`) || strings.Contains(g.name, "**") || g.name == "" || strings.HasPrefix(p, "/")
		all = append(all, g)
	}
	return all
}

// match is globMatch.
func (g *glob) match(p string) bool {
	i := strings.LastIndexByte(p, '/')
	if g.whole || i < 0 { // what lies at the top has no folder, and is little
		return globMatch(g.pattern, p)
	}
	folder, name := p[:i], p[i+1:]
	if !g.known || folder != g.last {
		g.last, g.known = folder, true
		g.in = g.folder == "" || matches(g.folder, folder) || matches("**/"+g.folder, folder)
		g.below = matches(g.pattern+"/**", folder)
	}
	return g.below || g.in && matches(g.name, name)
}

func matches(pattern, path string) bool {
	ok, _ := doublestar.Match(pattern, path)
	return ok
}
