package text

import "sync"

// cacheSlots is how many unpacked blocks a reader keeps, for neighbours and for the next question
// on the same subject.
const cacheSlots = 8

// cache keeps the blocks that were used last. Block n lies in slot n modulo their number, so that a
// run of neighbours does not push itself out.
type cache struct {
	slots [cacheSlots]slot
}

type slot struct {
	mu    sync.Mutex
	block uint32
	held  bool
	data  []byte
}

// use calls visit with block n, unpacked into the slot's buffer unless it is there already. Only
// one caller at a time uses a slot.
func (c *cache) use(n uint32, unpack func(dst []byte, n uint32) ([]byte, error), visit func([]byte) error) error {
	s := &c.slots[n%cacheSlots]
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.held || s.block != n {
		s.held = false
		data, err := unpack(s.data[:0], n)
		if err != nil {
			return err
		}
		s.block, s.held, s.data = n, true, data
	}
	return visit(s.data)
}
