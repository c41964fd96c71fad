package index

import (
	"context"

	"sluice/index/lexical"
)

// removal collects what a change takes out of the segments of a snapshot. It may be committed several
// times while it grows; the caller holds the lock of the source that it touches.
type removal struct {
	base    *Snapshot
	dead    map[int]*dead // by segment ordinal: what will be dead, from the start of the segment
	bytes   map[int]int64 // by segment ordinal: bytes of documents that died since base
	pending map[int]bool  // changed since the last commit
	counter *lexical.Builder
}

func newRemoval(base *Snapshot) *removal {
	return &removal{base: base, dead: map[int]*dead{}, bytes: map[int]int64{}, pending: map[int]bool{}, counter: lexical.NewBuilder()}
}

func (r *removal) of(seg int) *dead {
	if r.dead[seg] == nil {
		r.dead[seg] = r.base.segments[seg].dead.clone()
	}
	return r.dead[seg]
}

// document takes a whole document out.
func (r *removal) document(seg int, doc uint32) error {
	d := r.of(seg)
	if d.documents.Contains(doc) {
		return nil
	}
	info, err := r.base.segments[seg].text.Document(doc)
	if err != nil {
		return err
	}
	for p := info.First; p < info.First+info.Count; p++ {
		if err := r.passage(seg, p); err != nil {
			return err
		}
	}
	d.documents.Add(doc)
	r.bytes[seg] += int64(info.Bytes)
	r.pending[seg] = true
	return nil
}

// passage takes one passage out, and with it what its text had added to the statistics: the text is
// analysed again, which is exact because the analyser's version is part of the segment's id.
func (r *removal) passage(seg int, p uint32) error {
	d := r.of(seg)
	if d.passages.Contains(p) {
		return nil
	}
	s := r.base.segments[seg]
	fields, err := s.fields(p)
	if err != nil {
		return err
	}
	r.counter.Reset()
	d.length += uint64(r.counter.Add(fields))
	d.passages.Add(p)
	r.pending[seg] = true
	return r.counter.Terms(func(key []byte, df int) error {
		d.df[string(key)] += uint32(df)
		return nil
	})
}

// fields is what the analyser read of passage p when the segment was built.
func (s *Segment) fields(p uint32) (lexical.Fields, error) {
	rec, err := s.text.Passage(p)
	if err != nil {
		return lexical.Fields{}, err
	}
	doc, err := s.text.Document(rec.Doc)
	if err != nil {
		return lexical.Fields{}, err
	}
	context, symbol, err := s.text.Context(p)
	if err != nil {
		return lexical.Fields{}, err
	}
	body, err := s.text.Text(nil, p)
	if err != nil {
		return lexical.Fields{}, err
	}
	return fieldsOf(&doc, context, symbol, body), nil
}

// commitRemoval writes the dead files that changed and commits them together with edit.
func (s *Store) commitRemoval(ctx context.Context, dir string, r *removal, edit change) error {
	entries := map[int]segmentEntry{}
	for seg := range r.pending {
		e := r.base.segments[seg].entry
		d := r.dead[seg]
		e.Documents = int64(r.base.segments[seg].text.Documents()) - int64(d.documents.GetCardinality())
		e.Passages = int64(r.base.segments[seg].text.Passages()) - int64(d.passages.GetCardinality())
		e.Bytes -= r.bytes[seg]
		if e.Documents > 0 {
			ref, err := s.writeDead(dir, e.Text, d)
			if err != nil {
				return err
			}
			e.Dead = &ref
		}
		entries[seg] = e
	}
	err := s.commit(ctx, dir, func(m *manifest) error {
		for _, e := range entries {
			m.put(e)
		}
		return edit(m)
	})
	if err == nil {
		clear(r.pending)
	}
	return err
}

// put replaces a segment's entry; a segment without live documents leaves the store.
func (m *manifest) put(e segmentEntry) {
	i := m.find(e.Text)
	switch {
	case i < 0: // its source was forgotten meanwhile
	case e.Documents == 0:
		m.Segments = append(m.Segments[:i], m.Segments[i+1:]...)
	default:
		m.Segments[i] = e
	}
}
