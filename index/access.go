package index

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"sluice/corpus"
	"sluice/index/blockfile"
	"sluice/index/text"

	"golang.org/x/text/unicode/norm"
)

// Passage is everything but the text that the store holds of one passage.
type Passage struct {
	Place
	ID              [10]byte
	Source, Path    string
	URI             string
	Title, Type     string
	Context, Symbol string
	ModTime, Time   time.Time // the file's and the document's own; zero: unknown
	Hash            [32]byte  // of the document's text: its version
	Size            int64     // of the document at its source
	Doc             uint32    // the document's number in the segment
	InDoc           uint32    // the passage's number in its document
	Start, Bytes    uint32    // span in the document's text
	Line, Lines     uint32    // first line, 1-based, and how many
	SimHash         uint64
	SecretCut       bool         // a secret was cut out of it
	Marks           corpus.Marks // those that overlap it, clipped to it; where they lie in the document
	Gaps            bool         // its source has forgotten single passages: white space may stand for one
}

// Lead is the part of the context that a reader needs to make sense of the passage's first lines:
// the header of the table, or the keys around the value, that they stand in. corpus/chunk words
// contexts.
func (p *Passage) Lead() string {
	last := p.Context[strings.LastIndex(p.Context, " > ")+1:]
	switch {
	case strings.Contains(last, " | "):
		return strings.TrimPrefix(last, "> ")
	case strings.HasSuffix(last, ":"):
		return p.Context
	}
	return ""
}

// PlaceError says that a place is not in the snapshot it was used with.
type PlaceError struct{ Place Place }

// Error implements error.
func (e *PlaceError) Error() string {
	return fmt.Sprintf("passage %d of segment %d is not in this snapshot", e.Place.Passage, e.Place.Segment)
}

func (sn *Snapshot) segment(p Place) (*Segment, error) {
	if int(p.Segment) >= len(sn.segments) || int(p.Passage) >= sn.segments[p.Segment].Passages() {
		return nil, &PlaceError{p}
	}
	return sn.segments[p.Segment], nil
}

// ReadSeveral is Segment.Read for a function that reads mapped files of several segments.
func (sn *Snapshot) ReadSeveral(f func() error) error { return sn.read(f) }

// read runs f, which reads mapped files of several segments. Damage is a *segmentError.
func (sn *Snapshot) read(f func() error) error {
	err := blockfile.Guard(f)
	bad := new(blockfile.CorruptError)
	if errors.As(err, new(*segmentError)) || !errors.As(err, &bad) {
		return err
	}
	for _, seg := range sn.segments {
		owns := slices.ContainsFunc(seg.files, func(f *blockfile.File) bool { return strings.HasSuffix(bad.File, f.Ref().Name()) })
		if owns {
			return seg.blame(err)
		}
	}
	return err
}

// Passage reads the record of a passage with what its document adds. Damage is an error that names
// the file and the block.
func (sn *Snapshot) Passage(p Place) (out Passage, err error) {
	seg, err := sn.segment(p)
	if err != nil {
		return out, err
	}
	out, err = readFrom(seg, func(t *text.Reader) (Passage, error) { return passageOf(t, p) })
	out.Source = seg.entry.Label
	if src, ok := sn.Source(out.Source); ok {
		out.URI = corpus.Info{Root: src.Root}.URI(out.Path)
		out.Gaps = len(src.ForgottenIDs) > 0
	}
	return out, err
}

func passageOf(t *text.Reader, p Place) (Passage, error) {
	rec, err := t.Passage(p.Passage)
	if err != nil {
		return Passage{}, err
	}
	doc, err := t.Document(rec.Doc)
	if err != nil {
		return Passage{}, err
	}
	nth, err := t.InDocument(p.Passage, doc)
	if err != nil {
		return Passage{}, err
	}
	context, symbol, err := t.Context(p.Passage)
	if err != nil {
		return Passage{}, err
	}
	marks, err := t.MarksOver(rec.Doc, rec.Start, rec.Start+rec.Bytes)
	return Passage{
		Place: p, ID: rec.ID, Path: doc.Path, Title: doc.Title, Type: doc.Type, Context: context, Symbol: symbol,
		ModTime: text.When(doc.ModTime), Time: text.When(doc.Time), Hash: doc.Hash, Size: doc.Size, Doc: rec.Doc, InDoc: nth,
		Start: rec.Start, Bytes: rec.Bytes, Line: rec.Line, Lines: uint32(rec.Lines), SimHash: rec.SimHash, SecretCut: rec.Flags&text.SecretCut != 0,
		Marks: marks.Within(rec.Start, rec.Start+rec.Bytes),
	}, err
}

