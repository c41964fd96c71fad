package text

import (
	"slices"
	"sync"
)

const (
	// aheadGroupsMin is how many blocks are worth two goroutines: together they take a few hundred us.
	aheadGroupsMin = 16
	// aheadWorkers unpack every second block each.
	aheadWorkers = 2
	// aheadBuffers is how many unpacked blocks a worker holds: one that is visited, one that waits, one
	// that is being unpacked.
	aheadBuffers = 3
)

// unpacked is the raw text of a block, or why there is none.
type unpacked struct {
	raw []byte
	err error
}

// ahead returns next, which gives the block of groups[n] for n = 0, 1, 2 ..., valid until the call after
// it, and stop, which must be called at the end.
func (r *Reader) ahead(groups [][]wanted) (next func(n int) unpacked, stop func()) {
	if len(groups) < aheadGroupsMin {
		var u unpacked
		return func(n int) unpacked {
			u = r.unpackGroup(u.raw, groups[n])
			return u
		}, func() {}
	}
	quit := make(chan struct{})
	var running sync.WaitGroup
	var done [aheadWorkers]chan unpacked
	var free [aheadWorkers]chan []byte
	for w := range done {
		done[w], free[w] = make(chan unpacked, aheadBuffers), make(chan []byte, aheadBuffers+1)
		for range aheadBuffers {
			free[w] <- nil
		}
		running.Go(func() { r.work(groups, w, done[w], free[w], quit) })
	}
	var last []byte // the buffer that was handed out
	next = func(n int) unpacked {
		if n > 0 {
			free[(n-1)%aheadWorkers] <- last
		}
		u := <-done[n%aheadWorkers]
		last = u.raw
		return u
	}
	return next, func() { close(quit); running.Wait() }
}

// work unpacks every aheadWorkers'th block, as far ahead as there are free buffers.
func (r *Reader) work(groups [][]wanted, first int, done chan<- unpacked, free <-chan []byte, quit <-chan struct{}) {
	for n := first; n < len(groups); n += aheadWorkers {
		select {
		case buf := <-free:
			done <- r.unpackGroup(buf, groups[n]) // there is room: results are never more than buffers
		case <-quit:
			return
		}
	}
}

// unpackGroup unpacks the block of a group. A group of empty texts needs none.
func (r *Reader) unpackGroup(buf []byte, group []wanted) unpacked {
	if !slices.ContainsFunc(group, func(w wanted) bool { return w.to > 0 }) {
		return unpacked{raw: buf[:0]}
	}
	raw, err := r.unpackGuarded(buf[:0], group[0].block)
	return unpacked{raw, err}
}
