package text

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"sync"

	"sluice/internal/limits"
)

// frameBytesMax is the longest compressed block: zstd adds little to what it cannot compress.
const frameBytesMax = limits.PassageBytesMax + 1<<10

// errBeyond says that the table of blocks contradicts itself: it was right when the text was
// located and is not any more, or the other way round.
var errBeyond = errors.New("a text ends behind its block")

// frames holds buffers for compressed blocks.
var frames = sync.Pool{New: func() any { return new([]byte) }}

// wanted is one text that Texts has to deliver.
type wanted struct {
	k int // index in ids
	span
}

// Texts calls visit with the text of each passage, as visit(k, text) for ids[k], in the order in
// which they lie in the file: each block is read and unpacked once. text is valid during the call.
// An error from visit ends it and is returned; so does the end of ctx, between two blocks. (Two
// goroutines that unpack ahead were tried: handing over a block costs a good part of unpacking it.)
func (r *Reader) Texts(ctx context.Context, ids []uint32, visit func(k int, text []byte) error) error {
	list, err := r.locate(ids)
	if err != nil {
		return err
	}
	var buf []byte
	for _, group := range byBlock(list) {
		if err := ctx.Err(); err != nil {
			return err
		}
		if slices.ContainsFunc(group, func(w wanted) bool { return w.to > 0 }) { // not only empty texts
			if buf, err = r.unpacked(buf[:0], group[0].block); err != nil {
				return err
			}
		}
		for _, w := range group {
			if w.to > len(buf) {
				return r.damage(errBeyond)
			}
			if err := visit(w.k, buf[w.from:w.to:w.to]); err != nil {
				return err
			}
		}
	}
	return nil
}

// byBlock cuts a sorted list into the parts that lie in one block each.
func byBlock(list []wanted) (groups [][]wanted) {
	for len(list) > 0 {
		n := 1
		for n < len(list) && list[n].block == list[0].block {
			n++
		}
		groups = append(groups, list[:n])
		list = list[n:]
	}
	return groups
}

// locate returns where the texts lie, in the file's order.
func (r *Reader) locate(ids []uint32) ([]wanted, error) {
	list := make([]wanted, len(ids))
	for k, i := range ids {
		s, err := r.spanOf(i)
		if err != nil {
			return nil, r.damage(err)
		}
		list[k] = wanted{k, s}
	}
	slices.SortFunc(list, func(a, b wanted) int {
		return cmp.Or(cmp.Compare(a.block, b.block), cmp.Compare(a.from, b.from), cmp.Compare(a.k, b.k))
	})
	return list, nil
}

// unpacked is unpackBlock with damage told as such.
func (r *Reader) unpacked(dst []byte, block uint32) ([]byte, error) {
	dst, err := r.unpackBlock(dst, block)
	return dst, r.damage(err)
}
