package pack

import (
	"context"

	"sluice/cascade/flow"
	"sluice/index"
)

// passage is one of judge's on its way into the window.
type passage struct {
	rank       int // in judge's order, from 0
	judged     *flow.Judged
	rec        index.Passage
	start, end uint32 // byte span in the document
	line, last uint32 // first and last line, 1-based
	open       bool   // it has so many lines that the store does not say where it ends
	text       string
	failed     bool // it could not be read
}

// linesMax is what the store says of a passage that has so many lines or more.
const linesMax = 1<<16 - 1

// read loads n passages from rank from on: their records, then their texts in one go.
func (p *packer) read(ctx context.Context, from, n int) ([]*passage, error) {
	wave := make([]*passage, n)
	places := make([]index.Place, n)
	for i := range wave {
		j := &p.in[from+i]
		rec, err := p.Index.Passage(j.Place)
		unseen, damaged := index.Unreadable(err)
		if damaged { // it costs only this passage
			p.stats.Miss(unseen)
		} else if err != nil {
			return nil, err
		}
		wave[i], places[i] = newPassage(from+i, j, rec), j.Place
		wave[i].failed = wave[i].failed || damaged
	}
	err := p.Index.Texts(ctx, places, func(k int, body []byte) error {
		if one := wave[k]; !one.failed && !p.Index.Names(&one.rec, body) {
			p.stats.Miss(index.Misnamed())
			one.failed = true
		}
		wave[k].text = string(body)
		return nil
	}, func(k int, why index.Degraded) {
		p.stats.Miss(why)
		wave[k].failed = true
	})
	for _, one := range wave {
		if !one.failed {
			p.stats.Bytes += int64(len(one.text))
		}
	}
	return wave, err
}

// newPassage is a passage whose text is not read yet.
func newPassage(rank int, j *flow.Judged, rec index.Passage) *passage {
	one := &passage{rank: rank, judged: j, rec: rec, open: rec.Lines == linesMax}
	one.start, one.end = rec.Start, rec.Start+rec.Bytes
	one.line, one.last = rec.Line, rec.Line+max(rec.Lines, 1)-1
	one.failed = one.end < one.start || one.last < one.line // only damage that its checksum missed
	return one
}

// member is the passage as it leaves the stage.
func (one *passage) member() flow.Member {
	return flow.Member{Judged: *one.judged, Rank: one.rank + 1, Passage: one.rec, Text: one.text}
}