// Records reads the fixed parts of many passages: no strings, no allocation. visit is called with
// the index into places and a view of the store that is only valid during the call. A passage that
// cannot be read is told to failed, with what it hides; when failed is nil it is an error.
func (sn *Snapshot) Records(ctx context.Context, places []Place, visit func(k int, r *Record) error, failed func(k int, why Degraded)) error {
	for from := 0; from < len(places); {
		if err := ctx.Err(); err != nil {
			return err
		}
		seg, err := sn.segment(places[from])
		if err != nil {
			return err
		}
		at := from
		err = seg.Read(func(t *text.Reader) error {
			for ; at < len(places) && places[at].Segment == places[from].Segment; at++ {
				rec, err := t.Record(places[at].Passage)
				if err != nil {
					return err
				}
				if err := visit(at, rec); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			d, ok := sn.damage(err)
			if !ok || failed == nil {
				return err
			}
			failed(at, one(d))
			at++ // the rest of the run is tried again from the next passage on
		}
		from = at
	}
	return nil
}

// one is damage that was met in a single passage: how much more it hides is not known.
func one(d Degraded) Degraded {
	d.Documents = 1
	return d
}

// Text reads one passage's text.
func (sn *Snapshot) Text(p Place) ([]byte, error) {
	seg, err := sn.segment(p)
	if err != nil {
		return nil, err
	}
	return readFrom(seg, func(t *text.Reader) ([]byte, error) { return t.Text(nil, p.Passage) })
}

// Texts reads the texts of many passages, each block of the store once. visit is called with the
// index into places and a buffer that is only valid during the call, in no particular order and
// from one goroutine at a time. A passage that cannot be read is told to failed, with what it
// hides; when failed is nil it is an error.
func (sn *Snapshot) Texts(ctx context.Context, places []Place, visit func(k int, body []byte) error, failed func(k int, why Degraded)) error {
	groups, err := sn.grouped(places)
	if err != nil {
		return err
	}
	for ord, in := range groups {
		if len(in.passages) == 0 {
			continue
		}
		err := sn.segments[ord].Read(func(t *text.Reader) error {
			return t.Texts(ctx, in.passages, func(i int, body []byte) error { return visit(int(in.at[i]), body) })
		})
		if _, damaged := sn.damage(err); damaged && failed != nil {
			err = sn.textsOneByOne(ord, in, visit, failed)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// textsOneByOne finds out which passages of a segment a damaged block hides. visit may see a
// passage again that it had already seen.
func (sn *Snapshot) textsOneByOne(ord int, in group, visit func(int, []byte) error, failed func(int, Degraded)) error {
	for i, p := range in.passages {
		body, err := sn.Text(Place{Segment: uint32(ord), Passage: p})
		if d, damaged := sn.damage(err); damaged {
			failed(int(in.at[i]), one(d))
			continue
		}
		if err == nil {
			err = visit(int(in.at[i]), body)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// Document is one document as a segment stores it.
type Document struct {
	text.Document
	Segment int
	Number  uint32
}

// EachDocument visits the live documents of a source, or of all when label is "". Damage is an
// error.
func (sn *Snapshot) EachDocument(label string, visit func(d Document) error) error {
	for ord, seg := range sn.segments {
		if label != "" && seg.Label() != label {
			continue
		}
		for n := range uint32(seg.Documents()) {
			if seg.gone.Load().documents.Has(n) || seg.hidesDocument(n) {
				continue
			}
			d, err := seg.document(n)
			if err != nil {
				return err
			}
			if err := visit(Document{d, ord, n}); err != nil {
				return err
			}
		}
	}
	return nil
}

// document reads one document.
func (s *Segment) document(n uint32) (text.Document, error) {
	return readFrom(s, func(t *text.Reader) (text.Document, error) { return t.Document(n) })
}

// Live tells whether a passage is live.
func (sn *Snapshot) Live(p Place) bool {
	seg, err := sn.segment(p)
	return err == nil && !seg.gone.Load().passages.Has(p.Passage) && !seg.hidesPassage(p.Passage)
}

// ByPath lists the live passages of the documents with that path, in document order. An empty
// source means any. It may be the name of a folder (FolderOf).
func (sn *Snapshot) ByPath(source, path string) ([]Place, error) {
	var places []Place
	err := sn.EachDocument(source, func(d Document) error {
		if !PathNames(path, d.Path) {
			return nil
		}
		for p := d.First; p < d.First+d.Count; p++ {
			if place := (Place{Segment: uint32(d.Segment), Passage: p}); sn.Live(place) {
				places = append(places, place)
			}
		}
		return nil
	})
	return places, err
}

// PathNames tells whether a path is what a name means: itself, or where that is a folder's all
// below it. Names that look alike are: some systems store ü as u and a mark.
func PathNames(name, path string) bool {
	name, path = OnePath(name), OnePath(path)
	return name == path || NamesFolder(name) && strings.HasPrefix(path, strings.TrimSuffix(name, "*"))
}

// NamesFolder tells whether a name means all below it: with a "/" at its end. The address of a page
// may end so, and means that page; that of all below it ends in "/*".
func NamesFolder(name string) bool {
	if corpus.AddressAt(name) >= 0 {
		return strings.HasSuffix(name, "/*")
	}
	return strings.HasSuffix(name, "/")
}

// FolderOf is the name of all below a path.
func FolderOf(path string) string {
	if NamesFolder(path) {
		return path
	}
	folder := strings.TrimSuffix(path, "/") + "/"
	if corpus.AddressAt(path) >= 0 {
		folder += "*"
	}
	return folder
}

// OnePath is the form in which paths that look alike are the same.
func OnePath(path string) string { return norm.NFC.String(path) }

// Lookup finds the passage with that id. When no live passage has it, place is that of a dead one
// with the id, if the store still holds one (dead is true).
func (sn *Snapshot) Lookup(id [10]byte) (place Place, live, dead bool, err error) {
	for ord, seg := range sn.segments {
		var p uint32
		var ok bool
		err := seg.Read(func(t *text.Reader) (err error) {
			p, ok, err = t.Find(id, seg.hidesPassage)
			return err
		})
		if err != nil {
			return place, false, dead, err
		}
		if !ok {
			continue
		}
		place = Place{Segment: uint32(ord), Passage: p}
		if !seg.gone.Load().passages.Has(p) {
			return place, true, false, nil
		}
		dead = true
	}
	return place, false, dead, nil
}

// Successor finds what stands where a dead passage stood: the live passage of the same document
// that covers its first line, or else the nearest one.
func (sn *Snapshot) Successor(gone Place) (Place, bool, error) {
	old, err := sn.Passage(gone)
	if err != nil {
		return Place{}, false, err
	}
	places, err := sn.ByPath(old.Source, old.Path)
	if err != nil || len(places) == 0 {
		return Place{}, false, err
	}
	best := slices.MinFunc(places, func(a, b Place) int {
		return int(sn.lineDistance(a, old.Line)) - int(sn.lineDistance(b, old.Line))
	})
	return best, true, nil
}

// lineDistance is how far a passage is from a line; 0 when it covers it.
func (sn *Snapshot) lineDistance(p Place, line uint32) uint32 {
	rec, err := sn.record(p)
	switch {
	case err != nil:
		return 1 << 30
	case line < rec.Line:
		return rec.Line - line
	case line >= rec.Line+uint32(rec.Lines):
		return line - rec.Line - uint32(rec.Lines) + 1
	}
	return 0
}

// record reads the fixed part of a passage.
func (sn *Snapshot) record(p Place) (text.Passage, error) {
	return readFrom(sn.segments[p.Segment], func(t *text.Reader) (text.Passage, error) { return t.Passage(p.Passage) })
}

// Path reads the path of a passage's document.
func (sn *Snapshot) Path(p Place) (string, error) {
	seg, err := sn.segment(p)
	if err != nil {
		return "", err
	}
	return readFrom(seg, func(t *text.Reader) (string, error) {
		rec, err := t.Passage(p.Passage)
		if err != nil {
			return "", err
		}
		doc, err := t.Document(rec.Doc)
		return doc.Path, err
	})
}
