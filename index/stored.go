package index

import (
	"errors"
	"time"

	"sluice/index/arm"
	"sluice/index/text"
)

// Found is what a generation stores of something, served or not.
type Found struct {
	Live   []Place // passages
	Dead   int     // passages and documents that are removed and whose bytes are still there
	Unsure bool    // a segment that may hold more cannot be read
}

// Any tells whether bytes of it are there for certain.
func (f *Found) Any() bool { return len(f.Live)+f.Dead > 0 }

// Stored finds all versions of the documents with that path, or below it if it is a folder's
// (FolderOf).
func (sn *Snapshot) Stored(source, path string) (*Found, error) {
	return sn.stored(source, func(f *Found, seg *Segment, t *text.Reader) error {
		for n := range uint32(seg.Documents()) {
			d, err := t.Document(n)
			if err != nil {
				return err
			}
			if !PathNames(path, d.Path) {
				continue
			}
			if seg.gone.Load().documents.Has(n) {
				f.Dead++
				continue
			}
			f.served(seg, d.First, d.Count)
			if d.Count == 0 {
				f.Dead++ // nothing of it is served, and its name is there
			}
		}
		return nil
	})
}

// served adds a run of passages.
func (f *Found) served(seg *Segment, first, count uint32) {
	for p := first; p < first+count; p++ {
		if seg.gone.Load().passages.Has(p) {
			f.Dead++
			continue
		}
		f.Live = append(f.Live, Place{Segment: seg.ordinal, Passage: p})
	}
}

// StoredID finds all copies of a passage.
func (sn *Snapshot) StoredID(id [10]byte) (*Found, error) {
	return sn.stored("", func(f *Found, seg *Segment, t *text.Reader) error {
		p, ok, err := t.Find(id, nil)
		if ok {
			f.served(seg, p, 1)
		}
		return err
	})
}

// stored looks through the segments of a source, or of all when source is "".
func (sn *Snapshot) stored(source string, look func(*Found, *Segment, *text.Reader) error) (*Found, error) {
	f := &Found{}
	for _, e := range sn.Unopened() {
		f.Unsure = f.Unsure || !e.Emptied && (source == "" || e.Label == source)
	}
	for _, seg := range sn.segments {
		if source != "" && seg.Label() != source {
			continue
		}
		err := seg.Read(func(t *text.Reader) error { return look(f, seg, t) })
		if errors.As(err, new(*arm.SegmentError)) {
			f.Unsure, err = true, nil
		}
		if err != nil {
			return nil, err
		}
	}
	return f, nil
}

// Stored is a document of which bytes are there, live or dead.
type Stored struct {
	Path, Type string
	Time       time.Time // its own; zero: it has none
	ModTime    time.Time // its file's, which may hold many documents
	// Text reads so many bytes of it at most; what lies between its passages is left out.
	Text func(most int) ([]byte, error)
}

// StoredWhere finds the documents of a source, live and dead, that want selects, and their paths.
func (sn *Snapshot) StoredWhere(source string, want func(Stored) (bool, error)) (paths []string, f *Found, err error) {
	seen := map[string]bool{}
	f, err = sn.stored(source, func(f *Found, seg *Segment, t *text.Reader) error {
		for n := range uint32(seg.Documents()) {
			d, err := t.Document(n)
			if err != nil {
				return err
			}
			one := Stored{Path: d.Path, Type: d.Type, Time: text.When(d.Time), ModTime: text.When(d.ModTime), Text: func(most int) ([]byte, error) { return textOf(t, d, most) }}
			ok, err := want(one)
			if err != nil {
				return err
			}
			if !ok {
				continue
			}
			if !seen[d.Path] {
				seen[d.Path], paths = true, append(paths, d.Path)
			}
			if seg.gone.Load().documents.Has(n) {
				f.Dead++
				continue
			}
			f.served(seg, d.First, d.Count)
		}
		return nil
	})
	return paths, f, err
}

// textOf is the beginning of a document's text.
func textOf(t *text.Reader, d text.Document, most int) (all []byte, err error) {
	var one []byte
	for p := d.First; p < d.First+d.Count && len(all) < most; p++ {
		if one, err = t.Text(one[:0], p); err != nil {
			return all, err
		}
		all = append(append(all, one...), '\n')
	}
	return all, nil
}
