package pack

import (
	"sluice/cascade/flow"
	"sluice/index"
)

// passage is one of judge's on its way into the window.
type passage struct {
	rank       int // in judge's order, from 0
	judged     *flow.Judged
	doc        uint32 // in its segment
	start, end uint32 // byte span in the document
	line, last uint32 // first and last line, 1-based
	open       bool   // it has so many lines that the store does not say where it ends
	hash       uint64 // near-duplicate code
	text       string
	failed     bool // it could not be read
}

// linesMax is what the store says of a passage that has so many lines or more.
const linesMax = 1<<16 - 1

// read loads n passages from rank from on: their records, then their texts in one go.
func (p *packer) read(from, n int) ([]*passage, error) {
	wave := make([]*passage, n)
	places := make([]index.Place, n)
	for i := range wave {
		j := &p.in[from+i]
		wave[i] = &passage{rank: from + i, judged: j, failed: true}
		places[i] = index.Place(j.Place)
		// A damaged record costs only its passage, which stays failed.
		_ = p.sn.Guard(func() error { return wave[i].load(p.sn, places[i]) })
	}
	err := p.sn.Texts(p.ctx, places, func(k int, body []byte) error {
		wave[k].text = string(body)
		return nil
	}, func(k int, _ error) { wave[k].failed = true })
	for _, one := range wave {
		if !one.failed {
			p.stats.Bytes += int64(len(one.text))
		}
	}
	return wave, err
}

// load reads the passage's record.
func (one *passage) load(sn *index.Snapshot, at index.Place) error {
	rec, err := sn.Record(at)
	if err != nil {
		return err
	}
	one.doc, one.hash = rec.Doc(), rec.SimHash()
	one.start, one.end = rec.Start(), rec.Start()+rec.Bytes()
	one.line, one.last = rec.Line(), rec.Line()+max(uint32(rec.Lines()), 1)-1
	one.open = rec.Lines() == linesMax
	one.failed = one.end < one.start || one.last < one.line // only damage that its checksum missed
	return nil
}
