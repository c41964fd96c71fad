package index

import (
	"context"
	"fmt"
	"slices"
	"time"

	"sluice/index/blockfile"
	"sluice/index/text"
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
	Start, Bytes    uint32    // span in the document's text
	Line, Lines     uint32    // first line, 1-based, and how many
	SimHash         uint64
}

// PlaceError says that a place is not in the snapshot it was used with.
type PlaceError struct{ Place Place }

// Error implements error.
func (e *PlaceError) Error() string {
	return fmt.Sprintf("passage %d of segment %d is not in this snapshot", e.Place.Passage, e.Place.Segment)
}

func (sn *Snapshot) segment(p Place) (*Segment, error) {
	if int(p.Segment) >= len(sn.segments) || int(p.Passage) >= sn.segments[p.Segment].text.Passages() {
		return nil, &PlaceError{p}
	}
	return sn.segments[p.Segment], nil
}

// Passage reads the record of a passage with what its document adds.
func (sn *Snapshot) Passage(p Place) (out Passage, err error) {
	seg, err := sn.segment(p)
	if err != nil {
		return out, err
	}
	err = blockfile.Guard(func() error {
		out, err = seg.passage(p)
		return err
	})
	if src, ok := sn.Source(out.Source); ok {
		out.URI = src.Root + "/" + out.Path
	}
	return out, err
}

func (s *Segment) passage(p Place) (Passage, error) {
	rec, err := s.text.Passage(p.Passage)
	if err != nil {
		return Passage{}, err
	}
	doc, err := s.text.Document(rec.Doc)
	if err != nil {
		return Passage{}, err
	}
	context, symbol, err := s.text.Context(p.Passage)
	return Passage{
		Place: p, ID: rec.ID, Source: s.label, Path: doc.Path, Title: doc.Title, Type: doc.Type, Context: context, Symbol: symbol,
		ModTime: fromUnixNano(doc.ModTime), Time: fromUnixNano(doc.Time), Hash: doc.Hash, Size: doc.Size, Doc: rec.Doc,
		Start: rec.Start, Bytes: rec.Bytes, Line: rec.Line, Lines: uint32(rec.Lines), SimHash: rec.SimHash,
	}, err
}

func fromUnixNano(ns int64) time.Time {
	if ns == 0 {
		return time.Time{}
	}
	return time.Unix(0, ns).UTC()
}

// Record reads the fixed part of a passage: no strings, no allocation. The record is a view of the store
// that dies with the snapshot; reading it belongs into Guard. Judge reads thousands of them.
func (sn *Snapshot) Record(p Place) (*text.Record, error) {
	seg, err := sn.segment(p)
	if err != nil {
		return nil, err
	}
	return seg.text.Record(p.Passage)
}

// Guard runs f, in which mapped pages of the snapshot are read, so that a failing disk or a truncated
// file is an error and not the end of the process.
func (sn *Snapshot) Guard(f func() error) error { return blockfile.Guard(f) }

// Text reads one passage's text.
func (sn *Snapshot) Text(p Place) ([]byte, error) {
	seg, err := sn.segment(p)
	if err != nil {
		return nil, err
	}
	return seg.text.Text(nil, p.Passage)
}

// Texts reads the texts of many passages, each block of the store once. visit is called with the index
// into places and a buffer that is only valid during the call, in no particular order and from one
// goroutine at a time. A passage that cannot be read is reported through failed, if that is not nil.
func (sn *Snapshot) Texts(ctx context.Context, places []Place, visit func(k int, body []byte) error, failed func(k int, err error)) error {
	bySegment := map[uint32][]int{}
	for k, p := range places {
		if _, err := sn.segment(p); err != nil {
			return err
		}
		bySegment[p.Segment] = append(bySegment[p.Segment], k)
	}
	for ord, seg := range sn.segments {
		ks := bySegment[uint32(ord)]
		if len(ks) == 0 {
			continue
		}
		ids := make([]uint32, len(ks))
		for i, k := range ks {
			ids[i] = places[k].Passage
		}
		err := seg.text.Texts(ctx, ids, func(i int, body []byte) error { return visit(ks[i], body) })
		if err == nil {
			continue
		}
		if ctx.Err() != nil || failed == nil {
			return err
		}
		sn.textsOneByOne(seg, places, ks, visit, failed)
	}
	return nil
}

// textsOneByOne finds out which passages of a segment a damaged block hides. visit may see a passage
// again that it had already seen.
func (sn *Snapshot) textsOneByOne(seg *Segment, places []Place, ks []int, visit func(int, []byte) error, failed func(int, error)) {
	for _, k := range ks {
		body, err := seg.text.Text(nil, places[k].Passage)
		if err == nil {
			err = visit(k, body)
		}
		if err != nil {
			failed(k, err)
		}
	}
}

// EachDocument visits the live documents of a source, or of all when label is "".
func (sn *Snapshot) EachDocument(label string, visit func(seg int, doc uint32, d text.Document) error) error {
	for ord, seg := range sn.segments {
		if label != "" && seg.label != label {
			continue
		}
		for doc := range uint32(seg.text.Documents()) {
			if seg.dead.documents.Contains(doc) {
				continue
			}
			d, err := seg.text.Document(doc)
			if err != nil {
				return err
			}
			if err := visit(ord, doc, d); err != nil {
				return err
			}
		}
	}
	return nil
}

// Live tells whether a passage is live.
func (sn *Snapshot) Live(p Place) bool {
	seg, err := sn.segment(p)
	return err == nil && !seg.dead.passages.Contains(p.Passage)
}

// ByPath lists the live passages of the documents with that path, in document order. An empty source
// means any. A path that ends in "/" names everything below it.
func (sn *Snapshot) ByPath(source, path string) ([]Place, error) {
	var places []Place
	err := sn.EachDocument(source, func(seg int, _ uint32, d text.Document) error {
		if !pathNames(path, d.Path) {
			return nil
		}
		for p := d.First; p < d.First+d.Count; p++ {
			if place := (Place{uint32(seg), p}); sn.Live(place) {
				places = append(places, place)
			}
		}
		return nil
	})
	return places, err
}

func pathNames(name, path string) bool {
	if n := len(name); n > 0 && name[n-1] == '/' {
		return len(path) > n && path[:n] == name
	}
	return name == path
}

// Lookup finds the passage with that id. When no live passage has it, place is that of a dead one with
// the id, if the store still holds one (dead is true).
func (sn *Snapshot) Lookup(id [10]byte) (place Place, live, dead bool, err error) {
	for ord, seg := range sn.segments {
		p, ok, err := seg.text.Find(id)
		if err != nil {
			return place, false, dead, err
		}
		if !ok {
			continue
		}
		place = Place{uint32(ord), p}
		if !seg.dead.passages.Contains(p) {
			return place, true, false, nil
		}
		dead = true
	}
	return place, false, dead, nil
}

// Successor finds what stands where a dead passage stood: the live passage of the same document that
// covers its first line, or else the nearest one.
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
	rec, err := sn.segments[p.Segment].text.Passage(p.Passage)
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

// Path reads the path of a passage's document.
func (sn *Snapshot) Path(p Place) (string, error) {
	seg, err := sn.segment(p)
	if err != nil {
		return "", err
	}
	rec, err := seg.text.Passage(p.Passage)
	if err != nil {
		return "", err
	}
	doc, err := seg.text.Document(rec.Doc)
	return doc.Path, err
}
