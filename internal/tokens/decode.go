package tokens

import (
	"fmt"
	"sync"
)

// decoder finds a token's bytes by its rank: where they end in the text of all of them.
type decoder struct {
	text []byte
	ends []uint32
}

var (
	o200kDecoder  = sync.OnceValues(func() (*decoder, error) { return newDecoder(o200kBaseFile) })
	cl100kDecoder = sync.OnceValues(func() (*decoder, error) { return newDecoder(cl100kBaseFile) })
)

func newDecoder(packed []byte) (*decoder, error) {
	l, err := unpack(packed)
	if err != nil {
		return nil, err
	}
	d, end := &decoder{text: l.text, ends: make([]uint32, len(l.lengths))}, uint32(0)
	for i, n := range l.lengths {
		end += uint32(n)
		d.ends[i] = end
	}
	return d, nil
}

// Decode puts the text of tokens together. Special tokens are no text, and refused as unknown.
func (v *Vocab) Decode(ids []int32) ([]byte, error) {
	find := o200kDecoder
	if v.name == Cl100kBase {
		find = cl100kDecoder
	}
	d, err := find()
	if err != nil {
		return nil, err
	}
	var text []byte
	for _, id := range ids {
		if id < 0 || int(id) >= len(d.ends) {
			return nil, fmt.Errorf("%d is no token of %s", id, v.name)
		}
		start := uint32(0)
		if id > 0 {
			start = d.ends[id-1]
		}
		text = append(text, d.text[start:d.ends[id]]...)
	}
	return text, nil
}
