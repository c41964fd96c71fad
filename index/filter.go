package index

import (
	"fmt"
	"slices"
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
	Paths   []string // doublestar globs on the document's path
	Types   []string
	After   time.Time // not before, by the document's own date, else its modification time
	Before  time.Time // before
}

// lastYear is the last one that documents' times are told apart in: what is later, of a filter or
// of a document, is later than all of them, and earlier than nothing.
const lastYear = 2261

// Validate returns an error that names a glob which can match nothing.
func (f *Filter) Validate() error {
	for _, p := range f.Paths {
		if !doublestar.ValidatePattern(p) {
			return fmt.Errorf("path filter %q is not a glob: a bracket or brace is not closed", p)
		}
	}
	return nil
}

// ofDocuments tells whether documents must be looked at one by one.
func (f *Filter) ofDocuments() bool {
	return len(f.Paths) > 0 || len(f.Types) > 0 || !f.After.IsZero() || !f.Before.IsZero()
}

// match tells whether a document passes.
func (f *Filter) match(d *text.Document) bool {
	if len(f.Types) > 0 && !slices.Contains(f.Types, d.Type) {
		return false
	}
	if len(f.Paths) > 0 && !slices.ContainsFunc(f.Paths, func(p string) bool { return globMatch(p, d.Path) }) {
		return false
	}
	when := d.Time
	if when == 0 {
		when = d.ModTime
	}
	return (f.After.IsZero() || when >= text.Nanos(f.After)) && (f.Before.IsZero() || when < text.Nanos(f.Before) || f.Before.Year() > lastYear)
}

// globMatch matches as people expect of a path filter: a glob without a slash looks at the base
// name too, and a folder's name stands for everything below it.
func globMatch(pattern, path string) bool {
	pattern, path = norm.NFC.String(pattern), norm.NFC.String(path)
	if ok, _ := doublestar.Match(pattern, path); ok {
		return true
	}
	if ok, _ := doublestar.Match(pattern+"/**", path); ok {
		return true
	}
	ok, _ := doublestar.Match("**/"+pattern, path)
	return ok
}

// allowed returns the passages of a segment that pass, or all = true when every one does.
func (f *Filter) allowed(seg *Segment) (set *roaring.Bitmap, all bool, err error) {
	if len(f.Sources) > 0 && !slices.Contains(f.Sources, seg.Label()) {
		return roaring.New(), false, nil
	}
	if !f.ofDocuments() {
		return nil, true, nil
	}
	set = roaring.New()
	err = seg.Read(func(t *text.Reader) error {
		for i := range uint32(t.Documents()) {
			d, err := t.Document(i)
			if err != nil {
				return err
			}
			if d.Count > 0 && f.match(&d) {
				set.AddRange(uint64(d.First), uint64(d.First)+uint64(d.Count))
			}
		}
		return nil
	})
	return set, false, err
}
