package index

import (
	"context"

	"sluice/index/text"
)

// Beside reads up to n bytes that stand before a passage in its document, and up to n behind it. A
// passage that is gone ends the reading on its side.
func (sn *Snapshot) Beside(p Place, n int) (before, after []byte, err error) {
	seg, err := sn.segment(p)
	if err != nil {
		return nil, nil, err
	}
	err = seg.Read(func(t *text.Reader) error {
		rec, err := t.Passage(p.Passage)
		if err != nil {
			return err
		}
		doc, err := t.Document(rec.Doc)
		if err != nil {
			return err
		}
		next := rec.Start + rec.Bytes
		for k := p.Passage + 1; k < doc.First+doc.Count && len(after) < n && !seg.gone.Load().passages.Has(k); k++ {
			if after, next, err = readOn(t, k, after, next); err != nil {
				return err
			}
		}
		first := rec.Start
		for k := p.Passage; k > doc.First && len(before) < n && !seg.gone.Load().passages.Has(k-1); k-- {
			other, err := t.Passage(k - 1)
			if err != nil {
				return err
			}
			body, _, err := readOn(t, k-1, nil, other.Start)
			if err != nil {
				return err
			}
			if other.Start+other.Bytes < first {
				body = append(body, '\n')
			}
			before, first = append(body, before...), other.Start
		}
		return nil
	})
	return before[max(0, len(before)-n):], after[:min(n, len(after))], err
}

// readOn appends the text of a passage. What the store left out before it, white space, is a line's
// end.
func readOn(t *text.Reader, passage uint32, to []byte, end uint32) ([]byte, uint32, error) {
	rec, err := t.Passage(passage)
	if err != nil {
		return to, end, err
	}
	if rec.Start > end {
		to = append(to, '\n')
	}
	body, err := t.Text(nil, passage)
	return append(to, body...), rec.Start + rec.Bytes, err
}

// Places lists the live passages that the filter lets in, for who has to read them all, with the
// account of the others.
func (sn *Snapshot) Places(ctx context.Context, filter *Filter) ([]Place, Account, error) {
	let, account, err := sn.admit(ctx, filter)
	if err != nil {
		return nil, account, err
	}
	var places []Place
	for i, seg := range sn.segments {
		if let[i].failed {
			account.Failed += seg.Live()
			continue
		}
		account.Filtered += seg.Live() - let[i].live
		gone := seg.gone.Load().passages
		for p := range uint32(seg.Passages()) {
			if !gone.Has(p) && (let[i].allowed == nil || let[i].allowed.Has(p)) {
				places = append(places, Place{Segment: uint32(i), Passage: p})
			}
		}
	}
	return places, account, nil
}
