package text

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"sync"

	"sluice/index/segment"
	"sluice/internal/limits"
)

// frameBytesMax is the longest compressed block: zstd adds little to what it cannot compress.
const frameBytesMax = limits.PassageBytesMax + 1<<10

// frames holds buffers for compressed blocks.
var frames = sync.Pool{New: func() any { return new([]byte) }}

// wanted is one text that Texts has to deliver.
type wanted struct {
	k int // index in ids
	span
}

// Texts calls visit with the text of each passage, as visit(k, text) for ids[k], in the order in which
// they lie in the file: each block is read and unpacked once. text is valid during the call. An error
// from visit ends it and is returned; so does the end of ctx, between two blocks.
func (r *Reader) Texts(ctx context.Context, ids []uint32, visit func(k int, text []byte) error) error {
	list, err := r.locate(ids)
	if err != nil {
		return err
	}
	var buf []byte
	for len(list) > 0 {
		if err := ctx.Err(); err != nil {
			return err
		}
		n := 1
		for n < len(list) && list[n].block == list[0].block {
			n++
		}
		if buf, err = r.visitBlock(buf, list[:n], visit); err != nil {
			return err
		}
		list = list[n:]
	}
	return nil
}

// locate returns where the texts lie, in the file's order.
func (r *Reader) locate(ids []uint32) ([]wanted, error) {
	list := make([]wanted, len(ids))
	err := segment.Guard(func() error {
		for k, i := range ids {
			s, err := r.spanOf(i)
			if err != nil {
				return err
			}
			list[k] = wanted{k, s}
		}
		return nil
	})
	if err != nil {
		return nil, r.damage(err)
	}
	slices.SortFunc(list, func(a, b wanted) int {
		return cmp.Or(cmp.Compare(a.block, b.block), cmp.Compare(a.from, b.from), cmp.Compare(a.k, b.k))
	})
	return list, nil
}

// visitBlock delivers the texts of one block. It returns its buffer for the next one.
func (r *Reader) visitBlock(buf []byte, list []wanted, visit func(k int, text []byte) error) ([]byte, error) {
	if list[len(list)-1].to > 0 { // not only empty texts
		var err error
		if buf, err = r.unpackGuarded(buf[:0], list[0].block); err != nil {
			return nil, err
		}
	}
	for _, w := range list {
		if err := visit(w.k, buf[w.from:w.to:w.to]); err != nil {
			return nil, err
		}
	}
	return buf, nil
}

func (r *Reader) unpackGuarded(dst []byte, block uint32) ([]byte, error) {
	err := segment.Guard(func() (err error) {
		dst, err = r.unpackBlock(dst, block)
		return err
	})
	return dst, r.damage(err)
}

// eachSlots is how many blocks Each keeps: repeated texts point back.
const eachSlots = 64

// Each calls visit for every passage in order. text is valid during the call. An error from visit ends
// it and is returned.
func (r *Reader) Each(visit func(i uint32, p Passage, context, symbol string, text []byte) error) error {
	e := each{r: r, held: map[uint32][]byte{}}
	for i := range r.passages {
		p, err := r.Passage(i)
		if err != nil {
			return err
		}
		ctx, symbol, err := r.Context(i)
		if err != nil {
			return err
		}
		text, err := e.text(i)
		if err != nil {
			return err
		}
		if err := visit(i, p, ctx, symbol, text); err != nil {
			return err
		}
	}
	return nil
}

// each is the state of one Each: the blocks it holds, oldest first.
type each struct {
	r     *Reader
	held  map[uint32][]byte
	order []uint32
}

func (e *each) text(i uint32) (text []byte, err error) {
	var s span
	err = segment.Guard(func() (err error) { s, err = e.r.spanOf(i); return err })
	if err != nil {
		return nil, e.r.damage(err)
	}
	if s.from == s.to {
		return nil, nil
	}
	b, ok := e.held[s.block]
	if !ok {
		if b, err = e.r.unpackGuarded(e.room(), s.block); err != nil {
			return nil, err
		}
		e.held[s.block], e.order = b, append(e.order, s.block)
	}
	if s.to > len(b) {
		return nil, e.r.damage(fmt.Errorf("BUG: text %d ends behind its block", i))
	}
	return b[s.from:s.to:s.to], nil
}

// room returns the buffer of the block that is dropped for the next one.
func (e *each) room() []byte {
	if len(e.order) < eachSlots {
		return nil
	}
	oldest := e.order[0]
	b := e.held[oldest]
	delete(e.held, oldest)
	e.order = slices.Delete(e.order, 0, 1)
	return b[:0]
}
